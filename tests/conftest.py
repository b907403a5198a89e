"""What every test may ask for: the shared vectors, an outside tool, folders of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# How fast examples are made says how busy the machine is, and nothing of the code.
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-machine")


def missing(what: str) -> None:
    """Skip and say why; in CI nothing may be missing."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and CI must not skip")
    pytest.skip(f"{what} is missing here")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with vectors and peers that lies beside the checkout."""
    path = Path(os.environ.get("SKILLVAULT_SHARED", ROOT.parent / "shared"))
    if not path.is_dir():
        missing(f"SKILLVAULT_SHARED ({path})")
    return path


@pytest.fixture(scope="session")
def require_tool() -> Callable[[str], str]:
    """`require_tool("age")` gives the program's path, or skips."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            missing(f"the program {name}")
        return str(path)

    return find


def _skips(config: pytest.Config) -> list[pytest.TestReport]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return list(reporter.stats.get("skipped", [])) if reporter is not None else []


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a test that is skipped, for whatever reason, fails the whole run."""
    if os.environ.get("CI") and _skips(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Name them, since the exit code alone would puzzle."""
    if os.environ.get("CI"):
        for report in _skips(config):
            terminalreporter.write_line(f"skipped, and CI must not skip: {report.nodeid}", red=True)
