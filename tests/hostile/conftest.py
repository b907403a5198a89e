"""The scene of the crime, anew for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile import host
from tests.hostile.host import Scene


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Made once, changed by nobody."""
    return host.build(tmp_path_factory.mktemp("hostile") / "scene")


@pytest.fixture(scope="module")
def seen() -> list[str]:
    """The tests of a file that ran."""
    return []


@pytest.fixture
def scene(
    pristine: Scene, tmp_path: Path, seen: list[str], request: pytest.FixtureRequest
) -> Scene:
    made = host.copy(pristine, tmp_path / "scene")
    made.whole = not seen
    seen.append(request.function.__name__)
    return made
