"""What an entry did, read from the states before and after it: all that a replay goes by.

What only follows (slots, `previous.age`, the opening of a closed group, re-sealing, who is in
`everyone`, who inherits from a removed owner) is no deed: it is derived anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, Generic, NamedTuple, TypeVar

from skillvault.vault import operations
from skillvault.vault.bundle import Bundle
from skillvault.vault.card import Card
from skillvault.vault.draft import Draft
from skillvault.vault.reader import Reader
from skillvault.vault.records import AccessRecord
from skillvault.vault.state import Group, Member, Skill, State, has_person
from skillvault.vault.syntax import Role

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Admission:
    """A member whom the entry admitted."""

    card: Card
    role: Role
    expires: str | None


class Was(NamedTuple, Generic[T]):
    """A field that an entry changed."""

    before: T
    after: T


@dataclass(frozen=True, slots=True)
class MemberChange:
    """What an entry changed of a member who stays. None: that field stayed as it was."""

    role: Was[Role] | None = None
    card: Card | None = None
    expires: Was[str | None] | None = None


@dataclass(frozen=True, slots=True)
class GroupChange:
    """What an entry changed of a group that stays.

    `anew`: it got a new key, though nobody left; `closed`: nothing is sealed to it any more.
    """

    joined: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    name: str | None = None
    anew: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Founding:
    """A group that the entry made."""

    name: str
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class AccessChange:
    """Names that an entry added to or struck from an access file, and its new owner."""

    readers: frozenset[str] = frozenset()
    writers: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    not_writing: frozenset[str] = frozenset()
    owner: Was[str] | None = None


@dataclass(slots=True)
class Deed:
    """What one entry did, by id. `reader` reads the line behind it, to open what it wrote.

    `added`: bundle and access file of each new skill. `removed`: skills that are gone, with the
    content that was current then. `evidence` and `withdrawn`: by skill and evidence id.
    """

    seq: int
    reader: Reader
    admitted: dict[str, Admission] = field(default_factory=dict)
    members: dict[str, MemberChange] = field(default_factory=dict)
    expelled: dict[str, None] = field(default_factory=dict)
    founded: dict[str, Founding] = field(default_factory=dict)
    groups: dict[str, GroupChange] = field(default_factory=dict)
    dissolved: dict[str, None] = field(default_factory=dict)
    access: dict[str, AccessChange] = field(default_factory=dict)
    added: dict[str, tuple[Bundle, AccessRecord]] = field(default_factory=dict)
    written: dict[str, Bundle] = field(default_factory=dict)
    evidence: dict[tuple[str, str], bytes] = field(default_factory=dict)
    withdrawn: dict[tuple[str, str], None] = field(default_factory=dict)
    removed: dict[str, str] = field(default_factory=dict)

    def parts(self) -> list[Deed]:
        """The same, one thing at a time, in the order in which they stand on each other.

        Who is expelled stays together: it is one entry in any case.
        """
        return list(self._parts())

    @property
    def is_empty(self) -> bool:
        """Nothing was done but what follows from something else."""
        return not self.parts()

    def trust(self, new: Collection[str]) -> Deed:
        """What it did to people, groups and access: all but what is about the `new` skills."""
        return Deed(
            self.seq,
            self.reader,
            admitted=self.admitted,
            members=self.members,
            expelled=self.expelled,
            founded=self.founded,
            groups=self.groups,
            dissolved=self.dissolved,
            access={skill: c for skill, c in self.access.items() if skill not in new},
        )

    def rest(self, new: Collection[str]) -> Deed:
        """All else, and whom later entries may name: to admit and to found again does nothing."""
        return replace(
            self,
            members={},
            expelled={},
            groups={},
            dissolved={},
            access={skill: c for skill, c in self.access.items() if skill in new},
        )

    def content(self, new: Collection[str]) -> Deed:
        """The rest without admissions and new groups: what waits where content waits."""
        return replace(self.rest(new), admitted={}, founded={})

    def _parts(self) -> Iterator[Deed]:
        for one in fields(self):
            things: dict[Any, Any] = getattr(self, one.name)
            if one.name in {"seq", "reader"} or not things:
                continue
            if one.name == "expelled":
                yield Deed(self.seq, self.reader, expelled=things)
                continue
            for key, thing in things.items():
                part = Deed(self.seq, self.reader)
                setattr(part, one.name, {key: thing})
                yield part


@dataclass(slots=True)
class Renamed:
    """What a replay finds on its way. `ids`: whom an id means now, who was admitted by both sides.

    `kept` tells, a line each, what was not done after all, and why.
    """

    ids: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)

    def one(self, name: str) -> str:
        """A name as it is called now."""
        return self.ids.get(name, name)

    def of(self, names: Iterable[str]) -> frozenset[str]:
        """The names as they are called now."""
        return frozenset(map(self.one, names))

    def tell(self, line: str) -> None:
        """One more line of `kept`."""
        if line not in self.kept:
            self.kept.append(line)


def deed(before: State, after: State, reader: Reader) -> Deed:
    """What the entry between two states did; `reader` reads the later one."""
    found = Deed(after.seq, reader)
    for member, record in after.members.items():
        _member(found, member, before.members.get(member), record)
    for group, now in after.groups.items():
        _group(found, after, group, before.groups.get(group), now)
    found.dissolved = dict.fromkeys(sorted(before.groups.keys() - after.groups.keys()))
    for skill in sorted(before.skills.keys() - after.skills.keys()):
        # One whose owner went was removed because nobody could follow: perhaps somebody can now.
        if has_person(after, before.skills[skill].owner):
            found.removed[skill] = before.skills[skill].content
    for skill, made in after.skills.items():
        old = before.skills.get(skill)
        if old is None:
            opened = reader.open_version(skill, len(made.versions)).bundle
            found.added[skill] = (opened, operations.access_record(Draft(), after, skill))
        elif old is not made:
            _skill(found, skill, old, made)
    return found


def _member(found: Deed, member: str, old: Member | None, now: Member) -> None:
    if old is None:
        card = found.reader.card(member)
        found.admitted[member] = Admission(card, now.role, now.expires)
    elif old.is_active and not now.is_active:
        found.expelled[member] = None
    elif old != now:
        found.members[member] = MemberChange(
            role=Was(old.role, now.role) if old.role != now.role else None,
            card=found.reader.card(member) if old.name != now.name else None,
            expires=Was(old.expires, now.expires) if old.expires != now.expires else None,
        )


def _group(found: Deed, after: State, group: str, old: Group | None, now: Group) -> None:
    if old is None:
        found.founded[group] = Founding(found.reader.group_name(group), frozenset(now.members))
        return
    shared = group == after.everyone  # who is in it follows
    joined = frozenset[str]() if shared else frozenset(now.members) - frozenset(old.members)
    gone = frozenset(old.members) - frozenset(now.members)
    change = GroupChange(
        joined=joined,
        gone=frozenset() if shared else gone,
        name=found.reader.group_name(group) if old.name != now.name else None,
        anew=old.is_open and now.is_open and old.epoch != now.epoch and not gone,
        closed=old.is_open and not now.is_open,
    )
    if change != GroupChange():
        found.groups[group] = change


def _skill(found: Deed, skill: str, old: Skill, now: Skill) -> None:
    change = AccessChange(
        readers=frozenset(now.readers) - frozenset(old.readers),
        writers=frozenset(now.writers) - frozenset(old.writers),
        gone=frozenset(old.readers) - frozenset(now.readers),
        not_writing=frozenset(old.writers) - frozenset(now.writers),
        owner=Was(old.owner, now.owner) if old.owner != now.owner else None,
    )
    if change != AccessChange():
        found.access[skill] = change
    if len(now.versions) > len(old.versions):
        found.written[skill] = found.reader.open_version(skill, len(now.versions)).bundle
    for key in now.evidence.keys() - old.evidence.keys():
        found.evidence[skill, key] = found.reader.open_evidence(skill, key)
    found.withdrawn |= dict.fromkeys(
        (skill, key) for key in sorted(old.evidence.keys() - now.evidence.keys())
    )
