"""What docs/walkthroughs.md quotes is what its commands print."""

from __future__ import annotations

import pytest

from scripts.readme import DOCUMENTS, faults, remade


@pytest.mark.slow
def test_every_command_prints_what_is_quoted() -> None:
    text = next(path for path in DOCUMENTS if path.name == "walkthroughs.md").read_text()
    assert not faults(text, remade(text, evaluate=False))
