"""Everybody in a vault, for a screen: members with since when, groups, and what I may change."""

from __future__ import annotations

from dataclasses import dataclass

from skillvault.services import groups, people
from skillvault.services.groups import GroupLine
from skillvault.services.people import MemberLine
from skillvault.vault import history
from skillvault.vault.client import Vault

MEANS = {
    "owner": "admits and removes anybody, and gives roles",
    "admin": "admits and removes members and machines",
    "member": "reads and writes what is shared with them",
    "machine": "reads what is shared with it, for a job",
}


@dataclass(frozen=True, slots=True)
class Keyholder:
    """A member. `since`: when they were admitted, empty where that cannot be told."""

    line: MemberLine
    since: str


@dataclass(frozen=True, slots=True)
class Roster:
    """All of a vault's. `role`: mine."""

    vault: str
    members: tuple[Keyholder, ...]
    groups: tuple[GroupLine, ...]
    role: str

    @property
    def is_admin(self) -> bool:
        """Whether I may admit and remove."""
        return self.role in {"owner", "admin"}


def roster(vault: Vault) -> Roster:
    """Members, admins first; groups, `everyone` first."""
    since = history.admitted(vault)
    lines = people.list_members(vault)
    return Roster(
        vault=vault.name,
        members=tuple(Keyholder(line, since.get(line.member, "")) for line in lines),
        groups=tuple(groups.list_groups(vault)),
        role=vault.state.members[vault.require_me()].role,
    )
