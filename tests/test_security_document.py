"""Every test that SECURITY.md and docs/threat-model.md lean on is there, and none is forgotten."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT

SECURITY, MODEL = "SECURITY.md", "docs/threat-model.md"


def text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def named(page: str) -> set[tuple[str, str]]:
    """(file, test) for each, with an empty name where a whole file is meant."""
    return set(re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", text(page)))


NAMED = sorted(named(SECURITY) | named(MODEL))


@pytest.mark.parametrize("page", [SECURITY, MODEL])
def test_there_are_tests_named(page: str) -> None:
    assert len(named(page)) > 50


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_is_there(file: str, name: str) -> None:
    path = ROOT / file if file.startswith("tests/") else ROOT / "tests" / file
    assert f"def {name}(" in path.read_text("utf-8") if name else path.is_file()


def test_every_scenario_of_a_hostile_host_stands_in_the_threat_model() -> None:
    files = {file for file, _ in named(MODEL)}
    scenarios = {f"hostile/{path.name}" for path in (ROOT / "tests/hostile").glob("test_*.py")}
    assert scenarios <= files


def test_both_pages_have_the_same_attackers() -> None:
    """Letters in the one's table, headings in the other."""
    attackers = re.findall(r"^\| ([A-Z]) \|", text(SECURITY), re.MULTILINE)
    headings = re.findall(r"^## ([A-Z]): ", text(MODEL), re.MULTILINE)
    assert headings == attackers
