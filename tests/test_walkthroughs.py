"""What docs/walkthroughs.md quotes is what its commands print; what scripts/readme.py finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.readme import DOCUMENTS, faults, remade, unnamed
from skillvault.cli import table
from tests.weights import weights

__all__ = ["weights"]


@pytest.mark.slow
def test_every_command_prints_what_is_quoted(weights: Path) -> None:
    assert weights.is_dir()  # the service of the third hour has the embedded model
    text = next(path for path in DOCUMENTS if path.name == "walkthroughs.md").read_text()
    assert not faults(text, remade(text, evaluate=False))


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (
            "goxncw7k  just now  harbour@2  improves",
            "abc2defg  just now  harbour@2  improves",
            True,
        ),
        ("WHEN      SKILL", "WHEN          SKILL", True),
        ("x@1  Ada  just now      2  4", "x@1  Ada  2 minutes ago      2  4", True),
        ("x@1  Ada  just now      2  4", "x@1  Ada  2 hours ago      2  4", False),
        ("run goxncw7k, 2026-11-24T20:46:56Z", "run abc2defg, 2027-01-01T00:00:00Z", True),
        ("198 answered, 23 s on", "201 answered, 9 s on", True),
        ("  answered: one", "  answered: another", True),
        ("@1: 5 truncated", "@1: 4 truncated", True),
        ("@2: 5 truncated", "@2: 4 truncated", False),
        ("@1 0.25   @2 1.00", "@1 0.25   @2 0.88", False),
        ("mine/harbour@2  changed", "mine/harbour@3  changed", False),
        ("improves", "inconclusive", False),
    ],
)
def test_what_differs_in_every_run_is_no_fault_and_all_else_is(
    old: str, new: str, same: bool
) -> None:
    assert (faults(old, new) == []) is same


def test_a_command_that_the_readme_does_not_name_or_says_is_not_built_is_a_fault() -> None:
    named = ", ".join(f"`{row.name}`" for row in table.ROWS)
    text = f"## What works today\n\n{named}\n\nNot built yet: `nothing`.\n\n`lint`\n"
    assert unnamed(text) == []
    assert unnamed(text.replace("`lint`, ", "")) == ["README.md: `lint` works, and is not named"]
    assert unnamed(text.replace("`nothing`", "`lint`")) == ["README.md: `lint` is built"]


def test_a_text_that_a_command_is_given_stays_with_it() -> None:
    text = "```console\nada$ cat <<'END'\n> one\n>\n> $two\n> END\nstale\nada$ echo three\n```\n"
    new = text.replace("stale", "one\n\n$two").replace("three\n", "three\nthree\n")
    assert remade(text, evaluate=False) == new


def test_output_before_any_command_is_a_fault() -> None:
    with pytest.raises(SystemExit, match="output without a command: lost"):
        remade("```console\nlost\n```\n", evaluate=False)
