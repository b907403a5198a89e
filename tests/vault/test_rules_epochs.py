"""The next epoch of a group, anew, closed or opened: each sentence of DESIGN 3.3."""

from __future__ import annotations

import pytest

from skillvault.vault.state import Epoch
from tests.vault.world import (
    NOTHING,
    World,
    ada,
    ben,
    bob,
    control,
    cyd,
    dan,
    ident,
    lab,
    ops,
    own,
    peopled,
    recipient,
    rob,
    team,
)

new = ident("new")


@pytest.fixture
def world() -> World:
    """`ops` is of ben (an admin), cyd and rob; `lab` of ada (the owner) and dan."""
    return peopled()


# The next epoch: anew


def test_a_group_starts_anew_with_any_members(world: World) -> None:
    world.do(ben, world.anew(ops, [ben, dan, ada]))
    group = world.state.groups[ops]
    assert (group.epoch, group.members) == (2, (ada, ben, dan))
    assert set(group.epochs[0].slots) == {ben, cyd, rob}
    assert set(group.epochs[1].slots) == {ben, dan, ada}


def test_a_group_starts_anew_by_an_admin_who_is_in_it_before(world: World) -> None:
    for by in (ada, bob):
        world.refuse(by, world.anew(ops), "by no admin who is in it")
        world.refuse(by, world.anew(ops, [ben, cyd, by]), "by no admin who is in it")


def test_a_group_starts_anew_by_an_admin_who_is_in_it_after(world: World) -> None:
    world.refuse(ben, world.anew(ops, [cyd, rob]), "by no admin who is in it")


def test_an_open_group_is_not_started_anew_by_its_other_members(world: World) -> None:
    for by in (cyd, rob):
        world.refuse(by, world.anew(ops), "by no admin who is in it")


def test_a_group_starts_anew_with_a_recipient_never_used_before(world: World) -> None:
    state = world.state
    for used in (
        state.groups[ops].recipient,
        state.groups[lab].recipient,
        state.members[cyd].recipient,
    ):
        world.refuse(ben, world.anew(ops) | world.group(ops, epoch=2, recipient=used), "used twice")
    first = state.groups[ops].recipient
    world.do(ben, world.anew(ops))
    world.refuse(ben, world.anew(ops) | world.group(ops, epoch=3, recipient=first), "used twice")


def test_a_recipient_of_a_group_is_of_the_vaults_suite(world: World) -> None:
    other = recipient("x", "mlkem768x25519")
    world.refuse(ben, world.anew(ops) | world.group(ops, epoch=2, recipient=other), "suite")
    edit = world.new_group(new, [bob]) | world.group(new, members=[bob], recipient=other)
    world.refuse(bob, edit, "suite")


def test_the_recipient_of_a_deleted_group_is_used(world: World) -> None:
    used = world.state.groups[lab].recipient
    world.do(ben, world.delete(lab))
    world.refuse(ben, world.anew(ops) | world.group(ops, epoch=2, recipient=used), "used twice")


def test_two_groups_of_one_entry_share_no_recipient(world: World) -> None:
    shared = recipient("shared")
    edit = NOTHING
    for group in (new, ident("two")):
        edit |= world.new_group(group, [bob]) | world.group(group, members=[bob], recipient=shared)
    world.refuse(bob, edit, "used twice")


@pytest.mark.parametrize("epoch", [3, 4, 2**40])
def test_every_other_change_takes_the_next_epoch(world: World, epoch: int) -> None:
    members = world.state.groups[ops].members
    edit = world.group(ops, epoch=epoch, recipient=recipient("x")) | world.slots(
        ops, epoch, members
    )
    world.refuse(ben, edit, "does not follow 1")
    world.refuse(ben, world.group(ops, epoch=epoch, recipient=None), "does not follow 1")


def test_an_epoch_does_not_go_back(world: World) -> None:
    world.do(ben, world.anew(ops))
    world.refuse(ben, world.group(ops, epoch=1), "does not follow 2")
    world.refuse(ben, world.group(ops, epoch=1, recipient=None), "does not follow 2")


# The next epoch: closed


@pytest.mark.parametrize("by", [ada, bob, ben])
def test_a_group_is_closed_by_any_admin_in_it_or_not(world: World, by: str) -> None:
    world.do(by, world.close(ops))
    group = world.state.groups[ops]
    assert (group.epoch, group.recipient, group.members) == (2, None, (ben, cyd, rob))
    assert group.epochs[1] == Epoch(None, None, {}, ())


@pytest.mark.parametrize("by", [cyd, rob, dan])
def test_a_group_is_closed_by_nobody_else(world: World, by: str) -> None:
    world.refuse(by, world.close(ops), "only admins close")


def test_a_group_is_closed_with_the_same_members_or_fewer(world: World) -> None:
    for members in ([ben, cyd, rob], [cyd], [rob]):
        other = world.fork()
        if members == [rob]:
            other.do(ben, other.drop(team))
        other.do(ada, other.close(ops, members))
        assert set(other.state.groups[ops].members) == {*members}


def test_a_group_is_never_closed_with_more_members(world: World) -> None:
    for members in ([ben, cyd, rob, bob], [bob], [ben, cyd, bob]):
        world.refuse(ada, world.close(ops, members), "more members than before")
        world.refuse(ben, world.close(ops, members), "more members than before")


def test_a_closed_epoch_has_no_slots(world: World) -> None:
    edit = world.close(ops) | world.slots(ops, 2, [ben])
    world.refuse(ben, edit, "an epoch that the group is not at")
    world.do(ben, world.close(ops))
    world.refuse(ben, world.slots(ops, 2, [ben]), "an epoch that the group is not at")


def test_a_closed_epoch_has_no_previous_age(world: World) -> None:
    world.refuse(ben, world.close(ops) | world.link(ops, 2), "an epoch that was not opened")
    world.do(ben, world.close(ops))
    world.refuse(cyd, world.link(ops, 2), "an epoch that was not opened")


def test_nothing_is_sealed_to_a_closed_group(world: World) -> None:
    world.do(ada, world.close(ops))
    world.do(cyd, world.access(own, readers=[cyd, ops]) | world.text(own))
    assert world.state.skills[own].files[-1].refs == (cyd,)


def test_while_a_group_is_closed_its_number_stays(world: World) -> None:
    world.do(ada, world.close(ops))
    for by in (ada, ben):
        world.refuse(by, world.close(ops, [ben, cyd]), "its epoch stays")
        world.refuse(by, world.close(ops), "its epoch stays")


@pytest.mark.parametrize("by", [ada, bob, ben])
def test_while_a_group_is_closed_any_admin_may_take_members_out(world: World, by: str) -> None:
    world.do(ada, world.close(ops))
    world.do(by, world.group(ops, members=[ben, cyd]))
    world.do(by, world.group(ops, members=[cyd]))
    assert world.state.groups[ops].epoch == 2


def test_while_a_group_is_closed_nobody_else_takes_members_out(world: World) -> None:
    world.do(ada, world.close(ops))
    for by in (cyd, rob, dan):
        world.refuse(by, world.group(ops, members=[ben, cyd]), "only admins")


def test_while_a_group_is_closed_nobody_is_added(world: World) -> None:
    world.do(ada, world.close(ops))
    for by in (ada, ben):
        for members in ([ben, cyd, rob, bob], [ben, bob], [ada]):
            world.refuse(by, world.group(ops, members=members), "takes nobody in")


def test_a_closed_group_does_not_open_within_its_epoch(world: World) -> None:
    world.do(ada, world.close(ops))
    edit = world.group(ops, recipient=recipient("x")) | world.slots(ops, 2, [ben, cyd, rob])
    world.refuse(ben, edit, "stays closed")


# The next epoch: opened


@pytest.mark.parametrize("by", [ben, cyd, rob])
def test_a_member_of_a_closed_group_opens_it_with_the_same_members(world: World, by: str) -> None:
    world.do(ada, world.close(ops))
    world.do(by, world.anew(ops) | world.link(ops, 3))
    group = world.state.groups[ops]
    assert (group.epoch, group.members, group.epochs[2].opener) == (3, (ben, cyd, rob), by)
    assert group.is_open


def test_a_closed_group_is_opened_by_nobody_else(world: World) -> None:
    world.do(ada, world.close(ops))
    for by in (ada, bob, dan):
        world.refuse(by, world.anew(ops), "who is not in it")
        world.refuse(by, world.anew(ops, [ben, cyd, rob, by]), "who is not in it")


def test_an_admin_among_them_may_add_and_take_out_as_they_open(world: World) -> None:
    world.do(ada, world.close(ops))
    world.do(ben, world.anew(ops, [ben, rob, dan]))
    assert world.state.groups[ops].members == (ben, dan, rob)


def test_another_member_opens_with_the_same_members_only(world: World) -> None:
    world.do(ada, world.close(ops))
    for by in (cyd, rob):
        for members in ([ben, cyd, rob, dan], [cyd, rob], [ben, by]):
            world.refuse(by, world.anew(ops, members), "with other members")


def test_who_opens_a_group_stays_in_it(world: World) -> None:
    world.do(ada, world.close(ops))
    world.refuse(ben, world.anew(ops, [cyd, rob]), "who is not in it")


def test_an_opening_renames_nothing_unless_by_an_admin(world: World) -> None:
    world.do(ada, world.close(ops))
    edit = world.anew(ops) | world.name(ops)
    record = edit.control[f"groups/{ops}/group.json"]
    assert record is not None
    renamed = record.replace(world.state.groups[ops].name.encode(), world.fresh().encode())
    renaming = edit | control(f"groups/{ops}/group.json", renamed)
    world.refuse(cyd, renaming, "renamed by somebody who is no admin in it")
    world.do(ben, renaming)


def test_a_closed_group_is_opened_with_a_recipient_never_used_before(world: World) -> None:
    used = world.state.groups[ops].recipient
    world.do(ada, world.close(ops))
    world.refuse(cyd, world.anew(ops) | world.group(ops, epoch=3, recipient=used), "used twice")
