"""The notes of a vault, as an older version of skillvault left them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from skillvault import age
from skillvault.services import opening, put, reading
from skillvault.services.references import parse
from skillvault.vault.notebook import VERSION, Notebook
from tests.people import Person


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    person = Person("Ada", tmp_path / "ada")
    person.init()
    put.put(person.ctx, [person.skill("review")])
    return person


def rewrite(book: Notebook, version: int) -> None:
    said = json.loads(age.decrypt(book.path.read_bytes(), [book.identity.key]))
    assert said["version"] == VERSION
    said["version"] = version
    said["summaries"] = {k: v[:-2] for k, v in said["summaries"].items()}
    recipient = age.parse_recipient(book.identity.recipient)
    book.path.write_bytes(age.encrypt(json.dumps(said).encode(), [recipient]))


@pytest.mark.parametrize(("version", "kept"), [(3, True), (2, False), (VERSION + 1, False)])
def test_of_an_older_one_what_names_meant_is_kept_and_the_rest_made_anew(
    ada: Person, version: int, kept: bool
) -> None:
    book = opening.open_vault(ada.ctx).notebook
    assert book.names
    assert book.summaries
    rewrite(book, version)
    found = Notebook.load(book.path, book.identity)
    assert found.names == (book.names if kept else {})
    assert (found.summaries, found.checked) == ({}, -1)
    _, lines = reading.log(ada.ctx, parse("review"))
    assert [line.number for line in lines] == [1]


def test_what_is_cut_short_is_an_empty_one(ada: Person) -> None:
    book = opening.open_vault(ada.ctx).notebook
    rewrite(book, VERSION)
    found = Notebook.load(book.path, book.identity)
    assert (found.names, found.summaries, found.checked) == ({}, {}, -1)
