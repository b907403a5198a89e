"""A name always means the skill that it meant; a folder knows which version it came from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from skillvault.errors import (
    AccessError,
    ConflictError,
    NotFoundError,
    RefusedError,
    SkillvaultError,
    UsageError,
)
from skillvault.services import checking, get, put, reading
from skillvault.services.references import Reference, parse
from tests.people import Person, bare


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    return Person("Ada Lovelace", tmp_path / "ada")


@pytest.fixture
def bob(tmp_path: Path) -> Person:
    return Person("Bob Barker", tmp_path / "bob")


@pytest.fixture
def shared_vault(ada: Person, bob: Person, tmp_path: Path) -> str:
    """Ada's skill `review`, which Bob may read; both are in sync."""
    host = bare(tmp_path / "host.git")
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("review", "the real one\n")])
    ada.share("review", with_=str(bob.card_file()))
    bob.clone(host, vault.state.vault_id)
    return vault.state.vault_id


@pytest.mark.usefixtures("shared_vault")
def test_an_impostor_of_the_same_name_is_not_taken_for_the_skill(ada: Person, bob: Person) -> None:
    reading.show(ada.ctx, parse("review"))
    put.put(bob.ctx, [bob.skill("review", "the impostor\n")], new=True)
    bob.share("review~" + _ids(bob, mine=True)[0], with_="Ada Lovelace")
    checking.sync(ada.ctx)
    with pytest.raises(NotFoundError, match="2 skills have this name") as caught:
        reading.show(ada.ctx, parse("review"))
    assert "Bob Barker" in caught.value.problem
    mine = _ids(ada, mine=True)[0]
    assert b"the real one" in reading.show(ada.ctx, parse(f"review~{mine}")).file.data


def _ids(person: Person, *, mine: bool) -> list[str]:
    vault = reading.open_for_list(person.ctx, None)[0]
    skills = vault.state.skills.items()
    return [i for i, s in skills if (s.owner == vault.me) is mine]


@pytest.mark.usefixtures("shared_vault")
def test_a_name_that_means_another_skill_than_last_time_is_asked_about(
    ada: Person, bob: Person
) -> None:
    reading.show(bob.ctx, parse("review"))
    ada.unshare("review", from_="Bob Barker")
    other = ada.home / "other" / "review"
    other.parent.mkdir()
    shutil.copytree(ada.home / "skills" / "review", other)
    put.put(ada.ctx, [other], new=True)
    vault = reading.open_for_list(ada.ctx, None)[0]
    newest = max(vault.state.skills, key=lambda s: vault.state.skills[s].versions[0].seq)
    ada.share(f"review~{newest}", with_="Bob Barker")
    checking.sync(bob.ctx)
    with pytest.raises(NotFoundError, match="last time this name meant"):
        reading.show(bob.ctx, parse("review"))
    bob.answer = True
    reading.show(bob.ctx, parse("review"))
    bob.answer = False
    reading.show(bob.ctx, parse("review"))


@pytest.mark.usefixtures("shared_vault")
def test_a_reader_who_puts_a_folder_of_that_name_is_told_whom_to_ask(
    ada: Person, bob: Person
) -> None:
    with pytest.raises(AccessError, match="not write it") as caught:
        put.put(bob.ctx, [bob.skill("review", "mine\n")])
    assert "Ada Lovelace" in (caught.value.hint or "")
    assert put.put(bob.ctx, [bob.skill("review", "mine\n")], new=True).skills[0].change == "new"


@pytest.mark.usefixtures("shared_vault")
def test_a_folder_without_a_record_does_not_overwrite_somebody_elses_version(
    ada: Person, bob: Person
) -> None:
    ada.share("review", with_="Bob Barker", write=True)
    checking.sync(bob.ctx)
    with pytest.raises(ConflictError, match="no record of where it came from"):
        put.put(bob.ctx, [bob.skill("review", "bob\n")])
    assert put.put(bob.ctx, [bob.skill("review", "bob\n")], onto=1).skills[0].version == 2


def test_local_edits_are_not_overwritten_without_force(ada: Person) -> None:
    ada.init()
    put.put(ada.ctx, [ada.skill("review")])
    folder = get.get(ada.ctx, parse("review"), ada.home / "out").folder
    assert not get.get(ada.ctx, parse("review"), ada.home / "out").changed
    (folder / "SKILL.md").write_text("---\nname: review\ndescription: d\n---\nedited\n")
    with pytest.raises(ConflictError, match="edits that no version holds"):
        get.get(ada.ctx, parse("review"), ada.home / "out")
    assert "edited" in (folder / "SKILL.md").read_text()
    get.get(ada.ctx, parse("review"), ada.home / "out", force=True)
    assert "edited" not in (folder / "SKILL.md").read_text()


def test_an_old_version_left_untouched_is_replaced_by_a_newer_one(ada: Person) -> None:
    ada.init()
    put.put(ada.ctx, [ada.skill("review", "one\n", **{"old.txt": "x"})])
    folder = get.get(ada.ctx, parse("review"), ada.home / "out").folder
    (ada.home / "skills/review/old.txt").unlink()
    put.put(ada.ctx, [ada.skill("review", "two\n")])
    get.get(ada.ctx, parse("review"), ada.home / "out")
    assert sorted(p.name for p in folder.iterdir()) == ["SKILL.md"]


def test_a_link_in_place_of_the_folder_is_refused(ada: Person) -> None:
    ada.init()
    put.put(ada.ctx, [ada.skill("review")])
    (ada.home / "out").mkdir()
    (ada.home / "out/review").symlink_to(ada.home / "skills")
    with pytest.raises(RefusedError, match="no folder"):
        get.get(ada.ctx, parse("review"), ada.home / "out", force=True)


def test_two_folders_of_one_name_are_refused(ada: Person) -> None:
    ada.init()
    one = ada.skill("review")
    twin = ada.home / "twin" / "review"
    shutil.copytree(one, twin)
    with pytest.raises(UsageError, match="two folders of this name"):
        put.put(ada.ctx, [one, twin])


@pytest.mark.parametrize("name", ["with space", "-leading", "\u00fcml\u00e4ut", "a'b\"c"])
def test_paths_with_spaces_unicode_and_dashes_work(ada: Person, name: str) -> None:
    ada.init()
    folder = ada.home / name / "review"
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text("---\nname: review\ndescription: d\n---\nx\n")
    (folder / name).write_text(name)
    (folder / name / "..").resolve()
    put.put(ada.ctx, [folder])
    got = get.get(ada.ctx, parse("review"), ada.home / f"{name} out").folder
    assert (got / name).read_text() == name


def test_a_folder_that_is_no_skill_changes_nothing(ada: Person) -> None:
    vault = ada.init()
    good, empty = ada.skill("review"), ada.home / "empty"
    empty.mkdir()
    for bad in (empty, ada.home / "missing"):
        with pytest.raises(SkillvaultError):
            put.put(ada.ctx, [good, bad])
    assert checking.status(ada.ctx).seq == vault.state.seq == 0


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("review", Reference("review")),
        ("acme/review", Reference("review", vault="acme")),
        ("acme/review~ab2@12", Reference("review", vault="acme", id="ab2", version=12)),
        ("Code Review@1", Reference("Code Review", version=1)),
    ],
)
def test_references(text: str, reference: Reference) -> None:
    assert parse(text) == reference
    assert str(reference) == text


@pytest.mark.parametrize(
    "text", ["", "a/b/c", "x@0", "x@", "x~", "x~ABC", "/x", "x@1@2", "x@99999999999"]
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


def test_with_two_vaults_a_reading_command_needs_a_unique_name_only(ada: Person) -> None:
    ada.init("one")
    ada.init("two")
    put.put(ada.ctx, [ada.skill("review")], vault="one")
    assert reading.show(ada.ctx, parse("review")).located.vault.name == "one"
    put.put(ada.ctx, [ada.skill("review")], vault="two")
    with pytest.raises(UsageError, match="in several vaults: one/review, two/review"):
        reading.show(ada.ctx, parse("review"))
    assert reading.show(ada.ctx, parse("two/review")).located.vault.name == "two"
    with pytest.raises(UsageError, match="2 on this machine"):
        put.put(ada.ctx, [ada.skill("other")])
