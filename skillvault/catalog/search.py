"""Full-text search in the image: names, descriptions and bodies of skills. `sqlite3` alone.

Words are compared without case and accents and by their English stem. Scripts that put no spaces
between words are indexed character by character, so that any run of them is found.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Match = Literal["all", "any"]

_WEIGHTS = "bm25(10.0, 4.0, 1.0)"
"""Of a word in the name, in the description, in the body."""

_SNIPPET_TOKENS = 24
_MOST_WORDS = 64
_OPEN, _CLOSE, _CUT = "\x02", "\x03", "\x1f"
_TAKEN = str.maketrans({_OPEN: " ", _CLOSE: " ", _CUT: " "})
# Thai to Khmer, kana, Han and its extensions: written without spaces between words.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


class Entry(NamedTuple):
    """What is indexed of a skill: ids of vault and skill, the version's hash, its texts."""

    vault: str
    skill: str
    content: str
    name: str
    description: str
    body: str


class Piece(NamedTuple):
    """A part of a snippet; `hit`: it is a word that was searched for."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A skill that matches. `score`: the higher the better, within one search.

    `words` are those of the query that it has; `snippet` is the passage with most of them, of the
    body, else of the description.
    """

    vault: str
    skill: str
    score: float
    words: tuple[str, ...]
    snippet: tuple[Piece, ...]


def indexed(db: sqlite3.Connection) -> dict[tuple[str, str], str]:
    """The content that is indexed of each (vault, skill)."""
    return {(v, s): c for v, s, c in db.execute("SELECT vault, skill, content FROM indexed")}


def put(db: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Index these versions, in place of others of the same skills."""
    for entry in entries:
        drop(db, [(entry.vault, entry.skill)])
        row = db.execute(
            "INSERT INTO indexed (vault, skill, content) VALUES (?, ?, ?)", entry[:3]
        ).lastrowid
        texts = [_segmented(text) for text in entry[3:]]
        db.execute(
            "INSERT INTO words (rowid, name, description, body) VALUES (?, ?, ?, ?)", [row, *texts]
        )


def drop(db: sqlite3.Connection, skills: Iterable[tuple[str, str]]) -> None:
    """Forget what is indexed of each (vault, skill)."""
    for pair in skills:
        found = db.execute("SELECT id FROM indexed WHERE vault = ? AND skill = ?", pair).fetchone()
        if found:
            db.execute("DELETE FROM words WHERE rowid = ?", found)
            db.execute("DELETE FROM indexed WHERE id = ?", found)


def words_of(query: Iterable[str]) -> tuple[str, ...]:
    """The words of a query that can be searched for, once each, at most 64."""
    words = [word for text in query for word in text.split()]
    able = (word for word in words if any(character.isalnum() for character in word))
    return tuple(dict.fromkeys(able))[:_MOST_WORDS]


def search(
    db: sqlite3.Connection,
    words: Sequence[str],
    *,
    vaults: Iterable[str],
    match: Match = "all",
    limit: int = 20,
) -> list[Hit]:
    """The skills of `vaults` (ids) with all or any of `words` (of `words_of`), the best first.

    A word also finds longer ones that begin with it, behind all that have it as it is.
    """
    if not words:
        return []
    known = {row: (v, s) for row, v, s in db.execute("SELECT id, vault, skill FROM indexed")}
    wanted = set(vaults)
    hits: dict[int, float] = {}
    joint = " AND " if match == "all" else " OR "
    for prefix in (False, True):
        query = joint.join(_phrase(word, prefix=prefix) for word in words)
        for row, rank in _ranked(db, query):
            if row not in hits and known[row][0] in wanted:
                hits[row] = -rank
        if len(hits) >= limit or match == "any":
            break
    best = list(hits.items())[:limit]
    having = {word: {row for row, _ in _ranked(db, _phrase(word, prefix=True))} for word in words}
    return [
        Hit(
            *known[row],
            score=score,
            words=tuple(word for word in words if row in having[word]),
            snippet=_snippet(db, row, words),
        )
        for row, score in best
    ]


def _ranked(db: sqlite3.Connection, query: str) -> list[tuple[int, float]]:
    return db.execute(
        "SELECT rowid, rank FROM words WHERE words MATCH ? AND rank MATCH ? ORDER BY rank, rowid",
        (query, _WEIGHTS),
    ).fetchall()


def _snippet(db: sqlite3.Connection, row: int, words: Sequence[str]) -> tuple[Piece, ...]:
    query = " OR ".join(_phrase(word, prefix=True) for word in words)
    said = [
        db.execute(
            "SELECT snippet(words, ?, ?, ?, '...', ?) FROM words WHERE rowid = ? AND words MATCH ?",
            (column, _OPEN, _CLOSE, _SNIPPET_TOKENS, row, query),
        ).fetchone()[0]
        for column in (2, 1)
    ]
    text = next((text for text in said if _OPEN in text), said[1] or said[0])
    pieces = []
    for number, part in enumerate(re.split(f"[{_OPEN}{_CLOSE}]", text.replace(_CUT, ""))):
        if part:
            pieces.append(Piece(part, number % 2 == 1))
    return tuple(pieces)


def _phrase(word: str, *, prefix: bool) -> str:
    """A word in FTS5's own words: one that is made of several (`code-review`) is a phrase."""
    quoted = _segmented(word).replace("\0", " ").replace('"', '""')
    return f'"{quoted}"*' if prefix else f'"{quoted}"'


def _segmented(text: str) -> str:
    """The text with a mark that is no letter behind each character that is a word of its own."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
        return _UNSPACED.sub(lambda found: found[0] + _CUT, text.translate(_TAKEN))
    return text.translate(_TAKEN)
