"""`resolve`: what waits since two edits met, its answer, and what was laid aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from skillvault.errors import ConflictError, NotFoundError, SkillvaultError
from skillvault.services import copies, linting, opening, reading
from skillvault.services.context import Context
from skillvault.services.editing import Choice, Saved, in_editor
from skillvault.services.labels import fold
from skillvault.services.references import Reference, require_whole
from skillvault.skill.files import SkillFile, read_folder, write_folder
from skillvault.skill.frontmatter import SKILL_FILE, parse_skill, skill_name
from skillvault.skill.merge import Conflict, Side, settle
from skillvault.skill.merge_text import is_marked
from skillvault.vault import bundle, operations, sync, workbench
from skillvault.vault.bundle import Bundle
from skillvault.vault.client import Vault
from skillvault.vault.meeting import Clash, ClashError, Text, new_faults
from skillvault.vault.workbench import Work


@dataclass(frozen=True, slots=True)
class Board:
    """What waits in a vault: conflicts that stop the push of content, and work laid aside.

    `damaged`: files of laid-aside work that do not open.
    """

    vault: Vault
    clashes: tuple[Clash, ...]
    asides: tuple[Work, ...]
    damaged: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """What became of a conflict. `aside`: theirs stays, and mine was laid aside.

    `version`: what mine will be behind theirs. `waiting`: conflicts that are still open; until
    there is none, nothing has moved.
    """

    board: Board
    clash: Clash
    name: str
    version: int
    aside: bool

    @property
    def waiting(self) -> tuple[Clash, ...]:
        """What is still to be resolved."""
        return self.board.clashes


@dataclass(frozen=True, slots=True)
class Exported:
    """Where the sides were written: one folder for laid-aside work, four for a conflict."""

    vault: Vault
    name: str
    folders: tuple[Path, ...]
    clash: Clash | None


T = TypeVar("T")
Decide = Callable[[Clash, Saved], Choice]
Choose = Callable[[Clash, Conflict], Side]


def board(ctx: Context, *, vault: str | None = None) -> Board:
    """What waits; nothing is changed."""
    return _board(ctx, opening.open_vault(ctx, vault))


def edit(
    ctx: Context,
    reference: Reference,
    *,
    decide: Decide,
    choose: Choose,
    message: str | None = None,
    vault: str | None = None,
) -> Resolved | None:
    """Resolve a conflict in the user's editor; None if it was discarded.

    Where lines conflict the file is opened, marked, with `base`, `yours` and `theirs` in folders
    beside the skill's. `choose` is asked for whatever else conflicts. `decide` as in `edit`: what
    still has marks is not kept.
    """
    opened, clash = _open(ctx, reference, vault)
    texts = {c.path for c in clash.joined.merged.conflicts if c.kind == "text"}

    def take(conflict: Conflict) -> Side | None:
        # What is marked is settled in the text, whatever else is the matter with that file.
        return None if conflict.path in texts else choose(clash, conflict)

    files = settle(clash.joined.merged, take)
    paths = [f.path for f in files if f.path in texts]
    for path in paths if clash.joined.merged.conflicts else [SKILL_FILE]:
        edited = in_editor(
            ctx,
            clash.joined.name,
            files,
            path,
            decide=lambda saved: decide(clash, saved),
            check=lambda found, path=path: _marks(clash, found, {path}),  # type: ignore[misc]
            beside=_sides(clash),
        )
        if edited is None:
            return None
        files = edited
    return _answer(ctx, opened, clash, files, message)


def take(
    ctx: Context,
    reference: Reference,
    side: Side,
    *,
    message: str | None = None,
    vault: str | None = None,
) -> Resolved:
    """Resolve a conflict by taking my files, or theirs, wherever the two conflict.

    All of them, where it is not a file that conflicts, but what would come of both.
    """
    opened, clash = _open(ctx, reference, vault)
    if clash.joined.merged.conflicts:
        files = settle(clash.joined.merged, lambda _: side)
    elif side == "mine":
        files = clash.mine.files
    else:
        return _lay_aside(ctx, opened, clash)
    return _answer(ctx, opened, clash, files, message)


def from_folder(
    ctx: Context,
    reference: Reference,
    folder: Path,
    *,
    message: str | None = None,
    vault: str | None = None,
) -> Resolved:
    """Resolve a conflict by what a folder holds. ConflictError (6) while it has marks."""
    opened, clash = _open(ctx, reference, vault)
    files = read_folder(folder, max_bytes=bundle.INFLATED_LIMIT, max_files=bundle.FILES_LIMIT)
    problem = _marks(clash, files, {c.path for c in clash.joined.merged.conflicts})
    if problem is not None:
        hint = "choose between the lines, take the marks out, and say `--from` again"
        raise ConflictError(str(folder), problem, hint)
    return _answer(ctx, opened, clash, files, message)


def abort(ctx: Context, reference: Reference, *, vault: str | None = None) -> Resolved:
    """Keep theirs; mine is laid aside, sealed, until `forget`."""
    opened, clash = _open(ctx, reference, vault)
    return _lay_aside(ctx, opened, clash)


def export(
    ctx: Context, reference: Reference, parent: Path, *, vault: str | None = None
) -> Exported:
    """Write a conflict below `parent`: `NAME` (marked), `NAME.base`, `NAME.yours`, `NAME.theirs`.

    Or laid-aside work, as `NAME`. ConflictError where something is in the way.
    """
    opened = opening.open_vault(ctx, reference.vault or vault)
    found = _board(ctx, opened)
    clash = _pick(reference, opened, [(c, _labels(c), c.skill) for c in found.clashes])
    if clash is None:
        work = _work(found, reference)
        folder = parent / reading.folder_name(work.text)
        _write(ctx, opened, work.text, folder, work.text.files)
        return Exported(opened, work.name, (folder,), None)
    name = reading.folder_name(clash.mine)
    written = []
    marked = {name: clash.joined.merged.files}
    beside = {f"{name}.{side}": files for side, files in _sides(clash).items()}
    for called, files in {**marked, **beside}.items():
        _write(ctx, opened, clash.mine, parent / called, files)
        written.append(parent / called)
    return Exported(opened, name, tuple(written), clash)


def forget(
    ctx: Context,
    reference: Reference,
    *,
    approve: Callable[[Work], bool],
    vault: str | None = None,
) -> Work | None:
    """Remove laid-aside work for good. None if `approve` said no."""
    opened = opening.open_vault(ctx, reference.vault or vault)
    with opened.changing():
        work = _work(_board(ctx, opened), reference)
        if not approve(work):
            return None
        opened.workbench.drop(work)
        return work


def _board(ctx: Context, vault: Vault) -> Board:
    """What waits. Whoever is no member any more has what was laid aside all the same."""
    if vault.identity is None:
        raise vault.no_member()
    bench = vault.workbench
    asides = tuple(bench.asides())
    clashes = () if vault.me is None else tuple(sync.clashes(vault, ctx.now()))
    return Board(vault, clashes, asides, tuple(bench.damaged))


def _open(ctx: Context, reference: Reference, vault: str | None) -> tuple[Vault, Clash]:
    opened = opening.open_vault(ctx, reference.vault or vault)
    found = _board(ctx, opened)
    clash = _pick(reference, opened, [(c, _labels(c), c.skill) for c in found.clashes])
    if clash is None:
        hint = "`skillvault resolve` lists what waits"
        raise NotFoundError(str(reference), f"no conflict about it in {opened.name}", hint)
    return opened, clash


def _labels(clash: Clash) -> set[str]:
    """The names that a conflict goes by: mine, and theirs."""
    theirs = clash.theirs.manifest.name if clash.theirs else ""
    return {fold(clash.mine.manifest.name), fold(theirs), fold(clash.joined.name)}


def _work(found: Board, reference: Reference) -> Work:
    """The newest laid-aside work of that name. NotFoundError if there is none."""
    skills = {w.skill for w in found.asides if fold(w.name) == fold(reference.name)}
    newest = {w.skill: w for w in reversed(found.asides)}
    listed = [(newest[s], {fold(reference.name)}, s) for s in sorted(skills)]
    work = _pick(reference, found.vault, listed)
    if work is None:
        hint = "`skillvault resolve` lists what waits"
        raise NotFoundError(str(reference), f"nothing of it waits in {found.vault.name}", hint)
    return work


def _pick(reference: Reference, vault: Vault, among: Sequence[tuple[T, set[str], str]]) -> T | None:
    """The one that the reference names, or None. NotFoundError if there are several."""
    require_whole([reference], "the whole skill waits, not one version of it")
    meant = [
        (one, skill)
        for one, names, skill in among
        if fold(reference.name) in names and skill.startswith(reference.id or "")
    ]
    if len(meant) > 1:
        listing = ", ".join(f"{reference.name}~{skill[:8]}" for _, skill in meant)
        raise NotFoundError(str(reference), f"several in {vault.name}: {listing}", "say NAME~ID")
    return meant[0][0] if meant else None


def _sides(clash: Clash) -> dict[str, tuple[SkillFile, ...]]:
    """The folders beside a marked one; a side that does not open is not there."""
    base = {"base": clash.base.files} if clash.base else {}
    theirs = {"theirs": clash.theirs.files} if clash.theirs else {}
    return {**base, "yours": clash.mine.files, **theirs}


def _marks(clash: Clash, files: Sequence[SkillFile], paths: set[str]) -> str | None:
    """Which of the files are still marked, as a problem."""
    sides = [f.data for side in _sides(clash).values() for f in side if f.path in paths]
    marked = [f.path for f in files if f.path in paths and is_marked(f.data, *sides)]
    return f"{', '.join(marked)}: still marked where the two conflict" if marked else None


def _write(
    ctx: Context, vault: Vault, text: Bundle, folder: Path, files: Sequence[SkillFile]
) -> None:
    with copies.on_record(ctx, "get", folder, [copies.source(vault, text)], files):
        write_folder(folder, files)


def _answer(
    ctx: Context, vault: Vault, clash: Clash, files: Sequence[SkillFile], message: str | None
) -> Resolved:
    """Make the files the version behind theirs; where they are just theirs, mine is laid aside."""
    main = next((f.data for f in files if f.path == SKILL_FILE), b"")
    name = skill_name(parse_skill(main), clash.joined.name)
    _check(clash, name, files)
    if clash.theirs is not None and Text.of(clash.theirs) == Text(name, tuple(files)):
        return _lay_aside(ctx, vault, clash)
    said = clash.mine.manifest.message if message is None else message
    made = operations.make_bundle(
        vault.state,
        vault.signer(),
        clash.skill,
        name=name,
        files=files,
        message=said,
        now=ctx.now(),
        before=clash.record,
    )
    with vault.changing():
        vault.workbench.keep(workbench.answer(clash.mine, made, ctx.now()))
        vault.notebook.means(fold(name), clash.skill)
        return _settle(ctx, vault, clash, name, made.manifest.version, aside=False)


def _check(clash: Clash, name: str, files: Sequence[SkillFile]) -> None:
    """RefusedError (8) for what `put` refuses, or a broken front matter, if neither side has it."""
    for one in new_faults(files, clash.mine.files, clash.theirs.files if clash.theirs else ()):
        raise linting.refusal(name, one)


def _lay_aside(ctx: Context, vault: Vault, clash: Clash) -> Resolved:
    why = f"you kept {clash.author}'s @{clash.number}"
    with vault.changing():
        vault.workbench.keep(workbench.aside(clash.mine, why, ctx.now()))
        name = clash.theirs.manifest.name if clash.theirs else clash.joined.name
        return _settle(ctx, vault, clash, name, clash.number, aside=True)


def _settle(
    ctx: Context, vault: Vault, clash: Clash, name: str, version: int, *, aside: bool
) -> Resolved:
    """Move mine behind theirs, if this was the last conflict."""
    try:
        for line in sync.settle(vault, ctx.now):
            ctx.warn(line)
    except ClashError:
        pass
    except SkillvaultError as error:
        ctx.warn(f"{name}: resolved, but not in the line yet: {error}")
    vault.notebook.save()
    return Resolved(_board(ctx, vault), clash, name, version, aside)
