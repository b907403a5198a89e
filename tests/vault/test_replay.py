"""An unpushed entry of any kind, made again on what others pushed meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from skillvault.errors import AccessError, ConflictError
from skillvault.services import checking, identities, put
from skillvault.vault import card, epochs, membership, operations, succession
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.identity import generate
from skillvault.vault.reader import Reader
from skillvault.vault.records import AccessRecord
from skillvault.vault.state import State, pending, skill_path
from tests.people import Person
from tests.team import Team, id_of, skill_of, sync_only, vault_of, write
from tests.vault_maker import Maker
from tests.vault_maker import Person as Keyholder


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Team:
    return Team(tmp_path_factory.mktemp("template") / "team").make()


@pytest.fixture
def team(template: Team, tmp_path: Path) -> Team:
    return template.copy(tmp_path / "team")


def news(team: Team, person: Person | None = None) -> None:
    """Somebody else is first at the host."""
    person = person or team.eve
    put.put(person.ctx, [person.skill(f"news-{len(vault_of(person).state.skills)}")])
    sync_only(person)


def everywhere(team: Team) -> State:
    """All sync until nothing is left to do; all are in the same state, and nothing is pending."""
    for person in (*team.everybody, *team.everybody):
        if vault_of(person).me is not None:
            checking.sync(person.ctx)
    states = {vault_of(p).state.head: vault_of(p) for p in team.everybody if vault_of(p).me}
    assert len(states) == 1
    (vault,) = states.values()
    return vault.state


def group_of(vault: Vault | State, group: str) -> set[str]:
    state = vault.state if isinstance(vault, Vault) else vault
    return set(state.groups[group].members)


def text(person: Person, name: str) -> bytes:
    vault = vault_of(person)
    return vault.reader.open_newest(skill_of(person, name)).bundle.files[0].data


# Members


def test_a_role_is_given_again(team: Team) -> None:
    bob = id_of(team.ada, team.bob)
    write(team.ada, lambda d, r: membership.set_role(d, r.state, bob, "admin"))
    news(team)
    vault, done = sync_only(team.ada)
    assert (done.replayed, done.pushed) == (1, 1)
    assert vault.state.members[bob].role == "admin"


def test_of_two_roles_given_by_both_sides_the_lower_one_holds(team: Team) -> None:
    boss = id_of(team.ada, team.boss)
    write(team.ada, lambda d, r: membership.set_role(d, r.state, boss, "owner"))
    write(team.boss, lambda d, r: membership.set_role(d, r.state, boss, "member"))
    sync_only(team.boss)
    vault, done = sync_only(team.ada)
    assert vault.state.members[boss].role == "member"
    assert done.pushed == 0


def test_a_role_of_somebody_removed_meanwhile_writes_no_entry(team: Team) -> None:
    eve = id_of(team.ada, team.eve)
    write(team.ada, lambda d, r: membership.set_role(d, r.state, eve, "admin"))
    write(team.boss, lambda d, r: membership.expel(d, r, [eve], r.me or ""))
    sync_only(team.boss)
    vault, done = sync_only(team.ada)
    assert (vault.unpushed, done.pushed, done.left) == (0, 0, ())
    assert not vault.state.members[eve].is_active


def test_a_role_that_i_may_not_give_any_more_is_told_and_stops_nothing(team: Team) -> None:
    ada, bob = id_of(team.ada, team.ada), id_of(team.ada, team.bob)
    boss = id_of(team.ada, team.boss)
    write(team.ada, lambda d, r: membership.set_role(d, r.state, boss, "owner"))
    sync_only(team.ada)
    sync_only(team.boss)
    write(team.boss, lambda d, r: membership.set_role(d, r.state, bob, "admin"))
    put.put(team.boss.ctx, [team.boss.skill("mine")])
    write(team.ada, lambda d, r: membership.set_role(d, r.state, boss, "member"))
    sync_only(team.ada)
    with pytest.raises(AccessError, match="not made again"):
        checking.sync(team.boss.ctx)
    vault = vault_of(team.boss)
    assert vault.unpushed == 0
    assert vault.state.members[bob].role == "member"
    assert b"mine" in text(team.boss, "mine")
    assert vault.state.members[ada].role == "owner"
    checking.sync(team.boss.ctx)


def test_an_expiry_is_set_again_and_the_earlier_of_two_holds(team: Team) -> None:
    machine = generate("x25519")
    made = {}

    def admit(d: Draft, r: Reader) -> None:
        made["id"] = operations.admit(d, r, card.make(machine, "ci"), "machine")

    write(team.ada, admit)
    sync_only(team.ada)
    sync_only(team.boss)
    late, soon = "2031-01-01T00:00:00Z", "2030-01-01T00:00:00Z"
    write(team.ada, lambda d, r: membership.set_expiry(d, r.state, made["id"], late))
    news(team)
    vault, _ = sync_only(team.ada)
    assert vault.state.members[made["id"]].expires == late
    write(team.ada, lambda d, r: membership.set_expiry(d, r.state, made["id"], None))
    sync_only(team.boss)
    write(team.boss, lambda d, r: membership.set_expiry(d, r.state, made["id"], soon))
    sync_only(team.boss)
    vault, _ = sync_only(team.ada)
    assert vault.state.members[made["id"]].expires == soon


def test_a_new_name_is_given_again(team: Team) -> None:
    eve = id_of(team.ada, team.eve)
    held = identities.load(team.eve.ctx)[0].identity
    write(team.ada, lambda d, r: membership.rename(d, r.state, eve, card.make(held, "Eva Stone")))
    news(team, team.boss)
    vault, done = sync_only(team.ada)
    assert done.pushed == 1
    assert vault.reader.name(eve) == "Eva Stone"


def test_a_name_that_somebody_took_meanwhile_is_not_given_twice(team: Team) -> None:
    eve = id_of(team.ada, team.eve)
    held = identities.load(team.eve.ctx)[0].identity
    write(team.ada, lambda d, r: membership.rename(d, r.state, eve, card.make(held, "Team X")))
    write(team.boss, lambda d, r: epochs.make_group(d, r, "team x", [r.me or ""]))
    sync_only(team.boss)
    with pytest.raises(ConflictError, match="took this name"):
        checking.sync(team.ada.ctx)
    assert vault_of(team.ada).reader.name(eve) == "Eve Stone"
    checking.sync(team.ada.ctx)


def test_a_removal_wins_over_everything_of_theirs(team: Team) -> None:
    """Whatever the removed one got meanwhile goes too, and nothing is sealed to them."""
    eve, ops = id_of(team.ada, team.eve), id_of(team.ada, "ops")
    write(team.ada, lambda d, r: membership.expel(d, r, [eve], r.me or ""))
    one = skill_of(team.boss, "two")
    write(team.boss, lambda d, r: epochs.grow(d, r, ops, [eve]))
    put.put(team.eve.ctx, [team.eve.skill("four")])
    sync_only(team.boss)
    sync_only(team.eve)
    vault, done = sync_only(team.ada)
    assert done.pushed == 1
    state = vault.state
    assert not state.members[eve].is_active
    assert all(eve not in group.members for group in state.groups.values())
    assert all(eve not in (*s.readers, s.owner) for s in state.skills.values())
    assert one in state.skills
    everywhere(team)


def test_a_removal_that_somebody_else_pushed_first_writes_no_entry(team: Team) -> None:
    eve = id_of(team.ada, team.eve)
    write(team.ada, lambda d, r: membership.expel(d, r, [eve], r.me or ""))
    write(team.boss, lambda d, r: membership.expel(d, r, [eve], r.me or ""))
    sync_only(team.boss)
    vault, done = sync_only(team.ada)
    assert (done.pushed, vault.unpushed) == (0, 0)


def test_an_orphan_that_has_an_heir_by_now_is_inherited_and_not_removed(team: Team) -> None:
    """`three` had only Bob, a reader, to follow Eve: whoever follows is judged anew."""
    put.put(team.eve.ctx, [team.eve.skill("alone")])
    sync_only(team.eve)
    sync_only(team.ada)
    alone, eve = skill_of(team.eve, "alone"), id_of(team.ada, team.eve)
    bob = id_of(team.ada, team.bob)
    write(team.ada, lambda d, r: membership.expel(d, r, [eve], r.me or ""))
    assert alone not in vault_of(team.ada).state.skills
    team.eve.share("alone", with_=team.bob.name)
    vault, _ = sync_only(team.ada)
    assert vault.state.skills[alone].owner == bob
    assert not vault.state.members[eve].is_active


# Groups


def test_a_new_group_and_what_was_shared_with_it_are_made_again(team: Team) -> None:
    one = skill_of(team.ada, "one")
    ada, eve = id_of(team.ada, team.ada), id_of(team.ada, team.eve)
    made = {}

    def found(d: Draft, r: Reader) -> None:
        made["id"] = epochs.make_group(d, r, "payments", [ada, eve])

    write(
        team.ada, found, lambda d, r: operations.change_access(d, r, one, add_readers=[made["id"]])
    )
    news(team)
    vault, done = sync_only(team.ada)
    assert (done.replayed, done.pushed) == (2, 2)
    assert vault.reader.name(made["id"]) == "payments"
    everywhere(team)
    assert b"one" in text(team.eve, "one")


def test_a_new_group_without_those_who_were_removed_meanwhile(team: Team) -> None:
    ada, eve = id_of(team.ada, team.ada), id_of(team.ada, team.eve)
    write(team.ada, lambda d, r: epochs.make_group(d, r, "payments", [ada, eve]))
    write(team.boss, lambda d, r: membership.expel(d, r, [eve], r.me or ""))
    sync_only(team.boss)
    vault, _ = sync_only(team.ada)
    assert group_of(vault, id_of(team.ada, "payments")) == {ada}


def test_two_who_join_on_both_sides_are_both_in(team: Team) -> None:
    ops, eve = id_of(team.ada, "ops"), id_of(team.ada, team.eve)
    dan = card.make(generate("x25519"), "Dan")
    made = {}

    def admit(d: Draft, r: Reader) -> None:
        made["id"] = operations.admit(d, r, dan, "member")

    write(team.boss, admit)
    sync_only(team.boss)
    sync_only(team.ada)
    write(team.ada, lambda d, r: epochs.grow(d, r, ops, [eve]))
    write(team.boss, lambda d, r: epochs.grow(d, r, ops, [made["id"]]))
    sync_only(team.boss)
    vault, done = sync_only(team.ada)
    assert group_of(vault, ops) >= {eve, made["id"]}
    assert vault.state.groups[ops].epoch == 1
    assert done.pushed == 1
    everywhere(team)
    assert b"two" in text(team.eve, "two")


def test_who_left_on_one_side_and_who_joined_on_the_other(team: Team) -> None:
    ops, bob, eve = (id_of(team.ada, who) for who in ("ops", team.bob, team.eve))
    write(team.ada, lambda d, r: epochs.take_out(d, r, ops, [bob], r.me or ""))
    write(team.boss, lambda d, r: epochs.grow(d, r, ops, [eve]))
    sync_only(team.boss)
    vault, _ = sync_only(team.ada)
    assert bob not in group_of(vault, ops)
    assert eve in group_of(vault, ops)
    assert vault.state.groups[ops].epoch == 2
    everywhere(team)
    assert b"two" in text(team.eve, "two")


def test_who_was_taken_out_by_both_sides_is_taken_out_once(team: Team) -> None:
    ops, bob = id_of(team.ada, "ops"), id_of(team.ada, team.bob)
    write(team.ada, lambda d, r: epochs.take_out(d, r, ops, [bob], r.me or ""))
    write(team.boss, lambda d, r: epochs.take_out(d, r, ops, [bob], r.me or ""))
    sync_only(team.boss)
    vault, done = sync_only(team.ada)
    assert vault.state.groups[ops].epoch == 2
    assert (done.pushed, vault.unpushed) == (0, 0)


def test_a_rotation_is_made_again_and_slots_follow(team: Team) -> None:
    ops = id_of(team.ada, "ops")
    members = group_of(vault_of(team.ada), ops)
    write(team.ada, lambda d, r: epochs.start_anew(d, r, ops, members))
    news(team)
    vault, _ = sync_only(team.ada)
    assert vault.state.groups[ops].epoch == 2
    assert set(vault.state.groups[ops].epochs[1].slots) == members
    everywhere(team)
    assert b"two" in text(team.bob, "two")


def test_a_rotation_of_everyone_is_made_again_with_whoever_came_meanwhile(team: Team) -> None:
    everyone = vault_of(team.ada).state.everyone
    write(
        team.ada,
        lambda d, r: epochs.start_anew(d, r, everyone, r.state.groups[everyone].members),
    )
    dan = card.make(generate("x25519"), "Dan")
    write(team.boss, lambda d, r: operations.admit(d, r, dan, "member"))
    sync_only(team.boss)
    vault, _ = sync_only(team.ada)
    assert vault.state.groups[everyone].epoch == 2
    assert len(vault.state.groups[everyone].members) == 5


def test_a_closing_is_made_again_and_its_opening_is_not(team: Team) -> None:
    """Ada closes and opens it; what is replayed is the closing: who opens it follows."""
    ops = id_of(team.ada, "ops")
    members = group_of(vault_of(team.ada), ops)
    write(
        team.ada,
        lambda d, r: epochs.close(d, r.state, ops, members),
        lambda d, r: epochs.open_closed(d, r, ops),
    )
    news(team)
    vault, _ = sync_only(team.ada)
    assert not vault.state.groups[ops].is_open
    assert vault.state.groups[ops].epoch == 2


def test_a_new_name_of_a_group_is_given_again(team: Team) -> None:
    ops = id_of(team.ada, "ops")
    write(team.ada, lambda d, r: epochs.rename_group(d, r, ops, "operations"))
    news(team)
    vault, _ = sync_only(team.ada)
    assert vault.reader.name(ops) == "operations"


def test_a_deletion_is_made_again_and_takes_what_was_shared_with_the_group_meanwhile(
    team: Team,
) -> None:
    ops, one = id_of(team.ada, "ops"), skill_of(team.ada, "one")

    def dissolve(d: Draft, r: Reader) -> None:
        epochs.delete_group(d, r.state, ops)
        succession.strike(d, r.state)

    write(team.boss, dissolve)
    write(team.ada, lambda d, r: operations.change_access(d, r, one, add_readers=[ops]))
    sync_only(team.ada)
    vault, done = sync_only(team.boss)
    assert done.pushed == 1
    assert ops not in vault.state.groups
    assert all(ops not in skill.readers for skill in vault.state.skills.values())


@pytest.mark.parametrize("what", ["join", "leave", "rename", "rotate", "share"])
def test_a_change_of_a_group_that_was_deleted_meanwhile_writes_no_entry(
    team: Team, what: str
) -> None:
    ops, bob, eve = (id_of(team.ada, who) for who in ("ops", team.bob, team.eve))
    one, members = skill_of(team.ada, "one"), group_of(vault_of(team.ada), ops)
    builds = {
        "join": lambda d, r: epochs.grow(d, r, ops, [eve]),
        "leave": lambda d, r: epochs.take_out(d, r, ops, [bob], r.me or ""),
        "rename": lambda d, r: epochs.rename_group(d, r, ops, "operations"),
        "rotate": lambda d, r: epochs.start_anew(d, r, ops, members),
        "share": lambda d, r: operations.change_access(d, r, one, add_readers=[ops]),
    }
    write(team.ada, builds[what])

    def dissolve(d: Draft, r: Reader) -> None:
        epochs.delete_group(d, r.state, ops)
        succession.strike(d, r.state)

    write(team.boss, dissolve)
    sync_only(team.boss)
    vault, done = sync_only(team.ada)
    assert (done.pushed, vault.unpushed, done.left) == (0, 0, ())


def test_who_may_not_grow_the_group_any_more_is_told(team: Team) -> None:
    ops, boss, eve = (id_of(team.ada, who) for who in ("ops", team.boss, team.eve))
    write(team.boss, lambda d, r: epochs.grow(d, r, ops, [eve]))
    write(team.ada, lambda d, r: epochs.take_out(d, r, ops, [boss], r.me or ""))
    sync_only(team.ada)
    with pytest.raises(AccessError, match="not made again"):
        checking.sync(team.boss.ctx)
    vault = vault_of(team.boss)
    assert vault.unpushed == 0
    assert eve not in group_of(vault, ops)
    checking.sync(team.boss.ctx)


# Skills


def test_another_owner_is_named_again(team: Team) -> None:
    one, bob = skill_of(team.ada, "one"), id_of(team.ada, team.bob)
    write(team.ada, lambda d, r: operations.change_access(d, r, one, owner=bob))
    news(team)
    vault, done = sync_only(team.ada)
    assert done.pushed == 1
    assert vault.state.skills[one].owner == bob


def test_an_owner_who_was_removed_meanwhile_is_not_named(team: Team) -> None:
    one, bob = skill_of(team.ada, "one"), id_of(team.ada, team.bob)
    write(team.ada, lambda d, r: operations.change_access(d, r, one, owner=bob))
    write(team.boss, lambda d, r: membership.expel(d, r, [bob], r.me or ""))
    sync_only(team.boss)
    vault, done = sync_only(team.ada)
    assert vault.state.skills[one].owner == id_of(team.ada, team.ada)
    assert (done.pushed, vault.unpushed) == (0, 0)


def test_a_share_with_somebody_removed_meanwhile_writes_no_entry(team: Team) -> None:
    one, eve = skill_of(team.ada, "one"), id_of(team.ada, team.eve)
    write(team.ada, lambda d, r: operations.change_access(d, r, one, add_readers=[eve]))
    write(team.boss, lambda d, r: membership.expel(d, r, [eve], r.me or ""))
    sync_only(team.boss)
    vault, done = sync_only(team.ada)
    assert (done.pushed, vault.unpushed) == (0, 0)
    assert eve not in vault.state.skills[one].readers


def test_a_new_skill_for_a_group_that_is_gone_is_mine_and_nothing_is_lost(team: Team) -> None:
    ops = id_of(team.ada, "ops")
    put.put(team.bob.ctx, [team.bob.skill("of-ops")])
    mine = skill_of(team.bob, "of-ops")
    write(team.bob, lambda d, r: operations.change_access(d, r, mine, owner=ops))

    def dissolve(d: Draft, r: Reader) -> None:
        epochs.delete_group(d, r.state, ops)
        succession.strike(d, r.state)

    write(team.boss, dissolve)
    sync_only(team.boss)
    vault, _ = sync_only(team.bob)
    assert vault.state.skills[mine].owner == id_of(team.bob, team.bob)
    assert b"of-ops" in text(team.bob, "of-ops")


def evidence(person: Person, skill: str) -> bytes:
    """A signed result about the current version."""
    vault = vault_of(person)
    maker = Maker(vault.path, "x25519", state=vault.state)
    identity = identities.load(person.ctx)[0].identity
    _, padded = maker.evidence(Keyholder(person.name, identity, vault.require_me()), skill)
    return padded.rstrip(b"\n") + b"\n"


def add_evidence(person: Person, skill: str) -> bytes:
    result = evidence(person, skill)
    write(person, lambda d, r: operations.put_evidence(d, r.state, skill, result))
    return result


def test_evidence_is_added_again_and_sealed_to_todays_readers(team: Team) -> None:
    one, eve = skill_of(team.bob, "one"), id_of(team.bob, team.eve)
    result = add_evidence(team.bob, one)
    team.ada.share("one", with_=team.eve.name)
    vault, done = sync_only(team.bob)
    assert done.pushed == 1
    (item,) = vault.state.skills[one].evidence.values()
    assert eve in item.files[-1].refs
    sync_only(team.eve)
    (key,) = vault.state.skills[one].evidence
    assert vault_of(team.eve).reader.open_evidence(one, key) == result


def test_evidence_of_a_skill_removed_meanwhile_is_told_and_dropped(team: Team) -> None:
    one = skill_of(team.bob, "one")
    add_evidence(team.bob, one)
    write(team.ada, lambda d, r: operations.remove_skill(d, r.state, one))
    sync_only(team.ada)
    vault, done = sync_only(team.bob)
    assert (done.pushed, vault.unpushed) == (0, 0)
    assert re.search("evidence .*dropped", done.kept[0])


def test_evidence_taken_away_is_taken_away_again_and_only_once(team: Team) -> None:
    one = skill_of(team.bob, "one")
    for _ in range(2):
        add_evidence(team.bob, one)
    sync_only(team.bob)
    sync_only(team.ada)
    first, second = vault_of(team.bob).state.skills[one].evidence

    def withdraw(*keys: str) -> Callable[[Draft, Reader], None]:
        paths = [f"skills/{one[0]}/{one}/evidence/{key}.age" for key in keys]
        return lambda d, _r: d.files.update(dict.fromkeys(paths))

    write(team.bob, withdraw(first), withdraw(second))
    write(team.ada, withdraw(first))
    sync_only(team.ada)
    vault, done = sync_only(team.bob)
    assert not vault.state.skills[one].evidence
    assert (done.replayed, done.pushed) == (2, 1)


# Entries with several things in them


def test_one_thing_that_cannot_be_done_again_takes_nothing_else_of_its_entry_down(
    team: Team,
) -> None:
    one, eve = skill_of(team.ada, "one"), id_of(team.ada, team.eve)
    dan = card.make(generate("x25519"), "Dan")

    def both(d: Draft, r: Reader) -> None:
        operations.admit(d, r, dan, "member")
        operations.change_access(d, r, one, add_readers=[eve])

    write(team.ada, both)
    other = card.make(generate("x25519"), "DAN")
    write(team.boss, lambda d, r: operations.admit(d, r, other, "member"))
    sync_only(team.boss)
    with pytest.raises(ConflictError, match="took this name"):
        checking.sync(team.ada.ctx)
    vault = vault_of(team.ada)
    assert eve in vault.state.skills[one].readers
    assert len([m for m in vault.state.members if vault.reader.name(m).casefold() == "dan"]) == 1
    assert vault.unpushed == 0
    assert not list(pending(vault.state))


def test_resealing_is_never_replayed(team: Team) -> None:
    two = skill_of(team.ada, "two")
    write(team.ada, lambda d, r: operations.reseal(d, r, two))
    news(team)
    vault, done = sync_only(team.ada)
    assert (done.replayed, done.pushed, vault.unpushed) == (1, 0, 0)


def test_who_was_struck_meanwhile_gets_no_more_by_what_i_gave_them_before(team: Team) -> None:
    """Two persons of the group that owns it: one strikes a reader, whom the other let write."""
    eve, skill = id_of(team.ada, team.eve), skill_of(team.ada, "two")
    ops = id_of(team.ada, "ops")
    write(
        team.ada,
        lambda d, r: operations.change_access(
            d, r, skill, add_readers=[eve], add_writers=[ops], owner=ops
        ),
    )
    checking.sync(team.ada.ctx)
    checking.sync(team.bob.ctx)
    write(team.ada, lambda d, r: operations.change_access(d, r, skill, add_writers=[eve]))
    write(team.bob, lambda d, r: operations.change_access(d, r, skill, strike=[eve]))
    sync_only(team.bob)
    vault, done = sync_only(team.ada)
    record = vault.state.skills[skill]
    assert eve not in (*record.readers, *record.writers)
    assert any("taken from Eve Stone meanwhile" in line for line in done.kept)
    everywhere(team)


def test_who_was_struck_meanwhile_does_not_come_to_own_it(team: Team) -> None:
    eve, skill = id_of(team.ada, team.eve), skill_of(team.ada, "two")
    write(team.ada, lambda d, r: operations.change_access(d, r, skill, add_readers=[eve]))
    checking.sync(team.ada.ctx)
    checking.sync(team.boss.ctx)
    write(team.ada, lambda d, r: operations.give(d, r, skill, eve))
    write(team.boss, lambda d, r: struck(d, r.state, skill, eve))
    sync_only(team.boss)
    vault, _ = sync_only(team.ada)
    record = vault.state.skills[skill]
    assert record.owner == id_of(team.ada, team.ada)
    assert eve not in record.readers


def struck(draft: Draft, state: State, skill: str, name: str) -> None:
    """What an admin may do who does not own it."""
    record = operations.access_record(draft, state, skill)
    rest = [tuple(n for n in names if n != name) for names in (record.readers, record.writers)]
    after = AccessRecord(owner=record.owner, readers=rest[0], writers=rest[1])
    draft.files[skill_path(skill, "access.json")] = after.to_bytes()
