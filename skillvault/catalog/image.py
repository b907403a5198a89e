"""One SQLite image: opened from its age file into memory, sealed again as a whole.

`sqlite3` alone: what searches pays for nothing else. Whoever changes it does so within `changing`,
which takes the lock and reads what another process wrote meanwhile.
"""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from skillvault import age, atomic
from skillvault.catalog import schema
from skillvault.errors import ServiceError
from skillvault.vault import spool
from skillvault.vault.identity import Identity
from skillvault.vault.lock import locked

Warn = Callable[[str], None]
_MAGIC = b"SQLite format 3\0"


def file_of(state: Path, identity: Identity) -> Path:
    """Where the image of an identity lies, below the user's state folder."""
    return spool.base(state, identity).with_suffix(".age")


def load(state: Path, identity: Identity) -> sqlite3.Connection:
    """The image as it stands, in memory; an empty one where there is none that can be used.

    Nothing on disk changes. ServiceError: this Python's SQLite has no full-text search.
    """
    return _load(file_of(state, identity), identity)[0]


@contextlib.contextmanager
def changing(state: Path, identity: Identity, warn: Warn) -> Iterator[sqlite3.Connection]:
    """The image, under a lock; sealed and written when the block ends well.

    One that cannot be used (damaged, or of a newer skillvault) is set aside under another name, and
    `warn` is told. OSError where the folder cannot be written.
    """
    path = file_of(state, identity)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(path):
        db, problem = _load(path, identity)
        with contextlib.closing(db):
            yield db
            db.commit()
            sealed = age.encrypt(db.serialize(), [age.parse_recipient(identity.recipient)])
        if problem is not None:
            aside = path.with_name(f"{path.stem}.{datetime.now(UTC):%Y%m%dT%H%M%S%f}.aside")
            path.rename(aside)
            warn(f"catalog: begun anew, the old one is kept as {aside.name}: {problem}")
        atomic.write(path, sealed)


def _load(path: Path, identity: Identity) -> tuple[sqlite3.Connection, str | None]:
    """The database, and what is wrong with the file if it is not from there."""
    try:
        sealed = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return _empty(), None
    except OSError as error:
        return _empty(), f"it cannot be read: {error.strerror}"
    try:
        return _open(age.decrypt(sealed, [identity.key])), None
    except age.AgeError as error:
        return _empty(), error.problem
    except (sqlite3.Error, ValueError) as error:
        return _empty(), str(error)


def _open(plain: bytes) -> sqlite3.Connection:
    if not plain.startswith(_MAGIC):
        raise ValueError("it is no SQLite database")
    db = _memory()
    try:
        db.deserialize(plain)
        schema.migrate(db)
    except BaseException:
        db.close()
        raise
    return db


def _empty() -> sqlite3.Connection:
    db = _memory()
    try:
        schema.migrate(db)
    except sqlite3.OperationalError as error:
        problem = f"this Python's SQLite cannot hold it: {error}"
        raise ServiceError("catalog", problem, "it needs FTS5") from None
    return db


def _memory() -> sqlite3.Connection:
    """Nothing of it ever goes to disk: neither journals nor what sorting spills."""
    # One thread at a time, which need not be the one that opened it.
    db = sqlite3.connect(":memory:", check_same_thread=False)
    if not hasattr(db, "deserialize"):
        raise ServiceError("catalog", "this Python's SQLite holds no database in memory")
    db.execute("PRAGMA temp_store = MEMORY")
    # The view of the passages calls it; some builds let no view call a function unasked.
    db.execute("PRAGMA trusted_schema = ON")
    db.create_function("inflate", 1, inflate, deterministic=True)
    return db


def deflate(text: str) -> bytes:
    """As the image holds long texts: half of it is what everybody has to read."""
    return zlib.compress(text.encode(), 1)


def inflate(data: bytes) -> str:
    """The text of `deflate`."""
    return zlib.decompress(data).decode()


def storable(text: str) -> str:
    """As SQLite takes it: what is no character is a question mark."""
    return text.encode("utf-8", "replace").decode()
