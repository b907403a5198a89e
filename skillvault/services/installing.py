"""`install` and `update`: skills become folders where an agent reads them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from skillvault.agents import folders, placements
from skillvault.agents.folders import Agent
from skillvault.agents.placements import Placement, Record, place_of
from skillvault.errors import (
    ConflictError,
    NotFoundError,
    RefusedError,
    SkillvaultError,
    UsageError,
)
from skillvault.services import bases, copies, journaling, linting, opening, reading
from skillvault.services.bases import Base
from skillvault.services.context import Context
from skillvault.services.finding import Located
from skillvault.services.labels import fold
from skillvault.services.references import Reference
from skillvault.skill.files import read_folder, write_folder
from skillvault.vault import bundle as bundles
from skillvault.vault import settings
from skillvault.vault.bundle import Bundle
from skillvault.vault.client import Vault

Change = Literal["installed", "updated", "replaced", "adopted", "unchanged"]
Outcome = Literal[
    "updated", "unchanged", "pinned", "kept", "taken away", "gone", "no vault", "failed"
]


@dataclass(frozen=True, slots=True)
class Installed:
    """One copy. `adopted`: the folder that stood there held just this version."""

    located: Located
    bundle: Bundle
    agent: Agent
    folder: Path
    change: Change


@dataclass(frozen=True, slots=True)
class Updated:
    """What became of one installed copy. `version`: the one that lies there now.

    `kept`: it has edits, which nobody wanted thrown away. `pinned`: a version was asked for.
    `failed`: because of `error`, and the copy is as it was.
    """

    placement: Placement
    outcome: Outcome
    version: int
    error: SkillvaultError | None = None


def install(
    ctx: Context,
    references: Sequence[Reference],
    agents: Sequence[Agent] = (),
    *,
    vault: str | None = None,
    force: bool = False,
    allow: Collection[str] = (),
) -> list[Installed]:
    """Copy skills into the folders of agents: all of them, or (as far as can be known) none.

    Without `agents`: those that have a folder on this machine. ConflictError (6) where another
    folder, or one with edits, is in the way, unless `force`.
    """
    chosen = tuple(dict.fromkeys(agents)) or folders.present(ctx.environ)
    if not chosen:
        raise UsageError("install", "no agent has a folder here yet", "--agent claude|agents")
    opened = [reading.open_reference(ctx, reference, vault=vault) for reference in references]
    for located, bundle in opened:
        linting.guard(ctx, located.label, bundle.files, allow=allow)
    _refuse_twins(opened)
    tops = {agent: _top(ctx, agent) for agent in chosen}
    done: list[Installed] = []
    with placements.changing(ctx.paths) as record:
        for located, bundle in opened:
            for agent in chosen:
                folder = place_of(tops[agent] / reading.folder_name(bundle))
                change = _change(record, located, bundle, folder, force=force)
                done.append(Installed(located, bundle, agent, folder, change))
        for one in done:
            pinned = one.located.version is not None
            made = Placement(
                one.folder,
                "install",
                (copies.source(one.located.vault, one.bundle),),
                agent=one.agent,
                pinned=pinned,
                time=copies.stamp(ctx),
            )
            _write(record, made, one.bundle, write=one.change not in {"unchanged", "adopted"})
    for one in done:
        _tell(ctx, "install", one.located.vault, one.bundle, one.agent, one.folder)
    return done


def update(
    ctx: Context,
    references: Sequence[Reference] = (),
    *,
    vault: str | None = None,
    allow: Collection[str] = (),
) -> list[Updated]:
    """Bring installed copies to the newest version that this machine has: all, or those named.

    A copy with edits is asked about (`ctx.confirm`), and kept where nobody says yes.
    NotFoundError for a name that nothing installed has.
    """
    chosen = [p for p in placements.load(ctx.paths) if p.kind == "install"]
    if references or vault:
        chosen = select(chosen, references, vault)
    homes = _homes(ctx, {p.source.vault for p in chosen})
    return [_try_to_update(ctx, placement, homes, allow) for placement in chosen]


def select(
    among: Sequence[Placement],
    references: Sequence[Reference],
    vault: str | None = None,
    agents: Collection[str] = (),
) -> list[Placement]:
    """The installed copies that are meant. NotFoundError for a name that none of them has."""
    fitting = [p for p in among if not agents or p.agent in agents]
    if vault is not None:
        fitting = [p for p in fitting if p.source.vault_name == vault]
    if not references:
        return fitting
    chosen: dict[Path, Placement] = {}
    for reference in references:
        named = [p for p in fitting if _means(reference, p)]
        if not named:
            raise NotFoundError(
                str(reference), "not installed", "`skillvault status`, `skillvault journal`"
            )
        chosen |= {p.place: p for p in named}
    return list(chosen.values())


def _means(reference: Reference, placement: Placement) -> bool:
    known = placement.source
    return (
        fold(known.name) == fold(reference.name)
        and reference.vault in {None, known.vault_name}
        and known.skill.startswith(reference.id or "")
        and reference.version in {None, known.version}
    )


def _homes(ctx: Context, wanted: Collection[str]) -> dict[str, Vault]:
    """The vaults of these ids that are on this machine, open."""
    return {
        notes.vault: opening.open_named(ctx, name)
        for name in settings.names(ctx.paths)
        if (notes := settings.load(ctx.paths, name)).vault in wanted
    }


def _try_to_update(
    ctx: Context, placement: Placement, homes: dict[str, Vault], allow: Collection[str]
) -> Updated:
    """One that cannot be brought up to date keeps no other from it."""
    try:
        return _update(ctx, placement, homes, allow)
    except SkillvaultError as error:
        return Updated(placement, "failed", placement.source.version, error)


def _update(
    ctx: Context, placement: Placement, homes: dict[str, Vault], allow: Collection[str]
) -> Updated:
    known = placement.source
    vault = homes.get(known.vault)
    if vault is None:
        return Updated(placement, "no vault", known.version)
    condition = copies.judge(placement, vault)
    if condition in {"gone", "taken away"}:
        return Updated(placement, condition, known.version)
    if placement.pinned:
        return Updated(placement, "pinned", known.version)
    opened = vault.reader.open_newest(known.skill).bundle
    newest = opened.manifest.version
    if condition == "same" and newest == known.version:
        return Updated(placement, "unchanged", known.version)
    label = f"{vault.name}/{opened.manifest.name}"
    linting.guard(ctx, f"{label}@{newest}", opened.files, allow=allow)
    if condition == "edited" and not ctx.confirm(
        f"{placement.place} has edits that no version holds. Replace it by {label}@{newest}?"
    ):
        return Updated(placement, "kept", known.version)
    with placements.changing(ctx.paths) as record:
        now = record.of(placement.place)
        if now != placement or (condition != "edited" and now.look() != "ours"):
            raise ConflictError(str(placement.place), "was changed meanwhile", "update again")
        made = replace(placement, sources=(copies.source(vault, opened),))
        _write(record, replace(made, time=copies.stamp(ctx)), opened, write=True)
    _tell(ctx, "update", vault, opened, placement.agent, placement.place)
    return Updated(placement, "updated", newest)


def _refuse_twins(opened: Sequence[tuple[Located, Bundle]]) -> None:
    seen: dict[str, Located] = {}
    for located, bundle in opened:
        name = fold(reading.folder_name(bundle))
        other = seen.setdefault(name, located)
        if other is not located:
            problem = f"{other.label} and {located.label} need the same folder"
            raise UsageError(bundle.manifest.name, problem, "install one of them")


def _top(ctx: Context, agent: Agent) -> Path:
    """The agent's folder of skills, made if it is not there."""
    top = folders.skills_folder(agent, ctx.environ)
    try:
        top.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RefusedError(str(top), f"no folder to write into: {error.strerror}") from None
    tree = folders.work_tree(top)
    if tree is not None:
        ctx.warn(f"{top}: within the git work tree {tree}, where one `git add` publishes a skill")
    return top


def _change(
    record: Record, located: Located, bundle: Bundle, folder: Path, *, force: bool
) -> Change:
    """What installing means there. ConflictError where something would be lost."""
    known = record.of(folder)
    if known is not None and known.look() == "gone":
        known = None
    if known is None:
        return _over_a_stranger(bundle, folder, force=force)
    same_skill = known.kind != "inject" and known.source.skill == located.found.skill
    if not same_skill and not force:
        problem = f"holds {known.source.vault_name}/{known.source.name}~{known.source.skill[:8]}"
        raise ConflictError(str(folder), problem, f"`skillvault uninstall {known.source.name}`")
    if known.look() == "edited" and not _holds(folder, bundle):
        if not force:
            hint = "--force throws them away; `skillvault put` keeps them as a version"
            raise ConflictError(str(folder), "has edits that no version holds", hint)
        return "replaced"
    return "unchanged" if _holds(folder, bundle) else "updated"


def _over_a_stranger(bundle: Bundle, folder: Path, *, force: bool) -> Change:
    if not (folder.exists() or folder.is_symlink()):
        return "installed"
    if not folder.is_symlink() and _holds(folder, bundle):
        return "adopted"
    if not force:
        what = "a link" if folder.is_symlink() else "another folder"
        hint = "--force replaces it; `skillvault put` keeps it as a skill of yours"
        raise ConflictError(str(folder), f"{what} of that name is there, not of our making", hint)
    return "replaced"


def _holds(folder: Path, bundle: Bundle) -> bool:
    if folder.is_symlink() or not folder.is_dir():
        return False
    try:
        there = read_folder(folder, max_bytes=bundles.INFLATED_LIMIT, max_files=bundles.FILES_LIMIT)
    except (RefusedError, NotFoundError):
        return False
    return bundles.describe(there) == bundle.manifest.files


def _write(record: Record, made: Placement, bundle: Bundle, *, write: bool) -> None:
    """Put a copy on record, then on disk: whenever we are killed, `wipe` finds it."""
    if write:
        before = record.of(made.place)
        record.keep(made.holding(bundle.files, *(before.digests if before else ())))
        try:
            write_folder(made.place, bundle.files, replace=True, mode=0o700)
        except OSError as error:
            raise RefusedError(str(made.place), f"cannot be written: {error.strerror}") from None
    record.keep(made.holding(bundle.files))


def _tell(
    ctx: Context,
    action: Literal["install", "update"],
    vault: Vault,
    bundle: Bundle,
    agent: str | None,
    folder: Path,
) -> None:
    """The journal, and the record that lets `put` of this folder make the next version."""
    bases.note(ctx, {folder: Base(vault.state.vault_id, bundle.manifest.skill, bundle.content)})
    version = journaling.Version.of(vault, bundle)
    journaling.note(ctx, action, [version], agent=agent, target=str(folder))
