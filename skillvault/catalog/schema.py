"""What stands in the image, as SQL: one step for each version of it. `tables.py` maps it.

A step is never changed once it has shipped; the next version is a further step behind it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

APPLICATION = 0x736B766C
"""`skvl`, in the header of the image."""

STEPS: tuple[str, ...] = (
    """
    CREATE TABLE indexed (
        id INTEGER PRIMARY KEY,
        vault TEXT NOT NULL,
        skill TEXT NOT NULL,
        content TEXT NOT NULL,
        UNIQUE (vault, skill)
    );
    CREATE TABLE deflated (
        id INTEGER PRIMARY KEY REFERENCES indexed (id),
        name TEXT NOT NULL,
        description TEXT NOT NULL,
        body BLOB NOT NULL
    );
    CREATE VIEW passage AS SELECT id, name, description, inflate(body) AS body FROM deflated;
    CREATE VIRTUAL TABLE words USING fts5 (
        name, description, body, content = 'passage', content_rowid = 'id',
        tokenize = 'porter unicode61 remove_diacritics 2'
    );
    CREATE TABLE answer (
        key TEXT NOT NULL PRIMARY KEY,
        time TEXT NOT NULL,
        value BLOB NOT NULL
    );
    CREATE TABLE text (
        digest TEXT NOT NULL PRIMARY KEY,
        body BLOB NOT NULL
    );
    CREATE TABLE run (
        id TEXT NOT NULL PRIMARY KEY,
        time TEXT NOT NULL,
        skill TEXT NOT NULL,
        suite TEXT NOT NULL,
        body BLOB NOT NULL
    );
    CREATE INDEX ix_run_time ON run (time);
    CREATE TABLE call (
        run TEXT NOT NULL REFERENCES run (id),
        number INTEGER NOT NULL,
        task TEXT NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (run, number)
    );
    CREATE TABLE event (
        id TEXT NOT NULL PRIMARY KEY,
        body BLOB NOT NULL
    );
    """,
)


def migrate(db: sqlite3.Connection, steps: Sequence[str] = STEPS) -> bool:
    """Bring an image up to the last of `steps`, in place; say whether anything was to be done.

    A new, empty database is one of version 0. ValueError if it is not ours or newer than we know;
    sqlite3.Error if a step fails: throw the connection away then.
    """
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    owner: int = db.execute("PRAGMA application_id").fetchone()[0]
    tables: int = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if owner != APPLICATION and (tables or version):
        raise ValueError("it is some other program's database")
    if version > len(steps):
        raise ValueError(f"a newer skillvault wrote it (version {version})")
    for number, step in enumerate(steps[version:], version + 1):
        db.executescript(
            f"BEGIN; {step}; PRAGMA application_id = {APPLICATION};"
            f"PRAGMA user_version = {number}; COMMIT;"
        )
    return version < len(steps)
