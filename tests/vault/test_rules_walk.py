"""Walks through the rules: keys are modelled as sets, clients settle, and promises must hold.

After every step: no key in the hands of somebody who was never let in by one who reads; every
reader can open the current version once the clients have settled (but for one that no reader is
left to open, which its writers can follow with the next); every removal is possible.
Whoever writes may also write garbage where a key or a text should be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from skillvault.errors import VerificationError
from skillvault.vault.entry import classify
from skillvault.vault.rules import apply
from skillvault.vault.state import (
    Group,
    SealedFile,
    Skill,
    State,
    expand,
    has_person,
    recipients,
    skill_path,
)
from tests.vault import invariants
from tests.vault.moves import Drawn, Moves, Seeded, removal
from tests.vault.world import Edit, World, ben, cyd, dan, everyone, peopled

if TYPE_CHECKING:
    from skillvault.vault.entry import Entry

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


def check_keys(vault: Vault, let_in: dict[str, set[str]]) -> None:
    """No key in the hands of somebody who was never let in; a present one only with members."""
    for member, keys in vault.known.items():
        for key in keys - {member}:
            group, _, number = key.partition("/")
            assert member in let_in[group], f"{member} holds {key}"
            record = vault.state.groups.get(group)
            if record is not None and int(number) == record.epoch:
                assert member in record.members, f"{member} holds the present {key}"


def check_removed(vault: Vault, removed: dict[str, dict[str, int]]) -> None:
    """A removed member learns no key of an epoch after it; `removed` has the groups' epochs then.

    Of epochs before it they may: a link is bridged also after its epoch has ended.
    """
    for member, epochs in removed.items():
        for key in vault.known[member] - {member}:
            group, _, number = key.partition("/")
            assert int(number) <= epochs.get(group, 0), f"{member} learned {key}"


def check_settled(vault: Vault) -> None:
    """Every reader opens the current version, or its writers can follow with the next."""
    for key, skill in vault.state.skills.items():
        readers = expand(vault.state, skill.readers)
        able = {member for member in readers if vault.opens(member, key)}
        if able:
            assert able == readers, f"{readers - able} cannot open {key}"
            assert vault.good(skill.files[-1], skill.content)
            assert skill.files[-1].refs == recipients(vault.state, key)
        else:
            writers = [m for m in expand(vault.state, [skill.owner]) if has_person(vault.state, m)]
            after = vault.fork()
            after.act(writers[0], after.version(key))
            assert all(after.opens(member, key) for member in readers)


def check_removals(vault: Vault) -> None:
    """Every member can be removed: by an owner, members and machines by any admin."""
    state = vault.state
    for member, record in state.members.items():
        if not record.is_active:
            continue
        for by, actor in state.members.items():
            low = record.role in {"member", "machine"}
            if by == member or not actor.is_admin or not (low or actor.role == "owner"):
                continue
            world = vault.fork()
            entry = world.do(by, removal(world, member))
            assert not entry.content
            invariants.check(world.state)
            break
        else:
            assert record.role == "owner"


class Promises:
    """A vault, and what must be true of it after every step."""

    def __init__(self) -> None:
        self.vault = Vault.of(peopled())
        self.let_in: dict[str, set[str]] = {}
        self.removed: dict[str, dict[str, int]] = {}
        self.note()

    def step(self, moves: Moves, *, spoiled: bool) -> bool:
        """One edit, by the first who may; False if nobody may."""
        edit = moves.edit()
        for by in moves.actors():
            if permitted(self.vault.state, edit, by):
                self.vault.act(by, edit, spoiled=spoiled)
                self.note()
                return True
        return False

    def note(self) -> None:
        """Who was ever let in to a group. That it was by one who is in it, `check_step` asserts."""
        for key, group in self.vault.state.groups.items():
            self.let_in.setdefault(key, set()).update(group.members)
        for member, record in self.vault.state.members.items():
            if not record.is_active and member not in self.removed:
                groups = {**self.vault.state.groups, **self.vault.state.former_groups}
                self.removed[member] = {key: group.epoch for key, group in groups.items()}

    def hold(self) -> None:
        invariants.check(self.vault.state)
        check_keys(self.vault, self.let_in)
        check_removals(self.vault)
        later = self.vault.fork()
        settle(later)
        invariants.check(later.state)
        check_keys(later, self.let_in)
        check_settled(later)
        check_removed(self.vault, self.removed)
        check_removed(later, self.removed)


class Walk(RuleBasedStateMachine):
    """Entries by whoever may make them, some with garbage in their sealed files."""

    @initialize()
    def begin(self) -> None:
        self.promises = Promises()

    @rule(data=st.data(), spoiled=st.sampled_from([False, False, False, True]))
    def anybody_writes(self, data: st.DataObject, *, spoiled: bool) -> None:
        self.promises.step(Moves(Drawn(data), self.promises.vault), spoiled=spoiled)

    @rule()
    def clients_settle(self) -> None:
        settle(self.promises.vault)

    @invariant()
    def promises_hold(self) -> None:
        if hasattr(self, "promises"):
            self.promises.hold()


def permitted(state: State, edit: Edit, by: str) -> bool:
    try:
        apply(state, edit.entry(state, by), edit.control)
    except VerificationError:
        return False
    return True


TestWalk = Walk.TestCase
TestWalk.settings = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.mark.parametrize("seed", range(16))
def test_promises_hold_on_long_ways(seed: int) -> None:
    """Further than Hypothesis goes: 50 steps, a tenth of them spoiled, settled now and then."""
    promises, chance = Promises(), Seeded(seed)
    moves = Moves(chance, promises.vault)
    for _ in range(50):
        if promises.step(moves, spoiled=chance.number(0, 9) == 0):
            promises.hold()
        if chance.number(0, 9) == 0:
            settle(promises.vault)
    assert promises.vault.state.seq > 40


def test_the_model_sees_a_key_in_wrong_hands() -> None:
    """So that the walk can fail: a slot that holds more than it may."""
    vault = Vault.of(peopled())
    let_in = {key: {*group.members} for key, group in vault.state.groups.items()}
    check_keys(vault, let_in)
    slot = vault.state.groups[everyone].epochs[0].slots[dan][0]
    leaked = vault.boxes[slot].keys | {next(f"{key}/1" for key in let_in if dan not in let_in[key])}
    vault.boxes[slot] = Box(frozenset({dan}), leaked)
    vault.learn()
    with pytest.raises(AssertionError, match="holds"):
        check_keys(vault, let_in)


def test_the_model_sees_a_reader_who_is_left_out() -> None:
    vault = Vault.of(peopled())
    check_settled(vault)
    key = next(key for key, skill in vault.state.skills.items() if skill.owner == cyd)
    vault.act(cyd, vault.access(key, readers=[cyd, dan, ben]))
    with pytest.raises(AssertionError, match="cannot open"):
        check_settled(vault)
    settle(vault)
    check_settled(vault)
    assert skill_path(key) in vault.state.files
