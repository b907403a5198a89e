"""Members and groups of an unpushed entry, made again on what others did meanwhile.

What takes away wins: whoever was removed meanwhile drops out, a group that was deleted stays so,
and of two new roles the lower one holds.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from skillvault.errors import ConflictError
from skillvault.vault import epochs, membership, operations, succession
from skillvault.vault.card import Card
from skillvault.vault.deeds import Deed, Founding, GroupChange, MemberChange, Renamed, Was
from skillvault.vault.draft import Draft
from skillvault.vault.operations import group_record
from skillvault.vault.reader import Reader
from skillvault.vault.state import State
from skillvault.vault.syntax import Role

_RANK: Final[dict[Role, int]] = {"machine": 0, "member": 0, "admin": 1, "owner": 2}


def redo_people(draft: Draft, made: Deed, reader: Reader, renamed: Renamed) -> None:
    """Admissions, changes of members, groups, and removals, in the order of what needs what.

    ConflictError where somebody else took a name meanwhile.
    """
    state = reader.state
    for member, admission in made.admitted.items():
        known = _holder(state, admission.card)
        if known is not None:
            renamed.ids[member] = known
        else:
            _check_name(reader, admission.card.name)
            operations.admit(
                draft, reader, admission.card, admission.role, admission.expires, member=member
            )
    for member, change in made.members.items():
        _change_member(draft, reader, renamed.one(member), change)
    for group, founding in made.founded.items():
        _found(draft, reader, group, founding, renamed)
    heirs = {renamed.one(c.owner.after) for c in made.access.values() if c.owner is not None}
    gone = [m for m in map(renamed.one, made.expelled) if _is_active(state, m)]
    if gone:
        membership.expel(draft, reader, gone, reader.me or "", prefer=heirs)
    for group, redone in made.groups.items():
        if group in state.groups:
            _regroup(draft, reader, group, redone, renamed)
    dissolved = [group for group in made.dissolved if group in state.groups]
    for group in dissolved:
        epochs.delete_group(draft, state, group)
    if dissolved or made.groups:
        succession.strike(draft, state, prefer=heirs)


def present(draft: Draft, state: State) -> frozenset[str]:
    """Everybody whom an access file may name, as the draft has it: active members, groups."""
    after = succession.projected(draft, state)
    active = {member for member, record in after.members.items() if record.is_active}
    return frozenset(active | after.groups.keys())


def _change_member(draft: Draft, reader: Reader, member: str, change: MemberChange) -> None:
    state = reader.state
    if not _is_active(state, member):
        return
    now = state.members[member]
    if change.role is not None:
        role = _lower(change.role, now.role)
        if role != now.role:
            membership.set_role(draft, state, member, role)
    if change.expires is not None and now.expires != change.expires.after:
        membership.set_expiry(draft, state, member, _sooner(change.expires, now.expires))
    if change.card is not None and reader.name(member) != change.card.name:
        _check_name(reader, change.card.name, but=member)
        membership.rename(draft, state, member, change.card)
    path = f"members/{member}.json"
    if draft.files.get(path) == membership.member_record(Draft(), state, member).to_bytes():
        del draft.files[path]


def _lower(role: Was[Role], now: Role) -> Role:
    """The role that I gave, unless somebody gave another one meanwhile that may do less."""
    if now in (role.before, role.after):
        return role.after
    return min(role.after, now, key=_RANK.__getitem__)


def _sooner(expires: Was[str | None], now: str | None) -> str | None:
    """The time that I set, unless somebody set another one meanwhile that is earlier."""
    if now == expires.before or now is None:
        return expires.after
    return now if expires.after is None else min(now, expires.after)


def _found(draft: Draft, reader: Reader, group: str, founding: Founding, renamed: Renamed) -> None:
    if group in reader.state.groups or group in reader.state.former_groups:
        return  # it went ahead of what waited for a conflict
    _check_name(reader, founding.name)
    members = renamed.of(founding.members) & present(draft, reader.state)
    epochs.make_group(draft, reader, founding.name, members, group=group)


def _regroup(
    draft: Draft, reader: Reader, group: str, change: GroupChange, renamed: Renamed
) -> None:
    """A group with those who came and without those who went, and what else was done to it."""
    state = reader.state
    was = set(group_record(draft, state, group).members)
    joined = (renamed.of(change.joined) & present(draft, state)) - was
    gone = renamed.of(change.gone) & was
    closed = change.closed and (bool(gone) or not change.gone)
    if (was | joined) <= gone:
        epochs.delete_group(draft, state, group)
        return
    if closed and state.groups[group].is_open:
        epochs.close(draft, state, group, was - gone)
    elif joined or gone or change.anew:
        _move(draft, reader, group, joined, gone)
    if change.name is not None and reader.name(group) != change.name:
        _check_name(reader, change.name, but=group)
        epochs.rename_group(draft, reader, group, change.name)


def _move(
    draft: Draft, reader: Reader, group: str, joined: frozenset[str], gone: frozenset[str]
) -> None:
    """Who comes and who goes, by the way that is open to me in the group as it is now."""
    state = reader.state
    record, me = state.groups[group], reader.me or ""
    was = set(group_record(draft, state, group).members)
    stays = (was | joined) - gone
    inside = me in stays and me in record.members and state.members[me].is_admin
    if gone and not inside:
        epochs.close(draft, state, group, was - gone)
    elif gone or (record.is_open and not joined):
        epochs.start_anew(draft, reader, group, stays)
    elif record.is_open:
        epochs.grow(draft, reader, group, joined)
    elif joined:
        epochs.open_closed(draft, reader, group, stays)


def _check_name(reader: Reader, name: str, but: str | None = None) -> None:
    """ConflictError if an active member or a group got this name meanwhile: no second one."""
    state = reader.state
    taken = [*(i for i, m in state.members.items() if m.is_active), *state.groups]
    if any(_fold(reader.name(i)) == _fold(name) for i in taken if i != but):
        problem = "somebody took this name meanwhile, and there is no second one"
        raise ConflictError(name, problem, "do it again under another name")


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _holder(state: State, card: Card) -> str | None:
    """Who was admitted with these keys. ConflictError if somebody has one of them alone."""
    for identifier, member in state.members.items():
        same = (member.recipient == card.recipient, member.signing_key == card.signing_key)
        if all(same):
            return identifier
        if any(same):
            # Not the holder of this card: what is meant for the one is not for the other.
            problem = "one of its keys was admitted meanwhile, as another member's"
            raise ConflictError(card.name, problem, "its holder makes a new identity")
    return None


def _is_active(state: State, member: str) -> bool:
    return member in state.members and state.members[member].is_active
