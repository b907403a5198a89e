"""A skill's folder and its files in memory: read without following a link, written whole."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from skillvault.errors import ConflictError, NotFoundError, RefusedError
from skillvault.skill.paths import check_path, check_set
from skillvault.skill.text import visible

Mode = Literal["644", "755"]

PUT_BYTES = 16 * 1024 * 1024
PUT_FILES = 512

_PRIVATE = ".skillvault-"
_PRIVATE_NAME = re.compile(r"\.skillvault-[0-9a-f]{16}")
_JUNK = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_JUNK_FOLDERS = frozenset({"__pycache__"})
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# A file swapped for a link fails to open; one swapped for a pipe does not make us wait.
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class SkillFile:
    """One file of a skill: path below its folder, bytes, and `755` if its owner may run it."""

    path: str
    data: bytes
    mode: Mode


def read_folder(
    path: Path,
    *,
    max_bytes: int = PUT_BYTES,
    max_files: int = PUT_FILES,
    on_skip: Callable[[str], None] | None = None,
) -> tuple[SkillFile, ...]:
    """Read every file below `path`, in the order of their paths' bytes.

    `path` itself may be a link, as folders of agents are. Below it nothing is followed: each
    folder is opened from its parent's descriptor, so that one swapped meanwhile leads nowhere.
    `on_skip` hears of what a skill does not keep: leftovers of desktops and of Python
    (`.DS_Store`, `Thumbs.db`, `desktop.ini`, `__pycache__`) and empty folders (`name/`).
    RefusedError for links, special files, paths that `skill.paths` refuses, and beyond the
    limits; NotFoundError if there is no such folder.
    """
    reader = _Reader(visible(str(path)), max_bytes, max_files, on_skip or (lambda _: None))
    try:
        root = os.open(path, _FOLDER_FLAGS)
    except FileNotFoundError:
        raise NotFoundError(visible(str(path)), "no such folder") from None
    except NotADirectoryError:
        raise RefusedError(visible(str(path)), "not a folder; a skill is one") from None
    except (OSError, ValueError) as error:
        raise _unreadable(str(path), error) from None
    try:
        reader.folder(root, "")
    finally:
        os.close(root)
    check_set(file.path for file in reader.files)
    return tuple(sorted(reader.files, key=lambda file: file.path.encode()))


@dataclass(slots=True)
class _Reader:
    """One walk through a folder, with what it has read so far."""

    subject: str
    max_bytes: int
    max_files: int
    on_skip: Callable[[str], None]
    files: list[SkillFile] = field(default_factory=list)
    size: int = 0

    def folder(self, descriptor: int, prefix: str) -> None:
        empty = True
        for name, entry in self._entries(descriptor, prefix):
            empty = False
            path = prefix + name
            if _is_junk(entry):
                self.on_skip(path)
                continue
            self._check(path, entry)
            if entry.is_dir(follow_symlinks=False):
                self._enter(descriptor, entry, path)
            else:
                self._read(descriptor, entry, path)
        if empty and prefix:
            self.on_skip(prefix)

    def _entries(self, descriptor: int, prefix: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
        try:
            with os.scandir(descriptor) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            raise _unreadable(prefix or self.subject, error) from None
        for entry in found:
            # The locale decides how Python decodes names; a skill's are UTF-8.
            yield os.fsencode(entry.name).decode("utf-8", "surrogateescape"), entry

    def _check(self, path: str, entry: os.DirEntry[str]) -> None:
        try:
            check_path(path)
        except RefusedError as error:
            if entry.name.lower() != ".git":
                raise
            hint = "put a copy without it: `git archive HEAD | tar -x -C FOLDER`"
            raise RefusedError(error.subject, error.problem, hint) from None

    def _enter(self, parent: int, entry: os.DirEntry[str], path: str) -> None:
        try:
            descriptor = os.open(entry.name, _FOLDER_FLAGS | os.O_NOFOLLOW, dir_fd=parent)
        except OSError as error:
            raise _unreadable(path, error) from None
        try:
            self.folder(descriptor, path + "/")
        finally:
            os.close(descriptor)

    def _read(self, parent: int, entry: os.DirEntry[str], path: str) -> None:
        if entry.is_symlink():
            hint = "put a copy of the file"
            raise RefusedError(visible(path), "links are never in a skill", hint)
        if not entry.is_file(follow_symlinks=False):
            raise RefusedError(visible(path), "neither a file nor a folder")
        if len(self.files) >= self.max_files:
            raise RefusedError(self.subject, f"more than {self.max_files:,} files")
        try:
            descriptor = os.open(entry.name, _FILE_FLAGS, dir_fd=parent)
            try:
                found = os.fstat(descriptor)
                if not stat.S_ISREG(found.st_mode):
                    raise RefusedError(visible(path), "neither a file nor a folder")
                data = _contents(descriptor, found.st_size, self.max_bytes - self.size)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _unreadable(path, error) from None
        self.size += len(data)
        if self.size > self.max_bytes:
            raise RefusedError(self.subject, f"more than {_mebibytes(self.max_bytes)} of files")
        self.files.append(SkillFile(path, data, "755" if found.st_mode & stat.S_IXUSR else "644"))


def _contents(descriptor: int, size: int, limit: int) -> bytes:
    """All bytes of a file, or a few more than `limit`: it may grow while it is read."""
    data = os.read(descriptor, min(size, limit) + 1)
    while len(data) <= limit and (more := os.read(descriptor, 65536)):
        data += more
    return data


def _is_junk(entry: os.DirEntry[str]) -> bool:
    if entry.is_dir(follow_symlinks=False):
        return entry.name in _JUNK_FOLDERS
    return entry.name.lower() in _JUNK and entry.is_file(follow_symlinks=False)


def _unreadable(path: str, error: OSError | ValueError) -> RefusedError:
    reason = (error.strerror or "").lower() if isinstance(error, OSError) else str(error)
    return RefusedError(visible(path), f"cannot be read: {reason or type(error).__name__}")


def _mebibytes(size: int) -> str:
    mebi = 1024 * 1024
    return f"{size // mebi} MiB" if size % mebi == 0 else f"{size:,} bytes"


def check_files(files: Sequence[SkillFile]) -> None:
    """RefusedError unless the files may stand in one skill: each path, and all together."""
    for file in files:
        check_path(file.path)
    check_set(file.path for file in files)


def write_folder(
    dest: Path, files: Sequence[SkillFile], *, replace: bool = False, mode: int = 0o755
) -> None:
    """Put the files into a new folder `dest` of that mode: all of them, synced, or none.

    They are built in a private folder (mode 0700) beside it and renamed. With `replace` what
    stands there is set aside first and deleted last; a link there is replaced, never followed.
    A process killed in between leaves that private folder, which the next call here (or
    `recover`) clears away, after putting back what had been set aside and not replaced.
    RefusedError for paths that a skill may not have, ConflictError if something is in the way,
    NotFoundError without a parent folder; OSError as the system says, nothing changed.
    """
    check_files(files)
    if not dest.parent.is_dir():
        raise NotFoundError(visible(str(dest.parent)), "no such folder")
    recover(dest.parent)
    if os.path.lexists(dest) and not replace:
        raise ConflictError(visible(str(dest)), "already there")
    if dest.exists() and not dest.is_dir():
        raise ConflictError(visible(str(dest)), "a file is in the way of the skill's folder")
    with _private_folder(dest.parent) as private:
        new = private / "new"
        _build(new, files, mode)
        _swap(new, dest, private / "old")
        _sync(dest.parent)


def remove_folder(folder: Path) -> None:
    """Take a folder away with all that is in it: for whoever looks, at once.

    A link is refused (OSError), never followed. What a killed process leaves, `recover` clears.
    """
    if folder.is_symlink():
        raise NotADirectoryError(None, "a link", str(folder))
    private, descriptor = _make_private(folder.parent)
    try:
        folder.rename(private / "gone")
    finally:
        try:
            _remove(private)
        finally:
            os.close(descriptor)


def recover(parent: Path) -> None:
    """Clear away what killed `write_folder` calls left in `parent`, and undo half a replacement."""
    for private in parent.glob(f"{_PRIVATE}*"):
        if not _PRIVATE_NAME.fullmatch(private.name):
            continue
        try:
            descriptor = os.open(private, _FOLDER_FLAGS | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            # Locked: a living process is building there. Without locks (some network shares)
            # nobody can tell, and nothing is cleared away.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_uid == os.geteuid():
                _restore(private / "old", parent)
                _remove(private)
        except OSError:
            continue
        finally:
            os.close(descriptor)


def _restore(old: Path, parent: Path) -> None:
    for folder in old.glob("*"):
        if not os.path.lexists(parent / folder.name):
            folder.rename(parent / folder.name)


@contextmanager
def _private_folder(parent: Path) -> Iterator[Path]:
    """A locked folder of our own in `parent`, on the same file system, gone afterwards."""
    private, descriptor = _make_private(parent)
    try:
        (private / "old").mkdir()
        yield private
    finally:
        try:
            _restore(private / "old", parent)
            _remove(private)
        finally:
            os.close(descriptor)


def _make_private(parent: Path) -> tuple[Path, int]:
    """The folder and the descriptor that holds its lock."""
    while True:
        private = parent / f"{_PRIVATE}{secrets.token_hex(8)}"
        private.mkdir(mode=0o700)
        descriptor = os.open(private, _FOLDER_FLAGS)
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if private.exists():
            return private, descriptor
        os.close(descriptor)  # another process took it for a leftover before it was locked


def _build(folder: Path, files: Sequence[SkillFile], mode: int) -> None:
    """Write the files below a new folder; the umask applies, as it does to a checkout."""
    folders = {folder}
    folder.mkdir(mode=mode)
    for file in files:
        path = folder / file.path
        missing = [p for p in path.parents if p not in folders and p.is_relative_to(folder)]
        for parent in reversed(missing):
            parent.mkdir(mode=0o755)
        folders.update(missing)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, int(file.mode, 8))
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(file.data)
            stream.flush()
            os.fsync(descriptor)
    for path in folders:
        _sync(path)


def _swap(new: Path, dest: Path, aside: Path) -> None:
    """What stands at `dest` is set aside; whoever clears up puts it back if `new` never came."""
    if os.path.lexists(dest):
        dest.rename(aside / dest.name)
    new.rename(dest)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, _FOLDER_FLAGS)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder)
