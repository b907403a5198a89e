"""`put` of a folder that came from an older version: merged, or refused and nothing changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import ConflictError, NotFoundError
from skillvault.services import checking, get, opening, put
from skillvault.services.bases import Bases
from skillvault.services.put import PutSkill
from skillvault.services.references import parse
from tests.people import Person, bare, copied

TOP = "---\nname: one\ndescription: How we do one.\n---\n"
LATER = 1_790_001_000.0
BODY = "first\n\nsecond\n\nthird\n"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada owns `one`, Bob may write it and has a folder of @1."""
    root = tmp_path_factory.mktemp("two")
    host = bare(root / "host.git")
    ada, bob = Person("Ada", root / "ada"), Person("Bob", root / "bob")
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one", BODY, **{"a.md": "a\n"})])
    ada.share("one", with_=str(bob.card_file()), write=True)
    bob.clone(host, vault.state.vault_id)
    get.get(bob.ctx, parse("one"), bob.home)
    return root


@pytest.fixture
def two(template: Path, tmp_path: Path) -> tuple[Person, Person]:
    """A copy of the template's people."""
    root = copied(template, tmp_path / "two")
    return Person("Ada", root / "ada", clock=LATER), Person("Bob", root / "bob", clock=LATER)


def write(folder: Path, body: str, a_md: str = "a\n") -> Path:
    (folder / "SKILL.md").write_text(TOP + body)
    (folder / "a.md").write_text(a_md)
    return folder


def ada_writes(ada: Person, bob: Person, body: str = "FIRST\n\nsecond\n\nthird\n") -> None:
    put.put(ada.ctx, [write(ada.home / "skills" / "one", body)])
    checking.sync(ada.ctx)
    checking.sync(bob.ctx)


def bob_puts(bob: Person, onto: int | None = None) -> PutSkill:
    return put.put(bob.ctx, [bob.home / "one"], onto=onto).skills[0]


def test_it_is_merged_and_the_folder_gets_the_result(two: tuple[Person, Person]) -> None:
    ada, bob = two
    ada_writes(ada, bob)
    folder = write(bob.home / "one", "first\n\nsecond\n\nTHIRD\n", "A\n")
    done = bob_puts(bob)
    assert (done.version, done.change, done.merged) == (3, "changed", 2)
    assert (folder / "SKILL.md").read_text() == f"{TOP}FIRST\n\nsecond\n\nTHIRD\n"
    assert (folder / "a.md").read_text() == "A\n"
    base = Bases(bob.paths).of(folder.resolve())
    assert base is not None
    assert base.content == done.content
    again = bob_puts(bob)
    assert (again.change, again.merged) == ("unchanged", None)


def test_a_folder_that_nobody_touched_is_brought_up_to_date(two: tuple[Person, Person]) -> None:
    ada, bob = two
    ada_writes(ada, bob)
    done = bob_puts(bob)
    assert (done.version, done.change, done.merged) == (2, "unchanged", 2)
    assert "FIRST" in (bob.home / "one" / "SKILL.md").read_text()


def test_a_conflict_changes_nothing(two: tuple[Person, Person]) -> None:
    ada, bob = two
    ada_writes(ada, bob)
    folder = write(bob.home / "one", "other\n\nsecond\n\nthird\n")
    before = opening.open_vault(bob.ctx).local.commit
    base = Bases(bob.paths).of(folder.resolve())
    with pytest.raises(ConflictError, match="came from @1, the vault is at @2; they conflict: SK"):
        bob_puts(bob)
    assert opening.open_vault(bob.ctx).local.commit == before
    assert Bases(bob.paths).of(folder.resolve()) == base
    assert (folder / "SKILL.md").read_text() == f"{TOP}other\n\nsecond\n\nthird\n"


def test_onto_states_the_base(two: tuple[Person, Person]) -> None:
    ada, bob = two
    ada_writes(ada, bob)
    folder = write(bob.home / "one", "other\n\nsecond\n\nthird\n")
    done = bob_puts(bob, onto=2)
    assert (done.version, done.merged) == (3, None)
    assert (folder / "SKILL.md").read_text() == f"{TOP}other\n\nsecond\n\nthird\n"
    write(folder, "else\n")
    with pytest.raises(NotFoundError, match="there is no @9"):
        bob_puts(bob, onto=9)


def test_onto_an_older_version_merges_from_there(two: tuple[Person, Person]) -> None:
    ada, bob = two
    ada_writes(ada, bob)
    own = bob.skill("one", BODY, **{"a.md": "A\n"})
    done = put.put(bob.ctx, [own], onto=1).skills[0]
    assert (done.version, done.merged) == (3, 2)
    assert "FIRST" in (own / "SKILL.md").read_text()


def test_a_folder_of_a_version_that_was_merged_since_reverts_nothing(
    two: tuple[Person, Person],
) -> None:
    """What the folder came from is in no line any more: the sync merged it with Ada's."""
    ada, bob = two
    folder = write(bob.home / "one", "first\n\nsecond\n\nTHIRD\n")
    bob_puts(bob)
    put.put(ada.ctx, [write(ada.home / "skills" / "one", "FIRST\n\nsecond\n\nthird\n")])
    checking.sync(ada.ctx)
    checking.sync(bob.ctx)
    write(folder, "first\n\nsecond\n\nTHIRD, and more\n")
    done = bob_puts(bob)
    assert (done.version, done.merged) == (4, 3)
    assert (folder / "SKILL.md").read_text() == f"{TOP}FIRST\n\nsecond\n\nTHIRD, and more\n"
    checking.sync(bob.ctx)
    assert opening.open_vault(bob.ctx).workbench.all() == []


def test_without_a_record_of_that_version_it_is_refused(two: tuple[Person, Person]) -> None:
    ada, bob = two
    folder = write(bob.home / "one", "first\n\nsecond\n\nTHIRD\n")
    bob_puts(bob)
    put.put(ada.ctx, [write(ada.home / "skills" / "one", "FIRST\n\nsecond\n\nthird\n")])
    checking.sync(ada.ctx)
    checking.sync(bob.ctx)
    bench = opening.open_vault(bob.ctx).workbench
    for work in bench.all():
        bench.drop(work)
    write(folder, "first\n\nsecond\n\nTHIRD, and more\n")
    with pytest.raises(ConflictError, match="merged since, the vault is at @3, and that one does"):
        bob_puts(bob)


def test_get_replaces_a_folder_of_a_version_that_was_merged_since(
    two: tuple[Person, Person],
) -> None:
    """Nobody touched the folder since it was put: no edit is lost."""
    ada, bob = two
    folder = write(bob.home / "one", "first\n\nsecond\n\nTHIRD\n")
    bob_puts(bob)
    put.put(ada.ctx, [write(ada.home / "skills" / "one", "FIRST\n\nsecond\n\nthird\n")])
    checking.sync(ada.ctx)
    checking.sync(bob.ctx)
    assert get.get(bob.ctx, parse("one"), bob.home).changed
    assert (folder / "SKILL.md").read_text() == f"{TOP}FIRST\n\nsecond\n\nTHIRD\n"
