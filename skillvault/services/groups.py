"""The groups of a vault as people read them: who is in them, and what a closed one waits for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from skillvault.errors import AccessError, RefusedError
from skillvault.services.labels import either, labels
from skillvault.vault import card as cards
from skillvault.vault.client import Vault
from skillvault.vault.state import State


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A line of `group list`. `skills`: how many it reads now; `closed`: in words, or None."""

    group: str
    name: str
    label: str
    members: tuple[str, ...]
    admins: tuple[str, ...]
    me: bool
    skills: int
    owns: int
    epoch: int
    closed: str | None


def list_groups(vault: Vault) -> list[GroupLine]:
    """Every group, `everyone` first."""
    vault.require_me()
    state, known = vault.state, labels(vault)
    lines = [
        GroupLine(
            group=identifier,
            name=vault.reader.name(identifier),
            label=known[identifier],
            members=tuple(sorted(known[m] for m in group.members)),
            admins=tuple(sorted(known[m] for m in group.members if state.members[m].is_admin)),
            me=vault.me in group.members,
            skills=sum(identifier in skill.readers for skill in state.skills.values()),
            owns=sum(identifier == skill.owner for skill in state.skills.values()),
            epoch=group.epoch,
            closed=None if group.is_open else closed_words(vault, group.members),
        )
        for identifier, group in state.groups.items()
    ]
    return sorted(lines, key=lambda line: (line.group != state.everyone, line.label.casefold()))


def check_name(name: str) -> str:
    """A name that a group may have. RefusedError for any other."""
    try:
        return cards.check_name(name)
    except RefusedError as error:
        raise RefusedError(name or "name", error.problem, "give the group another name") from None


def closed_words(vault: Vault, members: Iterable[str], state: State | None = None) -> str:
    """What closed means, for somebody who never heard of epochs.

    `state`: where it is closed, if that is ahead of the vault's own, which a conflict may hold up.
    """
    members = tuple(members)
    known, there = labels(vault), state or vault.state
    people = [known.get(m, m) for m in members if there.members[m].is_person]
    if people:
        who = either(people)
        when = "at their next sync" if len(people) == 1 else "at the next sync of one of them"
        return f"closed: {who} opens it {when}; until then nothing new reaches it"
    machines = either(known.get(m, m) for m in members)
    return (
        f"closed, with machines alone in it: {machines} opens it at its next sync, if it may push; "
        "until then nothing new reaches it"
    )


def no_admin_words(name: str) -> str:
    """What it means that no admin is in a group."""
    return (
        f"nobody in {name} is an admin then: to add somebody, an owner makes one of them admin, "
        "who adds, and is made member again"
    )


def without_admin(state: State, members: Iterable[str]) -> bool:
    """Whether nobody of `members` is an admin."""
    return not any(m in state.members and state.members[m].is_admin for m in members)


def require_in(vault: Vault, group: str, what: str) -> None:
    """AccessError (4) unless I am an admin in the group; it names whom to ask."""
    me, state = vault.require_me(), vault.state
    members, name = state.groups[group].members, labels(vault)[group]
    if me in members and state.members[me].is_admin:
        return
    inside = [labels(vault)[m] for m in members if state.members[m].is_admin]
    if inside:
        hint = f"ask {either(inside)}"
    else:
        owners = either(
            labels(vault)[i] for i, m in state.members.items() if m.role == "owner" and m.is_active
        )
        hint = (
            f"nobody in it is an admin: {owners} can make one of them admin: skillvault member role"
        )
    raise AccessError(name, f"only an admin who is in it can {what}", hint)
