"""Slots and previous.age, the keys of an epoch: each sentence of DESIGN 3.3."""

from __future__ import annotations

import pytest

from tests.vault.world import (
    World,
    ada,
    ben,
    bob,
    bot,
    cyd,
    dan,
    ops,
    peopled,
    rob,
    sealed,
)


@pytest.fixture
def world() -> World:
    """`ops` is of ben (an admin), cyd and rob; `lab` of ada (the owner) and dan."""
    return peopled()


# Slots


def test_an_admin_who_is_in_the_group_may_replace_a_slot(world: World) -> None:
    first = world.state.groups[ops].epochs[0].slots[cyd]
    entry = world.do(ben, world.slots(ops, 1, [cyd]))
    path = f"groups/{ops}/1/{cyd}.age"
    assert world.state.groups[ops].epochs[0].slots[cyd] == (*first, entry.changes[path])
    world.do(ben, world.slots(ops, 1, [cyd, ben]) | world.grow(ops, [dan]))
    assert len(world.state.groups[ops].epochs[0].slots[cyd]) == 3


@pytest.mark.parametrize("by", [ada, bob, cyd, rob, dan])
def test_nobody_else_replaces_a_slot(world: World, by: str) -> None:
    world.refuse(by, world.slots(ops, 1, [cyd]), "replaced by no admin in the group")
    reason = "not in the group" if by in {ada, bob, dan} else "replaced by no admin"
    world.refuse(by, world.slots(ops, 1, [by]), reason)


def test_slots_of_older_epochs_stay(world: World) -> None:
    world.do(ben, world.anew(ops))
    world.refuse(ben, world.slots(ops, 1, [cyd]), "an epoch that the group is not at")
    for epoch in (1, 2):
        edit = sealed(f"groups/{ops}/{epoch}/{cyd}.age", None)
        world.refuse(ben, edit, "stays for ever")


def test_a_slot_of_a_coming_epoch_is_refused(world: World) -> None:
    world.refuse(ben, world.slots(ops, 2, [cyd]), "an epoch that the group is not at")
    world.refuse(ben, world.anew(ops) | world.slots(ops, 1, [cyd]), "the group is not at")


# previous.age


def test_the_opener_writes_previous_age_with_the_epoch(world: World) -> None:
    entry = world.do(ben, world.anew(ops) | world.link(ops, 2))
    (link,) = world.state.groups[ops].epochs[1].previous
    path = f"groups/{ops}/2/previous.age"
    assert link == (entry.changes[path], entry.seq, ben)


def test_the_opener_may_leave_previous_age_out_but_writes_it_then_or_never(world: World) -> None:
    world.do(ben, world.anew(ops))
    assert world.state.groups[ops].epochs[1].previous == ()
    world.refuse(ben, world.link(ops, 2), "the opener writes it with the epoch")
    again = world.fork()
    again.do(ben, again.anew(ops) | again.link(ops, 3))
    again.refuse(ben, again.link(ops, 3), "the opener writes it with the epoch")


def test_each_other_member_of_the_epoch_may_write_it_once_more(world: World) -> None:
    world.do(ben, world.anew(ops) | world.link(ops, 2))
    for by in (cyd, rob):
        world.do(by, world.link(ops, 2))
        world.refuse(by, world.link(ops, 2), "once")
    assert [link.writer for link in world.state.groups[ops].epochs[1].previous] == [ben, cyd, rob]


def test_who_was_added_within_the_epoch_may_write_it_too(world: World) -> None:
    world.do(ben, world.anew(ops))
    world.do(ben, world.grow(ops, [dan]))
    world.do(dan, world.link(ops, 2))


def test_previous_age_may_be_written_after_its_epoch_has_ended(world: World) -> None:
    world.do(ben, world.anew(ops))
    world.do(ben, world.anew(ops))
    world.do(cyd, world.link(ops, 2))
    world.do(cyd, world.link(ops, 3))
    world.do(ada, world.close(ops))
    world.do(rob, world.link(ops, 3))


def test_previous_age_is_written_by_members_of_its_epoch(world: World) -> None:
    world.do(ben, world.anew(ops))
    world.do(ben, world.anew(ops, [ben, cyd, rob, dan]))
    world.refuse(dan, world.link(ops, 2), "was not in the epoch")
    world.do(dan, world.link(ops, 3))
    for by in (ada, bob, bot):
        world.refuse(by, world.link(ops, 2), "not in the group")


def test_previous_age_is_written_while_in_the_group(world: World) -> None:
    world.do(ben, world.anew(ops))
    world.do(ben, world.anew(ops, [ben, rob]))
    world.refuse(cyd, world.link(ops, 2), "not in the group")


def test_epoch_1_has_no_previous_age(world: World) -> None:
    for by in (ben, cyd):
        world.refuse(by, world.link(ops, 1), "no epoch lies before the first")


def test_previous_age_stands_in_an_epoch_that_there_was(world: World) -> None:
    world.do(ben, world.anew(ops))
    for by in (ben, cyd):
        world.refuse(by, world.link(ops, 3), "an epoch that was not opened")
        world.refuse(by, world.link(ops, 10**14), "an epoch that was not opened")


def test_previous_age_stays_for_ever(world: World) -> None:
    world.do(ben, world.anew(ops) | world.link(ops, 2))
    world.refuse(ben, sealed(f"groups/{ops}/2/previous.age", None), "stays for ever")
