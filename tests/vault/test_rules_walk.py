"""Walks through the rules: keys are modelled as sets, clients settle, and promises must hold.

After every step: no key in the hands of somebody who was never let in by one who reads; every
reader can open the current version once the clients have settled (but for one that no reader is
left to open, which its writers can follow with the next); every removal is possible.
Whoever writes may also write garbage where a key or a text should be.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from skillvault.errors import VerificationError
from skillvault.vault.rules import apply
from skillvault.vault.state import (
    State,
    expand,
    has_person,
    recipients,
    skill_path,
)
from tests.vault import invariants
from tests.vault.clients import Box, Vault, settle
from tests.vault.moves import Drawn, Moves, Seeded, removal
from tests.vault.world import Edit, ben, cyd, dan, everyone, peopled


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
