"""States: the questions they answer, and their way through the cache."""

from __future__ import annotations

import gc
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.errors import RefusedError
from skillvault.vault.state import (
    EMPTY,
    expand,
    has_person,
    includes,
    is_used,
    owns,
    pending,
    reads,
    recipient_key,
    recipients,
    skill_path,
    writes,
)
from skillvault.vault.state_json import state_from_json, state_to_json
from tests.vault.world import (
    World,
    ada,
    ben,
    bob,
    bot,
    cyd,
    dan,
    eve,
    everyone,
    lab,
    ops,
    own,
    peopled,
    recipient,
    rob,
    solo,
    team,
)


@pytest.fixture
def world() -> World:
    return peopled()


def eventful() -> World:
    """A world in which every kind of record has a history."""
    world = peopled()
    world.do(dan, world.evidence(own, eve))
    world.do(ben, world.anew(ops) | world.link(ops, 2))
    world.do(cyd, world.link(ops, 2))
    world.do(ben, world.slots(ops, 2, [cyd]))
    world.do(ada, world.close(ops))
    world.do(rob, world.anew(ops))
    world.do(cyd, world.version(own) | world.evidence(own, eve))
    world.do(ada, world.member(ada, name=world.fresh("name")) | world.name(ada))
    world.do(ada, world.expel(bot) | world.delete(lab) | world.drop(solo))
    return world


def test_expand_gives_the_members_behind_names(world: World) -> None:
    assert expand(world.state, [ops, dan]) == {ben, cyd, rob, dan}
    assert expand(world.state, [everyone]) == {ada, ben, bob, cyd, dan, rob, bot}
    assert expand(world.state, [eve, own]) == set()
    world.do(ada, world.close(ops))
    assert expand(world.state, [ops]) == {ben, cyd, rob}


def test_includes_asks_the_same_of_one_member(world: World) -> None:
    for names in ([ops], [ops, dan], [everyone], [], [eve], [rob, lab]):
        for member in (*world.state.members, eve):
            assert includes(world.state, names, member) == (member in expand(world.state, names))


def test_rights_in_a_skill(world: World) -> None:
    state = world.state
    skill = state.skills[team]
    members = sorted(state.members)
    assert [m for m in members if owns(state, skill, m)] == [ben, cyd]
    assert [m for m in members if writes(state, skill, m)] == [ben, cyd]
    assert [m for m in members if reads(state, skill, m)] == members


def test_a_person_is_active_and_no_machine(world: World) -> None:
    assert has_person(world.state, cyd)
    assert has_person(world.state, ops)
    assert not has_person(world.state, rob)
    assert not has_person(world.state, eve)
    world.do(ada, world.expel(bot))
    assert not has_person(world.state, bot)


def test_ids_stay_used_for_ever() -> None:
    state = eventful().state
    for identifier in (ada, bot, ops, lab, own, solo):
        assert is_used(state, identifier)
    assert not is_used(state, eve)


def test_recipient_key_knows_members_and_epochs_of_all_times() -> None:
    state = eventful().state
    assert recipient_key(state, bot) == recipient(bot)
    keys = {recipient_key(state, f"{ops}/{epoch}") for epoch in (1, 2, 4)}
    assert len(keys) == 3
    assert state.groups[ops].recipient in keys
    assert recipient_key(state, f"{lab}/1") in state.keys


@pytest.mark.parametrize("ref", [eve, f"{ops}/3", f"{ops}/0", f"{ops}/5", f"{ops}/-1", f"{eve}/1"])
def test_recipient_key_of_what_was_never_sealed_to_is_an_error(ref: str) -> None:
    with pytest.raises(KeyError):
        recipient_key(eventful().state, ref)


def test_names_of_the_deleted_stay() -> None:
    state = eventful().state
    assert state.names[lab]
    assert f"names/{lab}.age" not in state.files
    assert f"names/{bot}.age" in state.files


def test_the_tree_is_what_the_entries_left() -> None:
    state = eventful().state
    assert state.files[skill_path(own)] == state.skills[own].files[-1].hash
    assert skill_path(own, f"evidence/{eve}.age") in state.files
    assert not [path for path in state.files if solo in path]


def test_a_state_comes_back_from_its_json() -> None:
    for state in (EMPTY, eventful().state):
        again = state_from_json(state_to_json(state))
        assert again == state
        assert state_to_json(again) == state_to_json(state)
        assert [*pending(again)] == [*pending(state)]
        assert {s: recipients(again, s) for s in again.skills} == {
            s: recipients(state, s) for s in state.skills
        }


def test_a_state_from_json_goes_on_like_the_other() -> None:
    world, other = eventful(), eventful()
    other.state = state_from_json(state_to_json(other.state))
    for each in (world, other):
        each.do(ben, each.anew(ops) | each.version(team))
    assert world.state == other.state


@pytest.mark.parametrize(
    "data",
    [b"", b"null", b"[]", b"{}", b"\xff", b'{"layout":1}', b'{"layout":2}', b"[" * 100_000],
)
def test_other_bytes_are_no_state(data: bytes) -> None:
    with pytest.raises(RefusedError):
        state_from_json(data)


@given(st.data())
def test_a_damaged_state_is_refused_or_is_a_state(data: st.DataObject) -> None:
    """Whoever keeps it authenticates it; no damage ends in another exception."""
    record = json.loads(state_to_json(eventful().state))
    key = data.draw(st.sampled_from(sorted(record)))
    record[key] = data.draw(st.none() | st.integers() | st.text() | st.just([[]]) | st.just({}))
    try:
        state_from_json(json.dumps(record).encode())
    except RefusedError:
        assert gc.isenabled()


def test_reading_a_state_imports_neither_pydantic_nor_cryptography() -> None:
    """`show` and `list` start from the cached state, in 200 ms."""
    code = (
        "import sys, skillvault.vault.state_json\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & "
        "{'pydantic', 'cryptography', 'git', 'sqlmodel', 'textual'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_bob_reads_nothing_but_teams_work(world: World) -> None:
    read = [key for key, skill in world.state.skills.items() if reads(world.state, skill, bob)]
    assert read == [team]
