"""Where the tests of removals begin: an owner with one skill, pushed to a host."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.services import checking, put
from tests.people import Person, bare, copied

LATER = 1_790_000_100.0


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The owner of a vault, with one skill, and the host."""
    root = tmp_path_factory.mktemp("begun")
    ada = Person("Ada", root / "ada")
    ada.init(remote=bare(root / "host.git"))
    put.put(ada.ctx, [ada.skill("one")])
    checking.sync(ada.ctx)
    return root


@pytest.fixture
def host(tmp_path: Path, begun: Path) -> Path:
    return copied(begun, tmp_path) / "host.git"


@pytest.fixture
def ada(host: Path) -> Person:
    """She, and nobody else yet."""
    return Person("Ada", host.parent / "ada", clock=LATER)
