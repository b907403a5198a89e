"""The frame of the command line: words, common options, errors, streams; real processes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import skillvault
from skillvault.cli.frame import TOPICS
from skillvault.errors import Exit

if TYPE_CHECKING:
    from tests.cli.story import CheckJson, Person

HELP = Path(skillvault.__file__).parent / "data" / "help"


@pytest.mark.parametrize(
    ("words", "problem", "hint"),
    [
        (["frobnicate"], "frobnicate: no such command", "`skillvault --help` lists them"),
        (["hlep"], "hlep: no such command", "did you mean `skillvault help`?"),
        (["--bad"], "skillvault: no such option `--bad`", "`skillvault --help`"),
        (["help", "--jsn"], "help: no such option `--jsn`", "did you mean `--json`?"),
        (["--color"], "skillvault: option `--color` requires an argument", "`skillvault --help`"),
        (["help", "--vault", "acme"], "help: takes no `--vault`", "`skillvault help --help`"),
        (["--vault", "acme", "help"], "help: takes no `--vault`", "`skillvault help --help`"),
        ([], "skillvault: no command given", "`skillvault --help`"),
    ],
)
def test_wrong_usage_is_2_with_subject_problem_and_hint(
    ada: Person, words: list[str], problem: str, hint: str
) -> None:
    done = ada.run(*words)
    assert done.returncode == Exit.USAGE
    assert not done.stdout
    assert done.stderr == f"skillvault: error: {problem}\nhint: {hint}\n"


def test_a_wrong_value_names_the_option_and_the_choices(ada: Person) -> None:
    done = ada.run("help", "--color", "pink")
    assert done.returncode == Exit.USAGE
    assert "`--color`" in done.stderr
    assert "`pink` is not one of `auto`, `always`, `never`" in done.stderr


@pytest.mark.parametrize(
    "words", [["--json", "frob"], ["help", "--json", "nosuch"], ["--jsn", "--json"], ["--json"]]
)
def test_with_json_an_error_is_one_object_on_stderr(
    ada: Person, check_json: CheckJson, words: list[str]
) -> None:
    done = ada.run(*words)
    assert done.returncode in {Exit.USAGE, Exit.NOT_FOUND}
    assert not done.stdout
    error = check_json("error", done.stderr)["error"]
    assert error["exit"] == done.returncode
    assert error["code"] in {"usage", "not-found"}


def test_json_behind_two_dashes_is_no_option(ada: Person) -> None:
    done = ada.run("help", "--", "--json")
    assert done.returncode == Exit.NOT_FOUND
    assert done.stderr.startswith("skillvault: error: --json: ")


@pytest.mark.parametrize("word", ["-V", "--version"])
def test_version(ada: Person, word: str) -> None:
    assert ada.run(word).stdout == f"skillvault {skillvault.__version__}\n"
    assert ada.run("help", word).stdout == f"skillvault {skillvault.__version__}\n"


def test_help_before_and_behind_the_command(ada: Person) -> None:
    assert ada.run("-h").stdout == ada.run("--help").stdout == ada.run("help").stdout
    assert ada.run("help", "-h").stdout == ada.run("help", "help").stdout


def test_common_options_hold_on_either_side_of_the_command(ada: Person) -> None:
    before, behind = (
        ada.run("--json", "help", "exit-codes"),
        ada.run("help", "--json", "exit-codes"),
    )
    assert before.stdout == behind.stdout
    assert json.loads(before.stdout)["skillvault"] == 1


def test_a_terminal_with_options_and_no_command_shows_the_help(ada: Person) -> None:
    code, seen = ada.type("--color", "never")
    assert code == Exit.OK
    assert seen.replace("\r\n", "\n") == ada.run("--help", env={"COLUMNS": "80"}).stdout


def test_every_topic_has_a_text_and_every_text_is_a_topic(
    ada: Person, check_json: CheckJson
) -> None:
    assert {path.stem for path in HELP.iterdir()} == set(TOPICS)
    for topic in TOPICS:
        text = (HELP / f"{topic}.txt").read_text()
        assert ada.run("help", topic).stdout == text
        assert max(map(len, text.splitlines())) <= 84
        shown = check_json("help", ada.run("help", topic, "--json").stdout)
        assert shown["text"] == text


def test_the_exit_codes_told_are_those_of_the_code() -> None:
    told = re.findall(r"^ {2,4}(\d+)  ", (HELP / "exit-codes.txt").read_text(), re.MULTILINE)
    assert [int(code) for code in told] == sorted(Exit)


def test_a_reader_that_goes_away_ends_the_command_by_sigpipe(ada: Person) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "skillvault", "help", "exit-codes"],
        stdout=write,
        stderr=subprocess.PIPE,
        env=ada.environment(),
    )
    os.close(write)
    assert done.returncode == -signal.SIGPIPE
    assert not done.stderr


def test_a_full_disk_is_told_and_not_taken_for_success(ada: Person) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "skillvault", "help", "exit-codes"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=ada.environment(),
        )
    assert done.returncode == Exit.SERVICE
    assert done.stderr.startswith("skillvault: error: system: no space left on device\nhint: ")


def test_a_closed_stderr_keeps_the_exit_code(ada: Person) -> None:
    done = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} -m skillvault frob 2>&-"], env=ada.environment()
    )
    assert done.returncode == Exit.USAGE


@pytest.mark.parametrize("word", ["\udcff\udcfe", "a\x1b]0;evil\x07b", "\u202ereversed", "a\nb"])
def test_hostile_words_are_shown_and_not_obeyed(ada: Person, word: str) -> None:
    done = ada.run(word, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == Exit.USAGE
    first = done.stderr.splitlines()[0]
    assert first.endswith(": no such command")
    assert first.isascii()
    assert first.isprintable()


def test_debug_shows_the_traceback_without_locals_and_secrets(ada: Person) -> None:
    key = "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ"
    env = {"SKILLVAULT_PASSPHRASE": "correct horse"}
    done = ada.run("--debug", f"{key} correct horse", env=env)
    assert done.returncode == Exit.USAGE
    assert "Traceback" in done.stderr
    assert done.stderr.endswith(
        "skillvault: error: *** ***: no such command\nhint: `skillvault --help` lists them\n"
    )
    assert "QQQQ" not in done.stderr
    assert "horse" not in done.stderr


def test_ctrl_c_is_130_and_said(ada: Person) -> None:
    code, seen = ada.type("keygen", keys="\x03")
    assert code == Exit.INTERRUPTED
    assert seen.endswith("skillvault: interrupted\r\n")
    assert "Traceback" not in seen
    assert not (ada.home / ".config").exists()
