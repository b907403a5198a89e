"""What docs/walkthroughs.md quotes is what its commands print."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.readme import DOCUMENTS, faults, remade
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
