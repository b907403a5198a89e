"""A new skill is valid, and nothing that stands there is touched."""

from __future__ import annotations

import pytest

from skillvault.errors import Exit
from skillvault.services.linting import lint_files
from skillvault.skill.files import read_folder
from tests.cli.story import CheckJson, Person, ok


def test_a_new_skill_passes_lint_and_can_be_put(ada: Person, check_json: CheckJson) -> None:
    made = check_json("new", ok(ada.run("new", "code-review", "my skills", "--json")))
    folder = ada.home / "my skills" / "code-review"
    assert made["folder"] == str(folder)
    report = lint_files(read_folder(folder), folder.name)
    assert report.findings == ()
    done = ada.run("new", "second")
    assert ok(done) == "second/SKILL.md\n"
    assert "skillvault put second" in done.stderr
    ok(ada.run("init", "--name", "Ada"))
    assert "default/code-review@1\tnew" in ok(ada.run("put", str(folder)))


@pytest.mark.parametrize("name", ["Code Review", "../up", "-x", "a--b", "", "x" * 65])
def test_what_is_no_name_is_refused(ada: Person, name: str) -> None:
    done = ada.run("new", "--", name)
    assert done.returncode == Exit.REFUSED
    assert list(ada.home.iterdir()) == []


def test_what_stands_there_is_left_alone(ada: Person) -> None:
    (ada.home / "mine").write_text("keep")
    (ada.home / "link").symlink_to("/nowhere")
    for name in ("mine", "link"):
        assert ada.run("new", name).returncode == Exit.CONFLICT
    assert (ada.home / "mine").read_text() == "keep"
    (ada.home / "file").write_text("")
    assert ada.run("new", "x", "file").returncode == Exit.REFUSED
