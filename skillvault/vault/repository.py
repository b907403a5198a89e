"""The bare repository of a vault: how it is made, how it is checked before use, and its refs.

Refs move by git's own compare-and-swap. A kill can leave git's lock files behind, so they are
taken away before the next change, while a lock of ours says that no git of ours is running.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from skillvault import atomic
from skillvault.errors import ConflictError, NotFoundError, RefusedError, ServiceError
from skillvault.vault import git

HEAD: Final = b"ref: refs/heads/main\n"
CONFIG: Final = (
    b"[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tfsync = committed,reference\n"
)
NO_OBJECT: Final = "0" * 40

_MUST_NOT_BE: Final = (
    "hooks",
    "shallow",
    "commondir",
    "config.worktree",
    "gitdir",
    "worktrees",
    "info/grafts",
    "objects/info/alternates",
    "objects/info/http-alternates",
    "refs/replace",
)
_NO_LINKS: Final = ("objects", "objects/pack", "objects/info", "refs", "refs/heads")
_PACKED_LIMIT: Final = 16 * 1024 * 1024
# What index-pack, pack-objects and repack write before they give it a name.
_UNFINISHED: Final = re.compile(r"tmp_(pack|idx|rev|mtimes|bitmap)_\w+|\.tmp-\d+-pack.*")
_REF: Final = re.compile(r"refs/[a-z0-9]+(/[a-z0-9][a-z0-9.-]*)+")


def create_bare(path: Path) -> None:
    """Make an empty bare repository at `path`, whole or not at all.

    The parent folder must exist. RefusedError if there is anything at `path` already.
    """
    git.require_version()
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        for folder in ("objects/info", "objects/pack", "refs/heads"):
            (unfinished / folder).mkdir(mode=0o700, parents=True)
        unfinished.chmod(0o700)
        atomic.write(unfinished / "HEAD", HEAD)
        atomic.write(unfinished / "config", CONFIG)
        if path.is_symlink() or path.exists():
            raise RefusedError(str(path), "there is something at this place already")
        unfinished.rename(path)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def check_repository(path: Path) -> None:
    """Refuse a repository that is not as `create_bare` made it, but for objects and refs.

    RefusedError names what was found: another `config`, hooks, grafts, a shallow file, alternates,
    `commondir`, `config.worktree`, replace refs. NotFoundError if there is none.
    """
    if not path.is_dir():
        raise NotFoundError(str(path), "no vault at this place")
    for name, expected in (("config", CONFIG), ("HEAD", HEAD)):
        if _read_plain(path / name, len(expected) + 1) != expected:
            raise _tampered(path, name)
    for name in _NO_LINKS:
        if (path / name).is_symlink():
            raise _tampered(path, name)
    for name in _MUST_NOT_BE:
        if os.path.lexists(path / name):
            raise _tampered(path, name)
    packed = _read_plain(path / "packed-refs", _PACKED_LIMIT)
    if (packed is None) == os.path.lexists(path / "packed-refs"):
        raise _tampered(path, "packed-refs")
    if packed is not None and b" refs/replace/" in packed:
        raise _tampered(path, "packed-refs")


@contextlib.contextmanager
def exclusive(repo: Path) -> Iterator[int]:
    """Be the only process that changes refs of `repo`; gives a descriptor for git to keep open.

    Held until this process and every git that kept the descriptor are gone. So whatever lock file
    of git lies there now was left by one that was killed, and is removed, as are packs that one
    left unfinished a day ago. Not re-entrant.
    """
    descriptor = os.open(repo, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for name in ("HEAD.lock", "packed-refs.lock", "packed-refs.new"):
            (repo / name).unlink(missing_ok=True)
        for folder, _, files in os.walk(repo / "refs"):
            for name in files:
                if name.endswith(".lock"):
                    Path(folder, name).unlink(missing_ok=True)
        atomic.sweep(repo / "objects" / "pack", _UNFINISHED)
        yield descriptor
    finally:
        os.close(descriptor)


def read_ref(repo: Path, ref: str) -> str | None:
    """The commit id at `ref`, or None if there is no such ref.

    RefusedError where the ref is anything but a plain id.
    """
    _check_ref(ref)
    loose = _read_plain(repo / ref, 100)
    if loose is not None:
        return _oid(loose.removesuffix(b"\n"), ref, repo)
    if os.path.lexists(repo / ref) and not (repo / ref).is_dir():
        raise RefusedError(ref, f"not a plain file in {repo}", git.DAMAGED)
    packed = _read_plain(repo / "packed-refs", _PACKED_LIMIT) or b""
    for line in packed.splitlines():
        oid, _, name = line.partition(b" ")
        if name == ref.encode():
            return _oid(oid, ref, repo)
    return None


def update_ref(repo: Path, ref: str, new: str, old: str | None) -> None:
    """Move `ref` from `old` (None: it must not exist) to `new`, or not at all.

    ConflictError if it is elsewhere by now; ServiceError if git fails otherwise.
    """
    _check_ref(ref)
    _change_ref(repo, ref, old, ["update-ref", "--no-deref", ref, new, old or NO_OBJECT])


def delete_ref(repo: Path, ref: str, old: str) -> None:
    """Remove `ref`, which must be at `old`. Errors as for `update_ref`."""
    _check_ref(ref)
    _change_ref(repo, ref, old, ["update-ref", "--no-deref", "-d", ref, old])


def compact(repo: Path, *, loose: int = 4096) -> bool:
    """Pack the loose objects once there are more than about `loose` of them. Whether it did.

    Nothing is lost by it, what no ref reaches neither. ServiceError if git fails.
    """
    # Names are random: one of the 256 folders says how full the others are.
    sample = repo / "objects" / "17"
    if not sample.is_dir() or len(list(sample.iterdir())) * 256 <= loose:
        return False
    with exclusive(repo) as lock:
        git.run(repo, ["repack", "-d", "-n", "-q", "--geometric=2"], keep=[lock])
    return True


def _change_ref(repo: Path, ref: str, old: str | None, args: list[str]) -> None:
    with exclusive(repo) as lock:
        try:
            git.run(repo, args, keep=[lock])
        except ServiceError:
            if read_ref(repo, ref) != old:
                problem = "another process moved it meanwhile: nothing was changed"
                raise ConflictError(ref, problem, "try again") from None
            raise


def _check_ref(ref: str) -> None:
    if _REF.fullmatch(ref) is None or ".." in ref or ref.endswith((".lock", ".")):
        raise RefusedError(ref[:100], "not a name of a ref")


def _oid(text: bytes, ref: str, repo: Path) -> str:
    if re.fullmatch(rb"[0-9a-f]{40}", text) is None:
        problem = f"it holds something else than a commit id in {repo}"
        raise RefusedError(ref, problem, git.DAMAGED)
    return text.decode()


def _read_plain(path: Path, limit: int) -> bytes | None:
    """The first `limit` bytes of a regular file, or None if it is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(limit)
    finally:
        os.close(descriptor)


def _tampered(path: Path, name: str) -> RefusedError:
    problem = f"`{name}` in this repository is not as skillvault made it: not touched"
    return RefusedError(str(path), problem, "clone the vault again, or look who changed it")
