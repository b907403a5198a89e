"""Full-text search in the image: names, descriptions and bodies of skills. `sqlite3` alone.

Words are compared without case and accents and by their English stem. Scripts that put no spaces
between words are indexed character by character, so that any run of them is found.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from skillvault.catalog.image import deflate, storable

Match = Literal["all", "any"]

_WEIGHTS = "bm25(10.0, 4.0, 1.0)"
"""Of a word in the name, in the description, in the body."""

_SNIPPET_TOKENS = 16
_MOST_WORDS = 64
_IDLE_WORDS = (
    "a an and are as at be by can do does for from has have how i if in into is it its me my of on "
    "or our please should so some that the their them then there these they this to us was we were "
    "what when where which who will with would you your"
)
_IDLE = frozenset(_IDLE_WORDS.split())
"""Words that say nothing about what a skill is for, left out unless a query has no others."""

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
    """A skill that matches. `score`: the higher the better, among hits that are equally `exact`.

    `exact`: it has the words themselves, not only longer ones that begin so. `words` are those of
    the query that it has; `snippet` is the passage with most of them, of the body, else of the
    description, on one line.
    """

    vault: str
    skill: str
    exact: bool
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
        name, description, body = (_segmented(text) for text in entry[3:])
        db.execute(
            "INSERT INTO deflated VALUES (?, ?, ?, ?)", (row, name, description, deflate(body))
        )
        db.execute(
            "INSERT INTO words (rowid, name, description, body) VALUES (?, ?, ?, ?)",
            (row, name, description, body),
        )


def drop(db: sqlite3.Connection, skills: Iterable[tuple[str, str]]) -> None:
    """Forget what is indexed of each (vault, skill)."""
    for pair in skills:
        found = db.execute("SELECT id FROM indexed WHERE vault = ? AND skill = ?", pair).fetchone()
        if found:
            db.execute(
                "INSERT INTO words (words, rowid, name, description, body) "
                "SELECT 'delete', id, name, description, body FROM passage WHERE id = ?",
                found,
            )
            db.execute("DELETE FROM deflated WHERE id = ?", found)
            db.execute("DELETE FROM indexed WHERE id = ?", found)


def words_of(query: Iterable[str]) -> tuple[str, ...]:
    """The words of a query that are worth searching for, once each, at most 64."""
    words = [word for text in query for word in text.split()]
    able = [word for word in words if any(character.isalnum() for character in word)]
    telling = [word for word in able if _bare(word) not in _IDLE]
    return tuple(dict.fromkeys(telling or able))[:_MOST_WORDS]


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
    hits: dict[tuple[str, str], Hit] = {}
    for prefix in (False, True):
        for hit in _matches(db, words, list(vaults), match, prefix=prefix, limit=limit):
            hits.setdefault((hit.vault, hit.skill), hit)
        if len(hits) >= limit or (hits and match == "any"):
            break
    return list(hits.values())[:limit]


def _matches(
    db: sqlite3.Connection,
    words: Sequence[str],
    vaults: Sequence[str],
    match: Match,
    *,
    prefix: bool,
    limit: int,
) -> Iterator[Hit]:
    """One question to FTS5, which ranks before it makes passages, and makes few."""
    having = {} if match == "all" else {word: _rows(db, word, prefix=prefix) for word in words}
    marks = ", ".join("?" * len(vaults))
    passage = f"snippet(words, ?, '{_OPEN}', '{_CLOSE}', '...', {_SNIPPET_TOKENS})"
    found = db.execute(
        f"SELECT words.rowid, vault, skill, rank, {passage}, {passage} "  # noqa: S608 - constants
        "FROM words CROSS JOIN indexed ON indexed.id = words.rowid "
        f"WHERE words MATCH ? AND rank MATCH ? AND vault IN ({marks}) ORDER BY rank LIMIT ?",
        (2, 1, _joint(words, match, prefix=prefix), _WEIGHTS, *vaults, limit),
    )
    for row, vault, skill, rank, body, description in found:
        told = next((text for text in (body, description) if _OPEN in text), description or body)
        its = tuple(word for word in words if match == "all" or row in having[word])
        yield Hit(vault, skill, not prefix, -rank, its, _pieces(told))


def _rows(db: sqlite3.Connection, word: str, *, prefix: bool) -> set[int]:
    query = "SELECT rowid FROM words WHERE words MATCH ?"
    return {row for (row,) in db.execute(query, (_phrase(word, prefix=prefix),))}


def _pieces(told: str) -> tuple[Piece, ...]:
    line = " ".join(told.replace(_CUT, "").split())
    parts = re.split(f"[{_OPEN}{_CLOSE}]", line)
    return tuple(Piece(part, number % 2 == 1) for number, part in enumerate(parts) if part)


def _joint(words: Sequence[str], match: Match, *, prefix: bool) -> str:
    """A query in FTS5's own words."""
    joint = " AND " if match == "all" else " OR "
    return joint.join(_phrase(word, prefix=prefix) for word in words)


def _phrase(word: str, *, prefix: bool) -> str:
    """One word of it: one that is made of several (`code-review`) is a phrase."""
    quoted = _segmented(word).replace("\0", " ").replace('"', '""')
    return f'"{quoted}"*' if prefix else f'"{quoted}"'


def _bare(word: str) -> str:
    return word.strip(".,:;!?()\"'").casefold()


def _segmented(text: str) -> str:
    """The text with a mark that is no letter behind each character that is a word of its own."""
    if not text.isascii():
        text = storable(text)
        return _UNSPACED.sub(lambda found: found[0] + _CUT, text.translate(_TAKEN))
    return text.translate(_TAKEN)
