"""Members and names: each sentence of DESIGN 3.3, one test or more."""

from __future__ import annotations

import pytest

from skillvault.vault.state import NameFile
from skillvault.vault.syntax import Role
from tests.vault.world import (
    NOTHING,
    TIME,
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
