"""How editors are started: what a program of that name is given, and where it runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from skillvault.errors import CheckError, UsageError
from skillvault.services import editors
from tests.people import Person

RECORD = """\
#!/bin/sh
printf '%s\\n' "$@" > {log}
printf '%s\\n' "$PWD" "$TMPDIR" "${{SKILLVAULT_KEY:-no key}}" >> {log}
"""
EMACS = (
    "(setq make-backup-files nil auto-save-default nil create-lockfiles nil"
    " auto-save-list-file-prefix nil)"
)


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    return Person("Ada", tmp_path / "ada")


def stand_in(person: Person, name: str) -> Path:
    """A program that records what it was given."""
    program = person.home / "bin" / name
    program.parent.mkdir(exist_ok=True)
    program.write_text(RECORD.format(log=person.home / "log"))
    program.chmod(0o755)
    return program


def start(person: Person, said: str, target: str | None = None) -> list[str]:
    """What the stand-in called as the first word of `said` was given, where it ran, and with what.

    With a `target` that word is a link to a program of that name.
    """
    word = said.split(maxsplit=1)[0]
    if target is None:
        stand_in(person, word)
    else:
        stand_in(person, target)
        (person.home / "bin" / word).symlink_to(target)
    path = f"{person.home / 'bin'}:{os.environ['PATH']}"
    folder, scratch = person.home / "private", person.home / "scratch"
    folder.mkdir()
    editor = editors.find({"EDITOR": said, "PATH": path})
    editors.run(person.ctx, editor, folder / "SKILL.md", scratch=scratch)
    *given, where, temporary, key = (person.home / "log").read_text().splitlines()
    assert (where, temporary, key) == (str(folder), str(scratch), "no key")
    return given


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("code", ["--wait"]),
        ("code --wait", ["--wait"]),
        ("code -w --new-window", ["-w", "--new-window"]),
        ("codium --new-window", ["--new-window", "--wait"]),
        ("subl", ["--wait"]),
        ("kate", ["--block"]),
        ("kate -b", ["-b"]),
    ],
)
def test_an_editor_with_windows_is_waited_for_once_and_may_keep_copies(
    ada: Person, monkeypatch: pytest.MonkeyPatch, said: str, given: list[str]
) -> None:
    monkeypatch.setenv("SKILLVAULT_KEY", "secret")
    assert start(ada, said) == [*given, "SKILL.md"]
    assert ada.warnings == [
        f"{said.split(maxsplit=1)[0]} may keep copies of what it saves in folders of its own"
    ]


@pytest.mark.parametrize(
    ("said", "target", "rest"),
    [
        ("emacs", None, []),
        ("emacs -nw", None, ["-nw"]),
        ("emacs-29.4 -Q", None, ["-Q"]),
        ("editor", "emacs-gtk", []),
    ],
)
def test_emacs_is_told_before_the_file_to_keep_nothing(
    ada: Person, said: str, target: str | None, rest: list[str]
) -> None:
    assert start(ada, said, target) == ["--eval", EMACS, *rest, "SKILL.md"]
    assert ada.warnings == []


def test_micro_keeps_no_backup_and_no_undo(ada: Person) -> None:
    given = ["-backup", "false", "-saveundo", "false", "-softwrap", "true", "SKILL.md"]
    assert start(ada, "micro -softwrap true") == given


def test_an_emacs_that_runs_already_is_waited_for_and_warned_of(ada: Person) -> None:
    assert start(ada, "emacsclient -n -t --no-wait") == ["-t", "SKILL.md"]
    (warning,) = ada.warnings
    assert warning.startswith("emacsclient may keep copies")


@pytest.mark.parametrize(("said", "last"), [("gvim", ["-f"]), ("vim -R", []), ("nvim", [])])
def test_vim_gets_its_options_behind_those_of_the_user(
    ada: Person, said: str, last: list[str]
) -> None:
    word, *rest = said.split()
    given = start(ada, f"{word} {' '.join(rest)}".strip())
    assert given[: len(rest) + 3] == [*rest, "-n", "-i", "NONE"]
    assert "noswapfile" in given[len(rest) + 4]
    assert given[len(given) - len(last) - 1 :] == [*last, "SKILL.md"]


def test_visual_goes_before_editor_and_quotes_are_read(ada: Person) -> None:
    program = stand_in(ada, "my editor")
    environ = {"VISUAL": f"'{program}' -x 'a b'", "EDITOR": "false", "PATH": os.environ["PATH"]}
    assert editors.find(environ).words == (str(program), "-x", "a b")
    assert editors.find({**environ, "VISUAL": " "}).words[0].endswith("false")


@pytest.mark.parametrize("said", ["no-such-editor-here", "'open", "./nowhere/vim", "/"])
def test_what_is_no_editor_is_wrong_usage(said: str) -> None:
    with pytest.raises(UsageError):
        editors.find({"EDITOR": said, "PATH": os.environ["PATH"]})


def test_one_that_fails_changes_nothing(ada: Person) -> None:
    editor = editors.find({"EDITOR": "false", "PATH": os.environ["PATH"]})
    with pytest.raises(CheckError, match="it ended with 1, nothing changed"):
        editors.run(ada.ctx, editor, ada.home / "SKILL.md", scratch=ada.home)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("vim", ["+7", "a b.md"]),
        ("nvim", ["+7", "a b.md"]),
        ("nano", ["+7", "a b.md"]),
        ("emacs", ["+7", "a b.md"]),
        ("micro", ["+7", "a b.md"]),
        ("code", ["--goto", "a b.md:7"]),
        ("kate", ["-l", "7", "a b.md"]),
        ("subl", ["a b.md:7"]),
        ("hx", ["a b.md:7"]),
        ("ed", ["a b.md"]),
        ("my-own-editor", ["a b.md"]),
    ],
)
def test_a_file_is_opened_at_a_line_where_the_editor_can(name: str, words: list[str]) -> None:
    editor = editors.tamed(f"/usr/bin/{name}", ["--own"])
    command = editor.open("a b.md", 7)
    assert command[-len(words) :] == words
    assert command[: -len(words)] == list(editor.words)
    assert editor.open("a b.md", None) == [*editor.words, "a b.md"]


def test_a_name_with_braces_is_only_a_name() -> None:
    assert editors.tamed("/usr/bin/vim", []).open("{line}.md", 3)[-2:] == ["+3", "{line}.md"]
    assert editors.tamed("/usr/bin/hx", []).open("{line}{file}", 3)[-1:] == ["{line}{file}:3"]


def test_the_editor_is_given_the_line(ada: Person) -> None:
    stand_in(ada, "nano")
    (ada.home / "private").mkdir()
    path = f"{ada.home / 'bin'}:{os.environ['PATH']}"
    editor = editors.find({"EDITOR": "nano", "PATH": path})
    file, scratch = ada.home / "private" / "SKILL.md", ada.home / "scratch"
    editors.run(ada.ctx, editor, file, scratch=scratch, line=12)
    assert (ada.home / "log").read_text().splitlines()[:3] == ["--ignorercfiles", "+12", "SKILL.md"]
