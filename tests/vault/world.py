"""A vault of records alone: real entries and control files, and digests where sealed files are.

`World` holds a state and makes edits to it: parts of an entry, joined with `|`. `do` applies one,
`refuse` asserts that `apply` does not. Nothing here knows a rule: an edit may be nonsense.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import pytest

from skillvault.errors import VerificationError
from skillvault.vault import canonical
from skillvault.vault.entry import Entry
from skillvault.vault.ids import sha256
from skillvault.vault.recovery import RECOVERY_SHA256
from skillvault.vault.rules import apply
from skillvault.vault.state import EMPTY, State, skill_path
from skillvault.vault.syntax import Role

TIME = "2026-11-24T17:00:00Z"


def ident(name: str) -> str:
    """A readable id: `ada2222222222222`."""
    return name.ljust(16, "2")


def digest(text: str) -> str:
    return sha256(text.encode())


def recipient(text: str, suite: str = "x25519") -> str:
    """What looks like a recipient, another one for each text."""
    number = int.from_bytes(hashlib.sha512(text.encode()).digest())
    alphabet = "023456789acdefghjklmnpqrstuvwxyz"
    head, length = ("age1", 58) if suite == "x25519" else ("age1pq1", 1952)
    return head + "".join(alphabet[number >> 5 * (i % 100) & 31] for i in range(length))


def signing_key(text: str) -> str:
    return f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA{hashlib.sha256(text.encode()).hexdigest()[:42]}"


@dataclass(frozen=True)
class Edit:
    """Part of an entry: control files by path, sealed files by path, contents by skill."""

    control: Mapping[str, bytes | None] = field(default_factory=dict)
    sealed: Mapping[str, str | None] = field(default_factory=dict)
    content: Mapping[str, str] = field(default_factory=dict)

    def __or__(self, other: Edit) -> Edit:
        return Edit(
            {**self.control, **other.control},
            {**self.sealed, **other.sealed},
            {**self.content, **other.content},
        )

    def without(self, path: str) -> Edit:
        """The edit less one path, which must be in it."""
        assert path in self.control or path in self.sealed
        return replace(
            self,
            control={p: data for p, data in self.control.items() if p != path},
            sealed={p: data for p, data in self.sealed.items() if p != path},
        )

    def entry(self, state: State, by: str, time: str = TIME) -> Entry:
        control = {p: None if d is None else sha256(d) for p, d in self.control.items()}
        changes = {**control, **self.sealed}
        return Entry(changes, self.content, by, state.head, state.seq + 1, time)


NOTHING = Edit()


def control(path: str, record: Mapping[str, object] | bytes | None) -> Edit:
    data = record if record is None or isinstance(record, bytes) else canonical.dumps(record)
    return Edit(control={path: data})


def sealed(path: str, value: str | None) -> Edit:
    return Edit(sealed={path: value})


class World:
    """A vault of `ada`, its owner, with the group `all` of everybody."""

    def __init__(self, *, suite: str = "x25519") -> None:
        self.count = 0
        self.suite = suite
        self.state = EMPTY
        self.ada, self.all = ident("ada"), ident("all")

    @classmethod
    def begun(cls, *, suite: str = "x25519") -> World:
        """A vault after its first entry."""
        world = cls(suite=suite)
        world.do(world.ada, world.first())
        return world

    def first(self, **vault: object) -> Edit:
        fields: dict[str, object] = {"format": 1, "nonce": "0" * 32, "suite": self.suite, **vault}
        return (
            control("vault.json", fields)
            | sealed("RECOVERY.md", RECOVERY_SHA256)
            | self.member(self.ada, role="owner")
            | self.name(self.ada)
            | self.group(self.all, epoch=1, members=[self.ada])
            | self.slots(self.all, 1, [self.ada])
            | self.name(self.all)
        )

    # What happens

    def do(self, by: str, edit: Edit, time: str = TIME) -> Entry:
        entry = edit.entry(self.state, by, time)
        self.state = apply(self.state, entry, edit.control)
        return entry

    def refuse(self, by: str, edit: Edit, reason: str, time: str = TIME) -> None:
        """`apply` refuses the edit for `reason`, a part of the message."""
        entry = edit.entry(self.state, by, time)
        with pytest.raises(VerificationError, match=re.escape(reason)) as caught:
            apply(self.state, entry, edit.control)
        assert caught.value.subject.startswith(f"entry {entry.seq}")

    def fresh(self, what: str = "") -> str:
        """A hash never seen."""
        self.count += 1
        return digest(f"{what}{self.count}")

    def new_id(self) -> str:
        """An id never seen."""
        self.count += 1
        letters = "abcdefghijklmnopqrstuvwxyz"
        return ident(
            f"n{letters[self.count // 676 % 26]}{letters[self.count // 26 % 26]}{letters[self.count % 26]}"
        )

    def fork(self) -> World:
        """Another world that goes on from here."""
        other = World(suite=self.suite)
        other.count, other.state = self.count, self.state
        return other

    # Records

    def member(self, identifier: str, **fields: object) -> Edit:
        """A member's file: as it stands, or a new member's, but for `fields`."""
        old = self.state.members.get(identifier)
        values: dict[str, object] = {
            "expires": old.expires if old else None,
            "name": old.name if old else self.fresh("name"),
            "recipient": old.recipient if old else recipient(identifier, self.suite),
            "role": old.role if old else "member",
            "signing_key": old.signing_key if old else signing_key(identifier),
            "state": old.state if old else "active",
            **fields,
        }
        return control(f"members/{identifier}.json", values)

    def group(self, identifier: str, **fields: object) -> Edit:
        """A group's file: as it stands, or a new one's, but for `fields`."""
        old = self.state.groups.get(identifier)
        self.count += 1
        values: dict[str, object] = {
            "epoch": old.epoch if old else 1,
            "members": old.members if old else (),
            "name": old.name if old else self.fresh("name"),
            "recipient": old.recipient
            if old
            else recipient(f"{identifier}{self.count}", self.suite),
            **fields,
        }
        members = values["members"]
        assert isinstance(members, Iterable)
        values["members"] = tuple(sorted(members))
        return control(f"groups/{identifier}/group.json", values)

    def name(self, identifier: str) -> Edit:
        return sealed(f"names/{identifier}.age", self.fresh("name file"))

    def slots(self, group: str, epoch: int, members: Iterable[str]) -> Edit:
        paths = [f"groups/{group}/{epoch}/{member}.age" for member in members]
        return Edit(sealed={path: self.fresh("slot") for path in paths})

    def link(self, group: str, epoch: int) -> Edit:
        return sealed(f"groups/{group}/{epoch}/previous.age", self.fresh("link"))

    def access(
        self,
        skill: str,
        *,
        owner: str | None = None,
        readers: Iterable[str] | None = None,
        writers: Iterable[str] | None = None,
    ) -> Edit:
        """An access file: as it stands but for what is given. A new one's owner may do all."""
        old = self.state.skills.get(skill)
        owner = owner or (old.owner if old else self.ada)
        readers = readers if readers is not None else (old.readers if old else [owner])
        writers = writers if writers is not None else (old.writers if old else [owner])
        record = {
            "owner": owner,
            "readers": sorted(set(readers)),
            "writers": sorted(set(writers)),
        }
        return control(skill_path(skill, "access.json"), record)

    # Edits made of them

    def admit(self, identifier: str, role: Role = "member", **fields: object) -> Edit:
        """Member, name, and a slot in `everyone` as it is."""
        return (
            self.member(identifier, role=role, **fields)
            | self.name(identifier)
            | self.grow(self.all, [identifier])
        )

    def grow(self, group: str, members: Iterable[str]) -> Edit:
        """Add to the epoch as it is."""
        old = self.state.groups[group]
        members = list(members)
        return self.group(group, members=[*old.members, *members]) | self.slots(
            group, old.epoch, members
        )

    def new_group(self, identifier: str, members: Iterable[str]) -> Edit:
        members = list(members)
        return (
            self.group(identifier, members=members)
            | self.slots(identifier, 1, members)
            | self.name(identifier)
        )

    def anew(self, group: str, members: Iterable[str] | None = None) -> Edit:
        """The next epoch, open, with `members` (as before if None)."""
        old = self.state.groups[group]
        members = list(old.members if members is None else members)
        self.count += 1
        key = recipient(f"{group}{self.count}", self.suite)
        epoch = old.epoch + 1
        return self.group(group, epoch=epoch, members=members, recipient=key) | self.slots(
            group, epoch, members
        )

    def close(self, group: str, members: Iterable[str] | None = None) -> Edit:
        old = self.state.groups[group]
        members = old.members if members is None else members
        return self.group(group, epoch=old.epoch + 1, members=members, recipient=None)

    def delete(self, group: str) -> Edit:
        return control(f"groups/{group}/group.json", None) | sealed(f"names/{group}.age", None)

    def expel(self, identifier: str) -> Edit:
        """The least that removes a member: their state, and `everyone` anew without them."""
        rest = [m for m in self.state.groups[self.all].members if m != identifier]
        return self.member(identifier, state="removed") | self.anew(self.all, rest)

    def text(self, skill: str) -> Edit:
        """Another `skill.age`, without content: re-sealing."""
        return sealed(skill_path(skill), self.fresh("skill"))

    def version(self, skill: str) -> Edit:
        return self.text(skill) | Edit(content={skill: self.fresh("content")})

    def new_skill(
        self,
        skill: str,
        owner: str,
        readers: Iterable[str] = (),
        writers: Iterable[str] = (),
    ) -> Edit:
        """Access file and version 1. Owner and writers are added to where they must stand."""
        writers = {owner, *writers}
        access = self.access(skill, owner=owner, readers={*writers, *readers}, writers=writers)
        return access | self.version(skill)

    def evidence(self, skill: str, key: str) -> Edit:
        return sealed(skill_path(skill, f"evidence/{key}.age"), self.fresh("evidence"))

    def drop(self, skill: str) -> Edit:
        """The removal of a skill, whole."""
        edit = control(skill_path(skill, "access.json"), None) | sealed(skill_path(skill), None)
        for key in self.state.skills[skill].evidence:
            edit |= sealed(skill_path(skill, f"evidence/{key}.age"), None)
        return edit


def peopled() -> World:
    """A copy of `_peopled`."""
    return _peopled().fork()


@lru_cache(maxsize=1)
def _peopled() -> World:
    """ada (owner), ben and bob (admins), cyd and dan (members), rob and bot (machines).

    Groups: `ops` of ben, cyd and rob; `lab` of ada, dan. Skills: `own` is cyd's, read by dan and
    rob; `team` is owned by `ops` and read by everyone; `solo` is dan's alone.
    """
    world = World.begun()
    roles: dict[str, Role] = {"ben": "admin", "bob": "admin", "cyd": "member", "dan": "member"}
    for name, role in roles.items():
        world.do(world.ada, world.admit(ident(name), role))
    for name in ("rob", "bot"):
        world.do(ben, world.admit(ident(name), "machine"))
    world.do(ben, world.new_group(ops, [ben, cyd, rob]))
    world.do(ada, world.new_group(lab, [ada, dan]))
    world.do(cyd, world.new_skill(own, cyd, [dan, rob]))
    world.do(ben, world.new_skill(team, ops, [world.all]))
    world.do(dan, world.new_skill(solo, dan))
    return world


ada, ben, bob, cyd, dan, rob, bot = map(ident, ("ada", "ben", "bob", "cyd", "dan", "rob", "bot"))
eve, everyone, ops, lab = ident("eve"), ident("all"), ident("ops"), ident("lab")
own, team, solo = ident("own"), ident("team"), ident("solo")
