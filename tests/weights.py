"""The embedded model for tests: real weights, one loaded server a session."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from skillvault.errors import ServiceError
from skillvault.models.local import LocalModel
from skillvault.models.pull import pull
from skillvault.models.registry import DEFAULT, open_model
from skillvault.paths import Paths
from tests.conftest import missing

FOLDER = Paths.from_environment().models


@pytest.fixture(scope="session")
def weights() -> Path:
    """The user's own folder of weights, with those of the embedded model in it."""
    try:
        return pull("smollm2-135m", FOLDER).path.parent
    except ServiceError as error:
        missing(f"the embedded model ({error})")
        raise


@pytest.fixture(scope="session")
def model(weights: Path) -> LocalModel:
    """The embedded model, loaded at its first question. Call `forget` before counting on order.

    The same in every module that takes this fixture; the interpreter's exit closes it.
    """
    return _open(weights)


@cache
def _open(weights: Path) -> LocalModel:
    opened = open_model(DEFAULT, weights)
    assert isinstance(opened, LocalModel)
    return opened
