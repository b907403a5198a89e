"""Members: admission, keys, machines; each sentence of DESIGN 3.3."""

from __future__ import annotations

import pytest

from skillvault.vault.syntax import Role
from tests.vault.world import (
    NOTHING,
    TIME,
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
    recipient,
    rob,
    sealed,
    signing_key,
    solo,
    team,
)

PEOPLE = (ada, ben, bob, cyd, dan, rob, bot)
LATER = "2027-01-01T00:00:00Z"


@pytest.fixture
def world() -> World:
    return peopled()


def set_role(world: World, member: str, role: str) -> None:
    world.do(ada, world.member(member, role=role))


# Roles and admission


@pytest.mark.parametrize("role", ["owner", "admin", "member", "machine"])
def test_owners_admit_with_any_role(world: World, role: Role) -> None:
    entry = world.do(ada, world.admit(eve, role))
    state = world.state
    assert state.members[eve].role == role
    assert eve in state.groups[everyone].members
    assert state.groups[everyone].epochs[0].slots[eve] == (
        entry.changes[f"groups/{everyone}/1/{eve}.age"],
    )
    assert state.names[eve][0].record == state.members[eve].name


@pytest.mark.parametrize("role", ["member", "machine"])
def test_admins_admit_members_and_machines(world: World, role: Role) -> None:
    world.do(ben, world.admit(eve, role))
    assert world.state.members[eve].role == role


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_admins_admit_no_admins_and_no_owners(world: World, role: Role) -> None:
    world.refuse(ben, world.admit(eve, role), "only an owner admits")


@pytest.mark.parametrize("member", [cyd, dan, rob])
def test_members_and_machines_admit_nobody(world: World, member: str) -> None:
    world.refuse(member, world.admit(eve), "only admins")


def test_nobody_admits_themselves(world: World) -> None:
    world.refuse(eve, world.admit(eve), "no member")


def test_a_new_member_is_active(world: World) -> None:
    edit = world.member(eve, state="removed") | world.name(eve)
    world.refuse(ada, edit, "not active")


def test_a_new_members_slot_in_everyone_stands_in_the_admitting_entry(world: World) -> None:
    slot = f"groups/{everyone}/1/{eve}.age"
    world.refuse(ada, world.admit(eve).without(slot), "let in without a slot")


def test_a_new_member_is_in_everyone_from_the_admitting_entry_on(world: World) -> None:
    world.refuse(ada, world.member(eve) | world.name(eve), "exactly the active members")


def test_a_new_members_name_stands_in_the_admitting_entry(world: World) -> None:
    world.refuse(ada, world.admit(eve).without(f"names/{eve}.age"), "without the record behind")
    world.refuse(ada, world.admit(eve) | sealed(f"names/{eve}.age", None), "not there")


def test_a_member_may_be_admitted_to_an_epoch_that_begins_with_the_entry(world: World) -> None:
    edit = world.member(eve) | world.name(eve) | world.anew(everyone, [*PEOPLE, eve])
    world.do(ben, edit)
    assert world.state.names[eve][0].epoch == 2


def test_several_members_may_be_admitted_at_once(world: World) -> None:
    ids = [eve, ident("fay")]
    edit = world.grow(everyone, ids)
    for identifier in ids:
        edit |= world.member(identifier) | world.name(identifier)
    world.do(ben, edit)
    assert {*ids} <= set(world.state.groups[everyone].members)


# Keys and ids


@pytest.mark.parametrize("key", ["recipient", "signing_key"])
def test_a_key_of_a_member_occurs_once_in_a_vaults_life(world: World, key: str) -> None:
    for other in (ada, rob):
        used = getattr(world.state.members[other], key)
        world.refuse(ada, world.admit(eve, **{key: used}), "none is used twice")
    used = getattr(world.state.members[bot], key)
    world.do(ada, world.expel(bot))
    world.refuse(ada, world.admit(eve, **{key: used}), "none is used twice")


def test_a_recipient_of_an_epoch_is_no_members(world: World) -> None:
    epoch = world.state.groups[ops].recipient
    world.refuse(ada, world.admit(eve, recipient=epoch), "none is used twice")
    world.do(ben, world.close(ops))
    world.refuse(ada, world.admit(eve, recipient=epoch), "none is used twice")


def test_two_members_of_one_entry_share_no_key(world: World) -> None:
    fay = ident("fay")
    edit = world.member(eve) | world.name(eve) | world.grow(everyone, [eve, fay])
    edit |= world.name(fay)
    for key, value in (("recipient", recipient(eve)), ("signing_key", signing_key(eve))):
        world.refuse(ada, edit | world.member(fay, **{key: value}), "none is used twice")


def test_a_member_and_an_epoch_of_one_entry_share_no_key(world: World) -> None:
    edit = world.member(eve) | world.name(eve) | world.anew(everyone, [*PEOPLE, eve])
    members = [*PEOPLE, eve]
    shared = world.group(everyone, epoch=2, members=members, recipient=recipient(eve))
    world.refuse(ada, edit | shared, "none is used twice")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("recipient", ""),
        ("recipient", "age1"),
        ("recipient", recipient("x")[:-1]),
        ("recipient", recipient("x").upper()),
        ("recipient", recipient("x")[:-1] + "b"),
        ("recipient", recipient("x") + "\n"),
        ("recipient", signing_key("x")),
        ("recipient", "AGE-SECRET-KEY-1" + "Q" * 58),
        ("signing_key", ""),
        ("signing_key", signing_key("x") + " ada@laptop"),
        ("signing_key", signing_key("x") + "\n"),
        ("signing_key", signing_key("x")[:-1]),
        ("signing_key", signing_key("x").replace("AAAAIA", "AAAAIQ")),
        ("signing_key", signing_key("x").replace("ed25519", "rsa")),
        ("signing_key", None),
    ],
)
def test_a_key_has_the_syntax_of_its_kind(world: World, key: str, value: object) -> None:
    edit = world.admit(eve) | world.member(eve, **{key: value})
    world.refuse(ada, edit, f"members/{eve}.json: {key}")


def test_a_recipient_is_of_the_vaults_suite(world: World) -> None:
    other = recipient("x", "mlkem768x25519")
    world.refuse(ada, world.admit(eve, recipient=other), "the vault's suite")
    quantum = World.begun(suite="mlkem768x25519")
    quantum.do(ada, quantum.admit(eve))
    quantum.refuse(ada, quantum.admit(dan, recipient=recipient("x")), "the vault's suite")


def test_keys_never_change(world: World) -> None:
    for key, value in (("recipient", recipient("x")), ("signing_key", signing_key("x"))):
        for by, member in ((ada, ada), (ada, cyd), (ben, cyd), (ben, rob)):
            world.refuse(by, world.member(member, **{key: value}), "keys never change")


def test_ids_are_never_reused(world: World) -> None:
    for used in (own, ops, everyone):
        world.refuse(ada, world.admit(used), "none is used twice")
    world.do(ben, world.delete(lab) | world.drop(solo))
    for used in (lab, solo):
        world.refuse(ada, world.admit(used), "none is used twice")


def test_one_entry_makes_no_two_things_of_one_id(world: World) -> None:
    group = world.group(eve, members=[ada]) | world.slots(eve, 1, [ada])
    world.refuse(ada, world.admit(eve) | group, "none is used twice")
    world.refuse(ada, world.admit(eve) | world.new_skill(eve, ada), "none is used twice")


# Machines


def test_a_machine_stays_one(world: World) -> None:
    for by in (ada, ben, rob):
        for role in ("owner", "admin", "member"):
            reason = "only admins" if by == rob else "a machine stays one"
            world.refuse(by, world.member(rob, role=role), reason)


def test_nobody_becomes_a_machine(world: World) -> None:
    for member in (ben, cyd, ada):
        world.refuse(ada, world.member(member, role="machine"), "nobody becomes one")


def test_a_machine_reads_what_everyone_reads_too(world: World) -> None:
    world.do(bot, world.evidence(team, eve))
    assert world.state.skills[team].evidence[eve].author == bot


def test_admins_set_expires_of_machines(world: World) -> None:
    for by in (ada, ben):
        world.do(by, world.member(rob, expires=LATER))
        world.do(by, world.member(rob, expires=None))
    world.do(ben, world.admit(eve, "machine", expires=LATER))
    assert world.state.members[eve].expires == LATER


def test_nobody_else_sets_expires(world: World) -> None:
    for by in (cyd, rob):
        world.refuse(by, world.member(rob, expires=LATER), "only admins")


def test_expires_is_null_of_all_but_machines(world: World) -> None:
    for member in (ada, ben, cyd):
        world.refuse(ada, world.member(member, expires=LATER), "only a machine expires")
    for role in ("member", "admin", "owner"):
        world.refuse(ada, world.admit(eve, role, expires=LATER), "only a machine expires")


@pytest.mark.parametrize("expires", ["2027-01-01", "", 0, "2027-13-01T00:00:00Z", "never"])
def test_expires_is_a_time(world: World, expires: object) -> None:
    world.refuse(ada, world.member(rob, expires=expires), "expires")


def test_an_entry_of_an_expired_machine_with_a_later_time_is_refused(world: World) -> None:
    world.do(ben, world.member(rob, expires=LATER))
    world.do(rob, NOTHING, LATER)
    world.refuse(rob, NOTHING, "expired", "2027-01-01T00:00:01Z")
    world.refuse(rob, world.text(own), "expired", "2028-01-01T00:00:00Z")
    world.do(rob, NOTHING, "2026-12-31T23:59:59Z")


def test_an_expired_machine_is_removed_by_an_admin(world: World) -> None:
    world.do(ben, world.member(bot, expires=TIME))
    world.do(ben, world.expel(bot), LATER)
    assert not world.state.members[bot].is_active
