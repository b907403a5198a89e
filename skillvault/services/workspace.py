"""A private folder for plaintext that some other program must read: in memory where possible.

Its process holds a lock on it. Whoever finds one that nobody holds removes it (`sweep`, at the
start of every command that opens a vault): so a kill leaves it till then, and no longer.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import signal
import stat
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Final

from skillvault.paths import Paths
from skillvault.services.context import Context

SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - we make a folder of our own, mode 0700
_NAME: Final = re.compile(r"skillvault-[0-9a-f]{16}")
_MEMORY: Final = frozenset({b"tmpfs", b"ramfs"})
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ENDING: Final = (signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """A signal that ends this process: raised where it arrives, so that folders are removed."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextlib.contextmanager
def workspace(ctx: Context, memory: Sequence[Path] | None = None) -> Iterator[Path]:
    """A new folder (mode 0700), removed at the end, also at SIGTERM, SIGHUP and ^C.

    It says so (`ctx.warn`) where there is no file system in memory. `memory`: the folders to look
    for one in, `XDG_RUNTIME_DIR` and `/dev/shm` by default.
    """
    roots = _memory_roots(ctx.environ) if memory is None else memory
    root = next((r for r in roots if _in_memory(r) and _is_ours_to_use(r)), None)
    if root is None:
        root = disk_root(ctx.paths)
        ctx.warn(f"no file system in memory here: the text lies in {root} on disk meanwhile")
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _until_ended():
        folder, lock = _make(root)
        try:
            yield folder
        finally:
            _remove(folder)
            os.close(lock)


def sweep(paths: Paths, environ: Mapping[str, str]) -> None:
    """Remove the workspaces of this user whose process is gone. Never fails."""
    for path in remaining(paths, environ):
        _remove_if_left(path)


def remaining(paths: Paths, environ: Mapping[str, str]) -> list[Path]:
    """Every workspace of this user that is there."""
    found, me = list[Path](), os.getuid()
    for root in (*_memory_roots(environ), disk_root(paths)):
        with contextlib.suppress(OSError), os.scandir(root) as entries:
            named = [e for e in entries if _NAME.fullmatch(e.name)]
            found += [Path(e.path) for e in named if e.stat(follow_symlinks=False).st_uid == me]
    return found


def disk_root(paths: Paths) -> Path:
    """Where workspaces lie if they cannot lie in memory."""
    return paths.state / "workspaces"


def _memory_roots(environ: Mapping[str, str]) -> list[Path]:
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    return [*([Path(runtime)] if runtime.startswith("/") else []), SHARED_MEMORY]


def _in_memory(root: Path) -> bool:
    """Whether the mount that holds `root` is one of memory, as Linux lists mounts."""
    try:
        real = os.fsencode(root.resolve(strict=True))
        lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    except OSError:
        return False
    best, kind = b"", b""
    for line in lines:
        head, _, tail = line.partition(b" - ")
        point = head.split(b" ")[4].replace(b"\\040", b" ")
        below = real == point or real.startswith(point.rstrip(b"/") + b"/")
        if below and len(point) >= len(best):
            best, kind = point, tail.split(b" ")[0]
    return kind in _MEMORY


def _is_ours_to_use(root: Path) -> bool:
    """A folder that we may write into: nobody else's, unless it is sticky, as `/dev/shm` is."""
    try:
        found = root.stat()
    except OSError:
        return False
    alone = found.st_uid == os.getuid() and not found.st_mode & 0o022
    return (alone or bool(found.st_mode & stat.S_ISVTX)) and os.access(root, os.W_OK | os.X_OK)


def _make(root: Path) -> tuple[Path, int]:
    while True:
        folder = root / f"skillvault-{secrets.token_hex(8)}"
        folder.mkdir(mode=0o700)
        lock = os.open(folder, _FOLDER)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder, lock
        os.close(lock)  # another process took it for a leftover before it was locked


def _remove_if_left(folder: Path) -> None:
    with contextlib.suppress(OSError):
        lock = os.open(folder, _FOLDER)
        try:
            if os.fstat(lock).st_uid != os.getuid():
                return
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(folder)
        finally:
            os.close(lock)


def _remove(folder: Path) -> None:
    """Remove it whatever an editor did to its permissions."""
    import shutil

    for inner, _folders, _files in os.walk(folder):
        with contextlib.suppress(OSError):
            Path(inner).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _until_ended() -> Iterator[None]:
    """Within, SIGTERM and SIGHUP unwind the stack; then the process ends by them all the same."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _frame: FrameType | None) -> None:
        for one in _ENDING:
            signal.signal(one, signal.SIG_IGN)
        raise Ended(number)

    before = {one: signal.getsignal(one) for one in _ENDING}
    try:
        for one, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(one, end)
        yield
    except Ended as ended:
        signal.signal(ended.number, signal.SIG_DFL)
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
        os.kill(os.getpid(), ended.number)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
