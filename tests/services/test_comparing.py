"""What `diff` compares."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import AccessError, NotFoundError, SkillvaultError, UsageError
from skillvault.services import checking, comparing, get, put
from skillvault.services.references import parse
from tests.people import Person, bare


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    """Ada with three versions of `one` and a second skill."""
    ada = Person("Ada", tmp_path / "ada")
    ada.init()
    for body in ("first\n", "second\n", "third\n"):
        put.put(ada.ctx, [ada.skill("one", body)])
    put.put(ada.ctx, [ada.skill("two", "other\n")])
    return ada


@pytest.mark.parametrize(
    ("words", "old", "new"),
    [
        (["one"], "acme/one@2", "acme/one@3"),
        (["one@1"], "acme/one@1", "acme/one@3"),
        (["one@3"], "acme/one@2", "acme/one@3"),
        (["one@1", "@2"], "acme/one@1", "acme/one@2"),
        (["one@3", "one@1"], "acme/one@3", "acme/one@1"),
        (["one", "two"], "acme/one@3", "acme/two@1"),
        (["two"], "nothing", "acme/two@1"),
        (["two@1"], "nothing", "acme/two@1"),
    ],
    ids=" ".join,
)
def test_versions(ada: Person, words: list[str], old: str, new: str) -> None:
    done = comparing.compare(ada.ctx, *words)
    assert (done.old.label, done.new.label) == (old, new)
    assert [d.path for d in done.differences] == ["SKILL.md"]


def test_a_folder_against_the_version_that_it_came_from(ada: Person) -> None:
    folder = get.get(ada.ctx, parse("one@1"), ada.home / "out").folder
    assert comparing.compare(ada.ctx, f"{folder}").differences == ()
    (folder / "more.txt").write_text("x")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    done = comparing.compare(ada.ctx, f"{folder}/")
    assert done.old.label == "acme/one@1"
    assert [(d.path, d.old is None) for d in done.differences] == [
        ("more.txt", True),
        ("run.sh", True),
    ]
    turned = comparing.compare(ada.ctx, "one@1", str(folder))
    assert turned.differences == done.differences
    alone = comparing.compare(ada.ctx, "one@3", str(folder), file="SKILL.md")
    assert [d.path for d in alone.differences] == ["SKILL.md"]


def test_a_folder_without_a_record_is_compared_by_its_name(ada: Person, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "SKILL.md").write_text("---\nname: one\ndescription: How we do one.\n---\nthird\n")
    done = comparing.compare(ada.ctx, str(folder))
    assert done.old.label == "acme/one@3"
    assert done.differences == ()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["none"], NotFoundError),
        (["one", "@9"], NotFoundError),
        (["one@9"], NotFoundError),
        (["one", "/nowhere/at/all"], NotFoundError),
        (["/tmp", "/tmp"], UsageError),
        (["one", "@x"], UsageError),
        (["one", "a b/c/d"], SkillvaultError),
    ],
    ids=str,
)
def test_what_is_not_there_or_makes_no_sense(
    ada: Person, words: list[str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        comparing.compare(ada.ctx, *words)


def test_a_file_that_neither_side_has(ada: Person) -> None:
    with pytest.raises(NotFoundError, match="on either side"):
        comparing.compare(ada.ctx, "one", file="no.md")


def test_a_version_from_before_i_could_read_it(tmp_path: Path) -> None:
    host = bare(tmp_path / "host.git")
    ada, bob = Person("Ada", tmp_path / "ada"), Person("Bob", tmp_path / "bob")
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one", "first\n")])
    put.put(ada.ctx, [ada.skill("one", "second\n")])
    ada.share("one", with_=str(bob.card_file()))
    checking.sync(ada.ctx)
    bob.clone(host, vault.state.vault_id)
    with pytest.raises(AccessError):
        comparing.compare(bob.ctx, "one")
