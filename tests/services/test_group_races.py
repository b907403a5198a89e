"""Others push just when one has said yes: both sides' changes stand, and nobody comes back in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from skillvault.errors import NotFoundError
from skillvault.services import checking, grouping, members, owning, put, ungrouping
from skillvault.services.references import parse
from skillvault.vault.state import State
from tests.crew import Crew, agree


@pytest.fixture
def crew(tmp_path: Path) -> Crew:
    """Ada, an owner, and Bob, an admin, are in `ops`; Cyd and Dan are members."""
    crew = Crew.of(tmp_path, remote=True, bob="admin", cyd="member", dan="member")
    grouping.new(crew["ada"].ctx, "ops", ["Bob"], approve=agree)
    crew.vault("bob")
    return crew


def meanwhile(deed: Callable[[], object]) -> Callable[[object], bool]:
    """Say yes once Bob has done something else."""

    def approve(_preview: object) -> bool:
        deed()
        return True

    return approve


def both(crew: Crew) -> State:
    """What Ada and Bob see in the end, which is the same."""
    crew.vault("bob")
    mine, theirs = crew.vault().state, crew.vault("bob").state
    assert mine.head == theirs.head
    return mine


def inside(crew: Crew, state: State, group: str) -> set[str]:
    return {crew.vault().reader.name(m) for m in state.groups[crew.id(group)].members}


def test_two_groups_are_made(crew: Crew) -> None:
    rival = meanwhile(lambda: grouping.new(crew["bob"].ctx, "theirs", ["Cyd"], approve=agree))
    done = grouping.new(crew["ada"].ctx, "mine", ["Dan"], approve=rival)
    assert done is not None
    state = both(crew)
    entry = done.published.entry
    assert entry is not None
    assert (entry.seq, entry.hash) == (state.seq, state.head)  # as it was made again
    assert inside(crew, state, "mine") == {"Ada", "Dan"}
    assert inside(crew, state, "theirs") == {"Bob", "Cyd"}


def test_a_group_without_its_maker_stays_without_them(crew: Crew) -> None:
    rival = meanwhile(lambda: grouping.rotate(crew["bob"].ctx, "ops", approve=agree))
    done = grouping.new(crew["ada"].ctx, "legal", ["Cyd", "Dan"], approve=rival, without_me=True)
    assert done is not None
    state = both(crew)
    assert inside(crew, state, "legal") == {"Cyd", "Dan"}
    assert not state.groups[crew.id("legal")].is_open


def test_two_let_somebody_in(crew: Crew) -> None:
    rival = meanwhile(lambda: grouping.add(crew["bob"].ctx, "ops", ["Cyd"], approve=agree))
    grouping.add(crew["ada"].ctx, "ops", ["Dan"], approve=rival)
    state = both(crew)
    assert inside(crew, state, "ops") == {"Ada", "Bob", "Cyd", "Dan"}
    assert crew.vault("cyd").reader.group_key(crew.id("ops"))
    assert crew.vault("dan").reader.group_key(crew.id("ops"))


def test_who_is_taken_out_stays_out_of_a_new_key(crew: Crew) -> None:
    grouping.add(crew["ada"].ctx, "ops", ["Cyd"], approve=agree)
    rival = meanwhile(lambda: grouping.rotate(crew["bob"].ctx, "ops", approve=agree))
    ungrouping.remove(crew["ada"].ctx, "ops", ["Cyd"], approve=rival)
    group = both(crew).groups[crew.id("ops")]
    assert crew.id("cyd") not in group.members
    assert group.epoch not in crew.vault("cyd").reader.keyring.epochs(crew.id("ops"))


def test_removal_wins_over_letting_in(crew: Crew) -> None:
    grouping.add(crew["ada"].ctx, "ops", ["Cyd"], approve=agree)
    rival = meanwhile(lambda: ungrouping.remove(crew["bob"].ctx, "ops", ["Cyd"], approve=agree))
    grouping.add(crew["ada"].ctx, "ops", ["Dan"], approve=rival)
    assert inside(crew, both(crew), "ops") == {"Ada", "Bob", "Dan"}


def test_a_group_that_was_deleted_takes_nobody_in(crew: Crew) -> None:
    rival = meanwhile(lambda: ungrouping.remove(crew["bob"].ctx, "ops", approve=agree))
    with pytest.raises(NotFoundError, match="somebody deleted it just now"):
        grouping.add(crew["ada"].ctx, "ops", ["Dan"], approve=rival)
    state = both(crew)
    assert set(state.groups) == {state.everyone}


def test_a_role_and_an_owner_while_others_write(crew: Crew) -> None:
    ada, bob = crew["ada"], crew["bob"]
    put.put(ada.ctx, [ada.skill("review")])
    ada.share("review", with_="ops", write=True)
    crew.vault("bob")

    def write() -> None:
        put.put(bob.ctx, [bob.skill("review", "Bob's.\n")], onto=1)
        checking.sync(bob.ctx)

    owning.own(ada.ctx, [parse("review")], "ops", approve=meanwhile(write))
    rotate = meanwhile(lambda: grouping.rotate(bob.ctx, "ops", approve=agree))
    members.set_role(ada.ctx, "Cyd", "admin", approve=rotate)
    state = both(crew)
    (skill,) = state.skills.values()
    assert (skill.owner, len(skill.versions)) == (crew.id("ops"), 2)
    assert state.members[crew.id("cyd")].role == "admin"
    assert set(skill.files[-1].refs) == {crew.id("ada"), f"{crew.id('ops')}/2"}
