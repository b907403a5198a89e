"""Access files, and whom a skill is sealed to; each sentence of DESIGN 3.3."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from skillvault.vault.state import pending, recipients, skill_path
from tests.vault.world import (
    Edit,
    World,
    ada,
    ben,
    bob,
    bot,
    control,
    cyd,
    dan,
    eve,
    everyone,
    ident,
    lab,
    ops,
    own,
    peopled,
    rob,
    team,
)

new = ident("new")


@pytest.fixture
def world() -> World:
    """`own`: cyd's, read by dan and rob. `team`: of `ops` (ben, cyd, rob), read by all."""
    return peopled()


def access(owner: str, readers: Iterable[str], writers: Iterable[str]) -> Edit:
    """An access file of `new` exactly as given, sorted or not."""
    record = {"owner": owner, "readers": [*readers], "writers": [*writers]}
    return control(skill_path(new, "access.json"), record)


# What holds of every access file


def test_a_skill_has_readers(world: World) -> None:
    edit = world.new_skill(new, cyd)
    world.refuse(cyd, edit | access(cyd, [], []), "readers")
    world.refuse(cyd, edit | access(cyd, [cyd], []), "writers")


def test_each_writer_stands_in_readers_by_name(world: World) -> None:
    edit = world.new_skill(new, cyd)
    world.refuse(cyd, edit | access(cyd, [cyd], [cyd, dan]), "a writer who is no reader")
    # Reading through a group is not standing there.
    readers = sorted([cyd, everyone])
    world.refuse(cyd, edit | access(cyd, readers, [cyd, dan]), "a writer who is no reader")


def test_the_owner_stands_in_writers_by_name(world: World) -> None:
    edit = world.new_skill(new, cyd)
    world.refuse(cyd, edit | access(cyd, [cyd, ops], [ops]), "its owner is no writer")
    world.refuse(cyd, world.access(own, owner=dan), "its owner is no writer")


def test_an_owner_is_no_machine(world: World) -> None:
    edit = world.access(own, owner=rob, readers=[rob, cyd], writers=[rob, cyd])
    world.refuse(cyd, edit, "everyone, a machine, or a group without a person")


def test_an_owner_is_not_everyone(world: World) -> None:
    reason = "everyone, a machine, or a group without a person"
    world.refuse(cyd, world.new_skill(new, everyone), reason)
    edit = world.access(own, owner=everyone, readers=[everyone], writers=[everyone])
    world.refuse(cyd, edit, reason)


def test_a_group_that_owns_has_a_person_in_it(world: World) -> None:
    world.do(bob, world.new_group(new, [bob, bot]))
    world.do(bob, world.close(new, [bot]))
    edit = world.access(own, owner=new, readers=[cyd, new], writers=[cyd, new])
    world.refuse(cyd, edit, "everyone, a machine, or a group without a person")


def test_access_files_name_active_members_and_existing_groups(world: World) -> None:
    world.do(ada, world.expel(bot) | world.delete(lab))
    for name in (eve, bot, lab, own):
        edit = world.access(own, readers=[cyd, name])
        world.refuse(cyd, edit, "is no active member and no group")
        world.refuse(cyd, world.new_skill(new, cyd, [name]), "is no active member and no group")


def test_names_stand_sorted_and_once_in_access_files(world: World) -> None:
    edit = world.new_skill(new, cyd)
    for readers in ([dan, cyd], [cyd, cyd], [cyd, dan, cyd]):
        world.refuse(cyd, edit | access(cyd, readers, [cyd]), "not sorted, or a name twice")


def test_access_may_name_whom_the_entry_admits(world: World) -> None:
    """`share` straight to a card."""
    world.do(ada, world.new_skill(new, ada))
    edit = world.admit(eve) | world.access(new, readers=[ada, eve]) | world.text(new)
    world.do(ada, edit)
    assert world.state.skills[new].files[-1].refs == (ada, eve)


# Who changes access


def test_its_owner_changes_the_access_file_freely(world: World) -> None:
    for edit in (
        world.access(own, readers=[cyd, dan, rob, everyone, ops], writers=[cyd, dan, ops, rob]),
        world.access(own, readers=[cyd]),
        world.access(own, owner=ops, readers=[cyd, ops], writers=[ops]),
        world.access(own, owner=dan, readers=[dan], writers=[dan]),
    ):
        other = world.fork()
        other.do(cyd, edit)
        assert other.state.skills[own].readers != world.state.skills[own].readers


def test_a_group_that_owns_has_the_rights_of_its_persons(world: World) -> None:
    for by in (ben, cyd):
        other = world.fork()
        other.do(by, other.access(team, readers=[ops, everyone, dan], writers=[ops, dan]))
        other.do(by, other.access(team, owner=by, readers=[by], writers=[by]))


def test_a_machine_in_a_group_that_owns_has_no_rights_of_the_owner(world: World) -> None:
    world.refuse(rob, world.access(team, readers=[ops]), "neither its owner nor an admin")
    world.refuse(rob, world.drop(team), "neither its owner nor an admin")


def test_a_closed_group_keeps_the_rights_of_its_persons(world: World) -> None:
    world.do(ada, world.close(ops))
    world.do(cyd, world.access(team, readers=[ops, everyone, dan]))


def test_nobody_else_changes_access(world: World) -> None:
    for by in (dan, rob, bot):
        for readers in ([cyd], [cyd, dan, rob, by, bot], [cyd, by]):
            edit = world.access(own, readers=readers)
            world.refuse(by, edit, "neither its owner nor an admin")


def test_a_writer_who_is_not_the_owner_shares_nothing(world: World) -> None:
    world.do(cyd, world.access(own, readers=[cyd, dan], writers=[cyd, dan]))
    world.refuse(dan, world.access(own, readers=[cyd, dan, ops]), "neither its owner nor an admin")
    world.refuse(dan, world.access(own, readers=[cyd]), "neither its owner nor an admin")


@pytest.mark.parametrize("by", [ada, ben, bob])
def test_admins_strike_names(world: World, by: str) -> None:
    world.do(cyd, world.access(own, readers=[cyd, dan, rob, ops], writers=[cyd, dan, ops]))
    world.do(by, world.access(own, readers=[cyd, dan, ops], writers=[cyd, ops]))
    world.do(by, world.access(own, readers=[cyd], writers=[cyd]))
    assert world.state.skills[own].readers == (cyd,)


@pytest.mark.parametrize("by", [ada, ben, bob])
def test_admins_add_no_names(world: World, by: str) -> None:
    """Nobody lets anybody in to what they do not read themselves: nor do admins who read."""
    world.do(cyd, world.access(own, readers=[cyd, dan, rob, ben]))
    for readers, writers in (
        ([cyd, dan, rob, ben, by, ops], [cyd]),
        ([cyd, bot], [cyd]),
        ([cyd, everyone], [cyd]),
        ([cyd, dan, rob, ben], [cyd, ben]),
        ([cyd, dan, rob, ben], [cyd, dan]),
    ):
        edit = world.access(own, readers=readers, writers=writers)
        world.refuse(by, edit, "an admin only strikes names")


@pytest.mark.parametrize("by", [ada, ben, bob])
def test_admins_do_not_strike_the_owners_name(world: World, by: str) -> None:
    world.do(cyd, world.access(own, readers=[cyd, dan], writers=[cyd, dan]))
    edit = world.access(own, readers=[dan], writers=[dan])
    world.refuse(by, edit, "its owner is no writer")
    world.refuse(by, world.access(own, writers=[dan]), "its owner is no writer")


@pytest.mark.parametrize("by", [ada, ben, bob])
def test_admins_name_no_other_owner_while_there_is_one(world: World, by: str) -> None:
    world.do(cyd, world.access(own, readers=[cyd, dan], writers=[cyd, dan]))
    for edit in (
        world.access(own, owner=dan),
        world.access(own, owner=dan, readers=[dan], writers=[dan]),
        world.access(own, owner=by, readers=[cyd, by], writers=[cyd, by]),
    ):
        world.refuse(by, edit, "an admin names no other owner")


# Recipients


def test_recipients_are_one_for_each_name_and_nothing_is_merged(world: World) -> None:
    world.do(cyd, world.access(own, readers=[cyd, dan, rob, ops, lab, everyone]))
    assert recipients(world.state, own) == tuple(
        sorted([f"{everyone}/1", cyd, dan, f"{lab}/1", f"{ops}/1", rob])
    )


def test_a_closed_group_is_no_recipient(world: World) -> None:
    world.do(ada, world.close(ops))
    assert recipients(world.state, team) == (f"{everyone}/1",)
    world.do(cyd, world.anew(ops))
    assert recipients(world.state, team) == (f"{everyone}/1", f"{ops}/3")


def test_a_file_keeps_the_recipients_after_its_entry(world: World) -> None:
    entry = world.do(cyd, world.access(own, readers=[cyd, ops]) | world.text(own))
    assert world.state.skills[own].files[-1].refs == (cyd, f"{ops}/1")
    assert world.state.skills[own].files[-1].seq == entry.seq
    world.do(ben, world.anew(ops))
    assert world.state.skills[own].files[-1].refs == (cyd, f"{ops}/1")


def test_a_file_is_pending_when_its_recipients_differ(world: World) -> None:
    world.do(dan, world.evidence(own, eve))
    assert [*pending(world.state)] == []
    world.do(cyd, world.access(own, readers=[cyd, dan]))
    paths = {skill_path(own), skill_path(own, f"evidence/{eve}.age")}
    assert {p.path for p in pending(world.state)} == paths
    world.do(dan, world.text(own))
    assert [p.path for p in pending(world.state)] == [skill_path(own, f"evidence/{eve}.age")]
    world.do(dan, world.evidence(own, eve))
    assert [*pending(world.state)] == []


def test_growing_within_an_epoch_leaves_nothing_pending(world: World) -> None:
    world.do(ada, world.admit(eve))
    world.do(ben, world.grow(ops, [dan]))
    assert [*pending(world.state)] == []


def test_an_epoch_anew_leaves_its_skills_pending(world: World) -> None:
    world.do(ben, world.anew(ops))
    assert [p.skill for p in pending(world.state)] == [team]
    world.do(ada, world.close(ops))
    assert [p.skill for p in pending(world.state)] == [team]
    world.do(dan, world.text(team))
    assert [*pending(world.state)] == []


def test_old_files_stay_known_for_who_falls_back(world: World) -> None:
    first = world.state.skills[own].files[0]
    world.do(cyd, world.version(own))
    world.do(dan, world.text(own))
    files = world.state.skills[own].files
    assert files[0] == first
    assert [file.content for file in files] == [
        first.content,
        world.state.skills[own].content,
        world.state.skills[own].content,
    ]
