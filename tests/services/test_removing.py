"""Removing a skill, and what others do to it meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import AccessError, NotFoundError, UsageError
from skillvault.services import checking, finding, get, opening, put, removing, sharing
from skillvault.services.references import parse
from skillvault.services.removing import Removal, Removed
from tests.people import Person, bare, yes


@pytest.fixture
def two(tmp_path: Path) -> tuple[Person, Person]:
    """Ada owns `one`, Bob may write it; both are up to date."""
    host = bare(tmp_path / "host.git")
    ada, bob = Person("Ada", tmp_path / "ada"), Person("Bob", tmp_path / "bob")
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one"), ada.skill("two")])
    ada.share("one", with_=str(bob.card_file()), write=True)
    bob.clone(host, vault.state.vault_id)
    return ada, bob


def remove(who: Person, name: str) -> Removed:
    done = removing.remove(who.ctx, parse(name), approve=lambda _: True)
    assert done is not None
    return done


def names(who: Person) -> list[str]:
    vault = opening.open_vault(who.ctx)
    return [f.summary.name for f in finding.readable(who.ctx, vault)]


def write(who: Person, name: str, body: str) -> None:
    copy = get.get(who.ctx, parse(name), who.home, force=True).folder
    (copy / "SKILL.md").write_text(f"---\nname: {name}\ndescription: d\n---\n{body}\n")
    put.put(who.ctx, [copy])


def test_what_goes_is_shown_first_and_no_means_no(two: tuple[Person, Person]) -> None:
    ada, _ = two
    seen: list[Removal] = []

    def no(removal: Removal) -> bool:
        seen.append(removal)
        return False

    assert removing.remove(ada.ctx, parse("one"), approve=no) is None
    assert [(r.name, r.versions, r.people, r.pushed) for r in seen] == [
        ("one", 1, ("Ada", "Bob"), True)
    ]
    assert names(ada) == ["one", "two"]


def test_a_removed_skill_is_gone_for_everybody_and_its_name_is_free(
    two: tuple[Person, Person],
) -> None:
    ada, bob = two
    done = remove(ada, "one")
    assert done.unpushed == 1
    assert set(done.entry.changes.values()) == {None}
    assert done.entry.content == {}
    assert names(ada) == ["two"]
    with pytest.raises(NotFoundError):
        get.get(ada.ctx, parse("one"), ada.home)
    assert names(bob) == ["one"]
    mine = checking.sync(ada.ctx)
    assert mine.news.skills == ()
    theirs = checking.sync(bob.ctx)
    assert theirs.news.skills == ("one was removed",)
    assert names(bob) == []
    again = put.put(ada.ctx, [ada.skill("one", "anew\n")])
    assert [(s.change, s.version) for s in again.skills] == [("new", 1)]
    assert names(ada) == ["one", "two"]
    checking.sync(ada.ctx)
    assert checking.verify(ada.ctx).error is None


def test_only_its_owner_and_admins_remove_it(two: tuple[Person, Person]) -> None:
    _, bob = two
    with pytest.raises(AccessError, match="only its owner and admins") as caught:
        remove(bob, "one")
    assert caught.value.hint == "ask Ada"
    assert names(bob) == ["one"]


@pytest.mark.parametrize("name", ["one@1", "nothing"])
def test_one_version_or_no_skill_is_not_removed(two: tuple[Person, Person], name: str) -> None:
    with pytest.raises((UsageError, NotFoundError)):
        remove(two[0], name)
    assert names(two[0]) == ["one", "two"]


def test_an_edit_wins_over_a_removal_that_was_not_pushed(two: tuple[Person, Person]) -> None:
    ada, bob = two
    write(bob, "one", "bob's")
    checking.sync(bob.ctx)
    remove(ada, "one")
    remove(ada, "two")
    ada.warnings.clear()
    report = checking.sync(ada.ctx)
    assert [w for w in ada.warnings if "not removed, because Bob wrote @2" in w]
    assert report.synced.pushed == 1  # the other removal
    assert names(ada) == ["one"]
    assert opening.open_vault(ada.ctx).unpushed == 0
    remove(ada, "one")
    checking.sync(ada.ctx)
    assert names(ada) == []


def test_it_is_told_too_where_a_share_syncs_first(two: tuple[Person, Person]) -> None:
    ada, bob = two
    write(bob, "one", "bob's")
    checking.sync(bob.ctx)
    remove(ada, "one")
    ada.warnings.clear()
    sharing.share(ada.ctx, [parse("two")], ["Bob"], approve=yes)
    assert [w for w in ada.warnings if "one: not removed" in w]


def test_a_removal_is_made_again_on_top_of_what_others_did(two: tuple[Person, Person]) -> None:
    ada, bob = two
    put.put(bob.ctx, [bob.skill("other")])
    checking.sync(bob.ctx)
    put.put(ada.ctx, [ada.skill("three")])
    remove(ada, "three")
    remove(ada, "one")
    report = checking.sync(ada.ctx)
    assert report.synced.replayed == 3
    assert names(ada) == ["two"]
    checking.sync(bob.ctx)
    assert names(bob) == ["other"]


def test_removed_on_both_sides_is_removed_once(two: tuple[Person, Person], tmp_path: Path) -> None:
    ada, _ = two
    laptop = Person("Ada", tmp_path / "laptop")
    laptop.paths.identities.mkdir(parents=True)
    for key in ada.paths.identities.iterdir():
        (laptop.paths.identities / key.name).write_bytes(key.read_bytes())
    vault = opening.open_vault(ada.ctx)
    laptop.clone(Path(str(vault.notes.remote)), vault.state.vault_id)
    remove(ada, "two")
    checking.sync(ada.ctx)
    remove(laptop, "two")
    report = checking.sync(laptop.ctx)
    assert report.synced.pushed == 0
    assert opening.open_vault(laptop.ctx).unpushed == 0
    assert not [w for w in laptop.warnings if "not removed" in w]


def test_an_edit_of_what_others_removed_stays_here(two: tuple[Person, Person]) -> None:
    ada, bob = two
    write(bob, "one", "bob's")
    remove(ada, "one")
    checking.sync(ada.ctx)
    checking.sync(bob.ctx)
    assert [w for w in bob.warnings if "one: it was removed meanwhile" in w]
    vault = opening.open_vault(bob.ctx)
    assert vault.unpushed == 0
    (work,) = vault.workbench.all()
    assert b"bob's" in work.text.files[0].data
