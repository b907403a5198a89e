"""What docs/walkthroughs.md quotes is what its commands print."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.readme import DOCUMENTS, faults, remade
from tests.weights import weights

__all__ = ["weights"]


@pytest.mark.slow
def test_every_command_prints_what_is_quoted(weights: Path) -> None:
    assert weights
    text = next(path for path in DOCUMENTS if path.name == "walkthroughs.md").read_text()
    assert not faults(text, remade(text, evaluate=True))
