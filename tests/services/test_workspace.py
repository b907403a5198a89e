"""Private folders: where they lie, and that they go."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from skillvault.services.workspace import SHARED_MEMORY, disk_root, sweep, workspace
from tests.people import Person


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    return Person("Ada", tmp_path / "ada")


def test_it_is_private_lies_in_memory_and_goes_whatever_happens(ada: Person) -> None:
    with workspace(ada.ctx) as folder:
        assert folder.parent == SHARED_MEMORY
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "locked").mkdir()
        (folder / "locked" / "file").write_text("x")
        (folder / "locked").chmod(0o500)
    assert not folder.exists()
    with pytest.raises(ZeroDivisionError), workspace(ada.ctx) as folder:
        raise ZeroDivisionError
    assert not folder.exists()
    assert ada.warnings == []


def test_without_memory_it_says_that_the_text_lies_on_disk(ada: Person, tmp_path: Path) -> None:
    with workspace(ada.ctx, memory=[tmp_path, tmp_path / "none"]) as folder:
        assert folder.parent == disk_root(ada.paths)
        assert disk_root(ada.paths).stat().st_mode & 0o777 == 0o700
    assert not folder.exists()
    assert [w for w in ada.warnings if "on disk" in w]


def test_a_runtime_folder_that_others_write_into_is_not_used(ada: Person) -> None:
    with workspace(ada.ctx) as open_to_all:
        open_to_all.chmod(0o777)
        with workspace(ada.ctx, memory=[open_to_all, SHARED_MEMORY]) as folder:
            assert folder.parent == SHARED_MEMORY
        open_to_all.chmod(0o700)
        with workspace(ada.ctx, memory=[open_to_all]) as folder:
            assert folder.parent == open_to_all


def test_sweeping_takes_what_nobody_holds_and_nothing_else(ada: Person) -> None:
    root = disk_root(ada.paths)
    root.mkdir(parents=True)
    names = ["skillvault-" + "0" * 16, "skillvault-" + "1" * 16, "mine", "skillvault-short"]
    for name in names:
        (root / name / "x").mkdir(parents=True)
    (root / ("skillvault-" + "2" * 16)).symlink_to(root / "mine")
    held = os.open(root / names[1], os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    sweep(ada.paths, {})
    os.close(held)
    assert {p.name for p in root.iterdir()} == {*names[1:], "skillvault-" + "2" * 16}
    assert (root / "mine" / "x").exists()
