"""Every test that SECURITY.md leans on is there."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT

NAMED = sorted(set(re.findall(r"`(\S+\.py)::(\w+)`", (ROOT / "SECURITY.md").read_text("utf-8"))))


def test_there_are_tests_named() -> None:
    assert len(NAMED) > 50


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_is_there(file: str, name: str) -> None:
    assert f"def {name}(" in (ROOT / "tests" / file).read_text("utf-8")
