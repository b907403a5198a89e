"""Folders of skills: read without following anything, written whole or not at all."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillvault.errors import ConflictError, NotFoundError, RefusedError
from skillvault.skill.files import SkillFile, check_files, read_folder, recover, write_folder
from skillvault.skill.paths import check_path, check_set

SKILL = SkillFile("SKILL.md", b"---\nname: a\ndescription: b\n---\nbody\n", "644")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small skill on disk."""
    path = tmp_path / "a"
    path.mkdir()
    (path / "SKILL.md").write_bytes(SKILL.data)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refused(folder: Path) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        read_folder(folder)
    return caught.value


def test_a_folder_comes_back_byte_for_byte(tmp_path: Path) -> None:
    files = (
        SkillFile("-dash -rf", b"", "644"),
        SKILL,
        SkillFile("assets/logo.png", bytes(range(256)) * 40, "644"),
        SkillFile("references/a/b/c/d e.md", b"crlf\r\nline\r\n", "644"),
        SkillFile("scripts/run.sh", b"#!/bin/sh\n", "755"),
        SkillFile("scripts/\xfcn\xefcode \u6f22.py", b"x = 1\n", "755"),
    )
    write_folder(tmp_path / "skill", files[::-1])
    assert read_folder(tmp_path / "skill") == files
    assert names(tmp_path) == ["skill"]
    assert (tmp_path / "skill/scripts/run.sh").stat().st_mode & 0o111
    assert not (tmp_path / "skill/SKILL.md").stat().st_mode & 0o111


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(
        st.lists(st.text("ab \u00e9\u6f22.-", min_size=1, max_size=5), min_size=1, max_size=3).map(
            "/".join
        ),
        st.tuples(st.binary(max_size=50), st.sampled_from(["644", "755"])),
        min_size=1,
        max_size=6,
    )
)
def test_any_acceptable_folder_comes_back(
    content: dict[str, tuple[bytes, Literal["644", "755"]]],
) -> None:
    try:
        for path in content:
            check_path(path)
        check_set(content)
    except RefusedError:
        return
    files = [SkillFile(p, d, m) for p, (d, m) in content.items()]
    with tempfile.TemporaryDirectory() as parent:
        write_folder(Path(parent, "x"), files)
        found = read_folder(Path(parent, "x"))
    assert found == tuple(sorted(files, key=lambda f: f.path.encode()))


def test_files_come_in_the_order_of_their_bytes(folder: Path) -> None:
    for name in ("b", "C", "a.md", "\u00e9", "z"):
        (folder / name).write_bytes(b"")
    (folder / "a").mkdir()
    (folder / "a" / "x").write_bytes(b"")
    paths = [f.path for f in read_folder(folder)]
    assert paths == ["C", "SKILL.md", "a.md", "a/x", "b", "z", "\u00e9"]


def test_only_the_owners_execute_bit_counts(folder: Path) -> None:
    for name, mode in (("own", 0o700), ("group", 0o650), ("set", 0o4744), ("private", 0o600)):
        (folder / name).write_bytes(b"")
        (folder / name).chmod(mode)
    modes = {f.path: f.mode for f in read_folder(folder)}
    assert modes == {
        "SKILL.md": "644",
        "own": "755",
        "group": "644",
        "set": "755",
        "private": "644",
    }


def test_leftovers_are_left_out_and_named(folder: Path) -> None:
    (folder / "scripts" / "__pycache__").mkdir(parents=True)
    (folder / "scripts" / "__pycache__" / "x.pyc").write_bytes(b"")
    (folder / "scripts" / "Thumbs.db").write_bytes(b"")
    (folder / "scripts" / "x.py").write_bytes(b"")
    (folder / ".DS_Store").write_bytes(b"")
    (folder / "empty" / "deep").mkdir(parents=True)
    (folder / "__pycache__x").write_bytes(b"")
    skipped: list[str] = []
    paths = [f.path for f in read_folder(folder, on_skip=skipped.append)]
    assert paths == ["SKILL.md", "__pycache__x", "scripts/x.py"]
    assert skipped == [".DS_Store", "empty/deep/", "scripts/Thumbs.db", "scripts/__pycache__"]


def link_to_file(folder: Path) -> None:
    (folder / "x").symlink_to("/etc/hostname")


def link_inside(folder: Path) -> None:
    (folder / "x").symlink_to("SKILL.md")


def link_to_folder(folder: Path) -> None:
    (folder / "x").symlink_to("/etc")


def link_to_nothing(folder: Path) -> None:
    (folder / "x").symlink_to("nowhere")


def link_named_as_junk(folder: Path) -> None:
    (folder / ".DS_Store").symlink_to("/etc/hostname")


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "x")


def unix_socket(folder: Path) -> None:
    before = Path.cwd()
    os.chdir(folder)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("x")
    finally:
        os.chdir(before)


def git_checkout(folder: Path) -> None:
    (folder / ".git").mkdir()


def git_file(folder: Path) -> None:
    (folder / ".git").write_text("gitdir: ../x")


def git_below(folder: Path) -> None:
    (folder / "x" / ".GIT").mkdir(parents=True)


def backslash(folder: Path) -> None:
    (folder / "..\\x").write_bytes(b"")


def control(folder: Path) -> None:
    (folder / "a\nb").write_bytes(b"")


def not_utf8(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/x\xff")).write_bytes(b"")


def case(folder: Path) -> None:
    (folder / "skill.MD").write_bytes(b"")


def too_long(folder: Path) -> None:
    (folder / ("x" * 101)).write_bytes(b"")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (link_to_file, "links"),
        (link_inside, "links"),
        (link_to_folder, "links"),
        (link_to_nothing, "links"),
        (link_named_as_junk, "links"),
        (pipe, "neither"),
        (unix_socket, "neither"),
        (git_checkout, ".git"),
        (git_file, ".git"),
        (git_below, ".git"),
        (backslash, "backslash"),
        (control, "control"),
        (not_utf8, "UTF-8"),
        (case, "case"),
        (too_long, "ustar"),
    ],
)
def test_never_in_a_skill(folder: Path, make: Callable[[Path], None], reason: str) -> None:
    make(folder)
    assert reason in refused(folder).problem


def test_a_git_checkout_is_told_what_to_do(folder: Path) -> None:
    git_checkout(folder)
    assert "git archive" in (refused(folder).hint or "")


def test_the_named_folder_itself_may_be_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert read_folder(tmp_path / "link") == (SKILL,)


def test_limits_hold_at_their_edge(folder: Path) -> None:
    (folder / "x").write_bytes(b"12345")
    size = len(SKILL.data) + 5
    assert len(read_folder(folder, max_bytes=size, max_files=2)) == 2
    with pytest.raises(RefusedError, match=f"more than {size - 1} bytes"):
        read_folder(folder, max_bytes=size - 1)
    with pytest.raises(RefusedError, match="more than 1 files"):
        read_folder(folder, max_files=1)


def test_the_default_limits_are_those_of_put(folder: Path) -> None:
    with (folder / "big").open("wb") as file:
        file.truncate(16 * 1024 * 1024)
    assert "more than 16 MiB" in refused(folder).problem
    (folder / "big").unlink()
    for number in range(512):
        (folder / f"{number}").write_bytes(b"")
    assert "more than 512 files" in refused(folder).problem


def test_a_file_without_an_end_is_cut_off(folder: Path) -> None:
    (folder / "x").symlink_to("/dev/zero")
    assert "links" in refused(folder).problem


@pytest.mark.parametrize("name", ["x", "d"])
def test_what_cannot_be_read_is_named(name: str) -> None:
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        Path(parent, "x").write_bytes(b"")
        Path(parent, "d").mkdir()
        Path(parent, name).chmod(0)
        root = os.geteuid() == 0  # who reads everything, so it is nobody for a moment
        if root:
            os.seteuid(65534)
        try:
            error = refused(Path(parent))
        finally:
            if root:
                os.seteuid(0)
        Path(parent, name).chmod(0o700)
    assert str(error) == f"{name}: cannot be read: permission denied"


def test_no_folder(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(NotFoundError, match="no such folder"):
        read_folder(tmp_path / "none")
    with pytest.raises(RefusedError, match="not a folder"):
        read_folder(folder / "SKILL.md")
    with pytest.raises(RefusedError):
        read_folder(Path("bad\0name"))


@pytest.mark.parametrize(
    "paths",
    [["../x"], ["/x"], [".git/hooks/post-checkout"], ["a", "A"], ["a", "a/b"], ["a\nb"], ["a//b"]],
)
def test_hostile_paths_write_nothing(tmp_path: Path, paths: list[str]) -> None:
    files = [SKILL, *(SkillFile(p, b"evil", "755") for p in paths)]
    with pytest.raises(RefusedError):
        check_files(files)
    with pytest.raises(RefusedError):
        write_folder(tmp_path / "skill", files)
    assert not list(tmp_path.iterdir())


def test_what_is_there_is_kept_unless_asked(folder: Path, tmp_path: Path) -> None:
    new = [SkillFile("SKILL.md", b"new", "644")]
    with pytest.raises(ConflictError, match="already there"):
        write_folder(folder, new)
    assert read_folder(folder) == (SKILL,)
    (folder / "extra").write_bytes(b"")
    write_folder(folder, new, replace=True)
    assert read_folder(folder) == tuple(new)
    assert names(tmp_path) == ["a"]


def test_a_link_in_the_way_is_replaced_and_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    new = (SkillFile("SKILL.md", b"new", "644"),)
    with pytest.raises(ConflictError):
        write_folder(tmp_path / "link", new)
    write_folder(tmp_path / "link", new, replace=True)
    assert not (tmp_path / "link").is_symlink()
    assert read_folder(tmp_path / "link") == new
    assert read_folder(folder) == (SKILL,)


def test_a_file_in_the_way_is_kept(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"mine")
    with pytest.raises(ConflictError, match="in the way"):
        write_folder(tmp_path / "x", [SKILL], replace=True)
    assert (tmp_path / "x").read_bytes() == b"mine"


def test_a_parent_is_needed(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        write_folder(tmp_path / "no" / "skill", [SKILL])


def test_the_umask_holds(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_folder(tmp_path / "x", [SkillFile("d/run", b"", "755")])
    finally:
        os.umask(before)
    assert (tmp_path / "x/d/run").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "x/d").stat().st_mode & 0o777 == 0o700


def test_leftovers_of_a_killed_process_go_and_what_it_set_aside_comes_back(tmp_path: Path) -> None:
    private = tmp_path / f".skillvault-{'0' * 16}"
    (private / "old" / "mine").mkdir(parents=True)
    (private / "old" / "mine" / "x").write_bytes(b"edited")
    (private / "new").mkdir()
    (tmp_path / ".skillvault-notes").mkdir()
    recover(tmp_path)
    assert (tmp_path / "mine" / "x").read_bytes() == b"edited"
    assert names(tmp_path) == [".skillvault-notes", "mine"]


def test_what_another_process_is_building_stays(tmp_path: Path) -> None:
    private = tmp_path / f".skillvault-{'0' * 16}"
    private.mkdir()
    descriptor = os.open(private, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    write_folder(tmp_path / "x", [SKILL])
    assert private.exists()
    os.close(descriptor)
    recover(tmp_path)
    assert not private.exists()


PROGRAM = """
import sys, pathlib
from skillvault.skill.files import SkillFile, write_folder
files = [SkillFile("SKILL.md", b"new", "644"), SkillFile("d/x", b"new", "755")]
print("go", flush=True)
write_folder(pathlib.Path(sys.argv[1]), files, replace=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("call", ["rename", "fsync", "mkdir", "unlinkat", "rmdir"])
def test_killed_at_any_moment_it_is_the_old_or_the_new_folder(
    tmp_path: Path, require_tool: Callable[[str], str], call: str
) -> None:
    strace = require_tool("strace")
    new = (SkillFile("SKILL.md", b"new", "644"), SkillFile("d/x", b"new", "755"))
    killed = 0
    for k in range(1, 40):
        dest = tmp_path / f"{k}" / "a"
        dest.parent.mkdir()
        write_folder(dest, [SKILL])
        inject = f"{call}:signal=SIGKILL:when={k}"
        run = subprocess.run(
            [
                *(strace, "-f", "-o", os.devnull, "-e", f"trace={call}", "-e", f"inject={inject}"),
                *(sys.executable, "-c", PROGRAM, str(dest)),
            ],
            capture_output=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        recover(dest.parent)
        assert read_folder(dest) in {(SKILL,), new}
        assert names(dest.parent) == ["a"]
        if run.returncode == 0:
            assert read_folder(dest) == new
            break
        killed += 1
    else:
        pytest.fail("never ended by itself")
    assert killed > 0
