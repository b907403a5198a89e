"""`undo` as it is typed: what it shows first, what it asks, what it prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.story import CheckJson, Person, World, ok


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    """Ada, who shared `code-review` with Bob and has pushed all that she has."""
    person = World.build(tmp_path).ada
    ok(person.run("sync"))
    return person


def test_what_was_never_sent_vanishes(ada: Person, check_json: CheckJson) -> None:
    ok(ada.run("rename", "incident", "outage"))
    asked = ada.run("undo")
    assert asked.returncode == 2
    assert "there is no terminal" in asked.stderr
    done = ada.run("undo", "--yes")
    assert ok(done) == "undone  entry 3 is gone\n"
    assert done.stderr == (
        "undo entry 3 of acme, just now\n"
        "  did    outage@2: written\n"
        "  now    it vanishes: no push of it was ever tried\n"
    )
    ok(ada.run("rename", "incident", "outage"))
    said = check_json("undo", ok(ada.run("undo", "--yes", "--json")))
    assert said["undone"]["vanished"]
    assert (said["entry"], said["pushed"], said["unpushed"]) == (None, False, 0)


def test_what_was_sent_gets_its_inverse_and_a_share_may_have_been_read(
    ada: Person, check_json: CheckJson
) -> None:
    code, seen = ada.type("undo", keys="no\n")
    assert (code, "not confirmed, nothing changed" in seen) == (1, True)
    code, seen = ada.type("undo", keys="Bob Barker\n")
    assert code == 0, seen
    assert "type Bob Barker to take it back" in seen
    assert "Bob Barker: removed; to come back takes a new identity" in seen
    done = ada.run("undo", "--yes")
    assert done.returncode == 2
    assert "a removal is final" in done.stderr
    done = ada.run("undo", "1", "--yes", "--json")
    said = check_json("undo", ok(done))
    assert sorted(said["undone"]["back"]) == [
        "code-review: removed for everybody",
        "incident: removed for everybody",
    ]
    assert not said["pushed"]
    assert json.loads(ok(ada.run("list", "--json")))["skills"] == []
    ok(ada.run("undo", "--yes"))
    assert len(json.loads(ok(ada.run("list", "--json")))["skills"]) == 2


def test_numbers_that_are_none(ada: Person) -> None:
    assert ada.run("undo", "99", "--yes").returncode == 3
    assert ada.run("undo", "0", "--yes").returncode == 2
    assert ada.run("undo", "x").returncode == 2
