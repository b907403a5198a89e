"""Small records on their way into this machine's catalog: each its own file, sealed to oneself.

Writing one takes no lock, so that a command which only notes what it did stays as quick as it was,
and processes lose nothing of each other's. `skillvault/catalog` folds them in; where nothing ever
does, many small files become one by themselves. A record may be met twice: its id says so.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from skillvault import age
from skillvault.vault.identity import Identity

FORMAT: Final = 1
PACK_AT: Final = 256
"""So many single records become one file: more would crowd the folder."""

Kind = Literal["answer", "run", "journal"]

_SUFFIX, _PACK = ".age", "pack-"


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it was written. `id` is unique and sorts by time; `path` is its file."""

    id: str
    kind: str
    body: Mapping[str, Any]
    path: Path


def base(state: Path, identity: Identity) -> Path:
    """The catalog's files of one identity begin so: `<state>/catalog/<16 hex digits>`.

    `state` is the state folder of this user, here and everywhere in this module.
    """
    return state / "catalog" / hashlib.sha256(identity.recipient.encode()).hexdigest()[:16]


def folder(state: Path, identity: Identity) -> Path:
    """Where the records of one identity wait."""
    path = base(state, identity)
    return path.with_name(f"spool-{path.name}")


def append(state: Path, identity: Identity, kind: Kind, body: Mapping[str, object]) -> Record:
    """Write one record, whole or not at all; `body` is what JSON can say. OSError passes through.

    It outlives the death of this process, not that of the machine in the same second: nothing waits
    for the disk here, since a run writes thousands.
    """
    where = folder(state, identity)
    name = _new_id()
    record = Record(name, kind, body, where / f"{name}{_SUFFIX}")
    _write(record.path, [record], identity)
    singles = [name for name in _names(where) if not name.startswith(_PACK)]
    if len(singles) >= PACK_AT:
        with contextlib.suppress(OSError):  # the record is kept; the next one tries again
            _pack([where / name for name in singles], identity)
    return record


def read(state: Path, identity: Identity) -> tuple[list[Record], list[Path]]:
    """Every record that waits, the oldest first; and the files that are none of ours, or damaged.

    A file that vanishes meanwhile was folded in or packed: whoever reads the image after this
    misses nothing.
    """
    where = folder(state, identity)
    found: dict[Path, list[Record] | None] = {}
    while missing := [path for name in _names(where) if (path := where / name) not in found]:
        for path in missing:
            try:
                found[path] = _parse(path, path.read_bytes(), identity)
            except FileNotFoundError:
                break  # what it held may stand in a file that was not there yet
            except OSError:
                found[path] = None
    records = [record for parsed in found.values() for record in parsed or ()]
    strange = [path for path, parsed in found.items() if parsed is None]
    return sorted(records, key=lambda record: record.id), strange


def waiting(state: Path, identity: Identity) -> int:
    """About how many records wait, without opening one."""
    names = _names(folder(state, identity))
    return sum(PACK_AT if name.startswith(_PACK) else 1 for name in names)


def _names(where: Path) -> list[str]:
    try:
        return sorted(name for name in os.listdir(where) if name.endswith(_SUFFIX))  # noqa: PTH208 - names are enough
    except OSError:
        return []


def _pack(singles: Sequence[Path], identity: Identity) -> None:
    """Put what is in many files into one, of a new name. A kill leaves a record in two files."""
    packed: list[Path] = []
    records: list[Record] = []
    for path in singles:
        with contextlib.suppress(OSError):
            parsed = _parse(path, path.read_bytes(), identity)
            if parsed is not None:
                packed.append(path)
                records += parsed
    if packed:
        _write(singles[-1].with_name(f"{_PACK}{_new_id()}{_SUFFIX}"), records, identity)
    for path in packed:
        path.unlink(missing_ok=True)


def _new_id() -> str:
    return f"{time.time_ns():016x}-{secrets.token_hex(4)}"


def _write(path: Path, records: Sequence[Record], identity: Identity) -> None:
    listed = [{"id": r.id, "kind": r.kind, "body": r.body} for r in records]
    plain = json.dumps({"format": FORMAT, "records": listed}, separators=(",", ":"))
    sealed = age.encrypt(plain.encode(), [age.parse_recipient(identity.recipient)])
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        descriptor = _create(temporary)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = _create(temporary)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(sealed)
        temporary.rename(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def _parse(path: Path, sealed: bytes, identity: Identity) -> list[Record] | None:
    try:
        said = json.loads(age.decrypt(sealed, [identity.key]))
        if said["format"] != FORMAT:
            return None
        records = [Record(r["id"], r["kind"], r["body"], path) for r in said["records"]]
    except (age.AgeError, ValueError, RecursionError, TypeError, KeyError):
        return None
    strings = all(isinstance(r.id, str) and isinstance(r.kind, str) for r in records)
    return records if strings and all(isinstance(r.body, dict) for r in records) else None
