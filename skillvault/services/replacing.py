"""`member replace`: the same person with another identity, which takes over what it can.

A lost key: an admin admits the new one, shares what is theirs, removes the old one, lists whom to
ask for the rest. An old key that works hands over first what it owns. A stolen one is removed
first. Who was removed before comes back the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from skillvault.errors import UsageError
from skillvault.services import (
    following,
    handing,
    leaving,
    opening,
    receipts,
    sharing,
    trust,
)
from skillvault.services.context import Context
from skillvault.services.following import Job, role_ask, stays
from skillvault.services.handing import Ask, Plan
from skillvault.services.labels import label
from skillvault.services.leaving import Leaving, Removed
from skillvault.services.trust import Published
from skillvault.vault import membership, operations, settings
from skillvault.vault.card import Card
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
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
        job = following.prepare(ctx, opened, who, card_text, stdin, stolen=stolen, keep=keep)
        preview = _preview(job)
        if not approve(preview):
            return None
        done = _carry_out(job, preview)
        if receipt is not None and done.removed is not None:
            receipts.write(done.removed.report, receipt)
    return done


# Before


def _preview(job: Job) -> Replacing:
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
        plan=replace(both, asks=(*role_ask(job), *both.asks)),
        leaving=going,
        stays=stays(job) if job.old_is_active and going is None else None,
        old_key=job.old_key is not None,
        stolen=job.stolen,
        goes_along=0 if job.stolen else leaving.waiting(job.vault),
    )


def _after(job: Job) -> State:
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


# Then


def _carry_out(job: Job, preview: Replacing) -> Replaced:
    published, removed = list[Published](), None
    if job.stolen and preview.leaving is not None:
        removed = _remove(job, preview.leaving)
        trust.before(job.ctx, job.vault)
    published.append(_hand_over(job, job.vault, job.vault.require_me()))
    if job.old_key is not None and not job.is_self and not job.stolen:
        other = job.vault.held_by(job.old_key)
        published.append(_hand_over(job, other, job.change.old, alone=True))
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
        asks=(*role_ask(job), *handing.plan(vault, vault.state, job.change).asks),
        clone=sharing.clone_command(vault),
    )


def _hand_over(job: Job, vault: Vault, actor: str, *, alone: bool = False) -> Published:
    """One entry: the new identity admitted, if it is not yet, and what `actor` hands over.

    `alone`: nothing of it waits here if the push fails, for the old key's entries are not mine.
    """
    change = job.change
    made = handing.plan(vault, vault.state, change).by(actor)

    def build(reader: Reader) -> Draft:
        draft = Draft()
        if change.new not in reader.state.members:
            operations.admit(draft, reader, job.card, job.role, job.expires, member=change.new)
        handing.fill(draft, reader, made, change.new)
        return draft

    if alone:
        return trust.publish_alone(job.ctx, vault, build, "skillvault sync, then this again")
    return trust.publish(job.ctx, vault, build)


def _remove(job: Job, going: Leaving) -> Removed:
    """Remove the old identity, and remember that this machine goes on with another."""
    vault, old = job.vault, job.change.old
    prefer = [job.change.new] if job.change.new in vault.state.members else []
    published = leaving.carry_out(job.ctx, vault, going, prefer)
    if vault.identity and vault.notes.identity == job.seen.state.members[old].recipient:
        vault.notes = replace(vault.notes, identity=vault.identity.recipient)
        settings.save(vault.paths, vault.name, vault.notes)
    return leaving.finish(job.ctx, vault, old, going, published, lazy=False)
