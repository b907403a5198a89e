"""Evidence: who adds, re-seals and removes it; each sentence of DESIGN 3.3."""

from __future__ import annotations

import pytest

from skillvault.vault.rules_skills import EVIDENCE_LIMIT
from skillvault.vault.state import recipients, skill_path
from tests.vault.world import (
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

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def world() -> World:
    """`own` is cyd's, read by dan and rob; its one result is dan's."""
    world = peopled()
    world.do(dan, world.evidence(own, eve))
    return world


def gone(skill: str, key: str) -> str:
    return skill_path(skill, f"evidence/{key}.age")


@pytest.mark.parametrize("by", [cyd, dan, rob])
def test_evidence_is_added_by_a_reader_its_author(world: World, by: str) -> None:
    entry = world.do(by, world.evidence(own, ident("two")))
    evidence = world.state.skills[own].evidence[ident("two")]
    assert evidence.author == by
    (file,) = evidence.files
    assert (file.seq, file.content) == (entry.seq, None)
    assert file.refs == recipients(world.state, own)


def test_evidence_is_added_by_readers_through_a_group(world: World) -> None:
    for number, by in enumerate((bot, dan, ada)):
        world.do(by, world.evidence(team, ident(LETTERS[number])))


@pytest.mark.parametrize("by", [ada, ben, bob, bot])
def test_evidence_is_added_by_nobody_else(world: World, by: str) -> None:
    world.refuse(by, world.evidence(own, ident("two")), "by somebody who is no reader")


def test_who_was_a_reader_once_adds_no_evidence(world: World) -> None:
    world.do(cyd, world.access(own, readers=[cyd]))
    world.refuse(dan, world.evidence(own, ident("two")), "by somebody who is no reader")


def test_who_becomes_a_reader_by_the_entry_adds_evidence_with_the_next(world: World) -> None:
    world.do(ada, world.grow(lab, [ben]))
    world.do(dan, world.access(solo, readers=[dan, lab]))
    grown = world.grow(lab, [bob]) | world.evidence(solo, eve)
    world.do(ben, grown)
    world.refuse(cyd, world.evidence(solo, ident("two")), "by somebody who is no reader")


def test_evidence_may_come_with_a_new_version(world: World) -> None:
    world.do(cyd, world.version(own) | world.evidence(own, ident("two")))


@pytest.mark.parametrize("by", [dan, cyd, ada, ben, bob])
def test_evidence_is_removed_by_its_author_the_skills_owner_and_admins(
    world: World, by: str
) -> None:
    world.do(by, sealed(gone(own, eve), None))
    assert world.state.skills[own].evidence == {}


@pytest.mark.parametrize("by", [rob, bot])
def test_evidence_is_removed_by_nobody_else(world: World, by: str) -> None:
    world.refuse(by, sealed(gone(own, eve), None), "neither author, owner nor admin")


def test_its_author_removes_evidence_also_when_no_reader_any_more(world: World) -> None:
    world.do(cyd, world.access(own, readers=[cyd]))
    world.refuse(dan, world.evidence(own, eve), "by somebody who is no reader")
    world.do(dan, sealed(gone(own, eve), None))


def test_evidence_of_a_groups_skill_is_removed_by_its_persons_alone(world: World) -> None:
    world.do(dan, world.evidence(team, eve))
    world.refuse(rob, sealed(gone(team, eve), None), "neither author, owner nor admin")
    world.do(cyd, sealed(gone(team, eve), None))


@pytest.mark.parametrize("by", [cyd, dan, rob])
def test_evidence_is_re_sealed_as_skill_age_by_any_reader(world: World, by: str) -> None:
    world.do(cyd, world.access(own, readers=[cyd, dan, rob, ops]))
    world.do(by, world.evidence(own, eve))
    evidence = world.state.skills[own].evidence[eve]
    assert evidence.author == dan
    assert [file.refs for file in evidence.files] == [
        (cyd, dan, rob),
        (cyd, dan, f"{ops}/1", rob),
    ]


@pytest.mark.parametrize("by", [ada, ben, bot])
def test_evidence_is_re_sealed_by_nobody_else(world: World, by: str) -> None:
    world.refuse(by, world.evidence(own, eve), "by somebody who is no reader")


def test_at_most_16_are_live_of_one_member_and_skill(world: World) -> None:
    assert EVIDENCE_LIMIT == 16
    for number in range(15):
        world.do(dan, world.evidence(own, ident(LETTERS[number])))
    world.refuse(dan, world.evidence(own, ident("two")), "more than 16 live")
    # Others have theirs, other skills too, and re-sealing adds none.
    world.do(rob, world.evidence(own, ident("two")))
    world.do(dan, world.evidence(solo, eve))
    world.do(dan, world.evidence(own, eve))
    world.do(rob, world.evidence(own, eve))
    # Only live ones count.
    edit = sealed(gone(own, eve), None) | world.evidence(own, ident("new"))
    world.do(dan, edit)
    world.refuse(dan, world.evidence(own, ident("more")), "more than 16 live")


def test_17_at_once_are_refused(world: World) -> None:
    edit = world.evidence(solo, ident("first"))
    for number in range(15):
        edit |= world.evidence(solo, ident(LETTERS[number]))
    world.refuse(dan, edit | world.evidence(solo, ident("last")), "more than 16 live")
    world.do(dan, edit)


def test_evidence_stays_when_its_author_is_removed(world: World) -> None:
    world.do(bot, world.evidence(team, eve))
    world.do(ada, world.expel(bot))
    assert world.state.skills[team].evidence[eve].author == bot
    world.do(cyd, world.evidence(team, eve))
    assert world.state.skills[team].evidence[eve].files[-1].refs == (f"{everyone}/2", f"{ops}/1")


def test_evidence_of_a_skill_that_is_not_there_is_refused(world: World) -> None:
    world.refuse(cyd, world.evidence(ident("none"), eve), "without access.json")
    world.refuse(cyd, sealed(gone(ident("none"), eve), None), "not there")
