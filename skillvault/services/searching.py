"""`search`: ranked, over everything that one can read, from an index that is sealed on disk.

The index follows the vaults by itself: what is new is opened and added, what one can no longer
read is taken out, both before the first answer.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skillvault.catalog import image
from skillvault.catalog import search as index
from skillvault.catalog.search import Entry, Match, Piece
from skillvault.errors import UsageError
from skillvault.services import finding, reading
from skillvault.services.context import Context
from skillvault.services.finding import Found
from skillvault.services.labels import fold
from skillvault.vault import settings
from skillvault.vault.client import Vault
from skillvault.vault.identity import Identity
from skillvault.vault.sealed import DOES_NOT_OPEN

if TYPE_CHECKING:
    from skillvault.vault.bundle import Bundle

LIMIT = 20

Key = tuple[str, str]
"""Of a skill in the index: vault id and skill id."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A skill that matches. `label` is how to name it: `[VAULT/]NAME[~ID]`, as far as needed.

    `score`: the higher the better, among hits that are equally `exact` (with the words themselves,
    not only longer ones that begin so). `words` are those of the query that it has, `snippet` is a
    passage with most of them, on one line.
    """

    label: str
    vault: Vault
    found: Found
    exact: bool
    score: float
    words: tuple[str, ...]
    snippet: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search for `words` gave, the best first.

    `vaults` were searched, with `readable` skills in them. `partly`: no skill has all the words,
    so these have some of them.
    """

    vaults: tuple[Vault, ...]
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

    With `all`, skills that have every word; where there is none, and with `any`, those with some.
    UsageError: not one word that can be searched for. AccessError: no member of the only vault.
    """
    words = index.words_of(query)
    if not words:
        raise UsageError(" ".join(query) or "search", "no word to search for")
    mine = tuple(vault for vault in vaults if vault.me is not None)
    if vaults and not mine:
        raise finding.not_a_member(vaults[0])
    found = {(v.notes.vault, f.skill): (v, f) for v in mine for f in finding.readable(ctx, v)}
    hits: list[index.Hit] = []
    tried = match
    with _images(ctx, mine, found) as images:
        for tried in dict.fromkeys((match, "any")):
            for db, ids in images:
                hits += index.search(db, words, vaults=ids, match=tried, limit=limit)
            if hits:
                break
    hits.sort(key=lambda hit: (not hit.exact, -hit.score))
    label = _labels(found, several=len(mine) > 1)
    return Searched(
        vaults=mine,
        words=words,
        hits=tuple(_hit(hit, found, label) for hit in hits[:limit]),
        readable=len(found),
        partly=tried != match and len(words) > 1,
    )


@contextlib.contextmanager
def _images(
    ctx: Context, vaults: Iterable[Vault], found: Mapping[Key, tuple[Vault, Found]]
) -> Iterator[list[tuple[sqlite3.Connection, set[str]]]]:
    """The image of each identity, brought up to date, with the ids of the vaults that it opens."""
    ids: dict[Identity, set[str]] = {}
    for vault in vaults:
        if vault.identity is not None:
            ids.setdefault(vault.identity, set()).add(vault.notes.vault)
    with contextlib.ExitStack() as stack:
        images = []
        for identity, opened in ids.items():
            ours = {key: vf for key, vf in found.items() if key[0] in opened}
            db = stack.enter_context(contextlib.closing(_up_to_date(ctx, identity, opened, ours)))
            images.append((db, opened))
        yield images


def _up_to_date(
    ctx: Context, identity: Identity, opened: set[str], found: Mapping[Key, tuple[Vault, Found]]
) -> sqlite3.Connection:
    """The image with exactly these skills of the `opened` vaults; written if it changed."""
    wanted = {key: _content(vault, each) for key, (vault, each) in found.items()}
    db = image.load(ctx.paths.state, identity)
    have = index.indexed(db)
    new = [key for key, content in wanted.items() if have.get(key) != content]
    stale = opened | _forgotten(ctx, have)
    gone = [key for key in have if key not in wanted and key[0] in stale]
    if gone or new:
        entries = list(_entries(ctx, [found[key] for key in new]))
        with (
            contextlib.suppress(OSError),  # a full disk: the next search opens them once more
            image.changing(ctx.paths.state, identity, ctx.warn) as fresh,
        ):
            _change(fresh, gone, entries)
        _change(db, gone, entries)
    return db


def _forgotten(ctx: Context, have: Iterable[Key]) -> set[str]:
    """The vaults of the index that are not on this machine any more."""
    here = {settings.load(ctx.paths, name).vault for name in settings.names(ctx.paths)}
    return {identifier for identifier, _ in have} - here


def _change(db: sqlite3.Connection, gone: Iterable[Key], entries: Iterable[Entry]) -> None:
    index.drop(db, gone)
    index.put(db, entries)
    db.commit()


def _entries(ctx: Context, new: Sequence[tuple[Vault, Found]]) -> Iterator[Entry]:
    """What the index holds of these, opened. What does not open is warned about and left out."""
    skills: dict[str, tuple[Vault, list[str]]] = {}
    for vault, found in new:
        skills.setdefault(vault.name, (vault, []))[1].append(found.skill)
    for vault, expected in skills.values():
        vault.reader.expect(expected)
    for done, (vault, found) in enumerate(new, 1):
        try:
            opened = vault.reader.open_version(found.skill, found.summary.version).bundle
        except DOES_NOT_OPEN as error:
            ctx.warn(f"{vault.name}/{found.summary.name}: {error.problem}")
            continue
        ctx.progress("index", done, len(new))
        name, description = found.summary.name, found.summary.description
        yield Entry(
            vault.notes.vault, found.skill, opened.content, name, description, _body(opened)
        )


def _body(opened: Bundle) -> str:
    from skillvault.skill.frontmatter import parse_skill  # YAML, only where something is new

    main = next((file.data for file in opened.files if file.path == reading.MAIN), b"")
    return parse_skill(main).body


def _content(vault: Vault, found: Found) -> str:
    return vault.state.skills[found.skill].versions[found.summary.version - 1].content


def _labels(found: Mapping[Key, tuple[Vault, Found]], *, several: bool) -> dict[Key, str]:
    names = Counter((key[0], fold(f.summary.name)) for key, (_, f) in found.items())
    labels = {}
    for key, (vault, each) in found.items():
        name = each.summary.name
        twice = names[key[0], fold(name)] > 1
        labels[key] = (f"{vault.name}/" if several else "") + name
        labels[key] += f"~{each.skill[:8]}" if twice else ""
    return labels


def _hit(
    hit: index.Hit, found: Mapping[Key, tuple[Vault, Found]], labels: Mapping[Key, str]
) -> Hit:
    key = hit.vault, hit.skill
    return Hit(labels[key], *found[key], hit.exact, hit.score, hit.words, hit.snippet)
