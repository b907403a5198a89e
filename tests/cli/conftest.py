"""Fixtures for tests of the command line: real processes, people with folders of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cli.story import (
    ROOT,
    CheckJson,
    NamePerson,
    Person,
    Terminal,
    World,
    at_terminal,
    base_environment,
)
from tests.weights import weights

__all__ = ["weights"]

SCHEMAS = ROOT / "docs" / "json"


@pytest.fixture
def person(tmp_path: Path) -> NamePerson:
    """`person("ada")`: a keyholder with an empty home folder in this test's own."""
    return lambda name: Person.at(tmp_path / name)


@pytest.fixture
def ada(person: NamePerson) -> Person:
    """The first of them."""
    return person("ada")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One world for all tests that change nothing in it."""
    return World.build(tmp_path_factory.mktemp("world"))


def _close(schema: object) -> None:
    """Refuse what the schema does not name: readers may meet new fields, our tests may not."""
    if isinstance(schema, list):
        for part in schema:
            _close(part)
    elif isinstance(schema, dict):
        for part in schema.values():
            _close(part)
        if "required" in schema:
            assert set(schema["required"]) == set(schema["properties"]), "null, and never absent"
            schema["additionalProperties"] = False


@pytest.fixture(scope="session")
def check_json() -> CheckJson:
    """`check_json("list", output)`: the one object of it, held to docs/json/list.schema.json."""

    def check(name: str, output: str) -> dict[str, Any]:
        lines = output.splitlines()
        assert len(lines) == 1, output
        assert output.isascii()
        found: dict[str, Any] = json.loads(lines[0])
        schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
        _close(schema)
        jsonschema.Draft202012Validator(schema).validate(found)
        return found

    return check


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """`terminal(["-c", CODE], keys, {"PAGER": ...})`: Python at a terminal."""

    def run(words: list[str], keys: str = "", env: Mapping[str, str] = {}) -> tuple[int, str]:
        return at_terminal(words, keys, {**base_environment(), "TERM": "xterm", **env}, tmp_path)

    return run
