"""When a backup sheet of an identity was written last, for `doctor`: a date, and no path."""

from __future__ import annotations

import contextlib
import json

from skillvault import atomic
from skillvault.paths import Paths


def wrote(paths: Paths, recipient: str, now: float) -> None:
    """Remember it. A folder that cannot be written is no reason to fail."""
    known = _load(paths) | {recipient: int(now)}
    with contextlib.suppress(OSError):
        paths.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        atomic.write(paths.state / "backups.json", json.dumps(known, sort_keys=True).encode())


def when(paths: Paths, recipient: str) -> int | None:
    """Seconds since 1970, or None: never on this machine, or before this was recorded."""
    return _load(paths).get(recipient)


def _load(paths: Paths) -> dict[str, int]:
    try:
        said = json.loads((paths.state / "backups.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(said, dict):
        return {}
    return {k: v for k, v in said.items() if isinstance(v, int)}
