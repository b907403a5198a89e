"""Small records on their way into this machine's catalog: each its own file, sealed to oneself.

Writing one takes no lock and reads nothing, so that a command which only notes what it did stays
as quick as it was, and processes lose nothing of each other's. `skillvault/catalog` folds them in.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from skillvault import age
from skillvault.vault.identity import Identity

FORMAT = 1
Kind = Literal["answer", "run", "journal"]


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
    name = f"{time.time_ns():016x}-{secrets.token_hex(4)}"
    plain = json.dumps({"format": FORMAT, "kind": kind, "body": body}, separators=(",", ":"))
    recipient = age.parse_recipient(identity.recipient)
    sealed = age.encrypt(plain.encode(), [recipient])
    final, temporary = where / f"{name}.age", where / f".{name}.tmp"
    try:
        descriptor = _create(temporary)
    except FileNotFoundError:
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = _create(temporary)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(sealed)
        temporary.rename(final)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return Record(name, kind, body, final)


def read(state: Path, identity: Identity) -> Iterator[Record | Path]:
    """Every record that waits, the oldest first; the path alone of a file that is none."""
    where = folder(state, identity)
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for path in sorted(path for path in where.iterdir() if path.suffix == ".age"):
            try:
                sealed = path.read_bytes()
            except FileNotFoundError:
                continue  # folded in meanwhile
            yield _parse(path, sealed, identity) or path


def waiting(state: Path, identity: Identity) -> int:
    """How many records wait."""
    try:
        return sum(name.endswith(".age") for name in os.listdir(folder(state, identity)))  # noqa: PTH208 - names are enough
    except OSError:
        return 0


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def _parse(path: Path, sealed: bytes, identity: Identity) -> Record | None:
    try:
        said = json.loads(age.decrypt(sealed, [identity.key]))
    except (age.AgeError, ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        return None
    kind, body = said.get("kind"), said.get("body")
    if not isinstance(kind, str) or not isinstance(body, dict):
        return None
    return Record(path.stem, kind, body, path)
