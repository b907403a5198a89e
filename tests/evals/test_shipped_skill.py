"""The skill that teaches this tool: every fact in it is one of the tool as it stands."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from skillvault.errors import Exit
from skillvault.evals.evaluate import best_constant
from skillvault.evals.suite import suite_of
from skillvault.skill.frontmatter import parse_skill
from tests.conftest import ROOT

FOLDER = ROOT / "skills" / "using-skillvault"
COMMANDS = ROOT / "skillvault" / "cli"
BODY = parse_skill((FOLDER / "SKILL.md").read_bytes()).body


def test_the_suite_asks_what_the_skill_says() -> None:
    files = {
        path.relative_to(FOLDER).as_posix(): path.read_bytes()
        for path in FOLDER.rglob("*")
        if path.is_file()
    }
    tasks = suite_of("using-skillvault", files).require_graded()
    assert len(tasks) >= 36  # so many can show that nothing changes by 0.10 or more
    for task in tasks:
        choice = task.choice
        assert choice is not None
        assert list(choice.options) == sorted(choice.options)
        joint = "" if task.prefill.endswith("`") else " "
        assert f"{task.prefill}{joint}{choice.value}" in BODY, task.id
        # One of the wrong answers is right elsewhere: knowing the words is not enough.
        assert any(option in BODY for option in choice.options if option != choice.value), task.id
    assert (best_constant(tasks) or 1) <= Fraction(1, 2)


SHOWN = sorted(set(re.findall(r"run `skillvault ([a-z]+(?: [a-z]+)?)", BODY)))


@pytest.mark.parametrize("shown", SHOWN)
def test_each_command_exists(shown: str) -> None:
    assert len(SHOWN) > 20
    assert (COMMANDS / "commands" / f"{shown.replace(' ', '_')}.py").is_file()


@pytest.mark.parametrize("option", sorted(set(re.findall(r"--[a-z]+", BODY))))
def test_each_option_exists(option: str) -> None:
    sources = [path.read_text(encoding="utf-8") for path in COMMANDS.rglob("*.py")]
    assert any(f'"{option}"' in source for source in sources)


def test_exit_codes_are_those_of_the_tool() -> None:
    stated = [int(code) for code in re.findall(r"ends with exit code (\d+)", BODY)]
    assert stated == [code for code in Exit if code is not Exit.INTERRUPTED]
    table = (FOLDER / "references" / "exit-codes.md").read_text(encoding="utf-8")
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)] == list(Exit)


def test_it_is_short_and_what_it_refers_to_is_there() -> None:
    assert len(BODY) < 5000
    for path in re.findall(r"\]\(([^)]+)\)", BODY):
        assert (FOLDER / path).is_file()
