"""What the entries so far have made of a vault: records, sealed files, and the questions to them.

A `State` is frozen and shares what did not change with the state before it. Histories run oldest
first. `apply` (rules.py) is the only thing that makes a state from entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from skillvault.vault.syntax import Role

Ref = str
"""Whom a file is sealed to: `<member id>` or `<group id>/<epoch>`."""


class Version(NamedTuple):
    """One version of a skill. Its number is its place in `Skill.versions`, from 1."""

    content: str
    author: str
    seq: int
    time: str


class SealedFile(NamedTuple):
    """A file that was once at a path of `skill.age` or evidence, and its recipients then.

    `content` is the version that a `skill.age` holds; None for evidence.
    """

    hash: str
    seq: int
    content: str | None
    refs: tuple[Ref, ...]


class NameFile(NamedTuple):
    """A file that was once at a path of `names/`.

    `record` is the hash of the line inside, `epoch` the one of `everyone` that it is sealed to.
    """

    hash: str
    seq: int
    record: str
    epoch: int


class Link(NamedTuple):
    """A file that was once at a path of `previous.age`."""

    hash: str
    seq: int
    writer: str


class Epoch(NamedTuple):
    """One epoch of a group. A closed one has no recipient, no opener, no slots and no links.

    `slots`: each member whom it was ever opened to, with the hashes of all files at their slot.
    """

    recipient: str | None
    opener: str | None
    slots: Mapping[str, tuple[str, ...]]
    previous: tuple[Link, ...]

    def with_slots(self, files: Mapping[str, str]) -> Epoch:
        """The epoch with one newer file for each member in `files`."""
        newer = {member: (*self.slots.get(member, ()), digest) for member, digest in files.items()}
        return self._replace(slots={**self.slots, **newer})

    def with_link(self, digest: str, seq: int, writer: str) -> Epoch:
        """The epoch with one newer `previous.age`."""
        return self._replace(previous=(*self.previous, Link(digest, seq, writer)))


class Evidence(NamedTuple):
    """A live evaluation result. `author` added it; `files` are all its sealings."""

    author: str
    files: tuple[SealedFile, ...]

    def with_file(self, file: SealedFile) -> Evidence:
        """The same result, sealed once more."""
        return self._replace(files=(*self.files, file))


@dataclass(frozen=True, slots=True)
class Member:
    """A member's record (`members/<id>.json`)."""

    expires: str | None
    name: str
    recipient: str
    role: Role
    signing_key: str
    state: Literal["active", "removed"]

    @property
    def is_active(self) -> bool:
        """Not removed."""
        return self.state == "active"

    @property
    def is_person(self) -> bool:
        """Active, and not a machine."""
        return self.state == "active" and self.role != "machine"

    @property
    def is_admin(self) -> bool:
        """Active, and an admin or an owner of the vault."""
        return self.state == "active" and self.role in {"owner", "admin"}


@dataclass(frozen=True, slots=True)
class Group:
    """A group's record, and all its epochs: number n is `epochs[n - 1]`."""

    epoch: int
    members: tuple[str, ...]
    name: str
    recipient: str | None
    epochs: tuple[Epoch, ...]

    @property
    def is_open(self) -> bool:
        """Something can be sealed to it."""
        return self.recipient is not None


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill's access file, its versions, and every file that was ever its `skill.age`."""

    owner: str
    readers: tuple[str, ...]
    writers: tuple[str, ...]
    versions: tuple[Version, ...]
    files: tuple[SealedFile, ...]
    evidence: Mapping[str, Evidence]

    @property
    def content(self) -> str:
        """The hash of the current version's manifest."""
        return self.versions[-1].content


@dataclass(frozen=True, slots=True)
class State:
    """A vault after an entry. `head` is that entry's hash; `EMPTY` comes before the first.

    `files` is the tree: path to hash. `former_*` hold what was deleted, for older files and for
    ids that are never used again; removed members stay in `members`. `keys` has every recipient
    and signing key that was ever used. `names` has groups that were deleted too.
    """

    seq: int = -1
    head: str | None = None
    vault_id: str = ""
    suite: str = ""
    nonce: str = ""
    time: str = ""
    format: int = 1
    ended: bool = False
    everyone: str = ""
    members: Mapping[str, Member] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    former_groups: Mapping[str, Group] = field(default_factory=dict)
    skills: Mapping[str, Skill] = field(default_factory=dict)
    former_skills: Mapping[str, Skill] = field(default_factory=dict)
    names: Mapping[str, tuple[NameFile, ...]] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()
    files: Mapping[str, str] = field(default_factory=dict)


EMPTY = State()


class Pending(NamedTuple):
    """A sealed file whose recipients are no longer those of its skill."""

    path: str
    skill: str


def is_used(state: State, identifier: str) -> bool:
    """Whether this id was ever a member's, a group's or a skill's."""
    return (
        identifier in state.members
        or identifier in state.groups
        or identifier in state.skills
        or identifier in state.former_groups
        or identifier in state.former_skills
    )


def expand(state: State, names: Iterable[str]) -> set[str]:
    """The members behind names of members and groups. A closed group counts as its members."""
    found: set[str] = set()
    for name in names:
        group = state.groups.get(name)
        if group is not None:
            found.update(group.members)
        elif name in state.members:
            found.add(name)
    return found


def includes(state: State, names: Iterable[str], member: str) -> bool:
    """Whether `member` is among `expand(state, names)`."""
    for name in names:
        if name == member and member in state.members:
            return True
        group = state.groups.get(name)
        if group is not None and member in group.members:
            return True
    return False


def has_person(state: State, name: str) -> bool:
    """Whether `name` is an active member who is no machine, or a group with one in it."""
    group = state.groups.get(name)
    members = group.members if group is not None else (name,)
    return any(m in state.members and state.members[m].is_person for m in members)


def owns(state: State, skill: Skill, member: str) -> bool:
    """Whether `member` has the rights of the skill's owner: a machine in a group has not."""
    return state.members[member].is_person and includes(state, (skill.owner,), member)


def writes(state: State, skill: Skill, member: str) -> bool:
    """Whether `member` may write the next version. A machine only where it is named itself."""
    if state.members[member].role == "machine":
        return member in skill.writers
    return includes(state, skill.writers, member)


def reads(state: State, skill: Skill, member: str) -> bool:
    """Whether `member` is a reader, by name or through a group, open or closed."""
    return includes(state, skill.readers, member)


def recipients(state: State, skill: str) -> tuple[Ref, ...]:
    """Whom the files of `skill` are sealed to now, in the order of `readers`.

    One for each name: a member, or an open group's epoch; nothing for a closed group.
    """
    return seal_refs(state.groups, state.skills[skill].readers)


def seal_refs(groups: Mapping[str, Group], readers: Iterable[str]) -> tuple[Ref, ...]:
    """`recipients` of an access file that is not in a state yet."""
    refs = []
    for name in readers:
        group = groups.get(name)
        if group is None:
            refs.append(name)
        elif group.recipient is not None:
            refs.append(f"{name}/{group.epoch}")
    return tuple(refs)


def recipient_key(state: State, ref: Ref) -> str:
    """The age recipient line of a member or of a group's epoch, also of former ones.

    KeyError for a ref that no state made.
    """
    identifier, slash, epoch = ref.partition("/")
    if not slash:
        return state.members[identifier].recipient
    group = state.groups.get(identifier) or state.former_groups[identifier]
    number = int(epoch)
    key = group.epochs[number - 1].recipient if 0 < number <= len(group.epochs) else None
    if key is None:
        raise KeyError(ref)
    return key


def skill_path(skill: str, name: str = "skill.age") -> str:
    """The path of a file of `skill`: `skill.age`, `access.json`, `evidence/<id>.age`."""
    return f"skills/{skill[0]}/{skill}/{name}"


def pending(state: State) -> Iterator[Pending]:
    """Every file whose recipients differ from `recipients(state, skill)`, evidence too."""
    for identifier, skill in state.skills.items():
        refs = seal_refs(state.groups, skill.readers)
        if skill.files[-1].refs != refs:
            yield Pending(skill_path(identifier), identifier)
        for key, evidence in skill.evidence.items():
            if evidence.files[-1].refs != refs:
                yield Pending(skill_path(identifier, f"evidence/{key}.age"), identifier)
