"""From one identity to the next: what can be handed over by whom, and whom to ask for the rest.

Nobody lets anybody in to what they do not read themselves: a skill is shared by its owner alone, a
group grows by an admin who is in it. So a plan has two parts: what the keys at hand can do, and a
list of requests.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from skillvault.services import reach
from skillvault.services.labels import either, labels, tagged
from skillvault.skill.text import visible
from skillvault.vault import epochs, operations
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.reader import Reader
from skillvault.vault.state import Skill, State, has_person, owns


@dataclass(frozen=True, slots=True)
class SkillHanded:
    """A skill that `by` (a member's id) shares with the next identity; `owner`: gives to it."""

    skill: str
    label: str
    write: bool
    owner: bool
    by: str


@dataclass(frozen=True, slots=True)
class GroupHanded:
    """A group that `by` lets the next identity into."""

    group: str
    label: str
    by: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Something that others hand over. `key`: the skill's or group's id; `command`: for them."""

    key: str
    what: str
    whom: str
    command: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is handed over, and what is to be asked for."""

    skills: tuple[SkillHanded, ...]
    groups: tuple[GroupHanded, ...]
    asks: tuple[Ask, ...]

    @property
    def keys(self) -> frozenset[str]:
        """The ids of skills and groups that are handed over."""
        return frozenset(s.skill for s in self.skills) | {g.group for g in self.groups}

    def by(self, actor: str) -> Plan:
        """The part of it that one of the keys at hand does."""
        return Plan(
            tuple(s for s in self.skills if s.by == actor),
            tuple(g for g in self.groups if g.by == actor),
            (),
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One identity follows another: `old` to `new` (ids), called `name`.

    `had`: the vault when `old` had its rights last; `actors`: whose keys are at hand, the best
    first.
    """

    old: str
    new: str
    name: str
    had: State
    actors: Sequence[str]


def plan(vault: Vault, state: State, change: Change) -> Plan:
    """What is left to hand over in `state`, which may be one that a removal will make."""
    skills, groups, asks = list[SkillHanded](), list[GroupHanded](), list[Ask]()
    for skill, was in sorted(change.had.skills.items()):
        record = state.skills.get(skill)
        if record is None or change.old not in was.readers or _has(record, was, change):
            continue
        name = reach.skill_name(vault, skill)
        shown = None if name is None else visible(name, lines=False)
        label, write = shown or tagged("", skill), change.old in was.writers
        actor = next((a for a in change.actors if _owns(state, record, a)), None)
        if actor is not None:
            owner = was.owner == change.old
            skills.append(SkillHanded(skill, label, write, owner, actor))
        else:
            # Who owns it knows its name; a name that cannot be typed is no help.
            typed = name if name is not None and name == shown else tagged("NAME", skill)
            words = ["share", typed, "--with", change.name, *(["--write"] if write else [])]
            asks.append(Ask(skill, label, _owners(vault, state, record), _typed(words)))
    for group, team in sorted(change.had.groups.items()):
        now = state.groups.get(group)
        inside = change.old in team.members and group != state.everyone
        if now is None or not inside or change.new in now.members:
            continue
        label = labels(vault).get(group, group)
        admins = [m for m in now.members if m in state.members and state.members[m].is_admin]
        able = next((a for a in change.actors if a in admins and now.is_open), None)
        if able is not None:
            groups.append(GroupHanded(group, label, able))
        else:
            others = [_name(vault, m) for m in admins if m != change.old]
            whom = either(others) if others else "an owner, who makes one of them admin first"
            words = ["group", "add", label, change.name]
            asks.append(Ask(group, label, whom, _typed(words)))
    return Plan(tuple(skills), tuple(groups), tuple(asks))


def fill(draft: Draft, reader: Reader, made: Plan, new: str) -> None:
    """Put into a draft what one of the keys at hand hands over."""
    for one in made.skills:
        if one.skill not in reader.state.skills:
            continue
        if one.owner:
            operations.give(draft, reader, one.skill, new)
        else:
            writers = [new] if one.write else []
            operations.change_access(
                draft, reader, one.skill, add_readers=[new], add_writers=writers
            )
    for group in made.groups:
        epochs.grow(draft, reader, group.group, [new])


def _has(record: Skill, was: Skill, change: Change) -> bool:
    """Whether the next identity has of a skill what the one before had."""
    if was.owner == change.old:
        return record.owner == change.new
    names = record.writers if change.old in was.writers else record.readers
    return change.new in names


def _owns(state: State, record: Skill, member: str) -> bool:
    return member in state.members and owns(state, record, member)


def _owners(vault: Vault, state: State, record: Skill) -> str:
    """The persons behind a skill's owner, any of whom will do."""
    group = state.groups.get(record.owner)
    members = (record.owner,) if group is None else group.members
    return either(_name(vault, m) for m in members if has_person(state, m))


def _name(vault: Vault, member: str) -> str:
    return labels(vault).get(member) or vault.reader.name(member)


def _typed(words: Sequence[str]) -> str:
    return shlex.join(["skillvault", *words])
