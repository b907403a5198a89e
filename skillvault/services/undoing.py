"""`undo`: a change of mine vanishes if it never left this machine; any other gets its inverse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from skillvault.errors import (
    AccessError,
    ConflictError,
    NotFoundError,
    SkillvaultError,
    UsageError,
)
from skillvault.services import bases, opening, resealing, staleness, trust
from skillvault.services.bases import Base, Bases
from skillvault.services.context import Context
from skillvault.services.labels import fold, labels
from skillvault.vault import git, replay
from skillvault.vault.client import MAIN, REMOTE, Vault
from skillvault.vault.deeds import Deed
from skillvault.vault.draft import Draft
from skillvault.vault.entry import Entry
from skillvault.vault.inverse import Inverse, Inverter
from skillvault.vault.reader import Reader
from skillvault.vault.repository import read_ref, update_ref

_LOG = "`skillvault log NAME` has the entries of a skill"


@dataclass(frozen=True, slots=True)
class Undoing:
    """What an undo will do, to be shown before.

    `seq`, `time`: the entry that is taken back; `did`: what it did; `back`: what takes it back;
    `stays`: what cannot be, and why. `vanishes`: it never left this machine, and is as if it had
    never been. `final`: what has to be typed to say yes, else empty. `pushed`: at once.
    """

    vault: Vault
    seq: int
    time: str
    vanishes: bool
    did: tuple[str, ...]
    back: tuple[str, ...]
    stays: tuple[str, ...]
    final: str
    pushed: bool
    goes_along: int


@dataclass(frozen=True, slots=True)
class Undone:
    """What was done. `entry`: the inverse, or None where the entry vanished."""

    undoing: Undoing
    entry: Entry | None
    pushed: bool
    unpushed: int


@dataclass(frozen=True, slots=True)
class _Chosen:
    """An entry of mine. `later`: how many entries stand behind it."""

    commit: str
    parent: str
    seq: int
    made: Deed
    entry: Entry
    later: tuple[str, ...]


Approve = Callable[[Undoing], bool]


def undo(
    ctx: Context, seq: int | None = None, *, approve: Approve, vault: str | None = None
) -> Undone | None:
    """Take back my newest change, or the one of entry `seq`. None if `approve` said no.

    ConflictError (6) where others built on it; AccessError (4) where my rights do not reach, or
    the entry is another's; UsageError where all that it did is final.
    """
    opened = opening.open_vault(ctx, vault)
    with opened.changing():
        chosen = _choose(opened, seq)
        if _can_vanish(opened, chosen):
            return _vanish(ctx, opened, chosen, approve)
        if _is_trust(chosen.made):
            trust.before(ctx, opened, removal=_gave(chosen.made))
            if chosen.commit not in _commits(opened):
                problem = "others were first, and it was made again behind theirs"
                raise ConflictError(f"entry {chosen.seq}", problem, "look again: skillvault undo")
        else:
            staleness.check(ctx, opened)
        return _invert(ctx, opened, chosen, approve)


def _commits(vault: Vault) -> list[str]:
    """The line's commits, newest first."""
    words = ["rev-list", "--end-of-options", MAIN]
    return git.run(vault.path, words).decode().split()


def _choose(vault: Vault, seq: int | None) -> _Chosen:
    """The entry that is meant: mine, and with something in it that somebody meant."""
    me, tip = vault.require_me(), vault.state.seq
    words = ["log", "--format=%H %an", "--end-of-options", MAIN]
    lines = [line.split() for line in git.run(vault.path, words).decode().splitlines()]
    if seq is not None and not 0 <= seq <= tip:
        raise NotFoundError(f"entry {seq}", f"the newest is entry {tip}", _LOG)
    for place, (commit, author) in enumerate(lines):
        number = tip - place
        if seq not in (None, number) or (seq is None and author != me):
            continue
        if author != me:
            raise AccessError(f"entry {number}", f"written by {vault.reader.name(author)}")
        if number == 0:
            raise UsageError("entry 0", "the vault's beginning", "`skillvault vaults forget`")
        parent = lines[place + 1][0]
        (made,) = replay.read(vault, parent, [commit])
        if _is_empty(made):
            if seq is None:
                continue
            raise UsageError(f"entry {number}", "it seals anew, and changes nothing", None)
        later = tuple(other for other, _ in lines[:place])
        return _Chosen(commit, parent, number, made, vault.entry_of(commit), later)
    raise NotFoundError(vault.name, "you changed nothing in it", _LOG)


def _is_empty(made: Deed) -> bool:
    return not made.parts()


def _is_trust(made: Deed) -> bool:
    """Whether it is about more than skills and results: then its inverse is pushed at once."""
    kept = (p.written or p.added or p.removed or p.evidence or p.withdrawn for p in made.parts())
    return not all(kept)


def _gave(made: Deed) -> bool:
    """Whether all that it did was to let somebody in: taking that back goes ahead of all else."""
    return all(map(_gave_one, made.parts()))


def _gave_one(part: Deed) -> bool:
    access = next(iter(part.access.values()), None)
    group = next(iter(part.groups.values()), None)
    if access is not None:
        return not access.gone and not access.not_writing and access.owner is None
    if group is not None:
        return bool(group.joined) and not group.gone and group.name is None
    return bool(part.admitted or part.founded)


def _can_vanish(vault: Vault, chosen: _Chosen) -> bool:
    """No push of it was ever tried, and behind it stands nothing but re-sealing of mine."""
    if any(map(vault.attempted, (chosen.commit, *chosen.later))):
        return False
    deeds = replay.read(vault, chosen.commit, chosen.later[::-1])
    me = vault.require_me()
    return all(map(_is_empty, deeds)) and all(
        vault.entry_of(commit).member == me for commit in chosen.later
    )


def _vanish(ctx: Context, vault: Vault, chosen: _Chosen, approve: Approve) -> Undone | None:
    inverse = _inverse(ctx, vault, chosen, strict=False)
    vanishing = ("it vanishes: no push of it was ever tried",)
    undoing = _undoing(vault, chosen, inverse, vanishing, vanishes=True)
    if not approve(undoing):
        return None
    line = vault.verified_at(chosen.parent)
    if line.commit is None or line.commit != chosen.parent:
        raise ConflictError(vault.name, "its line is not the one that was read")
    # Before the line: a folder of a version that nobody knows could not be put any more.
    _go_back(ctx, vault, chosen.made)
    update_ref(vault.path, MAIN, line.commit, vault.local.commit)
    vault.advance(line)
    return Undone(undoing, None, pushed=False, unpushed=vault.unpushed)


def _go_back(ctx: Context, vault: Vault, made: Deed) -> None:
    """Folders that hold what vanished come from the version before it again, or from none."""
    known, now = Bases(ctx.paths), dict[Path, Base]()
    for skill, bundle in made.written.items():
        content = bundle.manifest.parent or ""
        base = Base(vault.state.vault_id, skill, content)
        now |= dict.fromkeys(known.places(vault.state.vault_id, bundle.content), base)
    bases.note(ctx, now)
    new = (bundle.content for bundle, _ in made.added.values())
    lost = [place for one in new for place in known.places(vault.state.vault_id, one)]
    bases.forget(ctx.paths, lost)


def _invert(ctx: Context, vault: Vault, chosen: _Chosen, approve: Approve) -> Undone | None:
    inverse = _inverse(ctx, vault, chosen)
    if inverse.draft.is_empty:
        why = "; ".join(inverse.stays) or "nothing is left to take back"
        raise UsageError(f"entry {chosen.seq} ({', '.join(inverse.did)})", why)
    undoing = _undoing(vault, chosen, inverse, inverse.back, vanishes=False)
    if not approve(undoing):
        return None
    if not _is_trust(chosen.made):
        entry = vault.commit(inverse.draft, ctx.now())
        for skill, made in inverse.draft.versions.items():
            vault.notebook.means(fold(made.manifest.name), skill)
        vault.notebook.save()
        return Undone(undoing, entry, pushed=False, unpushed=vault.unpushed)

    def build(reader: Reader) -> Draft:
        return _inverse(ctx, vault, chosen, reader).draft

    first = _gave(chosen.made) and chosen.commit not in vault.commits_between(
        read_ref(vault.path, REMOTE), vault.local.commit
    )
    if first:
        published = trust.publish_alone(ctx, vault, build, "skillvault sync, then this again")
    else:
        published = trust.publish(ctx, vault, build)
    if published.entry is not None and any(p.startswith("groups/") for p in inverse.draft.files):
        resealing.seal_first(ctx, vault)
    return Undone(undoing, published.entry, published.pushed, vault.unpushed)


def _inverse(
    ctx: Context,
    vault: Vault,
    chosen: _Chosen,
    reader: Reader | None = None,
    *,
    strict: bool = True,
) -> Inverse:
    """What takes it back on the line of now. Not `strict`: only what it did, in words."""
    before = vault.reader_of(vault.verified_at(chosen.parent))
    inverter = Inverter(
        chosen.made, before, reader or vault.reader, vault.signer(), ctx.now(), labels(vault)
    )
    try:
        return inverter.run()
    except SkillvaultError:
        if strict:
            raise
        return inverter.out


def _undoing(
    vault: Vault, chosen: _Chosen, inverse: Inverse, back: Sequence[str], *, vanishes: bool
) -> Undoing:
    remote = vault.notes.remote is not None
    return Undoing(
        vault=vault,
        seq=chosen.seq,
        time=chosen.entry.time,
        vanishes=vanishes,
        did=tuple(inverse.did),
        back=tuple(back),
        stays=() if vanishes else tuple(inverse.stays),
        final="" if vanishes else _final(inverse, chosen.seq),
        pushed=not vanishes and remote and _is_trust(chosen.made),
        goes_along=vault.unpushed if remote else 0,
    )


def _final(inverse: Inverse, seq: int) -> str:
    """What is typed to say yes: the one name that goes for good, or that all of it is meant."""
    if len(inverse.final) > 1:
        return f"undo {seq}"
    return next(iter(inverse.final), "")
