"""The removal of a member, and who owns their skills then; each sentence of DESIGN 3.3."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from skillvault.vault.state import State, pending, skill_path
from tests.vault.world import (
    NOTHING,
    Edit,
    World,
    ada,
    ben,
    bob,
    bot,
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
    sealed,
    solo,
    team,
)


@pytest.fixture
def world() -> World:
    """`own`: cyd's, read by dan and rob. `team`: of `ops` (ben, cyd, rob), read by all."""
    return peopled()


def names(state: State, member: str) -> bool:
    """Whether any member list, access file or owner names this member."""
    return any(member in group.members for group in state.groups.values()) or any(
        member in {skill.owner, *skill.readers, *skill.writers} for skill in state.skills.values()
    )


# One entry, complete


def test_removal_is_one_entry_after_which_nothing_names_them(world: World) -> None:
    edit = world.expel(rob) | world.anew(ops, [ben, cyd]) | world.access(own, readers=[cyd, dan])
    world.do(ben, edit)
    assert not names(world.state, rob)
    assert {p.skill for p in pending(world.state)} == {own, team}


@pytest.mark.parametrize(
    "way",
    [
        lambda w: w.anew(ops, [ben, cyd]),
        lambda w: w.close(ops, [ben, cyd]),
        lambda w: w.close(ops, [ben]),
        lambda w: w.delete(ops) | w.access(team, owner=ben, readers=[everyone, ben], writers=[ben]),
    ],
    ids=["anew", "closed", "closed with fewer", "deleted"],
)
def test_every_group_that_held_them_gets_a_new_epoch_or_is_closed(
    world: World, way: Callable[[World], Edit]
) -> None:
    strike = world.access(own, readers=[cyd, dan])
    world.refuse(ben, world.expel(rob) | strike, "no active member")
    world.do(ben, world.expel(rob) | strike | way(world))
    assert not names(world.state, rob)


def test_a_closed_group_stays_so_without_them(world: World) -> None:
    world.do(ada, world.close(ops))
    strike = world.access(own, readers=[cyd, dan])
    world.refuse(ada, world.expel(rob) | strike, "no active member")
    world.do(ada, world.expel(rob) | strike | world.group(ops, members=[ben, cyd]))
    assert world.state.groups[ops].epoch == 2


def test_an_admin_outside_a_group_closes_it(world: World) -> None:
    strike = world.access(own, readers=[cyd, dan])
    anew = world.anew(ops, [ben, cyd])
    world.refuse(ada, world.expel(rob) | strike | anew, "by no admin who is in it")
    world.do(ada, world.expel(rob) | strike | world.close(ops, [ben, cyd]))


def test_a_removal_that_leaves_them_within_an_epoch_is_refused(world: World) -> None:
    edit = world.expel(rob) | world.access(own, readers=[cyd, dan])
    world.refuse(ben, edit | world.group(ops, members=[ben, cyd]), "only added")
    rest = [m for m in world.state.groups[everyone].members if m != rob]
    shrunk = world.member(rob, state="removed") | world.group(everyone, members=rest)
    world.refuse(ben, shrunk, "only added")


def test_everyone_gets_a_new_epoch(world: World) -> None:
    world.refuse(ada, world.member(bot, state="removed"), "no active member")
    world.do(ada, world.expel(bot))
    assert world.state.groups[everyone].epoch == 2
    assert bot not in world.state.groups[everyone].epochs[1].slots


def test_no_access_file_names_them_any_more(world: World) -> None:
    edit = world.expel(rob) | world.anew(ops, [ben, cyd])
    world.refuse(ben, edit, "still names who is gone")
    world.refuse(ben, edit | world.access(own, readers=[cyd, rob]), "no active member")


def test_no_owner_is_them_any_more(world: World) -> None:
    edit = world.expel(cyd) | world.anew(ops, [ben, rob])
    world.refuse(ben, edit, "still names who is gone")


def test_a_removal_may_hold_other_control_changes_deletions_and_names(world: World) -> None:
    """Also the successor of a lost key: admitted, shared with, named like them."""
    edit = world.expel(bot) | world.anew(ops) | world.delete(lab) | world.drop(solo)
    rest = [m for m in world.state.groups[everyone].members if m != bot]
    edit |= world.member(eve) | world.name(eve) | world.anew(everyone, [*rest, eve])
    edit |= world.access(team, readers=[ops]) | world.member(cyd, role="admin")
    edit |= world.member(dan, name=world.fresh("name")) | world.name(dan)
    owner = world.fork()
    owner.do(ada, owner.member(ben, role="owner"))
    owner.do(ben, edit)
    assert owner.state.names[dan][-1].epoch == 2


def test_a_removal_holds_previous_age_of_the_epochs_that_it_opens(world: World) -> None:
    world.do(ben, world.expel(bot) | world.link(everyone, 2))


@pytest.mark.parametrize("by", [ben, ada])
def test_a_removal_never_holds_content(world: World, by: str) -> None:
    world.refuse(by, world.expel(bot) | world.version(team), "with content")
    world.refuse(by, world.expel(bot) | world.new_skill(ident("new"), by), "with content")


def test_a_removal_never_holds_a_changed_skill_age(world: World) -> None:
    edit = world.expel(rob) | world.anew(ops, [ben, cyd]) | world.access(own, readers=[cyd, dan])
    world.refuse(ben, edit | world.text(team), "with a changed skill.age")
    world.do(ben, edit)
    world.do(ben, world.text(team))


def test_a_removal_never_holds_changed_evidence(world: World) -> None:
    edit = world.expel(bot) | world.evidence(team, eve)
    world.refuse(ben, edit, "with changed evidence")
    world.do(dan, world.evidence(team, eve))
    edit = world.expel(bot) | sealed(skill_path(team, f"evidence/{eve}.age"), None)
    world.do(ben, edit)


def test_several_members_may_be_removed_at_once(world: World) -> None:
    rest = [ada, ben, bob, cyd]
    edit = world.member(rob, state="removed") | world.member(bot, state="removed")
    edit |= world.member(dan, state="removed") | world.anew(everyone, rest)
    edit |= world.anew(ops, [ben, cyd]) | world.close(lab, [ada]) | world.drop(solo)
    edit |= world.access(own, readers=[cyd])
    world.do(ben, edit)
    assert not any(names(world.state, member) for member in (rob, bot, dan))


@pytest.mark.parametrize("member", [ben, bob, cyd, dan, rob, bot])
def test_every_removal_is_possible(world: World, member: str) -> None:
    """By an owner who reads nothing of it: close, strike, name a successor or remove."""
    edit = world.expel(member)
    for identifier, group in world.state.groups.items():
        if identifier != everyone and member in group.members:
            edit |= world.close(identifier, [m for m in group.members if m != member])
    owned = {cyd: own, dan: solo}
    if member == dan:
        edit |= world.drop(solo) | world.access(own, readers=[cyd, rob])
    elif member == cyd:
        edit |= world.access(owned[cyd], owner=dan, readers=[dan, rob], writers=[dan])
    elif member == rob:
        edit |= world.access(own, readers=[cyd, dan])
    world.do(ada, edit)
    assert not names(world.state, member)
    world.refuse(member, NOTHING, "by a removed member")


def test_a_removed_members_skills_stay_readable_and_their_versions_named(world: World) -> None:
    before = world.state.skills[own].versions
    edit = world.expel(cyd) | world.anew(ops, [ben, rob])
    world.do(ben, edit | world.access(own, owner=dan, readers=[dan, rob], writers=[dan]))
    assert world.state.skills[own].versions == before
    world.do(dan, world.version(own))


# Succession


def leaving(world: World) -> Edit:
    """The removal of cyd, but for `own`, which cyd owns."""
    return world.expel(cyd) | world.close(ops, [ben, rob])


def succeed(world: World, owner: str, readers: list[str], writers: list[str]) -> Edit:
    return leaving(world) | world.access(own, owner=owner, readers=readers, writers=writers)


def test_a_name_that_stays_in_writers_is_the_new_owner(world: World) -> None:
    world.do(cyd, world.access(own, readers=[cyd, dan, bob, lab], writers=[cyd, dan, lab]))
    for owner in (dan, lab):
        other = world.fork()
        other.do(ben, succeed(other, owner, [dan, bob, lab], [dan, lab]))
        assert other.state.skills[own].owner == owner


def test_where_a_writer_stays_nobody_else_is_the_new_owner(world: World) -> None:
    world.do(cyd, world.access(own, readers=[cyd, dan, bob, lab], writers=[cyd, dan]))
    for owner in (bob, lab):
        edit = succeed(world, owner, [dan, bob, lab], [dan, owner])
        world.refuse(ben, edit, "not one of those who may follow")


def test_everyone_and_machines_that_write_are_no_owners(world: World) -> None:
    world.do(cyd, world.access(own, readers=[cyd, rob, everyone], writers=[cyd, rob, everyone]))
    for owner in (everyone, rob):
        edit = succeed(world, owner, [rob, everyone], [rob, everyone])
        world.refuse(ben, edit, "not one of those who may follow")
    # None who may own stays in writers: so a person who reads.
    world.do(ben, succeed(world, dan, [rob, everyone, dan], [rob, everyone, dan]))


def test_a_group_of_machines_that_writes_is_no_owner(world: World) -> None:
    bots = ident("bots")
    world.do(bob, world.new_group(bots, [bob, bot]))
    world.do(bob, world.close(bots, [bot]))
    world.do(bot, world.anew(bots))
    world.do(cyd, world.access(own, readers=[cyd, dan, bots], writers=[cyd, bots]))
    edit = succeed(world, bots, [dan, bots], [bots])
    world.refuse(ben, edit, "not one of those who may follow")
    world.do(ben, succeed(world, dan, [dan, bots], [bots, dan]))


def test_where_no_writer_stays_a_group_that_stays_in_readers_is_the_new_owner(
    world: World,
) -> None:
    world.do(cyd, world.access(own, readers=[cyd, lab]))
    world.do(ben, succeed(world, lab, [lab], [lab]))


def test_where_no_writer_stays_a_person_who_reads_before_and_after_is_the_new_owner(
    world: World,
) -> None:
    world.do(cyd, world.access(own, readers=[cyd, lab, bob]))
    for owner in (bob, dan, ada):
        other = world.fork()
        other.do(ben, succeed(other, owner, [lab, bob, owner], [owner]))
        assert other.state.skills[own].writers == (owner,)


def test_an_admin_who_reads_may_name_themselves(world: World) -> None:
    """And strike other writers for it: every client sees it (threat R)."""
    world.do(cyd, world.access(own, readers=[cyd, ben, dan], writers=[cyd, dan]))
    world.do(ben, succeed(world, ben, [ben, dan], [ben]))


def test_an_admin_who_does_not_read_names_nobody_who_does_not(world: World) -> None:
    for owner in (ben, bob, ada, lab, ops, bot, rob, everyone):
        edit = succeed(world, owner, [dan, rob, owner], [owner])
        reason = "not one of those who may follow"
        world.refuse(ben, edit, reason)


def test_who_reads_only_before_is_not_the_new_owner(world: World) -> None:
    edit = succeed(world, dan, [rob, dan], [dan])
    world.do(cyd, world.access(own, readers=[cyd, lab, rob]))
    delete = world.delete(lab)
    world.refuse(ben, edit | delete, "not one of those who may follow")


def test_who_reads_only_after_is_not_the_new_owner(world: World) -> None:
    world.do(cyd, world.access(own, readers=[cyd, lab, rob]))
    world.do(ada, world.member(dan, role="admin"))
    edit = world.expel(cyd) | world.close(ops, [ben, rob]) | world.grow(lab, [bob])
    edit |= world.access(own, owner=bob, readers=[lab, rob, bob], writers=[bob])
    world.refuse(dan, edit, "not one of those who may follow")


def test_the_entry_puts_the_new_owner_in_writers_and_readers(world: World) -> None:
    world.do(cyd, world.access(own, readers=[cyd, everyone, rob], writers=[cyd, rob]))
    for readers in ([everyone, rob, dan], [everyone, rob]):
        world.refuse(ben, succeed(world, dan, readers, [rob]), "its owner is no writer")
    edit = succeed(world, dan, [everyone, rob], [rob, dan])
    world.refuse(ben, edit, "a writer who is no reader")
    world.do(ben, succeed(world, dan, [everyone, rob, dan], [rob, dan]))


def test_the_entry_adds_nobody_but_the_new_owner(world: World) -> None:
    for more in (ben, bob, ops, everyone, bot):
        edit = succeed(world, dan, [dan, rob, more], [dan])
        world.refuse(ben, edit, "besides the new owner")
    edit = succeed(world, dan, [dan, rob], [dan, rob])
    world.refuse(ben, edit, "besides the new owner")


def test_the_entry_strikes_the_owner_everywhere_in_the_file(world: World) -> None:
    world.refuse(ben, succeed(world, dan, [cyd, dan, rob], [dan]), "not struck")
    world.refuse(ben, succeed(world, dan, [cyd, dan, rob], [cyd, dan]), "not struck")
    # A group left without a person is there still, and could be named.
    world.do(dan, world.access(solo, owner=lab, readers=[lab, dan, rob], writers=[lab]))
    world.do(ada, world.grow(lab, [bot]))
    edit = world.close(lab, [bot])
    world.refuse(ben, edit, "a group without a person")
    named = edit | world.access(solo, owner=dan, readers=[lab, dan, rob], writers=[dan])
    world.refuse(ben, named, "not struck")
    world.do(ben, edit | world.access(solo, owner=dan, readers=[dan, rob], writers=[dan]))


def test_the_new_owner_is_named_in_the_entry_in_which_the_old_one_goes(world: World) -> None:
    edit = world.access(own, owner=dan, readers=[dan, rob], writers=[dan])
    world.refuse(ben, edit, "no other owner while there is one")
    world.refuse(ben, edit | world.expel(bot), "no other owner while there is one")


def test_an_owner_group_that_is_deleted_is_followed_like_a_member(world: World) -> None:
    world.do(cyd, world.access(team, readers=[ops, dan], writers=[ops]))
    edit = world.delete(ops)
    for owner in (bob, ada, rob, lab):
        named = world.access(team, owner=owner, readers=[dan, owner], writers=[owner])
        world.refuse(ada, edit | named, "not one of those who may follow")
    world.do(ada, edit | world.access(team, owner=dan, readers=[dan], writers=[dan]))


def test_a_person_of_a_group_that_owns_still_decides_as_it_is_deleted(world: World) -> None:
    world.do(ben, world.delete(ops) | world.access(team, owner=bob, readers=[bob], writers=[bob]))


def test_where_nobody_may_follow_the_skill_is_removed_in_the_same_entry(world: World) -> None:
    leave = world.expel(dan) | world.close(lab, [ada]) | world.access(own, readers=[cyd, rob])
    for owner in (ada, ben, cyd, lab):
        edit = leave | world.access(solo, owner=owner, readers=[owner], writers=[owner])
        world.refuse(ben, edit, "not one of those who may follow")
    world.refuse(ben, leave, "still names who is gone")
    world.do(ben, leave | world.drop(solo))
    assert solo not in world.state.skills


def test_a_skill_that_nobody_is_left_to_read_must_be_removed(world: World) -> None:
    world.do(ada, world.new_skill(ident("new"), lab))
    world.refuse(ben, world.delete(lab), "still names who is gone")
    world.do(ben, world.delete(lab) | world.drop(ident("new")))


def test_only_an_admin_names_a_successor(world: World) -> None:
    """Only admins let an owner go; a reader who adds the access file gains nothing."""
    world.refuse(dan, succeed(world, dan, [dan, rob], [dan]), "only admins")
