"""One skill as a screen shows it: which version opens, what its history and its readers are."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import AccessError, NotFoundError
from skillvault.services import leafing, put, removing, ungrouping
from skillvault.services.browsing import Desk, Key
from skillvault.services.leafing import Leaf
from skillvault.services.references import parse
from skillvault.skill.files import SkillFile
from tests.crew import Crew, agree
from tests.people import Person


@pytest.fixture
def crew(tmp_path: Path) -> Crew:
    """Ada's `review` has two versions; Bob may read it from the second on."""
    crew = Crew.of(tmp_path, remote=True, bob="member")
    ada = crew["ada"]
    put.put(ada.ctx, [ada.skill("review", "One.\n")], message="begun")
    put.put(ada.ctx, [ada.skill("review", "Two.\n", **{"more.md": "More.\n"})], message="more")
    ada.share("review", with_="Bob")
    return crew


def key(crew: Crew) -> Key:
    (skill,) = crew.vault().state.skills
    return "acme", skill


def leaf(person: Person, at: Key, version: int | None = None) -> Leaf:
    return leafing.leaf(person.ctx, Desk(), at, version)


def test_the_newest_and_an_older_version(crew: Crew) -> None:
    ada, at = crew["ada"], key(crew)
    newest, first = leaf(ada, at), leaf(ada, at, 1)
    assert (newest.label, newest.newest, newest.writes, newest.owns) == ("review@2", 2, True, True)
    assert (first.label, first.newest, first.author) == ("review@1", 2, "Ada")
    assert newest.file("more.md") is not None
    assert first.file("more.md") is None


def test_who_may_only_read(crew: Crew) -> None:
    at = key(crew)
    crew.vault("bob")
    found = leaf(crew["bob"], at)
    assert (found.version, found.writes, found.owns) == (2, False, False)


def test_a_version_from_before_one_could_read(crew: Crew) -> None:
    at = key(crew)
    crew.vault("bob")
    with pytest.raises(AccessError, match="not sealed to any key of yours") as refused:
        leaf(crew["bob"], at, 1)
    assert "from @2 on" in (refused.value.hint or "")
    with pytest.raises(AccessError):
        leafing.changes(crew["bob"].ctx, Desk(), at, 1, 2)
    lines = leafing.versions(crew["bob"].ctx, Desk(), at)
    assert [(line.number, line.message) for line in lines] == [(2, "more"), (1, None)]


@pytest.mark.parametrize("version", [0, 3, 10**9, -1])
def test_a_version_that_there_is_not(crew: Crew, version: int) -> None:
    with pytest.raises(NotFoundError, match="no such version"):
        leaf(crew["ada"], key(crew), version)


def test_a_skill_that_was_taken_away(crew: Crew) -> None:
    at = key(crew)
    crew.vault("bob")
    crew["ada"].unshare("review", from_="Bob")
    crew.vault("bob")
    for look in (leafing.leaf, leafing.versions, leafing.access):
        with pytest.raises(AccessError, match="not shared with you any more"):
            look(crew["bob"].ctx, Desk(), at)


def test_a_skill_that_was_removed_or_never_was(crew: Crew) -> None:
    at = key(crew)
    removing.remove(crew["ada"].ctx, parse("review"), approve=lambda _: True)
    for gone in (at, ("acme", "a" * 16)):
        with pytest.raises(AccessError, match="it was removed"):
            leaf(crew["ada"], gone)
        assert leafing.runs(crew["ada"].ctx, Desk(), gone) == []


def test_what_each_version_changed(crew: Crew) -> None:
    ada, at = crew["ada"], key(crew)

    def changes(old: int, new: int) -> list[tuple[str, str]]:
        return [(d.path, d.change) for d in leafing.changes(ada.ctx, Desk(), at, old, new)]

    assert changes(1, 2) == [("SKILL.md", "changed"), ("more.md", "added")]
    assert changes(2, 1) == [("SKILL.md", "changed"), ("more.md", "removed")]
    assert changes(0, 1) == [("SKILL.md", "added")]
    assert changes(2, 2) == []


def test_who_reads_it_and_how_many_that_are(crew: Crew) -> None:
    found = leafing.access(crew["ada"].ctx, Desk(), key(crew))
    assert [grant.label for grant in found.grants] == ["Ada", "Bob"]
    assert found.keyholders == 2


def test_a_desk_that_stays_open_follows_what_others_write(crew: Crew) -> None:
    ada, at, desk = crew["ada"], key(crew), Desk()
    assert leafing.leaf(ada.ctx, desk, at).version == 2
    put.put(ada.ctx, [ada.skill("review", "Three.\n")])
    assert leafing.leaf(ada.ctx, desk, at).version == 3
    crew["ada"].unshare("review", from_="Bob")
    assert leafing.access(ada.ctx, desk, at).keyholders == 1


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a\n", "a\n"),
        (b"\xef\xbb\xbfa", "a"),
        (b"", ""),
        (b"a\0b", None),
        (b"\xff\xfe", None),
        (b"\xed\xa0\x80", None),
    ],
)
def test_what_is_text(data: bytes, text: str | None) -> None:
    assert leafing.text_of(SkillFile("x", data, "644")) == text


@pytest.mark.parametrize(
    ("path", "markdown"),
    [("a.md", True), ("A.MD", True), ("b.markdown", True), ("md", False), ("a.md.txt", False)],
)
def test_what_is_rendered(path: str, markdown: bool) -> None:
    assert leafing.is_markdown(path) is markdown


def test_who_reads_through_a_closed_group_and_what_that_means(crew: Crew) -> None:
    from skillvault.services import grouping

    ada, at = crew["ada"], key(crew)
    grouping.new(ada.ctx, "payments", ["Bob"], approve=agree)
    ada.share("review", with_="payments")
    ungrouping.remove(ada.ctx, "payments", ["Ada"], approve=agree)
    group = leafing.access(ada.ctx, Desk(), at).grants[-1]
    assert group.label == "payments"
    assert "closed: Bob opens it" in (group.closed or "")
