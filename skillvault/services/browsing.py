"""Looking around: what a screen shows of the skills that one can read, and the order of it.

A `Desk` keeps vaults open between looks, so that a step with the cursor costs one unsealing; it
notices what other processes did meanwhile.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from skillvault.errors import SkillvaultError
from skillvault.services import opening, reading
from skillvault.services.context import Context
from skillvault.services.reading import Row
from skillvault.services.references import Reference
from skillvault.skill import fuzzy
from skillvault.vault import settings
from skillvault.vault.client import MAIN, Vault
from skillvault.vault.repository import read_ref

if TYPE_CHECKING:
    from skillvault.catalog.runs import Run
    from skillvault.services.searching import Searched
    from skillvault.vault.bundle import Bundle

_MOST = 200

Key = tuple[str, str]
"""Of a skill: the vault's name on this machine and the skill's id."""


class Audience(NamedTuple):
    """Who reads a skill besides me: groups with how many are in them, and how many others."""

    groups: tuple[tuple[str, int], ...] = ()
    people: int = 0


NOBODY = Audience()


@dataclass(frozen=True, slots=True)
class Shelf:
    """One vault as a library shows it. `verified`: when that was, in seconds since 1970.

    `audience` is by skill id. `problem`: why it did not open, and there are no rows. `unpushed`:
    0 without a remote.
    """

    vault: str
    rows: tuple[Row, ...] = ()
    audience: Mapping[str, Audience] = field(default_factory=dict)
    member: str | None = None
    remote: str | None = None
    unpushed: int = 0
    seq: int = -1
    verified: float = 0.0
    warnings: tuple[str, ...] = ()
    problem: SkillvaultError | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The newest evaluation of a skill on this machine; `stale`: of an older version.

    The uplift and its interval are None where there was too little to compute them.
    """

    run: str
    model: str
    verdict: str
    mean: float | None
    low: float | None
    high: float | None
    tasks: int
    stale: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the library with what is known of it besides. `copy`: how a local copy stands."""

    row: Row
    audience: Audience = NOBODY
    copy: str | None = None
    result: Result | None = None

    @property
    def key(self) -> Key:
        """By which it is marked and found again."""
        return self.row.vault, self.row.skill

    @property
    def name(self) -> str:
        """The skill's name."""
        return self.row.found.summary.name


class Hit(NamedTuple):
    """A line that a filter left, and which letters of its name matched."""

    line: Line
    positions: tuple[int, ...]


@dataclass
class Desk:
    """Vaults that stay open. Safe to use from several threads: each vault serves one at a time."""

    _open: dict[str, Vault] = field(default_factory=dict)
    _locks: dict[str, threading.Lock] = field(default_factory=dict)

    @contextlib.contextmanager
    def vault(self, ctx: Context, name: str) -> Iterator[Vault]:
        """The vault `name`, verified up to where it stands now."""
        with self._locks.setdefault(name, threading.Lock()):
            known = self._open.get(name)
            if known is not None and known.notes.vault != settings.load(ctx.paths, name).vault:
                known = None
            if known is None:
                known = opening.open_named(ctx, name)
            elif read_ref(known.path, MAIN) != known.local.commit:
                known.refresh()
            self._open[name] = known
            known.notes = settings.load(ctx.paths, name)
            yield known

    def close(self) -> None:
        """Forget every vault, and with them the keys."""
        self._open.clear()


def names(ctx: Context) -> list[str]:
    """The vaults of this machine."""
    return settings.names(ctx.paths)


def first(ctx: Context, named: str | None) -> str | None:
    """The vault to begin with: the one that is meant, or None for all of them (or none)."""
    if named or ctx.environ.get("SKILLVAULT_VAULT"):
        return opening.choose(ctx, named)
    known = names(ctx)
    if len(known) == 1:
        return known[0]
    with contextlib.suppress(SkillvaultError):
        return opening.choose(ctx, None)
    return None


def look(ctx: Context, desk: Desk, name: str) -> Shelf:
    """Every skill of a vault that I can read; a vault that does not open says why instead."""
    try:
        with desk.vault(ctx, name) as vault:
            rows = tuple(reading.list_skills(ctx, vault)) if vault.me is not None else ()
            remote = vault.notes.remote
            if remote is None:  # nothing waits to be pushed
                rows = tuple(replace(row, unpushed=False) for row in rows)
            return Shelf(
                vault=name,
                rows=rows,
                audience={row.skill: _audience(vault, row.skill) for row in rows},
                member=vault.reader.name(vault.me) if vault.me is not None else None,
                remote=remote,
                unpushed=vault.unpushed if remote is not None else 0,
                seq=vault.state.seq,
                verified=ctx.now(),
                warnings=vault.warnings,
                problem=None if vault.me is not None else vault.no_member(),
            )
    except SkillvaultError as error:
        return Shelf(vault=name, problem=error)


def stamp(ctx: Context, name: str) -> str | None:
    """What changes when anybody on this machine writes to the vault: the head of its line."""
    with contextlib.suppress(OSError, SkillvaultError):
        return read_ref(ctx.paths.vault(name), MAIN)
    return None


def copies(ctx: Context, desk: Desk, name: str) -> dict[Key, str]:
    """How the copies of a vault's skills on this machine stand, by skill: the worst of each."""
    from skillvault.agents import placements
    from skillvault.services.copies import judge

    order = ("taken away", "edited", "behind", "installed")
    said: dict[Key, str] = {}
    with desk.vault(ctx, name) as vault:
        for placement in placements.load(ctx.paths):
            found = judge(placement, vault)
            word = "installed" if found == "same" and placement.kind == "install" else found
            for source in placement.sources:
                key = (name, source.skill)
                if source.vault != vault.state.vault_id or word not in order:
                    continue
                if key not in said or order.index(word) < order.index(said[key]):
                    said[key] = word
    return said


def results(ctx: Context, shelves: Sequence[Shelf]) -> dict[Key, Result]:
    """The newest evaluation of each skill on these shelves."""
    from skillvault.services import runs

    homes = {settings.load(ctx.paths, s.vault).vault: s for s in shelves if s.problem is None}
    newest = {
        (shelf.vault, row.skill): row.found.summary.version
        for shelf in shelves
        for row in shelf.rows
    }
    found: dict[Key, Result] = {}
    for run in runs.listed(ctx):
        shelf = homes.get(run.vault)
        key = (shelf.vault if shelf else "", run.skill)
        if key not in newest or key in found:
            continue
        found[key] = result_of(run, newest[key])
    return found


def result_of(run: Run, newest: int) -> Result:
    """What a run came to, for a skill whose newest version is `newest`."""
    uplift = run.report.get("uplift") or {}
    return Result(
        run=run.id,
        model=run.model,
        verdict=run.verdict,
        mean=uplift.get("mean"),
        low=uplift.get("low"),
        high=uplift.get("high"),
        tasks=len(run.tasks),
        stale=run.version < newest,
    )


def lines(
    shelves: Sequence[Shelf],
    states: Mapping[Key, str] = {},
    results: Mapping[Key, Result] = {},
) -> list[Line]:
    """Every row of the shelves with what is known of it besides."""
    made = []
    for shelf in shelves:
        for row in shelf.rows:
            key = (row.vault, row.skill)
            heard = shelf.audience.get(row.skill, NOBODY)
            made.append(Line(row, heard, states.get(key), results.get(key)))
    return made


def state(line: Line) -> str:
    """What there is to say of a skill, the most urgent first; empty where all is well."""
    row = line.row
    if row.found.is_behind:
        return f"@{row.found.newest} not yours"
    if row.pending:
        return "to re-seal"
    if line.copy in {"edited", "taken away"}:
        return line.copy
    return "not pushed" if row.unpushed else line.copy or ""


SORTS: Mapping[str, Callable[[Line], object]] = {
    "name": lambda line: (line.name.casefold(), line.row.vault, line.row.skill),
    "version": lambda line: -line.row.found.summary.version,
    "state": lambda line: (not state(line), state(line)),
    "readers": lambda line: (not line.row.mine, len(line.row.readers), line.row.readers),
    "result": lambda line: (
        line.result is None,
        -(line.result.mean or 0.0) if line.result is not None else 0.0,
    ),
    "changed": lambda line: _backwards(line.row.found.summary.time),
    "vault": lambda line: (line.row.vault, line.name.casefold()),
}
"""By what the library can be sorted, and the key of each order. `changed`: the newest first."""


def ordered(found: Sequence[Line], by: str, *, reverse: bool = False) -> list[Line]:
    """The lines in the order `by` (of `SORTS`), those that are equal by name."""
    named = sorted(found, key=SORTS["name"])  # type: ignore[arg-type]  # tuples of one shape
    return sorted(named, key=SORTS[by], reverse=reverse)  # type: ignore[arg-type]  # as above


def filtered(found: Sequence[Line], query: str) -> list[Hit]:
    """The lines whose name has the letters of `query`, the best first; all without a query."""
    if not query.strip():
        return [Hit(line, ()) for line in found]
    hits = [
        (match.score, Hit(line, match.positions))
        for line in found
        if (match := fuzzy.match(query, line.name)) is not None
    ]
    hits.sort(key=lambda pair: -pair[0])
    return [hit for _, hit in hits]


class Opened(NamedTuple):
    """A version of a skill and the name of whoever made it."""

    bundle: Bundle
    author: str


def preview(ctx: Context, desk: Desk, key: Key, version: int | None = None) -> Opened:
    """A version of a skill, opened; the newest that is sealed to me by default."""
    name, skill = key
    with desk.vault(ctx, name) as vault:
        if version is None:
            opened = vault.reader.open_newest(skill).bundle
        else:
            opened = vault.reader.open_version(skill, version).bundle
        return Opened(opened, vault.reader.name(opened.manifest.author))


def reference(line: Line, *, several: bool) -> Reference:
    """How a command names this skill; with its id, which no impostor shares."""
    return Reference(line.name, line.row.vault if several else None, line.row.skill)


def introduction(opened: Bundle) -> str:
    """What a skill is for, and its text: SKILL.md without the front matter."""
    from skillvault.skill.frontmatter import parse_skill

    main = next((file.data for file in opened.files if file.path == reading.MAIN), b"")
    said = parse_skill(main)
    return f"{said.description or ''}\n\n{said.body}".strip()


def in_bodies(
    ctx: Context, desk: Desk, vaults: Sequence[str], query: str
) -> dict[Key, tuple[int, Searched]]:
    """The skills whose text has the words, by key, with their rank in what was found.

    UsageError where there is no word to search for.
    """
    from skillvault.services import searching

    found: dict[Key, tuple[int, Searched]] = {}
    for name in vaults:
        with desk.vault(ctx, name) as vault:
            searched = searching.search_in(ctx, [vault], query.split(), limit=_MOST)
        for rank, hit in enumerate(searched.hits):
            found[name, hit.found.skill] = (rank, searched)
    return found


def _audience(vault: Vault, skill: str) -> Audience:
    state = vault.state
    groups = [
        (vault.reader.name(reader), len(state.groups[reader].members))
        for reader in state.skills[skill].readers
        if reader in state.groups
    ]
    named = state.skills[skill].readers
    within = {m for reader in named if reader in state.groups for m in state.groups[reader].members}
    others = set(named) - set(state.groups) - within - {vault.me}
    return Audience(tuple(sorted(groups)), len(others))


def _backwards(time: str) -> tuple[int, ...]:
    return tuple(-ord(character) for character in time)
