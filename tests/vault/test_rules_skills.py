"""Skills: adding, versions, re-sealing, removal; each sentence of DESIGN 3.3."""

from __future__ import annotations

import pytest

from skillvault.vault.state import Version, skill_path
from tests.vault.world import (
    TIME,
    Edit,
    World,
    ada,
    ben,
    bob,
    bot,
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
    rob,
    sealed,
    solo,
    team,
)

new = ident("new")


@pytest.fixture
def world() -> World:
    """`own`: cyd's, read by dan and rob. `team`: of `ops` (ben, cyd, rob), read by all."""
    return peopled()


# Adding


@pytest.mark.parametrize("by", [ada, ben, cyd, dan])
def test_any_active_member_but_a_machine_may_add_a_skill_of_their_own(
    world: World, by: str
) -> None:
    entry = world.do(by, world.new_skill(new, by))
    skill = world.state.skills[new]
    assert (skill.owner, skill.readers, skill.writers) == (by, (by,), (by,))
    assert skill.versions == (Version(entry.content[new], by, entry.seq, TIME),)
    (file,) = skill.files
    assert (file.content, file.refs, file.seq) == (skill.content, (by,), entry.seq)


def test_a_machine_adds_no_skill(world: World) -> None:
    for owner in (rob, ops, cyd):
        world.refuse(rob, world.new_skill(new, owner), "a machine adds no skill")


def test_who_is_no_member_adds_no_skill(world: World) -> None:
    world.refuse(eve, world.new_skill(new, eve), "no member")


@pytest.mark.parametrize("by", [ben, cyd])
def test_a_skill_may_be_owned_by_a_group_that_its_author_is_in(world: World, by: str) -> None:
    world.do(by, world.new_skill(new, ops))
    assert world.state.skills[new].files[0].refs == (f"{ops}/1",)


def test_a_new_skill_is_owned_by_nobody_else(world: World) -> None:
    for owner in (dan, ada, lab):
        for edit in (world.new_skill(new, owner), world.new_skill(new, owner, [cyd], [cyd])):
            world.refuse(cyd, edit, "owned neither by who adds it nor by a group")


def test_a_group_that_owns_a_new_skill_held_its_author_before(world: World) -> None:
    for edit in (
        world.new_group(ident("two"), [bob]) | world.new_skill(new, ident("two")),
        world.new_group(ident("two"), [bob]) | world.new_skill(new, ident("two"), [bob], [bob]),
    ):
        world.refuse(bob, edit, "owned neither by who adds it nor by a group")


def test_access_and_text_and_content_are_added_in_one_entry(world: World) -> None:
    edit = world.new_skill(new, cyd)
    reason = "without access.json, skill.age and content at once"
    world.refuse(cyd, edit.without(skill_path(new)), "skill.age does not change")
    world.refuse(cyd, edit.without(skill_path(new, "access.json")), reason)
    world.refuse(cyd, world.access(new, owner=cyd), reason)
    world.refuse(cyd, world.access(new, owner=cyd) | world.text(new), reason)
    world.refuse(cyd, world.text(new), reason)
    world.refuse(cyd, world.evidence(new, eve), reason)


def test_a_new_skill_has_no_evidence_yet(world: World) -> None:
    edit = world.new_skill(new, cyd) | world.evidence(new, eve)
    world.refuse(cyd, edit, "a new skill with evidence")


def test_a_skills_id_is_never_reused(world: World) -> None:
    for used in (ada, ops):
        world.refuse(cyd, world.new_skill(used, cyd), "none is used twice")
    world.do(cyd, world.drop(own))
    world.refuse(cyd, world.new_skill(own, cyd), "none is used twice")
    world.refuse(cyd, world.version(own), "without access.json")


def test_1000_skills_are_one_entry(world: World) -> None:
    edit = Edit()
    for number in range(20):
        edit |= world.new_skill(ident(f"n{'abcdefghijklmnopqrstuvwxyz'[number]}"), cyd)
    world.do(cyd, edit)
    assert len(world.state.skills) == 23


# New versions


def test_a_new_version_is_written_by_a_writer(world: World) -> None:
    world.do(cyd, world.access(own, readers=[cyd, dan, ops], writers=[cyd, ops]))
    for by in (cyd, ben):
        entry = world.do(by, world.version(own))
        assert world.state.skills[own].versions[-1].author == by
        assert world.state.skills[own].content == entry.content[own]


@pytest.mark.parametrize("by", [dan, rob, ada, ben, bob, bot])
def test_a_new_version_is_written_by_nobody_else(world: World, by: str) -> None:
    world.refuse(by, world.version(own), "by somebody who is no writer")


def test_who_becomes_a_writer_by_the_entry_writes_with_the_next(world: World) -> None:
    world.do(cyd, world.access(own, owner=ops, readers=[ops, dan], writers=[ops]))
    edit = world.access(own, owner=ops, readers=[ops, dan], writers=[ops, dan])
    world.refuse(dan, edit | world.version(own), "neither its owner nor an admin")


def test_a_machine_writes_only_where_writers_names_it_itself(world: World) -> None:
    world.refuse(rob, world.version(team), "by somebody who is no writer")
    world.do(ben, world.access(team, readers=[ops, everyone], writers=[ops, everyone]))
    for by in (rob, bot):
        world.refuse(by, world.version(team), "by somebody who is no writer")
    world.do(dan, world.version(team))
    world.do(ben, world.access(team, readers=[ops, everyone, rob], writers=[ops, rob]))
    world.do(rob, world.version(team))


def test_a_new_versions_author_is_a_reader_after_the_entry(world: World) -> None:
    edit = world.access(own, owner=dan, readers=[dan], writers=[dan]) | world.version(own)
    world.refuse(cyd, edit, "not among those whom it is sealed to")
    keep = world.access(own, owner=dan, readers=[dan, cyd], writers=[dan]) | world.version(own)
    world.do(cyd, keep)
    assert world.state.skills[own].files[-1].refs == (cyd, dan)


def test_an_open_group_without_the_author_does_not_do(world: World) -> None:
    edit = world.access(own, owner=lab, readers=[lab], writers=[lab]) | world.version(own)
    world.refuse(cyd, edit, "not among those whom it is sealed to")


def test_a_new_versions_author_reads_by_name_or_through_an_open_group(world: World) -> None:
    world.do(cyd, world.version(team))
    world.do(ben, world.access(team, readers=[ops], writers=[ops]))
    world.do(ada, world.close(ops))
    for by in (cyd, ben):
        world.refuse(by, world.version(team), "not among those whom it is sealed to")
        world.refuse(by, world.new_skill(new, ops), "not among those whom it is sealed to")
    other = world.fork()
    other.do(cyd, other.access(team, readers=[ops, cyd]) | other.version(team))
    world.do(cyd, world.anew(ops) | world.version(team))
    assert world.state.skills[team].files[-1].refs == (f"{ops}/3",)


def test_a_new_version_has_content_that_this_skill_never_had(world: World) -> None:
    first = world.state.skills[own].content
    world.do(cyd, world.version(own))
    for content in (first, world.state.skills[own].content):
        edit = world.text(own) | Edit(content={own: content})
        world.refuse(cyd, edit, "content that this skill had before")
    world.do(dan, world.text(solo) | Edit(content={solo: first}))


def test_content_stands_only_with_a_changed_skill_age(world: World) -> None:
    content = Edit(content={own: digest("x")})
    for edit in (content, world.access(own, readers=[cyd]) | content, world.drop(own) | content):
        world.refuse(cyd, edit, "content of a skill whose skill.age does not change")
    world.refuse(cyd, Edit(content={eve: digest("x")}), "skill.age does not change")


def test_versions_are_numbered_by_their_place(world: World) -> None:
    for _ in range(3):
        world.do(cyd, world.version(own))
    versions = world.state.skills[own].versions
    assert len(versions) == 4
    assert [v.seq for v in versions] == sorted(v.seq for v in versions)


# Re-sealing


@pytest.mark.parametrize("by", [cyd, dan, rob])
def test_re_sealing_may_be_done_by_any_reader(world: World, by: str) -> None:
    content = world.state.skills[own].content
    entry = world.do(by, world.text(own))
    skill = world.state.skills[own]
    assert len(skill.versions) == 1
    assert skill.files[-1].seq == entry.seq
    assert skill.files[-1].content == content


def test_re_sealing_may_be_done_by_readers_through_a_group(world: World) -> None:
    for by in (bot, dan, ada):
        world.do(by, world.text(team))


@pytest.mark.parametrize("by", [ada, ben, bob, bot])
def test_re_sealing_is_done_by_nobody_else(world: World, by: str) -> None:
    world.refuse(by, world.text(own), "by somebody who is no reader")


def test_an_admin_who_strikes_names_re_seals_only_what_they_read(world: World) -> None:
    strike = world.access(own, readers=[cyd, dan])
    world.refuse(ben, strike | world.text(own), "by somebody who is no reader")
    world.do(cyd, world.access(own, readers=[cyd, dan, rob, ben]))
    world.do(ben, strike | world.text(own))
    assert world.state.skills[own].files[-1].refs == (cyd, dan)


def test_nothing_is_sealed_to_nobody(world: World) -> None:
    world.do(ben, world.access(team, readers=[ops]))
    world.do(ben, world.close(ops))
    world.refuse(cyd, world.text(team), "sealed to nobody")
    world.refuse(cyd, world.evidence(team, eve), "sealed to nobody")


# Removal


@pytest.mark.parametrize("by", [cyd, ada, ben, bob])
def test_a_skill_is_removed_by_its_owner_or_admins(world: World, by: str) -> None:
    before = world.state.skills[own]
    world.do(by, world.drop(own))
    assert own not in world.state.skills
    assert world.state.former_skills[own] == before
    assert skill_path(own) not in world.state.files


@pytest.mark.parametrize("by", [ben, cyd])
def test_a_skill_of_a_group_is_removed_by_its_persons(world: World, by: str) -> None:
    world.do(by, world.drop(team))


@pytest.mark.parametrize("by", [dan, rob, bot])
def test_a_skill_is_removed_by_nobody_else(world: World, by: str) -> None:
    world.refuse(by, world.drop(own), "neither its owner nor an admin")


def test_a_writer_does_not_remove_a_skill(world: World) -> None:
    world.do(cyd, world.access(own, readers=[cyd, dan], writers=[cyd, dan]))
    world.refuse(dan, world.drop(own), "neither its owner nor an admin")


def test_a_skill_is_removed_whole(world: World) -> None:
    world.do(dan, world.evidence(own, eve))
    edit = world.drop(own)
    for path in (skill_path(own), skill_path(own, f"evidence/{eve}.age")):
        world.refuse(cyd, edit.without(path), "removed whole")
    rest = edit.without(skill_path(own, "access.json"))
    world.refuse(cyd, rest, "removed whole")
    world.refuse(cyd, sealed(skill_path(own), None), "removed whole")
    world.refuse(cyd, edit | world.text(own), "removed whole")
    world.refuse(cyd, edit | world.evidence(own, eve), "removed whole")
    world.refuse(cyd, edit | world.evidence(own, ident("two")), "removed whole")
    world.do(cyd, edit)
    assert not [path for path in world.state.files if own in path]


def test_removing_a_skill_says_nothing_in_content(world: World) -> None:
    edit = world.drop(own) | Edit(content={own: digest("x")})
    world.refuse(cyd, edit, "skill.age does not change")
