"""`search` and `journal`, as one types them, and what they leave on the disk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from skillvault.errors import Exit
from tests.cli.story import CheckJson, Person, World, host, ok, write_skill
from tests.cli.test_imports import modules_after

BODY = """\
---
name: {name}
description: {description}
---

# {name}

First of all look at the description. A quagga is a pointer that may be null: never merge one.
"""


def put(person: Person, name: str, description: str) -> None:
    folder = person.home / "skills" / name
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text(BODY.format(name=name, description=description))
    ok(person.run("put", str(folder)))


@pytest.fixture
def shelf(ada: Person) -> Person:
    ok(ada.run("init", "acme", "--name", "Ada"))
    put(ada, "null-review", "Find pointers. Use when asked for quaggas.")
    put(ada, "refunds", "What to answer. Use when a customer asks.")
    return ada


def test_json_says_what_was_found_and_where_the_words_are(
    shelf: Person, check_json: CheckJson
) -> None:
    found = check_json("search", ok(shelf.run("search", "null", "pointer", "--json")))
    assert [skill["name"] for skill in found["skills"]] == ["null-review", "refunds"]
    assert (found["words"], found["partly"], found["readable"]) == (["null", "pointer"], False, 2)
    first = found["skills"][0]
    assert first["score"] > found["skills"][1]["score"]
    hits = [first["snippet"][begin:end] for begin, end in first["hits"]]
    assert hits == ["pointer", "null"]
    some = check_json("search", ok(shelf.run("search", "refunds", "unicorn", "--json")))
    assert some["partly"] is True
    assert [skill["words"] for skill in some["skills"]] == [["refunds"]]
    none = check_json("search", ok(shelf.run("search", "unicorn", "--json")))
    assert none["skills"] == []


def test_piped_it_is_columns_and_nothing_found_is_a_remark(shelf: Person) -> None:
    rows = [line.split("\t") for line in ok(shelf.run("search", "merge")).splitlines()]
    assert sorted(row[0] for row in rows) == ["null-review", "refunds"]
    assert all(len(row) == 4 and row[1] == "1" and "never merge one" in row[3] for row in rows)
    assert len(ok(shelf.run("search", "merge", "--limit", "1")).splitlines()) == 1
    done = shelf.run("search", "unicorn")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "none of these words in the 2 skills you can read in acme\n"
    some = shelf.run("search", "refunds", "unicorn")
    assert "these have some" in some.stderr
    for wrong in (["search"], ["search", "--", "--"], ["search", "x", "--limit", "0"]):
        assert shelf.run(*wrong).returncode == Exit.USAGE


def test_at_a_terminal_the_words_stand_out_and_lines_fit(shelf: Person) -> None:
    code, seen = shelf.type("search", "null", "pointer", env={"PAGER": "cat", "COLUMNS": "60"})
    assert code == 0
    assert "\x1b[1mnull-review@1\x1b[0m" in seen
    assert "\x1b[1mpointer\x1b[0m" in seen
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", seen).replace("\r", "")
    assert "  Find pointers. Use when asked for quaggas.\n" in plain
    assert max(map(len, plain.splitlines())) <= 60
    code, seen = shelf.type("search", "null", env={"PAGER": "cat", "NO_COLOR": "1"})
    assert "\x1b[1m" not in seen


def test_what_a_stranger_wrote_cannot_steer_the_terminal(ada: Person) -> None:
    ok(ada.run("init", "acme", "--name", "Ada"))
    folder = write_skill(ada.home / "evil", "Steer \u202e. Use when asked to.")
    text = (folder / "SKILL.md").read_text() + "\nokapi \x1b[2J \x1b]0;owned\x07 \u202e end\n"
    (folder / "SKILL.md").write_text(text)
    ok(ada.run("put", str(folder)))
    code, seen = ada.type("search", "okapi", env={"PAGER": "cat"})
    assert code == 0
    assert "<U+001B>[2J" in seen
    assert not {"\x1b[2J", "\x1b]0", "\x07", "\u202e"} & set(re.split(r"(\x1b[\[\]].|\W)", seen))
    assert "\u202e" not in ok(ada.run("search", "okapi"))


def test_nothing_of_a_skill_lies_readable_on_the_disk(shelf: Person, tmp_path: Path) -> None:
    spare = tmp_path / "spare"
    spare.mkdir()
    env = {"TMPDIR": str(spare), "SQLITE_TMPDIR": str(spare)}
    ok(shelf.run("search", "quagga", env=env))
    ok(shelf.run("inject", "refunds", env=env))
    ok(shelf.run("journal", env=env))
    files = [
        path
        for top in (".local", ".config", ".cache")
        for path in (shelf.home / top).rglob("*")
        if path.is_file()
        and path.name != "bases.json"  # names the folders of one's own that were put
    ]
    assert any(path.parent.name == "catalog" for path in files)
    for path in files:
        data = path.read_bytes().lower()
        assert not any(word in data for word in (b"quagga", b"refunds", b"null-review")), path
    assert list(spare.iterdir()) == []


def test_the_word_that_another_machine_put_is_found_after_sync(tmp_path: Path) -> None:
    ada, bob = Person.at(tmp_path / "ada"), Person.at(tmp_path / "bob")
    url = host(tmp_path / "host.git")
    ok(ada.run("init", "acme", "--remote", url, "--name", "Ada"))
    put(ada, "review", "Find pointers. Use when asked to.")
    ok(bob.run("keygen", "--name", "Bob"))
    ok(bob.run("id", "-o", str(ada.home / "bob.card")))
    ok(ada.run("share", "review", "--with", str(ada.home / "bob.card"), "--yes"))
    ok(bob.run("clone", url, "acme", "--yes"))
    assert ok(bob.run("search", "quagga")).startswith("review\t1\t")
    ok(ada.run("unshare", "review", "--from", "Bob", "--yes"))
    ok(bob.run("sync"))
    assert not ok(bob.run("search", "quagga"))


def test_the_journal_tells_what_went_where(shelf: Person, check_json: CheckJson) -> None:
    assert check_json("journal", ok(shelf.run("journal", "--json")))["events"] == []
    assert "nothing went" in shelf.run("journal").stderr
    ok(shelf.run("inject", "refunds", "null-review"))
    ok(shelf.run("inject", "refunds", "--into", "prompt.txt"))
    last, first = check_json("journal", ok(shelf.run("journal", "--json")))["events"]
    assert [skill["name"] for skill in first["skills"]] == ["refunds", "null-review"]
    assert (first["action"], first["target"]) == ("inject", None)
    assert last["target"] == str(shelf.home / "prompt.txt")
    rows = [line.split("\t") for line in ok(shelf.run("journal")).splitlines()]
    assert [row[1:] for row in rows] == [
        ["inject", "", str(shelf.home / "prompt.txt"), "refunds@1"],
        ["inject", "", "", "refunds@1, null-review@1"],
    ]
    assert len(ok(shelf.run("journal", "null-review")).splitlines()) == 1
    other = shelf.run("journal", "unicorn")
    assert (other.returncode, other.stdout) == (0, "")
    assert "unicorn" in other.stderr
    code, seen = shelf.type("journal", env={"PAGER": "cat"})
    assert code == 0
    assert "just now" in seen


def test_the_journal_needs_no_vault_and_no_identity(ada: Person) -> None:
    done = ada.run("journal")
    assert (done.returncode, done.stdout) == (0, "")


def test_search_reads_with_sqlite_alone_and_injecting_without_the_catalog(world: World) -> None:
    ok(world.ada.run("search", "description"))
    loaded = modules_after("search", "description", person=world.ada)
    assert "sqlite3" in loaded
    assert not loaded & {"sqlmodel", "sqlalchemy", "pydantic", "git", "rich", "yaml"}
    for words in (["list"], ["show", "incident"], ["inject", "incident"], ["verify"]):
        loaded = modules_after(*words, person=world.ada)
        assert not {
            m for m in loaded if m.startswith(("skillvault.catalog", "sqlite3", "sqlmodel"))
        }
    get = modules_after("get", "incident", "found", person=world.ada)
    assert not {m for m in get if m.startswith(("skillvault.catalog", "sqlite3", "sqlmodel"))}
