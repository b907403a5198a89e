"""`resolve` as it is typed: texts, exit codes, JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.story import CheckJson, Person, World, ok


@pytest.fixture
def bob(tmp_path: Path) -> Person:
    """Bob, whose `code-review` and Ada's conflict."""
    world = World.build(tmp_path)
    ada, bob = world.ada, world.bob
    ok(ada.run("share", "code-review", "--with", "Bob Barker", "--write", "--yes"))
    ok(bob.run("sync"))
    for who, word in ((ada, "hers"), (bob, "his")):
        ok(who.run("get", "code-review", "copies"))
        text = (who.home / "copies/code-review/SKILL.md").read_text()
        text = text.replace("**Read** the", f"Read {word}, the")
        (who.home / "copies/code-review/SKILL.md").write_text(text)
        ok(who.run("put", "copies/code-review"))
    ok(ada.run("sync"))
    done = bob.run("sync")
    assert done.returncode == 6
    assert done.stderr == (
        "skillvault: error: code-review: you and Ada Lovelace both changed it after @1: SKILL.md\n"
        "hint: `skillvault resolve code-review`; until then no content is pushed\n"
    )
    return bob


def test_a_conflict_from_the_list_to_the_push(bob: Person, check_json: CheckJson) -> None:
    listed = bob.run("resolve")
    assert ok(listed) == (
        "host/code-review   you and Ada Lovelace both changed it after @1: SKILL.md\n"
        "  SKILL.md   the same lines were changed\n"
    )
    assert "hint: `skillvault resolve code-review`" in listed.stderr
    stands = bob.run("status")
    assert "conflict    code-review\n" in ok(stands)
    assert "hint: `skillvault resolve`" in stands.stderr
    assert check_json("status", ok(bob.run("status", "--json")))["conflicts"] == ["code-review"]
    done = bob.run("resolve", "code-review")
    assert (done.returncode, "there is no terminal" in done.stderr) == (6, True)
    done = bob.run("resolve", "code-review", "--take", "mine", "--abort")
    assert (done.returncode, "exclude each other" in done.stderr) == (2, True)
    (bob.home / "merge").mkdir()
    said = check_json("resolve", ok(bob.run("resolve", "code-review", "--into", "merge", "--json")))
    assert [Path(w).name for w in said["written"]] == [
        "code-review",
        "code-review.base",
        "code-review.yours",
        "code-review.theirs",
    ]
    assert said["conflicts"][0]["paths"] == [{"path": "SKILL.md", "kind": "text"}]
    done = bob.run("resolve", "code-review", "--from", "merge/code-review")
    assert (done.returncode, "still marked" in done.stderr) == (6, True)
    said = check_json("resolve", ok(bob.run("resolve", "code-review", "--take", "mine", "--json")))
    assert (said["conflicts"], said["resolved"]["version"]) == ([], 3)
    ok(bob.run("sync"))
    assert "Read his, the" in ok(bob.run("show", "code-review"))
    assert "host: nothing waits" in bob.run("resolve").stdout


def test_aborting_and_forgetting(bob: Person, check_json: CheckJson) -> None:
    done = ok(bob.run("resolve", "code-review", "--abort"))
    assert "Ada Lovelace's @2 stays; yours is laid aside" in done
    said = check_json("resolve", ok(bob.run("resolve", "--json")))
    assert [a["why"] for a in said["aside"]] == ["you kept Ada Lovelace's @2"]
    assert "laid aside: you kept Ada Lovelace's @2" in ok(bob.run("resolve"))
    assert "laid aside  code-review\n" in ok(bob.run("status"))
    ok(bob.run("resolve", "code-review", "--into", "."))
    assert "Read his, the" in (bob.home / "code-review" / "SKILL.md").read_text()
    unasked = bob.run("resolve", "code-review", "--forget")
    assert (unasked.returncode, "there is no terminal" in unasked.stderr) == (2, True)
    assert "forgot  code-review" in ok(bob.run("resolve", "code-review", "--forget", "--yes"))
    assert bob.run("resolve", "code-review", "--forget", "--yes").returncode == 3
    assert bob.run("resolve", "--abort").returncode == 2


def test_at_a_terminal_the_editor_opens_with_the_marks(bob: Person) -> None:
    editor = bob.home / "editor.sh"
    marks = "sed -i '/^[<|=>]\\{7\\}/d' \"$1\""
    editor.write_text(f"#!/bin/sh\ngrep '^[<|=>]' \"$1\" > {bob.home}/seen\n{marks}\n")
    editor.chmod(0o755)
    code, seen = bob.type("resolve", "code-review", env={"EDITOR": str(editor)})
    assert (code, "code-review@3   resolved" in seen) == (0, True), seen
    assert (bob.home / "seen").read_text().split() == [
        "<<<<<<<",
        "yours",
        "|||||||",
        "before",
        "=======",
        ">>>>>>>",
        "theirs",
    ]
    text = ok(bob.run("show", "code-review", "SKILL.md"))
    assert "Read his, the" in text
    assert "Read hers, the" in text
