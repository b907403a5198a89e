"""How numbers, times, names and paths are said, by the commands and the terminal UI alike."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

_MINUTE, _HOUR, _DAY, _MONTH = 60, 3600, 86_400, 30 * 86_400
_KILO = 1000


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 file`, `6 files`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def size(number: int) -> str:
    """`840 B`, `12.1 kB`, `3.0 MB`: powers of 1,000."""
    if number < _KILO:
        return f"{number} B"
    value, unit = number / _KILO, "kB"
    if round(value, 1) >= _KILO:
        value, unit = value / _KILO, "MB"
    return f"{value:,.1f} {unit}"


def ago(time: str, now: float) -> str:
    """An RFC 3339 time of the line as `3 days ago`; it is a claim of whoever wrote it."""
    seconds = now - datetime.fromisoformat(time).timestamp()
    if seconds < -_MINUTE:
        return f"at {time}"
    for length, noun in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= length:
            return time[:10] if seconds >= _MONTH else f"{count(int(seconds // length), noun)} ago"
    return "just now"


def short(path: Path) -> str:
    """A path as people write it: from the home folder on with `~`."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except ValueError:
        return str(path)


def stamp(seconds: float) -> str:
    """Seconds since 1970 as RFC 3339 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def quoted(name: str) -> str:
    """A name as a shell takes it."""
    return shlex.quote(name)


def listed(names: Sequence[str], most: int = 3) -> str:
    """`Ada, Bob, Eve and 4 more`."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
