"""`member replace`: the same person with another identity, which takes over what it can.

A lost key: an admin admits the new one, shares what is theirs, removes the old one, lists whom to
ask for the rest. An old key that works hands over first what it owns. A stolen one is removed
first. Who was removed before comes back the same way.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from skillvault.errors import AccessError, NotFoundError, UsageError
from skillvault.services import (
    exposure,
    handing,
    identities,
    leaving,
    opening,
    people,
    receipts,
    sharing,
    trust,
)
from skillvault.services.context import Context
from skillvault.services.handing import Ask, Change, Plan
from skillvault.services.labels import either, fold, label, labels
from skillvault.services.leaving import Leaving, Removed
from skillvault.services.trust import Published
from skillvault.vault import membership, operations, settings
from skillvault.vault.card import Card
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.history import moments
from skillvault.vault.identity import Identity
from skillvault.vault.ids import new_id
from skillvault.vault.reader import Reader
from skillvault.vault.rules import apply
from skillvault.vault.state import State
from skillvault.vault.syntax import Role


@dataclass(frozen=True, slots=True)
class Replacing:
    """What will be done. `label`: of the identity that is replaced; `admits`: the new one is new.

    `leaving` is None where the old one was removed before or stays, and `stays` says why then.
    `old_key`: it is at hand, and hands over. `plan` has all that is handed over, whenever.
    """

    vault: Vault
    label: str
    card: Card
    role: Role
    admits: bool
    plan: Plan
    leaving: Leaving | None
    stays: str | None
    old_key: bool
    stolen: bool
    goes_along: int


@dataclass(frozen=True, slots=True)
class Replaced:
    """What was done. `replaced` and `member`: ids of the old identity and of the new one.

    `published`: every entry that handed over; `asks`: what others have to do.
    """

    replacing: Replacing
    vault: Vault
    replaced: str
    member: str
    published: tuple[Published, ...]
    removed: Removed | None
    asks: tuple[Ask, ...]
    clone: str | None


@dataclass(slots=True)
class _Job:
    """Who follows whom, and whose keys are at hand. `old_key`: of the old one, None without.

    `seen` is the line that all is judged on: that of `vault`, or for a stolen key the remote's.
    """

    ctx: Context
    vault: Vault
    seen: Vault
    card: Card
    change: Change
    role: Role
    expires: str | None
    old_key: Identity | None
    stolen: bool
    keep: bool

    @property
    def old_is_active(self) -> bool:
        return self.seen.state.members[self.change.old].is_active

    @property
    def is_self(self) -> bool:
        return self.seen.me == self.change.old


def replace_member(
    ctx: Context,
    who: str,
    card_text: str,
    *,
    approve: Callable[[Replacing], bool],
    stolen: bool = False,
    keep: bool = False,
    receipt: Path | None = None,
    vault: str | None = None,
    stdin: bytes | None = None,
) -> Replaced | None:
    """Let the holder of a card follow a member, or somebody removed before. None if not approved.

    `stolen`: the old identity is removed before anything else, and does nothing more; `keep`: it is
    not removed yet. AccessError (4) where my role allows not even the first step.
    """
    if stolen and keep:
        raise UsageError(who, "a stolen key is not kept", "one of --stolen and --keep")
    if receipt is not None:
        receipts.check_place(receipt)
    opened = opening.open_vault(ctx, vault)
    with opened.changing():
        trust.before(ctx, opened, removal=stolen)
        job = _job(ctx, opened, who, card_text, stdin, stolen=stolen, keep=keep)
        preview = _preview(job)
        if not approve(preview):
            return None
        done = _carry_out(job, preview)
        if receipt is not None and done.removed is not None:
            receipts.write(done.removed.report, receipt)
    return done


# Before


def _job(
    ctx: Context,
    opened: Vault,
    who: str,
    card_text: str,
    stdin: bytes | None,
    *,
    stolen: bool,
    keep: bool,
) -> _Job:
    seen = leaving.standing(opened) if stolen else opened
    seen.require_me()
    holder = people.read_card(card_text, stdin)
    known = _with_keys(seen, holder)
    old = _old(ctx, seen, who, known)
    state = seen.state
    if not state.members[old].is_active and (stolen or keep):
        raise UsageError(label(seen, old), "was removed already", "leave out --stolen or --keep")
    found = people.from_card(ctx, seen, holder, besides=old)
    new = found.id or new_id()
    had = state if state.members[old].is_active else _before_removal(seen, old)
    old_key = None if stolen else _held(ctx, state, old)
    actors = [m for m in (seen.me, old if old_key is not None else None) if m is not None]
    record = had.members[old]
    change = Change(old, new, holder.name, had, tuple(dict.fromkeys(actors)))
    role = _role(seen, record.role) if found.id is None else state.members[new].role
    if (role == "machine") != (record.role == "machine"):
        raise UsageError(holder.name, "a machine and a person do not follow each other")
    job = _Job(ctx, opened, seen, holder, change, role, record.expires, old_key, stolen, keep)
    _check_rights(job, admits=found.id is None)
    return job


def _with_keys(vault: Vault, holder: Card) -> str | None:
    """The member who has these keys, active or not."""
    members = vault.state.members.items()
    return next((i for i, m in members if m.recipient == holder.recipient), None)


def _old(ctx: Context, vault: Vault, who: str, new: str | None) -> str:
    """Who is replaced: of those called so, nobody who holds the new keys."""
    named = [i for i, name in _called(vault, who) if i != new]
    active = [i for i in named if vault.state.members[i].is_active]
    if len(active) == 1 or (not active and len(named) == 1):
        return (active or named)[0]
    old = exposure.resolve_ever(ctx, vault, who)
    if old == new:
        raise UsageError(who, "the card is of this very identity", "the card of the new one")
    return old


def _called(vault: Vault, who: str) -> list[tuple[str, str]]:
    return [
        (i, name) for i in vault.state.members if fold(name := vault.reader.name(i)) == fold(who)
    ]


def _before_removal(vault: Vault, member: str) -> State:
    """The vault as it was when somebody who was removed had their rights last."""
    for moment in moments(vault):
        known = moment.after.members.get(member)
        if known is not None and not known.is_active:
            return moment.before
    raise NotFoundError(member, "was not removed")


def _held(ctx: Context, state: State, member: str) -> Identity | None:
    """The key of an active member, if it is on this machine."""
    wanted = state.members[member]
    if not wanted.is_active:
        return None
    held = (one.identity for one in identities.load(ctx))
    return next((one for one in held if one.recipient == wanted.recipient), None)


def _role(vault: Vault, wanted: Role) -> Role:
    """The role that I may admit with: an owner the same, anybody else `member` at most."""
    mine = vault.state.members[vault.require_me()].role
    return wanted if mine == "owner" or wanted == "machine" else "member"


def _check_rights(job: _Job, *, admits: bool) -> None:
    if admits:
        people.require_admin(job.seen, "admit the new identity")
    if job.is_self and job.stolen:
        hint = f"ask {_who_removes(job)}"
        raise AccessError(job.card.name, "a stolen key does not remove itself", hint)
    if job.old_is_active and not job.keep and not job.is_self:
        leaving.check_rights(job.seen, job.change.old)


def _who_removes(job: _Job) -> str:
    """Who else may remove the old identity."""
    state, old = job.seen.state, job.change.old
    needs_owner = state.members[old].role in {"owner", "admin"}
    may = [
        labels(job.seen)[i]
        for i, m in state.members.items()
        if m.is_admin and i != old and (m.role == "owner" or not needs_owner)
    ]
    return either(may) if may else f"{job.card.name}, with the new key"


def _preview(job: _Job) -> Replacing:
    vault, old = job.seen, job.change.old
    state, going = vault.state, None
    first = handing.plan(vault, state, job.change)
    last = first
    if job.old_is_active and not job.keep and not job.is_self:
        new = [job.change.new] if job.change.new in state.members else []
        along = leaving.waiting(job.vault) if job.stolen else 0
        going = leaving.preview(job.ctx, vault, old, lazy=False, unpushed=along, prefer=new)
        me_alone = replace(job.change, actors=job.change.actors[:1])
        last = handing.plan(vault, _after(job), me_alone)
    if job.stolen:
        first = Plan((), (), ())
    elif going is not None:
        going = going.without(s.skill for s in first.skills if s.owner)
    both = _both(first, last)
    return Replacing(
        vault=vault,
        label=label(vault, old),
        card=job.card,
        role=job.role,
        admits=job.change.new not in state.members,
        plan=replace(both, asks=(*_role_ask(job), *both.asks)),
        leaving=going,
        stays=_stays(job) if job.old_is_active and going is None else None,
        old_key=job.old_key is not None,
        stolen=job.stolen,
        goes_along=0 if job.stolen else leaving.waiting(job.vault),
    )


def _after(job: _Job) -> State:
    """The vault as the removal would leave it now."""
    vault, draft = job.seen, Draft()
    membership.expel(draft, vault.reader, [job.change.old], vault.require_me())
    entry = draft.entry(vault.state, vault.require_me(), job.ctx.now())
    return apply(vault.state, entry, draft.control())


def _both(first: Plan, last: Plan) -> Plan:
    """What is handed over before the removal and after it; asked for is what neither does."""
    later = [s for s in last.skills if s.skill not in first.keys]
    groups = [g for g in last.groups if g.group not in first.keys]
    asks = [a for a in last.asks if a.key not in first.keys]
    return Plan((*first.skills, *later), (*first.groups, *groups), tuple(asks))


def _stays(job: _Job) -> str:
    if job.keep:
        return "it stays for now: run this again without --keep to remove it"
    return f"nobody removes themselves: ask {_who_removes(job)} to run this too"


# Then


def _carry_out(job: _Job, preview: Replacing) -> Replaced:
    published, removed = list[Published](), None
    if job.stolen and preview.leaving is not None:
        removed = _remove(job, preview.leaving)
        trust.before(job.ctx, job.vault)
    published.append(_hand_over(job, job.vault, job.vault.require_me()))
    if job.old_key is not None and not job.is_self and not job.stolen:
        other = job.vault.held_by(job.old_key)
        published.append(_hand_over(job, other, job.change.old))
        job.vault.advance(other.local)
    if preview.leaving is not None and removed is None:
        removed = _remove(job, preview.leaving)
        published.append(_hand_over(job, job.vault, job.vault.require_me()))
    vault = job.vault
    return Replaced(
        replacing=preview,
        vault=vault,
        replaced=job.change.old,
        member=job.change.new,
        published=tuple(one for one in published if one.entry is not None),
        removed=removed,
        asks=(*_role_ask(job), *handing.plan(vault, vault.state, job.change).asks),
        clone=sharing.clone_command(vault),
    )


def _hand_over(job: _Job, vault: Vault, actor: str) -> Published:
    """One entry: the new identity admitted, if it is not yet, and what `actor` hands over."""
    change = job.change
    made = handing.plan(vault, vault.state, change).by(actor)

    def build(reader: Reader) -> Draft:
        draft = Draft()
        if change.new not in reader.state.members:
            operations.admit(draft, reader, job.card, job.role, job.expires, member=change.new)
        handing.fill(draft, reader, made, change.new)
        return draft

    return trust.publish(job.ctx, vault, build)


def _remove(job: _Job, going: Leaving) -> Removed:
    """Remove the old identity, and remember that this machine goes on with another."""
    vault, old = job.vault, job.change.old
    prefer = [job.change.new] if job.change.new in vault.state.members else []
    published = leaving.carry_out(job.ctx, vault, going, prefer)
    if vault.identity and vault.notes.identity == job.seen.state.members[old].recipient:
        vault.notes = replace(vault.notes, identity=vault.identity.recipient)
        settings.save(vault.paths, vault.name, vault.notes)
    return leaving.finish(job.ctx, vault, old, going, published, lazy=False)


def _role_ask(job: _Job) -> tuple[Ask, ...]:
    """The role that the old identity had, where only an owner can give it."""
    wanted, state = job.change.had.members[job.change.old].role, job.seen.state
    if job.role in {wanted, "owner"}:
        return ()
    owners = [
        labels(job.seen)[i] for i, m in state.members.items() if m.is_active and m.role == "owner"
    ]
    command = shlex.join(["skillvault", "member", "role", job.card.name, wanted])
    return (Ask("role", f"the role {wanted}", either(owners), command),)
