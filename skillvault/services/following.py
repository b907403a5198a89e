"""Who follows whom, for `member replace`: the two identities, the keys at hand, and the rights."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from skillvault.errors import AccessError, NotFoundError, UsageError
from skillvault.services import exposure, identities, leaving, people
from skillvault.services.context import Context
from skillvault.services.handing import Ask, Change
from skillvault.services.labels import either, fold, label, labels
from skillvault.vault.card import Card
from skillvault.vault.client import Vault
from skillvault.vault.history import moments
from skillvault.vault.identity import Identity
from skillvault.vault.ids import new_id
from skillvault.vault.state import State
from skillvault.vault.syntax import Role

_RANKS = ("machine", "member", "admin", "owner")


@dataclass(slots=True)
class Job:
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
        """Not removed before."""
        return self.seen.state.members[self.change.old].is_active

    @property
    def is_self(self) -> bool:
        """The old identity does it, and so cannot remove itself."""
        return self.seen.me == self.change.old


def prepare(
    ctx: Context,
    opened: Vault,
    who: str,
    card_text: str,
    stdin: bytes | None,
    *,
    stolen: bool,
    keep: bool,
) -> Job:
    """Find both identities and what is at hand. AccessError (4) where the first step is barred.

    UsageError for a card of the very identity, and where a machine and a person would be mixed.
    """
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
    job = Job(ctx, opened, seen, holder, change, role, record.expires, old_key, stolen, keep)
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


def _check_rights(job: Job, *, admits: bool) -> None:
    if admits:
        people.require_admin(job.seen, "admit the new identity")
    if job.is_self and job.stolen:
        hint = f"ask {_who_removes(job)}"
        raise AccessError(job.card.name, "a stolen key does not remove itself", hint)
    if job.old_is_active and not job.keep and not job.is_self:
        leaving.check_rights(job.seen, job.change.old)


def _who_removes(job: Job) -> str:
    """Who else may remove the old identity."""
    state, old = job.seen.state, job.change.old
    needs_owner = state.members[old].role in {"owner", "admin"}
    may = [
        labels(job.seen)[i]
        for i, m in state.members.items()
        if m.is_admin and i != old and (m.role == "owner" or not needs_owner)
    ]
    return either(may) if may else f"{job.card.name}, with the new key"


def stays(job: Job) -> str:
    """Why the old identity is not removed by this."""
    if job.keep:
        return "it stays for now: run this again without --keep to remove it"
    return f"nobody removes themselves: ask {_who_removes(job)} to run this too"


def role_ask(job: Job) -> tuple[Ask, ...]:
    """The role that the old identity had, where only an owner can give it."""
    wanted, state = job.change.had.members[job.change.old].role, job.seen.state
    if job.role == wanted or _RANKS.index(job.role) > _RANKS.index(wanted):
        return ()
    owners = [
        labels(job.seen)[i] for i, m in state.members.items() if m.is_active and m.role == "owner"
    ]
    command = shlex.join(["skillvault", "member", "role", job.card.name, wanted])
    return (Ask("role", f"the role {wanted}", either(owners), command),)
