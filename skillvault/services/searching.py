"""`search`: ranked, over everything that one can read, from an index that is sealed on disk.

The index follows the vaults by itself: what is new is opened and added, what one can no longer
read is taken out, both before the first answer.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from skillvault.catalog import image
from skillvault.catalog import search as index
from skillvault.catalog.search import Entry, Match, Piece
from skillvault.errors import SkillvaultError, UsageError
from skillvault.services import finding, reading
from skillvault.services.context import Context
from skillvault.services.finding import Found
from skillvault.skill.frontmatter import parse_skill
from skillvault.vault import settings
from skillvault.vault.bundle import Bundle
from skillvault.vault.client import Vault
from skillvault.vault.identity import Identity

LIMIT = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """A skill that matches. `score`: the higher the better, within one search.

    `words` are those of the query that it has, `snippet` a passage with most of them.
    """

    vault: Vault
    found: Found
    score: float
    words: tuple[str, ...]
    snippet: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search gave, the best first. `readable`: how many skills it looked at.

    `partly`: no skill has all the words, so these have some of them.
    """

    words: tuple[str, ...]
    hits: tuple[Hit, ...]
    readable: int
    partly: bool


def search(
    ctx: Context,
    query: Sequence[str],
    *,
    vault: str | None = None,
    limit: int = LIMIT,
    match: Match = "all",
) -> Searched:
    """Search the vault that is named, or every vault of this machine. See `search_in`."""
    return search_in(ctx, reading.open_for_list(ctx, vault), query, limit=limit, match=match)


def search_in(
    ctx: Context,
    vaults: Sequence[Vault],
    query: Sequence[str],
    *,
    limit: int = LIMIT,
    match: Match = "all",
) -> Searched:
    """The skills of open vaults with the words of `query`, the best first.

    With `all`, skills that have every word, else those with any. UsageError: not one word that can
    be searched for. AccessError: not a member of the only vault.
    """
    words = index.words_of(query)
    if not words:
        raise UsageError(" ".join(query) or "search", "no word to search for")
    if len(vaults) == 1 and vaults[0].me is None:
        raise finding.not_a_member(vaults[0])
    homes: dict[str, list[Vault]] = {}
    for home in vaults:
        if home.me is not None and home.identity is not None:
            homes.setdefault(home.identity.recipient, []).append(home)
    hits: list[Hit] = []
    readable, partly = 0, False
    shelves = [_Shelf.of(ctx, mine) for mine in homes.values()]
    try:
        readable = sum(len(shelf.found) for shelf in shelves)
        for tried in dict.fromkeys((match, "any")):
            for shelf in shelves:
                hits += shelf.search(words, match=tried, limit=limit)
            if hits:
                partly = tried != match and len(words) > 1
                break
    finally:
        for shelf in shelves:
            shelf.db.close()
    hits.sort(key=lambda hit: -hit.score)
    return Searched(words, tuple(hits[:limit]), readable, partly)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The vaults of one identity, and its index, up to date."""

    db: sqlite3.Connection
    vaults: dict[str, Vault]
    found: dict[tuple[str, str], Found]

    @classmethod
    def of(cls, ctx: Context, vaults: Sequence[Vault]) -> _Shelf:
        by_id = {vault.notes.vault: vault for vault in vaults}
        found = {
            (identifier, each.skill): each
            for identifier, vault in by_id.items()
            for each in finding.readable(ctx, vault)
        }
        identity = vaults[0].identity
        assert identity is not None  # noqa: S101 - only vaults that one is a member of come here
        return cls(_up_to_date(ctx, identity, by_id, found), by_id, found)

    def search(self, words: Sequence[str], *, match: Match, limit: int) -> list[Hit]:
        hits = index.search(self.db, words, vaults=self.vaults, match=match, limit=limit)
        return [
            Hit(
                self.vaults[hit.vault],
                self.found[hit.vault, hit.skill],
                hit.score,
                hit.words,
                hit.snippet,
            )
            for hit in hits
        ]


def _up_to_date(
    ctx: Context,
    identity: Identity,
    vaults: dict[str, Vault],
    found: dict[tuple[str, str], Found],
) -> sqlite3.Connection:
    """The image with exactly these skills of these vaults in its index; written if it changed."""
    wanted = {key: _content(vaults[key[0]], each) for key, each in found.items()}
    db = image.load(ctx.paths.state, identity)
    have = index.indexed(db)
    here = {settings.load(ctx.paths, name).vault for name in settings.names(ctx.paths)}
    gone = [k for k in have if k not in wanted and (k[0] in vaults or k[0] not in here)]
    new = [key for key, content in wanted.items() if have.get(key) != content]
    if not gone and not new:
        return db
    entries = list(_entries(ctx, vaults, {key: found[key] for key in new}))
    with (
        contextlib.suppress(OSError),  # a full disk: the next search opens them once more
        image.changing(ctx.paths.state, identity, ctx.warn) as fresh,
    ):
        _change(fresh, gone, entries)
    _change(db, gone, entries)
    return db


def _change(
    db: sqlite3.Connection, gone: Iterable[tuple[str, str]], entries: Iterable[Entry]
) -> None:
    index.drop(db, gone)
    index.put(db, entries)
    db.commit()


def _entries(
    ctx: Context, vaults: dict[str, Vault], new: dict[tuple[str, str], Found]
) -> Iterable[Entry]:
    for done, ((identifier, skill), found) in enumerate(new.items(), 1):
        try:
            opened = vaults[identifier].reader.open_version(skill, found.summary.version).bundle
        except SkillvaultError as error:
            ctx.warn(f"{vaults[identifier].name}/{found.summary.name}: {error.problem}")
            continue
        ctx.progress("index", done, len(new))
        yield Entry(
            identifier,
            skill,
            opened.content,
            opened.manifest.name,
            found.summary.description,
            _body(opened),
        )


def _body(opened: Bundle) -> str:
    main = next((file.data for file in opened.files if file.path == reading.MAIN), b"")
    return parse_skill(main).body


def _content(vault: Vault, found: Found) -> str:
    return vault.state.skills[found.skill].versions[found.summary.version - 1].content
