"""With whom skills can be shared: the groups and the members of a vault, as one chooses them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from skillvault.services import groups, people
from skillvault.services.wording import count
from skillvault.vault.client import Vault
from skillvault.vault.state import owns


class Reachable(NamedTuple):
    """Somebody to share with. `label`: as WHO names them; `note`: what tells them from others.

    `reads`: they are a reader of all the skills in question by name already.
    """

    label: str
    note: str
    is_group: bool
    reads: bool


def choices(vault: Vault, skills: Sequence[str]) -> list[Reachable]:
    """Groups first, then people, without me. AccessError if I am no member."""
    vault.require_me()
    state = vault.state
    named = [set(state.skills[skill].readers) for skill in skills if skill in state.skills]

    def reads(identifier: str) -> bool:
        return bool(named) and all(identifier in readers for readers in named)

    found = [
        Reachable(
            line.label, _group_note(vault, line.group), is_group=True, reads=reads(line.group)
        )
        for line in groups.list_groups(vault)
    ]
    found += [
        Reachable(line.label, _short(line.fingerprint), is_group=False, reads=reads(line.member))
        for line in people.list_members(vault)
        if not line.me
    ]
    return found


def not_mine(vault: Vault, skills: Sequence[str]) -> list[str]:
    """Those of the skills that I may not share, because somebody else owns them."""
    me = vault.require_me()
    state = vault.state
    return [s for s in skills if s in state.skills and not owns(state, state.skills[s], me)]


def _group_note(vault: Vault, group: str) -> str:
    members = [vault.state.members[m] for m in vault.state.groups[group].members]
    machines = sum(m.role == "machine" for m in members)
    said = f"group of {len(members) - machines}"
    return f"{said} and {count(machines, 'machine')}" if machines else said


def _short(fingerprint: str) -> str:
    """The first four words: enough to see at a glance that it is somebody else."""
    return "-".join(fingerprint.split()[:4])
