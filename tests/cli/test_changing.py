"""Changing skills without a folder: restore, rename, remove."""

from __future__ import annotations

from skillvault.errors import Exit
from tests.cli.story import CheckJson, Person, ok, write_skill


def prepared(ada: Person) -> None:
    ok(ada.run("init", "--name", "Ada"))
    folder = write_skill(ada.home / "code-review")
    ok(ada.run("put", str(folder)))
    write_skill(folder, "Review code well. Use when asked to.")
    ok(ada.run("put", str(folder)))


def test_restore_rename_remove_say_what_they_did_and_how_to_go_back(
    ada: Person, check_json: CheckJson
) -> None:
    prepared(ada)
    done = ada.run("restore", "code-review@1")
    assert ok(done).startswith("default/code-review@3\trestored from @1\t3 files\t")
    assert "`skillvault restore default/code-review@2` goes back" in done.stderr
    again = check_json("restore", ok(ada.run("restore", "code-review@1", "--json")))
    assert again["entry"] is None
    named = check_json("rename", ok(ada.run("rename", "code-review", "review-code", "--json")))
    assert (named["skill"]["name"], named["skill"]["version"]) == ("review-code", 4)
    assert ok(ada.run("show", "review-code")).startswith("---\nname: review-code\n")
    back = ada.run("restore", "review-code@3")
    assert "is called code-review again" in back.stderr
    assert "default/code-review@5" in ok(back)

    asked = ada.run("remove", "code-review")
    assert asked.returncode == Exit.USAGE
    assert "remove default/code-review: 5 versions" in asked.stderr
    code, seen = ada.type("remove", "code-review", keys="yes\n")
    assert code == Exit.CHECK
    assert "nothing changed" in seen
    code, seen = ada.type("remove", "code-review", keys="code-review\n")
    assert code == 0
    assert "1 keyholder loses it   Ada" in seen
    assert "removed  default/code-review" in seen
    assert not ok(ada.run("list"))


def test_yes_skips_the_question_and_never_the_text(ada: Person, check_json: CheckJson) -> None:
    prepared(ada)
    done = ada.run("remove", "code-review", "--yes", "--json")
    gone = check_json("remove", ok(done))
    assert gone["skill"]["versions"] == 2
    assert gone["people"] == ["Ada"]
    assert "remove default/code-review: 2 versions" in done.stderr
    error = check_json("error", ada.run("remove", "code-review", "--yes", "--json").stderr)
    assert error["error"]["exit"] == Exit.NOT_FOUND


def test_many_changed_folders_make_few_hints(ada: Person) -> None:
    ok(ada.run("init", "--name", "Ada"))
    folders = [write_skill(ada.home / f"skill-{n}") for n in range(6)]
    words = ["put", *map(str, folders)]
    assert "has what stood there before" not in ada.run(*words).stderr
    for folder in folders[:5]:
        (folder / "more.md").write_text("more\n")
    done = ada.run(*words)
    assert ok(done).count("\tchanged\t") == 5
    assert done.stderr.count("has what stood there before") == 2
    assert "3 others have a version before too: `skillvault log NAME`" in done.stderr
