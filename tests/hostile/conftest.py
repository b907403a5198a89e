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


@pytest.fixture
def scene(pristine: Scene, tmp_path: Path) -> Scene:
    return host.copy(pristine, tmp_path / "scene")
