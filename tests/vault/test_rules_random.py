"""Random and damaged entries on random states: a refusal or a sound state, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillvault.errors import VerificationError
from skillvault.vault.ids import sha256
from skillvault.vault.rules import apply
from skillvault.vault.state import EMPTY
from skillvault.vault.state_json import state_from_json, state_to_json
from tests.vault import invariants
from tests.vault.moves import Drawn, Moves, Seeded
from tests.vault.world import Edit, World, ada, peopled


def refusal(world: World, by: str, edit: Edit) -> VerificationError | None:
    """Do it, or say why not."""
    try:
        world.do(by, edit)
    except VerificationError as error:
        return error
    return None


def advance(moves: Moves, steps: int) -> None:
    """A state some allowed entries further on."""
    for _ in range(steps):
        edit = moves.edit()
        for by in moves.actors():
            if refusal(moves.world, by, edit) is None:
                break


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_any_entry_is_refused_or_leads_to_a_state_with_every_invariant(
    data: st.DataObject,
) -> None:
    moves = Moves(Drawn(data), peopled())
    advance(moves, data.draw(st.integers(0, 4)))
    world = moves.world
    for _ in range(4):
        edit = moves.damaged()
        for by in moves.actors():
            before = world.state
            problem = refusal(world, by, edit)
            if problem is None:
                invariants.check(world.state)
                invariants.check_step(before, world.state, by)
                assert state_from_json(state_to_json(world.state)) == world.state
                break
            assert problem.subject.startswith(f"entry {before.seq + 1}")
            assert world.state is before


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_any_first_entry_is_refused_or_leads_to_a_state_with_every_invariant(
    data: st.DataObject,
) -> None:
    world = World()
    moves = Moves(Drawn(data), World.begun())
    edit, ways = world.first(), [moves.lose, moves.stray, moves.spoil, moves.claim]
    for _ in range(data.draw(st.integers(0, 2))):
        edit = data.draw(st.sampled_from(ways))(edit)
    entry = edit.entry(EMPTY, data.draw(st.sampled_from([ada, "a" * 16])))
    try:
        state = apply(EMPTY, entry, edit.control)
    except VerificationError:
        return
    invariants.check(state)
    assert len(state.files) == 7


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.data())
def test_any_control_bytes_are_refused_or_are_the_record(data: st.DataObject) -> None:
    """Bytes from outside, under the right hash."""
    world = peopled()
    paths = [path for path in world.state.files if path.endswith(".json")]
    path = data.draw(st.sampled_from(sorted(paths)))
    noise = data.draw(st.binary(max_size=80) | st.text(max_size=40).map(str.encode))
    entry = replace(
        World.fork(world).first().entry(world.state, ada), changes={path: sha256(noise)}
    )
    try:
        apply(world.state, entry, {path: noise})
    except VerificationError:
        return
    raise AssertionError("noise is no control file")


@pytest.mark.parametrize("seed", range(20))
def test_long_ways_of_random_entries_keep_every_invariant(seed: int) -> None:
    moves = Moves(Seeded(seed), peopled())
    world = moves.world
    for _ in range(60):
        edit = moves.damaged() if moves.maybe() else moves.edit()
        for by in moves.actors():
            before = world.state
            if refusal(world, by, edit) is None:
                invariants.check(world.state)
                invariants.check_step(before, world.state, by)
                break
    assert world.state.seq > 20
