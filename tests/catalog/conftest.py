"""One keyholder for all tests of the catalog; each test has a state folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.vault import identity
from skillvault.vault.identity import Identity


@pytest.fixture(scope="session")
def me() -> Identity:
    return identity.generate()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"
