"""What a screen shows of skills: shelves, copies, results; vaults that stay open."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from skillvault.errors import AccessError, NotFoundError, UsageError
from skillvault.services import browsing, installing, put, reachable, sampling
from skillvault.services.browsing import Desk
from skillvault.services.references import parse
from skillvault.services.unlocking import Unlocked
from tests.people import Person


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    """Ada with a vault of two skills."""
    person = Person("Ada", tmp_path / "ada")
    person.init()
    put.put(person.ctx, [person.skill("one"), person.skill("two", "A needle.\n")])
    return person


def test_a_shelf_has_every_skill_and_how_the_vault_stands(ada: Person) -> None:
    shelf = browsing.look(ada.ctx, Desk(), "acme")
    assert [row.found.summary.name for row in shelf.rows] == ["one", "two"]
    assert (shelf.member, shelf.remote, shelf.unpushed, shelf.seq) == ("Ada", None, 0, 1)
    assert not any(row.unpushed for row in shelf.rows), "without a remote nothing waits"
    assert all(shelf.audience[row.skill] == ((), 0) for row in shelf.rows)


def test_who_reads_besides_me(ada: Person, tmp_path: Path) -> None:
    bob = Person("Bob", tmp_path / "bob")
    ada.share("one", with_=str(bob.card_file()))
    ada.share("two", with_="everyone")
    shelf = browsing.look(ada.ctx, Desk(), "acme")
    heard = {row.found.summary.name: shelf.audience[row.skill] for row in shelf.rows}
    assert heard == {"one": ((), 1), "two": ((("everyone", 2),), 0)}


def test_a_vault_that_does_not_open_says_why(ada: Person) -> None:
    shutil.rmtree(ada.paths.vault("acme"))
    shelf = browsing.look(ada.ctx, Desk(), "acme")
    assert isinstance(shelf.problem, NotFoundError)
    assert shelf.rows == ()


def test_a_stranger_sees_why_there_is_nothing(ada: Person, tmp_path: Path) -> None:
    eve = Person("Eve", tmp_path / "eve", answer=True)
    eve.keygen()
    eve.clone(ada.paths.vault("acme"))
    shelf = browsing.look(eve.ctx, Desk(), "acme")
    assert isinstance(shelf.problem, AccessError)
    assert shelf.rows == ()


def test_a_desk_keeps_a_vault_open_and_follows_other_processes(ada: Person) -> None:
    desk = Desk()
    with desk.vault(ada.ctx, "acme") as first:
        before = browsing.stamp(ada.ctx, "acme")
    put.put(ada.ctx, [ada.skill("three")])
    with desk.vault(ada.ctx, "acme") as again:
        assert again is first
        assert len(again.state.skills) == 3
    assert browsing.stamp(ada.ctx, "acme") != before
    desk.close()
    with desk.vault(ada.ctx, "acme") as other:
        assert other is not first


def test_a_desk_does_not_serve_a_forgotten_vault(ada: Person) -> None:
    desk = Desk()
    with desk.vault(ada.ctx, "acme"):
        pass
    (ada.paths.state / "vaults" / "acme.json").unlink()
    with pytest.raises(NotFoundError), desk.vault(ada.ctx, "acme"):
        pass


def test_where_one_begins(ada: Person, tmp_path: Path) -> None:
    assert browsing.first(ada.ctx, None) == "acme"
    ada.init("other")
    assert browsing.first(ada.ctx, None) is None
    assert browsing.first(ada.ctx, "other") == "other"
    with pytest.raises(NotFoundError):
        browsing.first(ada.ctx, "nowhere")
    assert browsing.first(Person("New", tmp_path / "new").ctx, None) is None


def test_copies_are_told_and_the_worst_of_several(ada: Person) -> None:
    ada.environ["HOME"] = str(ada.home)
    made = installing.install(ada.ctx, [parse("one")], ["claude", "agents"])
    shelf = browsing.look(ada.ctx, Desk(), "acme")
    key = ("acme", shelf.rows[0].skill)
    assert browsing.copies(ada.ctx, Desk(), "acme") == {key: "installed"}
    (made[1].folder / "SKILL.md").write_text("changed")
    states = browsing.copies(ada.ctx, Desk(), "acme")
    assert states == {key: "edited"}
    first, second = browsing.lines([shelf], states)
    assert (browsing.state(first), browsing.state(second)) == ("edited", "")


def test_words_in_the_texts(ada: Person) -> None:
    found = browsing.in_bodies(ada.ctx, Desk(), ["acme"], "needle")
    shelf = browsing.look(ada.ctx, Desk(), "acme")
    assert list(found) == [("acme", shelf.rows[1].skill)]
    with pytest.raises(UsageError):
        browsing.in_bodies(ada.ctx, Desk(), ["acme"], "...")


@pytest.mark.parametrize("by", browsing.SORTS)
def test_every_order_holds_for_every_line(ada: Person, by: str) -> None:
    lines = browsing.lines([browsing.look(ada.ctx, Desk(), "acme")])
    found = browsing.ordered(lines, by)
    assert len(found) == 2
    assert set(browsing.ordered(lines, by, reverse=True)) == set(found)


def test_with_whom_one_can_share(ada: Person, tmp_path: Path) -> None:
    bob = Person("Bob", tmp_path / "bob")
    ada.share("one", with_=str(bob.card_file()))
    skills = [row.skill for row in browsing.look(ada.ctx, Desk(), "acme").rows]
    with Desk().vault(ada.ctx, "acme") as vault:
        everyone, other = reachable.choices(vault, skills[:1])
        assert (everyone.label, everyone.note, everyone.reads) == ("everyone", "group of 2", False)
        assert (other.label, other.is_group, other.reads) == ("Bob", False, True)
        assert not reachable.choices(vault, skills)[1].reads, "not all of them"
        assert reachable.not_mine(vault, skills) == []


def test_the_sample_is_whole_and_goes_away(tmp_path: Path) -> None:
    new = Person("New", tmp_path / "new")
    sample = sampling.make(new.ctx)
    place = sample.paths.config.parent
    try:
        shelf = browsing.look(sample, Desk(), sampling.NAME)
        assert shelf.problem is None
        assert sorted(r.found.summary.name for r in shelf.rows) == sorted(sampling.SKILLS)
        assert place.stat().st_mode & 0o077 == 0
        assert "SKILLVAULT_KEY" not in sample.environ
    finally:
        sampling.throw_away(sample)
    assert not place.exists()
    assert not new.paths.data.exists()


def test_what_is_unlocked_is_opened_once_and_forgotten(tmp_path: Path) -> None:
    key = tmp_path / "default.key"
    key.write_text("a")
    unlocked, opened = Unlocked(), list[str]()

    def unlock() -> object:
        opened.append(key.read_text())
        return opened[-1]

    for _ in range(2):
        unlocked.open(key, unlock)  # type: ignore[arg-type]  # any object will do here
    assert opened == ["a"]
    key.write_text("another")
    unlocked.open(key, unlock)  # type: ignore[arg-type]  # as above
    unlocked.forget()
    assert unlocked.is_empty
    unlocked.open(key, unlock)  # type: ignore[arg-type]  # as above
    assert opened == ["a", "another", "another"]
