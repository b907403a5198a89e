"""The catalog of one identity, for what records results and reads them back: SQLModel over it.

What is on disk is read once, image and waiting records together. What is added goes to the spool
and into this view; `fold` moves the spool into the image.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import create_engine, insert
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel

from skillvault.catalog import answers, image, journal, runs
from skillvault.vault import spool
from skillvault.vault.identity import Identity
from skillvault.vault.spool import Kind, Record

FOLD_AT = 32
"""Records that may wait: fewer cost less to read than the image to seal."""

_ROWS: dict[str, Callable[[Record], Iterable[SQLModel]]] = {
    "answer": answers.rows,
    "run": runs.rows,
    "journal": journal.rows,
}


def _silent(_text: str) -> None:
    """Nobody listens."""


class Catalog:
    """An open catalog; close it, or use it as a context. Not for two threads at once.

    `state` is the user's state folder. `warn` is told what was set aside.
    """

    def __init__(
        self, state: Path, identity: Identity, warn: Callable[[str], None] = _silent
    ) -> None:
        self._state = state
        self._identity = identity
        self._warn = warn
        # The spool first: what is folded in meanwhile is then met twice, and never missed.
        records, _ = spool.read(state, identity)
        self._db = image.load(state, identity)
        self.session = _session_on(self._db)
        self._apply(self.session, records)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def add(self, kind: Kind, body: Mapping[str, object]) -> str:
        """Keep a record, on disk before this returns; its id. OSError where that fails."""
        record = spool.append(self._state, self._identity, kind, body)
        self._apply(self.session, [record])
        return record.id

    def close(self) -> None:
        """Fold what waits, if that is much, and let go. May be called twice."""
        self.session.close()
        self._db.close()
        if spool.waiting(self._state, self._identity) >= FOLD_AT:
            self.fold()

    def fold(self) -> int:
        """Move the records that wait on disk into the image on disk; how many there were.

        A file that is no record is set aside. A folder that cannot be written changes nothing.
        """
        try:
            with image.changing(self._state, self._identity, self._warn) as db:
                records, strange = spool.read(self._state, self._identity)
                with _session_on(db) as session:
                    bad = self._apply(session, records)
        except OSError as error:
            self._warn(f"catalog: not written: {error.strerror}")
            return 0
        aside = {*strange, *(record.path for record in bad)}
        for path in {record.path for record in records} - aside:
            path.unlink(missing_ok=True)
        for path in aside:
            self._set_aside(path)
        return len(records) - len(bad)

    def _set_aside(self, path: Path) -> None:
        aside = path.with_suffix(".aside")
        with contextlib.suppress(FileNotFoundError):
            path.rename(aside)
        self._warn(f"catalog: a record that cannot be read is kept as {aside.name}")

    def _apply(self, session: Session, records: Iterable[Record]) -> list[Record]:
        """Insert what is not there yet: a record may be met twice. Returns what is no record."""
        bad = []
        rows: dict[type[SQLModel], list[dict[str, Any]]] = {}
        for record in records:
            try:
                made = list(_ROWS[record.kind](record))
            except (KeyError, TypeError, AttributeError, ValueError, RecursionError):
                bad.append(record)
                continue
            for row in made:
                rows.setdefault(type(row), []).append(_values(row))
        for table, values in rows.items():
            session.execute(insert(table).prefix_with("OR IGNORE"), values)
        session.commit()
        return bad


def _session_on(db: sqlite3.Connection) -> Session:
    return Session(
        create_engine("sqlite://", creator=lambda: db, poolclass=StaticPool, hide_parameters=True)
    )


def _values(row: SQLModel) -> dict[str, Any]:
    values = row.model_dump()
    return {k: image.storable(v) if isinstance(v, str) else v for k, v in values.items()}
