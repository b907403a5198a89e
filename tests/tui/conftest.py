"""Fixtures of the terminal UI's tests: async tests, one vault for all, pictures of screens."""

from __future__ import annotations

import asyncio
import inspect
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.tui.measured import tell_results
from tests.tui.stage import Machine, Ui, pictures, tell

SNAPSHOTS = Path(__file__).parent / "snapshots"


class Snapshot(Protocol):
    """Compares the screen with what was kept."""

    async def __call__(self, ui: Ui, name: str, *, dialog: bool = False) -> None: ...


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """A test that is a coroutine gets a loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = inspect.signature(pyfuncitem.obj).parameters
    arguments = {name: pyfuncitem.funcargs[name] for name in wanted}
    asyncio.run(pyfuncitem.obj(**arguments))
    return True


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Ada's machine with the vault `acme`, for tests that change nothing in it."""
    folder = tmp_path_factory.mktemp("acme")
    tell(folder)
    return Machine(folder)


@pytest.fixture
def own(library: Machine) -> Iterator[Machine]:
    """A copy of that machine, and of its host, for a test that changes something.

    Its path is short wherever the tests run: what names a folder then fits its line.
    """
    with tempfile.TemporaryDirectory(prefix="sv-", ignore_cleanup_errors=True) as folder:
        yield library.copied(Path(folder) / "own")


@pytest.fixture
def empty(tmp_path: Path) -> Machine:
    """A machine on which skillvault was never run."""
    return Machine(tmp_path)


@pytest.fixture
def snapshot() -> Snapshot:
    """`await snapshot(ui, "library")`: the screen at each size and theme is as it was kept.

    Of a `dialog` at two sizes, in a theme each.

    With SNAPSHOTS=write in the environment the pictures are kept anew. A picture that differs is
    written to the folder for temporary files, to be looked at. Drawing one costs most: what is
    compared is a digest of the cells, which stands in the picture.
    """

    async def check(ui: Ui, name: str, *, dialog: bool = False) -> None:
        differ = []
        for label, (width, height), theme in pictures(dialog=dialog):
            ui.app.theme = theme
            await ui.resize(width, height)
            kept = SNAPSHOTS / f"{name}-{label}.svg"
            if kept.exists() and kept.read_text().endswith(f"<!-- {ui.print_of()} -->\n"):
                continue
            new = Path(tempfile.gettempdir()) / f"skillvault-{name}-{label}.svg"
            place = kept if os.environ.get("SNAPSHOTS") == "write" else new
            place.write_text(ui.picture())
            if place is new:
                differ.append(str(new))
        assert not differ, f"look at {', '.join(differ)}; keep them with SNAPSHOTS=write"

    return check


@pytest.fixture(scope="session")
def measured(library: Machine, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A copy of Ada's machine where `code-review` was measured, for tests that change nothing."""
    machine = library.copied(tmp_path_factory.mktemp("measured") / "ada")
    tell_results(machine)
    return machine
