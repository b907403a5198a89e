"""Copies of skills in the clear on this machine: on record, looked at, and removed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from skillvault.agents import placements
from skillvault.agents.placements import Content, Placement, Source, place_of
from skillvault.errors import RefusedError, SkillvaultError
from skillvault.services import bases, journaling
from skillvault.services.context import Context
from skillvault.skill.files import SkillFile, remove_folder
from skillvault.vault.client import Vault
from skillvault.vault.state import reads

if TYPE_CHECKING:
    from skillvault.vault.bundle import Bundle

Condition = Literal["same", "behind", "edited", "gone", "taken away"]


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy and how it stands.

    `taken away`: a skill in it is not shared with me any more, or was removed. `behind`: there is
    a newer version. `edited`: it is not as it was written. `gone`: nothing is there.
    """

    placement: Placement
    condition: Condition


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of copies that were to go. `kept`: they have edits. `failed`: they are there."""

    removed: tuple[Placement, ...]
    kept: tuple[Placement, ...]
    failed: tuple[Placement, ...]


def source(vault: Vault, opened: Bundle) -> Source:
    """The version that was opened, as the record names it."""
    said = opened.manifest
    return Source(
        vault=vault.state.vault_id,
        vault_name=vault.name,
        skill=said.skill,
        name=said.name,
        version=said.version,
        content=opened.content,
    )


def stamp(ctx: Context) -> str:
    """Now, as records have it."""
    return datetime.fromtimestamp(ctx.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def on_record(
    ctx: Context,
    kind: placements.Kind,
    path: Path,
    sources: Sequence[Source],
    content: Content,
) -> Iterator[None]:
    """Around the writing of a copy: it is on record before, so that a kill leaves none unknown.

    A record that cannot be kept is warned about, and the copy is written all the same.
    """
    made = Placement(place_of(path), kind, tuple(sources), time=stamp(ctx))
    _try_to_record(ctx, made, content, done=False)
    yield
    _try_to_record(ctx, made, content, done=True)


def _try_to_record(ctx: Context, made: Placement, content: Content, *, done: bool) -> None:
    try:
        with placements.changing(ctx.paths) as record:
            known = record.of(made.place)
            if known is not None and (known.kind, made.kind) == ("install", "get"):
                made = replace(made, kind="install", agent=known.agent, pinned=known.pinned)
            record.keep(made.holding(content, *(known.digests if known and not done else ())))
    except (SkillvaultError, OSError) as error:
        ctx.warn(f"{made.place}: not on record, so `wipe` will not find it: {error}")


@dataclass(frozen=True, slots=True)
class Put:
    """A folder that was put: what it holds, and which version that is now."""

    place: Path
    source: Source
    files: Sequence[SkillFile]


def renew(ctx: Context, folders: Sequence[Put]) -> None:
    """Copies among folders that were put are what they hold now: nothing of theirs is an edit."""
    try:
        known = {p.place for p in placements.load(ctx.paths) if p.kind != "inject"}
        mine = [one for one in folders if one.place in known]
        if not mine:
            return
        with placements.changing(ctx.paths) as record:
            record.keep(
                *(
                    replace(old, sources=(one.source,)).holding(one.files)
                    for one in mine
                    if (old := record.of(one.place)) is not None
                )
            )
    except (SkillvaultError, OSError) as error:
        ctx.warn(str(error))


def of_vault(ctx: Context, vault: Vault) -> tuple[Copy, ...]:
    """Copies of this vault's skills that differ, or whose skill was taken away."""
    try:
        found = placements.load(ctx.paths)
    except RefusedError as error:
        ctx.warn(f"{error.subject}: {error.problem}")
        return ()
    mine = [p for p in found if any(s.vault == vault.state.vault_id for s in p.sources)]
    judged = (Copy(placement, judge(placement, vault)) for placement in mine)
    return tuple(
        copy
        for copy in judged
        if copy.condition != "same" and (copy.condition != "gone" or copy.placement.agent)
    )


def judge(placement: Placement, vault: Vault) -> Condition:
    """How a copy of this vault's stands. What was taken away comes before what differs."""
    found = placement.look()
    if found == "gone":
        return "gone"
    if any(s.vault == vault.state.vault_id and is_taken(vault, s.skill) for s in placement.sources):
        return "taken away"
    if found == "edited":
        return "edited"
    return "behind" if placement.kind == "install" and _is_behind(placement, vault) else "same"


def is_taken(vault: Vault, skill: str) -> bool:
    """Whether I cannot read a skill any more, or there is none."""
    state, me = vault.state, vault.me
    return me is None or skill not in state.skills or not reads(state, state.skills[skill], me)


def _is_behind(placement: Placement, vault: Vault) -> bool:
    newest = vault.reader.newest_number(placement.source.skill)
    return not placement.pinned and newest is not None and newest > placement.source.version


def take_away(
    ctx: Context,
    action: Literal["uninstall", "wipe"],
    chosen: Collection[Path],
    *,
    force: bool,
) -> Taken:
    """Remove copies and their records; those with edits only with `force`.

    A link that somebody put there since is not ours: it stays, and its record goes.
    """
    removed, kept, failed = [], [], []
    with placements.changing(ctx.paths) as record:
        for placement in [p for p in record if p.place in chosen]:
            found = placement.look()
            if found == "edited" and not force and not placement.place.is_symlink():
                kept.append(placement)
                continue
            try:
                _remove(ctx, placement.place)
            except OSError as error:
                ctx.warn(f"{placement.place}: cannot be removed: {error.strerror}")
                failed.append(placement)
                continue
            record.drop(placement.place)
            removed.append(placement)
    bases.forget(ctx.paths, {p.place for p in removed})
    for placement in removed:
        _note(ctx, action, placement)
    return Taken(tuple(removed), tuple(kept), tuple(failed))


def _remove(ctx: Context, place: Path) -> None:
    """OSError where the system does not let us."""
    if place.is_symlink():
        ctx.warn(f"{place}: a link now, which is not of our making: left alone")
    elif place.is_dir():
        remove_folder(place)
    else:
        place.unlink(missing_ok=True)


def _note(ctx: Context, action: Literal["uninstall", "wipe"], placement: Placement) -> None:
    """Tell the journal. Copies go without a key too, for instance under a passphrase."""
    versions = [
        journaling.Version(s.vault, s.vault_name, s.skill, s.name, s.version, s.content)
        for s in placement.sources
    ]
    try:
        journaling.note(ctx, action, versions, agent=placement.agent, target=str(placement.place))
    except SkillvaultError as error:
        ctx.warn(f"journal: not written: {error}")
