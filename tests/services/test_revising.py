"""`restore` and `rename` are next versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import AccessError, ConflictError, NotFoundError, RefusedError, UsageError
from skillvault.services import checking, get, put, reading, revising
from skillvault.services.references import parse
from tests.people import Person, bare


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    """Ada with two versions of `one`, and `two`."""
    ada = Person("Ada", tmp_path / "ada")
    ada.init()
    put.put(ada.ctx, [ada.skill("one", "first\n", **{"old.txt": "x"})])
    (ada.home / "skills/one/old.txt").unlink()
    put.put(ada.ctx, [ada.skill("one", "second\n"), ada.skill("two")])
    return ada


def body(who: Person, reference: str) -> str:
    return reading.show(who.ctx, parse(reference)).file.data.decode()


def test_restore_brings_back_every_byte_as_the_next_version(ada: Person) -> None:
    done = revising.restore(ada.ctx, parse("one@1"))
    assert (done.name, done.version, done.before) == ("one", 3, 2)
    assert body(ada, "one") == body(ada, "one@1") != body(ada, "one@2")
    assert {f.path for f in done.files} == {"SKILL.md", "old.txt"}
    _, lines = reading.log(ada.ctx, parse("one"))
    assert lines[0].message == "restore @1"
    again = revising.restore(ada.ctx, parse("one@1"))
    assert again.entry is None
    assert again.version == 3
    back = revising.restore(ada.ctx, parse("one@2"), message="no, the other")
    assert back.version == 4
    assert body(ada, "one") == body(ada, "one@2")


@pytest.mark.parametrize(
    ("reference", "error"),
    [("one", UsageError), ("one@9", NotFoundError), ("none@1", NotFoundError)],
)
def test_restore_needs_a_version_that_is_there(
    ada: Person, reference: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        revising.restore(ada.ctx, parse(reference))


def test_rename_changes_the_name_and_its_line_in_the_front_matter(ada: Person) -> None:
    before = body(ada, "one")
    done = revising.rename(ada.ctx, parse("one"), "three")
    assert (done.name, done.version) == ("three", 3)
    assert body(ada, "three") == before.replace("name: one", "name: three")
    with pytest.raises(NotFoundError):
        body(ada, "one")
    folder = get.get(ada.ctx, parse("three"), ada.home).folder
    assert folder.name == "three"
    (folder / "SKILL.md").write_text(body(ada, "three") + "more\n")
    assert put.put(ada.ctx, [folder]).skills[0].version == 4
    old = revising.restore(ada.ctx, parse("three@1"))
    assert old.name == "one"


def test_rename_to_the_same_name_changes_nothing(ada: Person) -> None:
    assert revising.rename(ada.ctx, parse("one"), "one").entry is None


@pytest.mark.parametrize(
    ("reference", "new", "error"),
    [
        ("one", "two", ConflictError),
        ("one", "Two Words", RefusedError),
        ("one", "../up", RefusedError),
        ("one", "", RefusedError),
        ("one@1", "three", UsageError),
        ("none", "three", NotFoundError),
    ],
)
def test_names_that_are_taken_or_none_are_refused(
    ada: Person, reference: str, new: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        revising.rename(ada.ctx, parse(reference), new)
    assert body(ada, "one").startswith("---\nname: one\n")


def test_a_reader_neither_restores_nor_renames(tmp_path: Path) -> None:
    host = bare(tmp_path / "host.git")
    ada, bob = Person("Ada", tmp_path / "ada"), Person("Bob", tmp_path / "bob")
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one", "first\n")])
    ada.share("one", with_=str(bob.card_file()))
    put.put(ada.ctx, [ada.skill("one", "second\n")])
    checking.sync(ada.ctx)
    bob.clone(host, vault.state.vault_id)
    with pytest.raises(AccessError, match="not write it"):
        revising.restore(bob.ctx, parse("one@2"))
    with pytest.raises(AccessError, match="not write it"):
        revising.rename(bob.ctx, parse("one"), "three")
    # What was sealed before she could read it is not restored either.
    with pytest.raises(AccessError):
        revising.restore(bob.ctx, parse("one@1"))


def test_restore_and_rename_are_made_again_on_top_of_others(tmp_path: Path) -> None:
    host = bare(tmp_path / "host.git")
    ada, bob = Person("Ada", tmp_path / "ada"), Person("Bob", tmp_path / "bob")
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one", "first\n"), ada.skill("two")])
    put.put(ada.ctx, [ada.skill("one", "second\n")])
    ada.share("one", with_=str(bob.card_file()))
    bob.clone(host, vault.state.vault_id)
    put.put(bob.ctx, [bob.skill("other")])
    checking.sync(bob.ctx)
    revising.restore(ada.ctx, parse("one@1"))
    revising.rename(ada.ctx, parse("one"), "three")
    assert checking.sync(ada.ctx).synced.replayed == 2
    checking.sync(bob.ctx)
    assert body(bob, "three").endswith("first\n")
