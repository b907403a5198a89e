"""Old bytes or new ones, and nothing left behind."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from skillvault import atomic

TEMPORARY = ".pin.json.0123456789ab.tmp"
DAY = 24 * 3600


def old(path: Path, seconds: float = 2 * DAY) -> Path:
    path.write_bytes(b"half")
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_bytes_and_mode(tmp_path: Path) -> None:
    path = tmp_path / "a"
    atomic.write(path, b"one")
    atomic.write(path, b"two", mode=0o444)
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o444
    assert names(tmp_path) == {"a"}


def test_exclusive_never_replaces(tmp_path: Path) -> None:
    path = tmp_path / "a"
    atomic.write(path, b"one", exclusive=True)
    with pytest.raises(FileExistsError):
        atomic.write(path, b"two", exclusive=True)
    assert path.read_bytes() == b"one"
    assert names(tmp_path) == {"a"}


@pytest.mark.parametrize("exclusive", [True, False])
def test_a_link_is_not_followed(tmp_path: Path, exclusive: bool) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"theirs")
    path = tmp_path / "a"
    path.symlink_to(target)
    if exclusive:
        with pytest.raises(FileExistsError):
            atomic.write(path, b"mine", exclusive=True)
    else:
        atomic.write(path, b"mine")
        assert not path.is_symlink()
    assert target.read_bytes() == b"theirs"


def test_a_folder_in_the_way_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError, match="directory"):
        atomic.write(tmp_path / "a", b"one")
    assert names(tmp_path) == {"a"}


def test_no_parent_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        atomic.write(tmp_path / "no" / "a", b"one")


def test_a_later_write_takes_away_what_a_killed_one_left(tmp_path: Path) -> None:
    old(tmp_path / TEMPORARY)
    atomic.write(tmp_path / "other", b"one")
    assert names(tmp_path) == {"other"}


def test_what_another_process_may_be_writing_stays(tmp_path: Path) -> None:
    old(tmp_path / TEMPORARY, DAY - 60)
    atomic.write(tmp_path / "other", b"one")
    assert TEMPORARY in names(tmp_path)


@pytest.mark.parametrize(
    "name", ["notes.tmp", ".notes.tmp", ".a.0123.tmp", "a.0123456789ab.tmp", "pin.json", ".a.age"]
)
def test_files_of_others_stay_however_old(tmp_path: Path, name: str) -> None:
    old(tmp_path / name)
    atomic.sweep(tmp_path)
    assert name in names(tmp_path)


def test_a_second_name_of_a_key_goes_and_the_key_stays(tmp_path: Path) -> None:
    key = old(tmp_path / "default.key")
    os.link(key, tmp_path / ".default.key.0123456789ab.tmp")
    atomic.sweep(tmp_path)
    assert names(tmp_path) == {"default.key"}


def test_folders_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".folder.0123456789ab.tmp").mkdir()
    os.utime(tmp_path / ".folder.0123456789ab.tmp", (0, 0))
    target = old(tmp_path / "target")
    (tmp_path / TEMPORARY).symlink_to(target)
    os.utime(tmp_path / TEMPORARY, (0, 0), follow_symlinks=False)
    atomic.sweep(tmp_path)
    assert names(tmp_path) == {".folder.0123456789ab.tmp", "target"}


def test_a_folder_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    atomic.sweep(tmp_path / "none")
