"""How things are said and what they are in JSON: shared by the commands."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skillvault.cli.run import Run
    from skillvault.services.finding import Located
    from skillvault.services.identities import Held
    from skillvault.skill.finding import Finding
    from skillvault.vault.bundle import Bundle
    from skillvault.vault.client import Vault
    from skillvault.vault.entry import Entry

Json = dict[str, object]

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


def vault_json(vault: Vault) -> Json:
    """The `vault` of the common envelope."""
    state = vault.state
    return {"id": state.vault_id, "name": vault.name, "seq": state.seq, "head": state.head}


def entry_json(entry: Entry | None) -> Json | None:
    """What a changing command wrote; null where nothing changed."""
    if entry is None:
        return None
    return {
        "seq": entry.seq,
        "hash": entry.hash,
        "member": entry.member,
        "time": entry.time,
        "content": dict(entry.content),
    }


def quoted(name: str) -> str:
    """A name as a shell takes it."""
    return shlex.quote(name)


def listed(names: Sequence[str], most: int = 3) -> str:
    """`Ada, Bob, Eve and 4 more`."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def identity_json(held: Held) -> Json:
    """A keyholder of this machine; never the secret."""
    one = held.identity
    return {
        "name": held.name,
        "suite": one.suite,
        "recipient": one.recipient,
        "signing_key": one.signing_line,
        "fingerprint": {"hex": one.fingerprint.hex, "words": one.fingerprint.words},
        "path": None if held.path is None else str(held.path),
    }


def identity_lines(held: Held, done: str | None = None) -> list[str]:
    """An identity as `keygen`, `id` and `init` tell it."""
    where = short(held.path) if held.path else "from SKILLVAULT_KEY"
    name = f"{held.name}, " if held.name and done is None else ""
    return [
        f"identity  {f'{done}: ' if done else name}{where}",
        f"          {held.identity.fingerprint.words}     (8 words: what people compare)",
    ]


def finding_json(finding: Finding) -> Json:
    """A remark of `lint`."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
        "path": finding.path,
        "line": finding.line,
    }


def origin_json(origin: Mapping[str, str] | None) -> Json | None:
    """Where an imported version came from; null for others."""
    if origin is None:
        return None
    return {key: origin.get(key) for key in ("kind", "source", "path", "commit", "sha256")}


def origin_line(origin: Mapping[str, str] | None, licence: str | None) -> str:
    """`imported from https://host/skills review/ at 3f2a9c0d1e2b, MIT License`."""
    if origin is None:
        return ""
    where = " ".join(filter(None, (origin.get("source", "somewhere"), origin.get("path"))))
    at = f" at {origin['commit'][:12]}" if "commit" in origin else ""
    return f"imported from {where}{at}, {licence or 'no licence stated'}"


def say_entry(run: Run, vault: Vault, entry: Entry | None) -> None:
    """The last line of a change of content: its entry, and that it waits here until `sync`."""
    said = [] if entry is None else [f"entry {entry.seq}"]
    if vault.notes.remote is None:
        said.append("local only")
    elif vault.unpushed:
        said.append(f"{count(vault.unpushed, 'change')} not pushed")
    if said:
        run.out.said(", ".join(said))
    if vault.notes.remote is not None and vault.unpushed:
        run.out.hint("`skillvault sync`")


def version_json(located: Located, opened: Bundle) -> Json:
    """An opened version of a skill."""
    manifest = opened.manifest
    return {
        "name": manifest.name,
        "id": located.found.skill,
        "version": manifest.version,
        "newest": located.found.newest,
        "content": opened.content,
        "author": located.vault.reader.name(manifest.author),
        "time": manifest.time,
        "message": manifest.message,
        "files": [
            {"path": f.path, "mode": f.mode, "size": f.size, "sha256": f.sha256}
            for f in manifest.files
        ],
    }
