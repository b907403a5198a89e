"""Groups: who makes, fills, renames and deletes them; each sentence of DESIGN 3.3."""

from __future__ import annotations

import pytest

from skillvault.vault.state import Epoch
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
    recipient,
    rob,
    sealed,
    solo,
    team,
)

PEOPLE = (ada, ben, bob, cyd, dan, rob, bot)
new = ident("new")


@pytest.fixture
def world() -> World:
    """`ops` is of ben (an admin), cyd and rob; `lab` of ada (the owner) and dan."""
    return peopled()


# Making one


def test_a_group_is_made_by_an_admin_who_is_in_it_open_at_epoch_1(world: World) -> None:
    entry = world.do(bob, world.new_group(new, [bob, dan, bot]))
    group = world.state.groups[new]
    assert (group.epoch, group.members) == (1, (bob, bot, dan))
    assert group.is_open
    slots = {m: (entry.changes[f"groups/{new}/1/{m}.age"] or "",) for m in (bob, bot, dan)}
    assert group.epochs == (Epoch(group.recipient, bob, slots, ()),)
    assert world.state.names[new][0].record == group.name


def test_a_group_is_not_made_by_an_admin_who_is_not_in_it(world: World) -> None:
    for by in (bob, ada):
        world.refuse(by, world.new_group(new, [ben, dan]), "who is not in it")


def test_a_group_is_not_made_by_members_or_machines(world: World) -> None:
    for by in (cyd, rob):
        world.refuse(by, world.new_group(new, [by, ben]), "only admins make a group")


def test_a_new_group_is_open(world: World) -> None:
    closed = world.group(new, members=[bob], recipient=None) | world.name(new)
    world.refuse(bob, closed, "a new group is open")


def test_a_new_group_is_at_epoch_1(world: World) -> None:
    later = world.group(new, epoch=2, members=[bob]) | world.slots(new, 2, [bob])
    world.refuse(bob, later | world.name(new), "at epoch 1")


def test_a_new_group_has_no_previous_age(world: World) -> None:
    for epoch in (1, 2):
        edit = world.new_group(new, [bob]) | world.link(new, epoch)
        world.refuse(bob, edit, "no epoch lies before the first")


def test_a_new_group_has_a_name(world: World) -> None:
    edit = world.new_group(new, [bob])
    world.refuse(bob, edit.without(f"names/{new}.age"), "without the record behind it")


def test_a_new_groups_id_was_never_used(world: World) -> None:
    for used in (cyd, own):
        world.refuse(bob, world.new_group(used, [bob]), "none is used twice")
    world.do(ben, world.delete(ops) | handover(world))
    world.refuse(bob, world.new_group(ops, [bob]), "none is used twice")


def test_a_group_holds_members_only_no_groups(world: World) -> None:
    world.refuse(bob, world.new_group(new, [bob, lab]), "no active member")
    world.refuse(ada, world.grow(lab, [ops]), "no active member")
    world.refuse(ada, world.grow(lab, [everyone]), "no active member")
    world.refuse(ada, world.grow(lab, [lab]), "no active member")


def test_a_group_holds_active_members_only(world: World) -> None:
    world.refuse(ada, world.grow(lab, [eve]), "no active member")
    world.do(ada, world.expel(bot))
    world.refuse(ada, world.grow(lab, [bot]), "no active member")
    world.refuse(bob, world.new_group(new, [bob, bot]), "no active member")


def test_a_group_may_take_in_whom_the_entry_admits(world: World) -> None:
    world.do(ada, world.admit(eve) | world.grow(lab, [eve]))
    assert eve in world.state.groups[lab].members


@pytest.mark.parametrize(
    "fields",
    [
        {"epoch": 0},
        {"epoch": True},
        {"epoch": "1"},
        {"epoch": -1},
        {"members": []},
        {"recipient": ""},
        {"recipient": "age1"},
        {"name": None},
        {"state": "open"},
    ],
)
def test_group_json_has_the_fields_of_the_format(world: World, fields: dict[str, object]) -> None:
    edit = world.new_group(new, [bob]) | world.group(new, **{"members": [bob], **fields})
    world.refuse(bob, edit, f"groups/{new}/group.json: {next(iter(fields))}")


# Everyone


def test_everyone_holds_exactly_the_active_members_after_every_entry(world: World) -> None:
    less = [member for member in PEOPLE if member != dan]
    world.refuse(ada, world.anew(everyone, less), "exactly the active members")
    world.refuse(ada, world.grow(everyone, [eve]), "no active member")
    world.do(ada, world.admit(eve))
    world.do(ada, world.expel(eve))
    assert set(world.state.groups[everyone].members) == set(PEOPLE)


def test_everyone_is_never_closed(world: World) -> None:
    for by in (ada, ben):
        world.refuse(by, world.close(everyone), "everyone is never closed")


def test_everyone_is_never_deleted(world: World) -> None:
    edit = world.delete(everyone) | world.access(team, readers=[ops])
    for by in (ada, ben):
        world.refuse(by, edit, "everyone is never deleted")


def test_everyone_is_never_renamed(world: World) -> None:
    edit = world.group(everyone, name=world.fresh("name")) | world.name(everyone)
    world.refuse(ada, edit, "everyone is never renamed")


def test_everyone_starts_anew_like_any_group(world: World) -> None:
    world.do(bob, world.anew(everyone) | world.link(everyone, 2))
    assert world.state.groups[everyone].epoch == 2


# Within an epoch


def test_an_open_epoch_keeps_its_recipient(world: World) -> None:
    for by in (ben, ada, cyd):
        edit = world.group(ops, recipient=recipient("other"))
        world.refuse(by, edit, "keeps its recipient")
        world.refuse(by, world.group(ops, recipient=None), "keeps its recipient")


def test_within_an_epoch_members_are_only_added(world: World) -> None:
    world.do(ben, world.grow(ops, [dan, bot]))
    assert set(world.state.groups[ops].epochs[0].slots) == {ben, cyd, rob, dan, bot}
    for members in ([ben, cyd], [ben, cyd, rob], [ben, cyd, rob, dan, ada]):
        edit = world.group(ops, members=members) | world.slots(ops, 1, {*members} & {ada})
        world.refuse(ben, edit, "only added")


def test_members_are_added_by_an_admin_who_was_in_the_group_before(world: World) -> None:
    for by in (ada, bob):
        world.refuse(by, world.grow(ops, [dan]), "an admin who was not in it")
        world.refuse(by, world.grow(ops, [by]), "an admin who was not in it")
    world.refuse(cyd, world.grow(ops, [dan]), "only admins")
    world.refuse(rob, world.grow(ops, [dan]), "only admins")
    world.refuse(dan, world.grow(ops, [dan]), "only admins")


def test_an_epochs_slots_are_exactly_its_members(world: World) -> None:
    slot = f"groups/{ops}/1/{dan}.age"
    world.refuse(ben, world.grow(ops, [dan]).without(slot), "let in without a slot")
    world.refuse(ben, world.grow(ops, [dan]) | world.slots(ops, 1, [bob]), "not in the group")
    world.refuse(ben, world.slots(ops, 1, [dan]), "not in the group")
    world.refuse(bob, world.new_group(new, [bob]) | world.slots(new, 1, [dan]), "not in the group")
    first = world.new_group(new, [bob, dan])
    world.refuse(bob, first.without(f"groups/{new}/1/{bob}.age"), "let in without a slot")
    again = world.anew(ops)
    world.refuse(ben, again.without(f"groups/{ops}/2/{cyd}.age"), "let in without a slot")


def test_slots_are_written_for_a_group_that_is_there(world: World) -> None:
    world.refuse(bob, world.slots(new, 1, [bob]), "a group that is not there")
    world.refuse(bob, world.link(new, 2), "a group that is not there")


# Deletion


def handover(world: World) -> Edit:
    """What else an entry needs that deletes `ops`: another owner for `team`."""
    return world.access(team, owner=ben, readers=[everyone, ben], writers=[ben])


@pytest.mark.parametrize("by", [ada, ben, bob])
def test_an_admin_may_delete_a_group_with_members(world: World, by: str) -> None:
    other = world.fork()
    other.do(by, other.delete(lab))
    assert lab not in other.state.groups
    assert other.state.former_groups[lab] == world.state.groups[lab]


def test_nobody_else_deletes_a_group(world: World) -> None:
    for by in (cyd, dan, rob):
        world.refuse(by, world.delete(lab), "only admins delete")


def test_a_group_left_without_members_must_be_deleted(world: World) -> None:
    world.refuse(ada, world.close(lab, []), "members")
    world.do(ada, world.close(lab))
    world.refuse(ada, world.group(lab, members=[]), "members")
    world.do(ada, world.delete(lab))


def test_group_json_and_its_name_go(world: World) -> None:
    world.refuse(ada, control(f"groups/{lab}/group.json", None), "without the record behind it")
    world.refuse(ada, sealed(f"names/{lab}.age", None), "whose name does not change")
    edit = world.delete(lab).without(f"names/{lab}.age") | world.name(lab)
    world.refuse(ada, edit, "without the record behind it")


def test_a_deleted_group_is_struck_from_every_access_file(world: World) -> None:
    world.do(dan, world.access(solo, readers=[dan, lab]))
    world.refuse(ada, world.delete(lab), "still names who is gone")
    world.do(ada, world.delete(lab) | world.access(solo, readers=[dan]))


def test_the_epochs_folders_of_a_deleted_group_stay_for_ever(world: World) -> None:
    slot = f"groups/{lab}/1/{dan}.age"
    world.refuse(ada, world.delete(lab) | sealed(slot, None), "stays for ever")
    world.do(ada, world.delete(lab))
    assert slot in world.state.files
    world.refuse(ada, sealed(slot, None), "stays for ever")
    world.refuse(dan, world.slots(lab, 1, [dan]), "a group that is not there")
    world.refuse(dan, world.link(lab, 1), "a group that is not there")


def test_a_deleted_group_gets_no_more_slots(world: World) -> None:
    world.refuse(ada, world.delete(lab) | world.slots(lab, 1, [dan]), "deleted, and given")
    world.do(ada, world.anew(lab))
    world.refuse(dan, world.delete(lab) | world.link(lab, 2), "only admins delete")
    world.refuse(ada, world.delete(lab) | world.link(lab, 2), "deleted, and given")


def test_the_line_keeps_the_id_of_a_deleted_group(world: World) -> None:
    world.do(ada, world.delete(lab))
    world.refuse(ada, world.new_group(lab, [ada]), "none is used twice")


def test_a_group_that_owns_a_skill_is_deleted_with_a_new_owner_for_it(world: World) -> None:
    world.refuse(ben, world.delete(ops), "still names who is gone")
    world.do(ben, world.delete(ops) | handover(world))


# Renaming


def rename(world: World, group: str) -> Edit:
    return world.group(group, name=world.fresh("name")) | world.name(group)


def test_a_group_is_renamed_by_an_admin_who_is_in_it(world: World) -> None:
    world.do(ben, rename(world, ops))
    world.do(ben, world.close(ops))
    world.do(ben, rename(world, ops))
    assert len(world.state.names[ops]) == 3


@pytest.mark.parametrize("by", [ada, bob, cyd, rob, dan])
def test_a_group_is_renamed_by_nobody_else(world: World, by: str) -> None:
    world.refuse(by, rename(world, ops), "renamed by somebody")


def test_a_renaming_changes_record_and_name_in_one_entry(world: World) -> None:
    edit = world.group(ops, name=world.fresh("name"))
    world.refuse(ben, edit, "without the record behind it")
    world.refuse(ben, world.name(ops), "whose name does not change")


# Growing


def test_a_group_grows_only_by_an_admin_who_is_in_it(world: World) -> None:
    """Whatever the way: within the epoch, anew, by opening."""
    more = [ben, cyd, rob, eve]
    world.do(ada, world.admit(eve))
    for closed in (False, True):
        if closed:
            world.do(ada, world.close(ops))
        epoch = world.state.groups[ops].epoch
        for by in (ada, bob, cyd, rob, dan, eve):
            for edit in (
                world.group(ops, members=more) | world.slots(ops, epoch, [eve]),
                world.anew(ops, more),
                world.close(ops, more),
            ):
                entry = edit.entry(world.state, by)
                world.refuse(by, edit, f"entry {entry.seq}")
