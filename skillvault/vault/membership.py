"""Builders for members who are there already: their role, name and expiry, and their removal.

As those of `operations`: they fill a draft, and `apply` authorises the entry that comes of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from skillvault.vault import epochs, names, sealed, succession
from skillvault.vault.card import Card
from skillvault.vault.draft import Draft
from skillvault.vault.operations import group_record
from skillvault.vault.reader import Reader
from skillvault.vault.records import MemberRecord
from skillvault.vault.state import State
from skillvault.vault.succession import Succession
from skillvault.vault.syntax import Role


def member_record(draft: Draft, state: State, member: str) -> MemberRecord:
    """The member's file as the draft has it, else as the state has."""
    data = draft.files.get(_path(member))
    if data is not None:
        return MemberRecord.parse(data, member)
    record = state.members[member]
    return MemberRecord(
        expires=record.expires,
        name=record.name,
        recipient=record.recipient,
        role=record.role,
        signing_key=record.signing_key,
        state=record.state,
    )


def set_role(draft: Draft, state: State, member: str, role: Role) -> None:
    """Another role."""
    record = member_record(draft, state, member)
    draft.files[_path(member)] = replace(record, role=role).to_bytes()


def set_expiry(draft: Draft, state: State, machine: str, expires: str | None) -> None:
    """Another time after which a machine writes nothing; None for never."""
    record = member_record(draft, state, machine)
    draft.files[_path(machine)] = replace(record, expires=expires).to_bytes()


def rename(draft: Draft, state: State, member: str, card: Card) -> None:
    """Another name: `card` is the member's new one, with the keys that they have."""
    made = names.person_record(card)
    record = member_record(draft, state, member)
    draft.files[_path(member)] = replace(record, name=made.hash).to_bytes()
    key = group_record(draft, state, state.everyone).recipient
    assert key is not None  # noqa: S101 - `everyone` is never closed
    draft.files[f"names/{member}.age"] = sealed.seal_json(made.line, [key])


def expel(
    draft: Draft, reader: Reader, members: Collection[str], by: str, prefer: Collection[str] = ()
) -> Succession:
    """Remove members: from every group and access file too; says who owns their skills now.

    `by` is the admin who does it; of several who may follow an owner, `prefer` goes first. Nothing
    is re-sealed here: a removal goes alone.
    """
    state = reader.state
    for member in members:
        record = member_record(draft, state, member)
        draft.files[_path(member)] = replace(record, state="removed").to_bytes()
    for group in sorted(state.groups):
        epochs.take_out(draft, reader, group, members, by)
    return succession.strike(draft, state, prefer=prefer)


def _path(member: str) -> str:
    return f"members/{member}.json"
