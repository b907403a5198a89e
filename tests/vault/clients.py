"""Who knows which keys, and what their clients do of themselves.

Keys are modelled as sets: what is sealed to a key is open to whoever has it, and nothing else is.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from skillvault.vault.entry import Entry, classify
from skillvault.vault.state import Group, SealedFile, Skill, expand, recipients
from tests.vault import invariants
from tests.vault.world import Edit, World

Key = str
"""A member's id, or `group/epoch`: as refs are written."""


@dataclass(frozen=True)
class Box:
    """What is really in a sealed file: keys, or a content, or nothing of use."""

    to: frozenset[Key]
    keys: frozenset[Key] = frozenset()
    content: str | None = None


class Vault(World):
    """A world whose sealed files hold something, and whose members know some keys."""

    def __init__(self) -> None:
        super().__init__()
        self.boxes: dict[str, Box] = {}
        self.made: dict[str, frozenset[Key]] = {}
        self.known: dict[str, frozenset[Key]] = {}

    @classmethod
    def of(cls, world: World) -> Vault:
        """The world of test_rules_*, with honest files."""
        vault = cls()
        vault.count, vault.state = world.count, world.state
        for key, group in world.state.groups.items():
            vault.made[group.epochs[0].opener or ""] = frozenset()
            for member, (slot,) in group.epochs[0].slots.items():
                vault.boxes[slot] = Box(frozenset({member}), frozenset({f"{key}/1"}))
        for skill in world.state.skills.values():
            file = skill.files[0]
            vault.boxes[file.hash] = Box(frozenset(file.refs), content=file.content)
        vault.learn()
        return vault

    def fork(self) -> Vault:
        other = Vault()
        other.count, other.state = self.count, self.state
        other.boxes, other.made, other.known = dict(self.boxes), dict(self.made), self.known
        return other

    def act(self, by: str, edit: Edit, *, spoiled: bool = False) -> Entry:
        """Apply it, check the step, and fill its sealed files: with garbage if `spoiled`."""
        before = self.state
        entry = self.do(by, edit)
        invariants.check_step(before, self.state, by)
        for key, group in self.state.groups.items():
            old = before.groups.get(key)
            if group.is_open and (old is None or old.epoch != group.epoch):
                made = self.made.get(by, frozenset())
                self.made[by] = made | {f"{key}/{group.epoch}"}
        self.learn()
        for path, digest in edit.sealed.items():
            if digest is not None:
                self.boxes[digest] = self.fill(path, digest, by, spoiled=spoiled)
        self.learn()
        return entry

    def fill(self, path: str, digest: str, by: str, *, spoiled: bool) -> Box:
        """What an honest client puts into a file of this path, or garbage for its readers."""
        info, known = classify(path), self.known[by]
        if info.kind == "slot":
            key = frozenset({f"{info.id}/{info.epoch}"}) & known
            return Box(frozenset({info.part}), frozenset() if spoiled else key)
        if info.kind == "previous":
            keys = frozenset() if spoiled else self.missing(info.id, info.epoch, by)
            return Box(frozenset({f"{info.id}/{info.epoch}"}), keys)
        if info.kind == "skill":
            skill = self.state.skills[info.id]
            file = skill.files[-1]
            assert file.hash == digest
            author = skill.versions[-1].seq == file.seq
            content = skill.content if author or self.opens(by, info.id) else None
            return Box(frozenset(file.refs), content=None if spoiled else content)
        return Box(frozenset())

    def learn(self) -> None:
        """What everybody can get at, by every file that was ever at a path."""
        groups = {**self.state.groups, **self.state.former_groups}
        self.known = {
            member: self.closure(groups, frozenset({member}) | self.made.get(member, frozenset()))
            for member in self.state.members
        }

    def closure(self, groups: dict[str, Group], keys: frozenset[Key]) -> frozenset[Key]:
        files = [
            self.boxes[digest]
            for group in groups.values()
            for epoch in group.epochs
            for digest in (
                *(slot for member in keys & epoch.slots.keys() for slot in epoch.slots[member]),
                *(link.hash for link in epoch.previous),
            )
            if digest in self.boxes
        ]
        while True:
            found = keys.union(*(box.keys for box in files if box.to & keys))
            if found == keys:
                return keys
            keys = found

    def missing(self, group: str, epoch: int, by: str) -> frozenset[Key]:
        """Keys of earlier epochs that `by` has and that the files already there do not lead to."""
        record = self.state.groups[group]
        led = self.closure({group: record}, frozenset({f"{group}/{epoch}"}))
        earlier = frozenset(f"{group}/{number}" for number in range(1, epoch))
        return (self.known[by] & earlier) - led

    def good(self, file: SealedFile, content: str) -> bool:
        """Whether a file holds what it should, for those whom the line names."""
        box = self.boxes[file.hash]
        return box.content == content and box.to == frozenset(file.refs)

    def opens(self, member: str, skill: str) -> bool:
        """Whether the member can open the current version: by any file that holds it."""
        record = self.state.skills[skill]
        return any(
            box.content == record.content and box.to & self.known[member]
            for box in (self.boxes.get(file.hash, Box(frozenset())) for file in record.files)
        )


def settle(vault: Vault) -> None:
    """Let every client sync until none has anything to do."""
    for _ in range(50):
        before = vault.state.seq
        for member in sorted(vault.state.members):
            _sync(vault, member)
        if vault.state.seq == before:
            return
    pytest.fail("the clients do not settle")


def _sync(vault: Vault, member: str) -> None:
    if not vault.state.members[member].is_active:
        return
    for key in sorted(vault.state.groups):
        if member in vault.state.groups[key].members:
            _sync_group(vault, member, key)
    for key, skill in sorted(vault.state.skills.items()):
        _sync_skill(vault, member, key, skill)


def _sync_group(vault: Vault, member: str, key: str) -> None:
    """Open it if it is closed; have a spoiled slot mended; bridge spoiled links."""
    group = vault.state.groups[key]
    if not group.is_open:
        _open(vault, member, key)
    elif f"{key}/{group.epoch}" not in vault.known[member]:
        _mend(vault, member, key)
    group = vault.state.groups[key]
    for number, epoch in enumerate(group.epochs, 1):
        wrote = any(link.writer == member for link in epoch.previous)
        may = number > 1 and member in epoch.slots and member != epoch.opener and not wrote
        if may and f"{key}/{number}" in vault.known[member] and vault.missing(key, number, member):
            vault.act(member, vault.link(key, number))


def _open(vault: Vault, member: str, key: str) -> None:
    group = vault.state.groups[key]
    edit = vault.anew(key)
    if any(ref.startswith(f"{key}/") for ref in vault.known[member]):
        edit |= vault.link(key, group.epoch + 1)
    vault.act(member, edit)


def _mend(vault: Vault, member: str, key: str) -> None:
    """A locked out member says so: an admin in it replaces the slot, or it gets another epoch."""
    group = vault.state.groups[key]
    admins = [m for m, record in vault.state.members.items() if record.is_admin]
    inside = [m for m in admins if m in group.members]
    holders = [m for m in inside if f"{key}/{group.epoch}" in vault.known[m]]
    if holders:
        vault.act(holders[0], vault.slots(key, group.epoch, [member]))
    elif inside:
        _open(vault, inside[0], key)
    else:
        vault.act(admins[0], vault.close(key))
        _open(vault, member, key)


def _sync_skill(vault: Vault, member: str, key: str, skill: Skill) -> None:
    """Re-seal what is pending, or was sealed badly, once no closed group is waited for."""
    state = vault.state
    names = [state.groups[name] for name in skill.readers if name in state.groups]
    waits = not all(group.is_open for group in names)
    if waits or member not in expand(state, skill.readers) or not vault.opens(member, key):
        return
    newest = skill.files[-1]
    if newest.refs != recipients(state, key) or not vault.good(newest, skill.content):
        vault.act(member, vault.text(key))
