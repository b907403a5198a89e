"""Pager, questions and progress, at real terminals."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from skillvault.cli import ask, pager
from skillvault.cli.progress import Progress
from skillvault.cli.run import Run
from skillvault.errors import UsageError

if TYPE_CHECKING:
    from tests.cli.story import Terminal

CONFIRM = """
import sys
from skillvault.cli import ask, failure
from skillvault.cli.run import Run
from skillvault.errors import SkillvaultError
try:
    ask.confirm(Run(), "eve", "type eve to remove", "eve")
except SkillvaultError as error:
    sys.exit(failure.report(error, Run(), frozenset()))
"""

PAGE = """
import sys
from skillvault.cli.pager import page
page(sys.argv[1] * int(sys.argv[2]))
"""


@pytest.mark.parametrize(
    ("keys", "code"),
    [("eve\n", 0), ("EVE \n", 0), ("yes\n", 1), ("y\n", 1), ("\n", 2), ("\x04", 2)],
)
def test_removal_wants_the_name(terminal: Terminal, keys: str, code: int) -> None:
    ended, seen = terminal(["-c", CONFIRM], keys)
    assert ended == code
    assert "type eve to remove: " in seen


def test_without_a_terminal_a_question_is_an_error_and_yes_answers_it() -> None:
    # pytest's stdin is no terminal.
    with pytest.raises(UsageError, match="there is no terminal") as caught:
        ask.confirm(Run(), "eve", "type eve to remove", "eve")
    assert caught.value.hint is not None
    assert "--yes" in caught.value.hint
    run = Run()
    run.yes = True
    ask.confirm(run, "eve", "type eve to remove", "eve")


def test_a_passphrase_is_typed_unseen(terminal: Terminal) -> None:
    code = "from skillvault.cli.ask import passphrase; print(repr(passphrase('default.key')))"
    ended, seen = terminal(["-c", code], "hunter 2\n")
    assert ended == 0
    assert "passphrase of default.key: " in seen
    assert seen.count("hunter 2") == 1


def pager_script(tmp_path: Path, body: str) -> str:
    script = tmp_path / "my pager"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    return f"'{script}' -R"


def test_the_pager_gets_the_text_and_none_of_our_secrets(
    tmp_path: Path, terminal: Terminal
) -> None:
    body = 'echo "args $*"; env | grep -E "^(LESS|SKILLVAULT_[KP])" | sort; cat'
    env = {
        "PAGER": pager_script(tmp_path, body),
        "SKILLVAULT_KEY": "1",
        "SKILLVAULT_PASSPHRASE": "2",
    }
    code, seen = terminal(["-c", PAGE, "the text\n", "1"], env=env)
    assert code == 0
    assert seen.split("\r\n") == [
        "args -R",
        "LESS=FRX",
        "LESSHISTFILE=-",
        "LESSSECURE=1",
        "the text",
        "",
    ]


def test_leaving_the_pager_early_is_no_error(tmp_path: Path, terminal: Terminal) -> None:
    env = {"PAGER": pager_script(tmp_path, "head -c 4")}
    assert terminal(["-c", PAGE, "text", "100000"], env=env) == (0, "text")


@pytest.mark.parametrize("program", ["", "cat", "/nowhere/pager", "'unbalanced"])
def test_without_a_pager_the_text_is_printed(terminal: Terminal, program: str) -> None:
    assert terminal(["-c", PAGE, "text\n", "1"], env={"PAGER": program}) == (0, "text\r\n")


def test_piped_text_passes_no_pager(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PAGER", pager_script(tmp_path, "echo never"))
    pager.page("text\n")
    assert capsys.readouterr().out == "text\n"


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_waits_half_a_second_draws_and_goes_away() -> None:
    stream = Screen()
    progress = Progress(stream=stream)
    progress("opening", 1, 10)
    assert not stream.getvalue()
    progress.began -= 1
    progress("opening \x1b[2J", 5, 10)
    shown = stream.getvalue()
    assert shown.startswith("\r\x1b[Kopening <U+001B>[2J [############............] 5/10")
    progress.clear()
    progress.clear()
    assert stream.getvalue() == shown + "\r\x1b[K"


@pytest.mark.parametrize(("quiet", "stream"), [(True, Screen()), (False, io.StringIO())])
def test_no_progress_in_a_pipe_or_under_quiet(quiet: bool, stream: io.StringIO) -> None:
    progress = Progress(quiet=quiet, stream=stream)
    progress.began -= 1
    progress("opening", 5, 10)
    progress("opening", 5, 0)
    assert not stream.getvalue()
