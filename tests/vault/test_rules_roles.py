"""Roles, names and the end of a member's file; each sentence of DESIGN 3.3."""

from __future__ import annotations

import pytest

from skillvault.vault.state import NameFile
from tests.vault.world import (
    NOTHING,
    World,
    ada,
    ben,
    bob,
    bot,
    control,
    cyd,
    dan,
    digest,
    eve,
    everyone,
    ident,
    lab,
    ops,
    peopled,
    recipient,
    rob,
    sealed,
)

PEOPLE = (ada, ben, bob, cyd, dan, rob, bot)
LATER = "2027-01-01T00:00:00Z"


@pytest.fixture
def world() -> World:
    return peopled()


def set_role(world: World, member: str, role: str) -> None:
    world.do(ada, world.member(member, role=role))


# Changes of role


def test_owners_set_the_role_of_all_but_machines(world: World) -> None:
    for member in (ben, cyd, dan):
        for role in ("owner", "admin", "member", "owner"):
            if world.state.members[member].role != role:
                world.do(ada, world.member(member, role=role))
    world.do(ben, world.member(ada, role="member"))
    assert world.state.members[ada].role == "member"


def test_admins_set_no_role_of_others(world: World) -> None:
    for member, role in ((cyd, "admin"), (bob, "member"), (bob, "owner"), (ada, "member")):
        world.refuse(ben, world.member(member, role=role), "only an owner sets roles")


def test_members_and_machines_set_no_role(world: World) -> None:
    for by in (cyd, rob):
        for member in (cyd, dan, ben):
            role = "owner" if member == ben else "admin"
            world.refuse(by, world.member(member, role=role), "only admins")


def test_in_their_own_file_owners_and_admins_change_the_role_down(world: World) -> None:
    world.do(ben, world.member(ben, role="member"))
    set_role(world, cyd, "owner")
    world.do(cyd, world.member(cyd, role="admin"))
    world.do(cyd, world.member(cyd, role="member"))
    assert world.state.members[cyd].role == "member"


def test_nobody_raises_their_own_role(world: World) -> None:
    world.refuse(ben, world.member(ben, role="owner"), "raises their own role")
    world.refuse(cyd, world.member(cyd, role="admin"), "only admins")


def test_rights_are_judged_on_the_state_before_the_entry(world: World) -> None:
    set_role(world, cyd, "owner")
    edit = world.member(ada, role="member") | world.admit(eve, "admin")
    world.do(ada, edit)
    world.refuse(ada, world.admit(ident("fay")), "only admins")
    # And not on what the entry itself makes of somebody.
    fresh = peopled()
    fresh.refuse(cyd, fresh.member(cyd, role="owner") | fresh.admit(eve), "only admins")


def test_after_every_entry_an_active_owner_remains(world: World) -> None:
    world.refuse(ada, world.member(ada, role="admin"), "no active owner would remain")
    set_role(world, cyd, "owner")
    both = world.member(ada, role="member") | world.member(cyd, role="member")
    world.refuse(ada, both, "no active owner would remain")
    world.do(ada, world.member(ada, role="member"))
    world.refuse(cyd, world.member(cyd, role="member"), "no active owner would remain")


def test_a_removed_owner_is_none_that_remains(world: World) -> None:
    set_role(world, bob, "owner")
    world.do(ada, world.expel(bob))
    world.refuse(ada, world.member(ada, role="admin"), "no active owner would remain")


def test_an_owner_may_hand_over_in_one_entry(world: World) -> None:
    world.do(ada, world.member(ada, role="member") | world.member(dan, role="owner"))
    assert world.state.members[dan].role == "owner"


# Changes of name


@pytest.mark.parametrize("member", PEOPLE)
def test_names_change_by_owners(world: World, member: str) -> None:
    before = world.state.names[member]
    edit = world.member(member, name=world.fresh("name")) | world.name(member)
    entry = world.do(ada, edit)
    digest = entry.changes[f"names/{member}.age"]
    assert digest is not None
    newest = NameFile(digest, entry.seq, world.state.members[member].name, 1)
    assert world.state.names[member] == (*before, newest)


@pytest.mark.parametrize("member", [ben, cyd, dan, rob, bot])
def test_names_of_members_machines_and_their_own_change_by_admins(
    world: World, member: str
) -> None:
    world.do(ben, world.member(member, name=world.fresh("name")) | world.name(member))


@pytest.mark.parametrize("member", [ada, bob])
def test_names_of_other_admins_and_of_owners_do_not_change_by_admins(
    world: World, member: str
) -> None:
    edit = world.member(member, name=world.fresh("name")) | world.name(member)
    world.refuse(ben, edit, "only an owner renames")


@pytest.mark.parametrize("by", [cyd, rob])
def test_members_and_machines_rename_nobody_and_not_themselves(world: World, by: str) -> None:
    for member in (by, dan):
        edit = world.member(member, name=world.fresh("name")) | world.name(member)
        world.refuse(by, edit, "only admins")


def test_a_name_changes_with_a_record(world: World) -> None:
    edit = world.member(cyd, name=world.fresh("name"))
    world.refuse(ada, edit, "without the record behind it")
    world.refuse(ada, edit | sealed(f"names/{cyd}.age", None), "without the record behind it")


def test_a_record_changes_with_a_name(world: World) -> None:
    for by in (ada, ben, cyd):
        world.refuse(by, world.name(cyd), "whose name does not change")
    world.refuse(ada, world.name(cyd) | world.member(cyd, role="admin"), "does not change")
    world.refuse(ada, sealed(f"names/{cyd}.age", None), "whose name does not change")
    world.refuse(ada, world.name(eve), "whose name does not change")


def test_a_name_is_sealed_to_the_epoch_of_everyone_in_which_it_was_written(world: World) -> None:
    world.do(ada, world.expel(bot))
    world.do(ada, world.member(cyd, name=world.fresh("name")) | world.name(cyd))
    assert [file.epoch for file in world.state.names[cyd]] == [1, 2]


# Removal of members: the member's file (test_rules_removal.py has the rest)


@pytest.mark.parametrize("member", [ben, bob])
def test_owners_remove_anyone_but_themselves(world: World, member: str) -> None:
    set_role(world, member, "owner")
    leave = world.close(ops, [cyd, rob]) if member == ben else NOTHING
    world.refuse(member, world.expel(member) | leave, "nobody removes themselves")
    world.do(ada, world.expel(member) | leave)
    assert not world.state.members[member].is_active


def test_an_owner_is_not_removed_by_an_admin(world: World) -> None:
    edit = world.expel(ada) | world.close(lab, [dan])
    world.refuse(ben, edit, "only an owner removes an owner")


def test_admins_remove_members_and_machines(world: World) -> None:
    world.do(bob, world.expel(bot))
    world.do(bob, world.admit(eve))
    world.do(bob, world.expel(eve))
    assert not world.state.members[eve].is_active


def test_admins_remove_no_admins(world: World) -> None:
    world.refuse(ben, world.expel(bob), "only an owner removes an admin")


@pytest.mark.parametrize("by", [cyd, rob])
def test_members_and_machines_remove_nobody(world: World, by: str) -> None:
    world.refuse(by, world.expel(bot), "only admins")


@pytest.mark.parametrize("by", [ada, ben, cyd, rob])
def test_nobody_changes_their_own_state(world: World, by: str) -> None:
    set_role(world, dan, "owner")
    world.refuse(
        by, world.expel(by), "nobody removes themselves" if by in {ada, ben} else "only admins"
    )


@pytest.mark.parametrize("fields", [{"name": digest("x")}, {"role": "admin"}, {"expires": LATER}])
def test_a_removal_changes_state_alone(world: World, fields: dict[str, object]) -> None:
    member = bot if "expires" in fields else cyd
    edit = world.expel(member) | world.member(member, state="removed", **fields)
    if "name" in fields:
        edit |= world.name(member)
    world.refuse(ada, edit, "a removal changes the state alone")


def test_a_removal_does_not_change_keys(world: World) -> None:
    edit = world.expel(bot) | world.member(bot, state="removed", recipient=recipient("x"))
    world.refuse(ada, edit, "keys never change")


def test_a_removal_is_final(world: World) -> None:
    world.do(ada, world.expel(bot))
    back = world.member(bot, state="active") | world.grow(everyone, [bot])
    world.refuse(ada, back, "a removal is final")


@pytest.mark.parametrize("fields", [{"role": "member"}, {"expires": LATER}, {"name": digest("x")}])
def test_nothing_is_set_of_removed_members(world: World, fields: dict[str, object]) -> None:
    world.do(ada, world.expel(bot))
    world.refuse(ada, world.member(bot, **fields), "a removal is final")


def test_a_removed_members_file_and_name_stay(world: World) -> None:
    world.do(ada, world.expel(bot))
    world.refuse(ada, control(f"members/{bot}.json", None), "stays for ever")
    world.refuse(ada, sealed(f"names/{bot}.age", None), "whose name does not change")
    world.refuse(ada, world.name(bot), "whose name does not change")
    assert f"names/{bot}.age" in world.state.files


def test_no_members_file_is_removed(world: World) -> None:
    world.refuse(ada, control(f"members/{cyd}.json", None), "stays for ever")
