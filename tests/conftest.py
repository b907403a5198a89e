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


# `make test` has five minutes on two cores. These files take longest of all, and other files look at
# the same parts more cheaply: they run in `make test-all`, as CI does, beside what is exhaustive.
LONG = {
    f"{folder}/test_{name}.py"
    for folder, names in {
        "cli": "doctor edit eval importing installing member_remove resolve running undo",
        "machine": "state_machine",
        "models": "registry",
        "services": "conflict_and_trust expiring group_races healing leafing leaving names_and_bases "
        "replacing resolving review_files review_hostile review_races undoing",
        "skill": "reference_validator",
        "tui": "doing evaluate passphrase people share skill",
        "vault": "replay",
    }.items()
    for name in names.split()
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Before `-m` is looked at: what is long counts as exhaustive."""
    for item in items:
        if item.path.relative_to(ROOT / "tests").as_posix() in LONG:
            item.add_marker(pytest.mark.exhaustive)


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
