"""The static table says what the code says."""

from __future__ import annotations

import tomllib
from importlib import import_module
from pathlib import Path

import click
import pytest

import skillvault
from skillvault.cli import table
from skillvault.cli.frame import ROOT, Command, find

CHECKOUT = Path(__file__).resolve().parents[2]
LEAVES = [row for row in table.ROWS if row.alone or not table.inside(row.name)]


@pytest.mark.parametrize("row", LEAVES, ids=lambda row: row.name)
def test_each_row_is_a_command_of_that_name(row: table.Row) -> None:
    command = import_module(row.module).main
    assert isinstance(command, Command)
    assert command.name == row.word
    assert (command.help or "").startswith(row.help)
    assert command.examples, "each command shows an example"
    assert all("skillvault" in line for line in command.examples)


def test_each_command_file_stands_in_the_table() -> None:
    folder = CHECKOUT / "skillvault" / "cli" / "commands"
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert files == {row.module.rpartition(".")[2] for row in LEAVES}


def test_headings_are_known_and_names_unique() -> None:
    assert {row.heading for row in table.ROWS} <= set(table.HEADINGS)
    assert len({row.name for row in table.ROWS}) == len(table.ROWS)


def test_at_most_thirty_are_shown() -> None:
    assert sum(not row.hidden for row in table.inside("")) <= 30


@pytest.mark.parametrize("row", table.ROWS, ids=lambda row: row.name)
def test_help_lines_fit_and_follow_the_voice(row: table.Row) -> None:
    assert len(row.help) <= 62
    assert not row.help.endswith(".")
    assert row.help[0].islower() or row.help.split()[0].isupper()


@pytest.mark.parametrize("row", LEAVES, ids=lambda row: row.name)
def test_each_option_says_what_it_does(row: table.Row) -> None:
    command, _ = find(row.name.split())
    for param in command.params:
        if isinstance(param, click.Option):
            assert param.help, param.opts


def test_no_group_is_empty_and_each_has_a_row() -> None:
    for row in table.ROWS:
        words = row.name.split()
        for end in range(1, len(words)):
            assert table.row(" ".join(words[:end])).help
    assert ROOT.list_commands(click.Context(ROOT)) == [r.name for r in table.inside("")]


def test_the_version_is_that_of_the_distribution() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    assert project.get("version", skillvault.__version__) == skillvault.__version__
