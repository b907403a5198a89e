"""Reading a line: commits in batches, each with what git has at the paths that it changes.

Few requests for many commits: a round trip costs more than a look. Nothing here is believed; what
judges is verify.py.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from skillvault.errors import VerificationError
from skillvault.vault import git
from skillvault.vault.commits import COMMIT_LIMIT, CommitParts, check_commit
from skillvault.vault.entry import CONTROL, PathInfo, classify, size_limit
from skillvault.vault.git import CatFile, Info
from skillvault.vault.ids import sha256

_BATCH: Final = 256
_BUDGET: Final = 16 * 1024 * 1024
_MANY: Final = 256  # paths for which a whole tree is listed,
_LINES: Final = 1024  # unless that takes more than so many bytes for each


@dataclass(slots=True)
class Step:
    """One commit on its way: what is known of it before its turn comes.

    `files`: each path that it adds or alters, with what git has there (None: nothing).
    `control`: the plain files among them, once read.
    """

    oid: str
    parts: CommitParts
    paths: dict[str, PathInfo]
    files: dict[str, Info | None] = field(default_factory=dict)
    control: dict[str, bytes] | None = None


@contextlib.contextmanager
def commits(repo: Path, tip: str, start: str | None) -> Iterator[Iterator[str]]:
    """The ids from behind `start` to `tip`, oldest first: a hint, for each is checked."""
    words = ["rev-list", "--first-parent", "--reverse", tip]
    if start is not None:
        words.append(f"^{start}")
    process = subprocess.Popen(
        git.command(repo, words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=git.environment(),
    )

    def lines() -> Iterator[str]:
        for line in process.stdout or ():
            yield line.decode("ascii", "replace").rstrip("\n")
        _, words = process.communicate()
        if process.returncode != 0:
            raise VerificationError("history", f"git cannot follow it: {git.said(words)}")

    try:
        yield lines()
    finally:
        process.kill()
        process.communicate()


def batches(oids: Iterator[str], cat: CatFile) -> Iterator[list[tuple[str, bytes]]]:
    """Commits with their content, as many at once as memory should hold."""
    while chunk := list(islice(oids, _BATCH)):
        group: list[str] = []
        size = 0
        for oid, info in zip(chunk, cat.infos(chunk), strict=True):
            good = info is not None and info.kind == "commit" and info.size <= COMMIT_LIMIT
            if group and (not good or size + (info.size if info else 0) > _BUDGET):
                yield list(zip(group, cat.reads(group, "commit", COMMIT_LIMIT), strict=True))
                group, size = [], 0
            if info is None or not good:
                problem = f"it is no commit of at most {COMMIT_LIMIT} bytes"
                raise VerificationError("commit", problem)
            group.append(oid)
            size += info.size
        yield list(zip(group, cat.reads(group, "commit", COMMIT_LIMIT), strict=True))


def prepare(
    batch: list[tuple[str, bytes]], parent: str | None, cat: CatFile
) -> tuple[list[Step], VerificationError | None]:
    """Take commits apart and look up what they changed; the error is about the first bad one."""
    steps: list[Step] = []
    error = None
    try:
        for oid, raw in batch:
            parts = check_commit(raw, parent)
            paths = {path: classify(path) for path in parts.entry.changes}
            steps.append(Step(oid, parts, paths))
            parent = oid
    except VerificationError as bad:
        error = bad
    _look_up(steps, cat)
    _prefetch(steps, cat)
    return steps, error


def _look_up(steps: list[Step], cat: CatFile) -> None:
    """What git has at each path that an entry adds or alters."""
    few: list[tuple[Step, str]] = []
    for step in steps:
        added = [p for p, digest in step.parts.entry.changes.items() if digest is not None]
        listed = None
        if len(added) >= _MANY:
            listed = cat.listing(step.parts.tree, len(added) * _LINES)
        if listed is None:
            few += [(step, path) for path in added]
        else:
            step.files = {path: listed.get(path) for path in added}
    names = [f"{step.parts.tree}:{path}" for step, path in few]
    for (step, path), info in zip(few, cat.infos(names), strict=True):
        step.files[path] = info


def _prefetch(steps: list[Step], cat: CatFile) -> None:
    """Read the plain files of many entries in one go, while they are well-formed and small."""
    wanted: list[tuple[dict[str, bytes], str, str]] = []
    total = 0
    for step in steps:
        plain = {p: step.files[p] for p in step.files if is_plain(step.paths[p])}
        found = [(path, info) for path, info in plain.items() if fits(info, step.paths[path])]
        total += sum(info.size for _, info in found if info is not None)
        if len(found) < len(plain) or total > _BUDGET:
            break
        step.control = {}
        wanted += [(step.control, path, info.oid) for path, info in found if info is not None]
    # Once each: skills with the same readers have the same access file.
    oids = list(dict.fromkeys(oid for _, _, oid in wanted))
    found_in = dict(zip(oids, cat.reads(oids, "blob", _BUDGET), strict=True))
    for control, path, oid in wanted:
        control[path] = found_in[oid]


def read_control(step: Step, cat: CatFile, subject: str) -> dict[str, bytes]:
    """The plain files that an entry adds, hashed. VerificationError for a bad one."""
    if step.control is None:
        step.control = {}
        for path, info in step.files.items():
            if is_plain(step.paths[path]):
                if info is None or not fits(info, step.paths[path]):
                    raise unfit(subject, path, size_limit(step.paths[path].kind))
                step.control[path] = cat.read(info.oid, "blob", info.size)
    for path, data in step.control.items():
        if sha256(data) != step.parts.entry.changes[path]:
            raise VerificationError(f"{subject}: {path}", "its bytes are not those of its hash")
    return step.control


def is_plain(info: PathInfo) -> bool:
    """Whether a file of this kind is read as it is: control files, and RECOVERY.md."""
    return info.kind in CONTROL or info.kind == "recovery"


def fits(found: Info | None, info: PathInfo, recipients: int = 1) -> bool:
    """Whether git has a blob there that is within the limit of its kind."""
    return (
        found is not None
        and found.kind == "blob"
        and found.size <= size_limit(info.kind, recipients)
    )


def unfit(subject: str, path: str, limit: int) -> VerificationError:
    """The error where it does not."""
    return VerificationError(f"{subject}: {path}", f"it is no file of at most {limit} bytes")
