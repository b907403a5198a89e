"""A member leaves: the one control entry of a removal, and what has to follow it.

It re-keys or closes every group that held them, strikes their name from every access file, and
passes on what they owned. Sealing anew is another entry: this one must be small, and first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from skillvault.vault import epochs, succession
from skillvault.vault.draft import Draft
from skillvault.vault.epochs import Left
from skillvault.vault.reader import Reader
from skillvault.vault.records import MemberRecord
from skillvault.vault.state import State
from skillvault.vault.succession import Succession


@dataclass(frozen=True, slots=True)
class Departure:
    """What became of the groups that held them, by id, and of the access files."""

    groups: Mapping[str, Left]
    skills: Succession


def remove_member(
    draft: Draft, reader: Reader, member: str, prefer: Collection[str] = ()
) -> Departure:
    """Remove an active member. `prefer`: of several who may own what they owned, these.

    A group that I am in as an admin starts anew, any other is closed: nothing is sealed to it until
    one of its members opens it. Only admins may, and nobody themselves (`apply` decides).
    """
    state = reader.state
    path = f"members/{member}.json"
    draft.files[path] = replace(_record(state, member), state="removed").to_bytes()
    groups: dict[str, Left] = {}
    for group, record in sorted(state.groups.items()):
        if member in record.members:
            groups[group] = epochs.take_out(draft, reader, group, {member}, reader.me or "")
    return Departure(groups, succession.strike(draft, state, prefer=prefer))


def _record(state: State, member: str) -> MemberRecord:
    known = state.members[member]
    return MemberRecord(
        expires=known.expires,
        name=known.name,
        recipient=known.recipient,
        role=known.role,
        signing_key=known.signing_key,
        state=known.state,
    )
