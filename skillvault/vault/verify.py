"""Verifying a line: from the last verified entry to a tip, each commit byte for byte.

Git serves bytes, and its word for anything else counts nothing: commits are rebuilt, trees are
recomputed, control files are hashed, and `apply` judges. Sealed files are noted by id and size;
whoever uses one hashes it (docs/format.md, "verify").
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from skillvault.errors import RefusedError, VerificationError
from skillvault.vault import canonical, sshsig
from skillvault.vault.commits import NAMESPACE
from skillvault.vault.entry import CONTROL, Entry, size_limit
from skillvault.vault.git import CatFile
from skillvault.vault.ids import format_time
from skillvault.vault.rules import apply
from skillvault.vault.state import State, recipients
from skillvault.vault.steps import (
    Step,
    batches,
    commits,
    fits,
    is_plain,
    prepare,
    read_control,
    unfit,
)
from skillvault.vault.verified import NOTHING, Verified

_AHEAD: Final = 600
_RESEALED: Final = frozenset({"skill", "evidence"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """The good prefix; why it ends before the tip, if it does; and what is odd but allowed.

    Where format 1 ended (`verified.state.ended`), nothing behind that entry was judged.
    """

    verified: Verified
    error: VerificationError | None = None
    warnings: tuple[str, ...] = ()


def verify(
    repo: Path,
    tip: str,
    start: Verified = NOTHING,
    *,
    progress: Callable[[int], None] | None = None,
    now: float | None = None,
) -> Outcome:
    """Verify the line of `repo` that ends at the commit `tip`, of which `start` is believed.

    `progress` gets the number of entries verified so far; `now` is this machine's clock. Bad
    entries are no exception: the good ones before them count. ServiceError if git fails,
    RefusedError if an object is damaged on this disk.
    """
    if re.fullmatch("[0-9a-f]{40}", tip) is None:
        raise RefusedError(tip[:60], "not a commit id")
    run = _Run(start, format_time((time.time() if now is None else now) + _AHEAD))
    error = None
    if tip != start.commit and not start.state.ended:
        try:
            with CatFile(repo) as cat:
                _follow(repo, tip, run, cat, progress)
        except VerificationError as bad:
            error = _about(bad, run.state.seq + 1)
    return Outcome(run.verified(), error, tuple(run.warnings))


class _Run:
    """The verified line as it grows."""

    def __init__(self, start: Verified, latest: str) -> None:
        self.state = start.state
        self.commit = start.commit
        self.tree = start.tree
        self.blobs = dict(start.blobs)
        self.warnings: list[str] = []
        self._latest = latest

    def verified(self) -> Verified:
        return Verified(self.state, self.commit, self.tree, self.blobs)

    def advance(self, step: Step, cat: CatFile) -> None:
        """Take one more entry; VerificationError, and nothing is taken, if it is not good."""
        entry = step.parts.entry
        subject = f"entry {entry.seq}"
        control = self._signed_control(step, cat, subject)
        changed = {p: control.get(p) for p, info in step.paths.items() if info.kind in CONTROL}
        state = apply(self.state, entry, changed)
        _check_sizes(step, state)
        blobs = {path: info.oid for path, info in step.files.items() if info is not None}
        try:
            tree = self.tree.with_changes({path: blobs.get(path) for path in entry.changes})
        except ValueError as error:
            raise VerificationError(f"{subject}: {error}", "no such file in the tree") from None
        if tree.root_oid() != step.parts.tree:
            raise VerificationError(subject, "its tree holds something else than its changes")
        self._note_time(entry)
        self.state, self.commit, self.tree = state, step.oid, tree
        for path, oid in blobs.items():
            key = (path, entry.changes[path] or "")
            before = self.blobs.get(key, ())
            self.blobs[key] = (*(o for o in before if o != oid), oid)

    def _signed_control(self, step: Step, cat: CatFile, subject: str) -> dict[str, bytes]:
        """The plain files of an entry, after its signature was found good.

        The first entry's key stands in a file of its own, so there the files come first.
        """
        parts = step.parts
        known = self.state.members.get(parts.entry.member)
        if known is not None:
            sshsig.verify(
                known.signing_key, parts.payload, parts.signature, NAMESPACE, subject=subject
            )
            return read_control(step, cat, subject)
        if self.commit is not None:
            raise VerificationError(subject, "by somebody who is no member")
        control = read_control(step, cat, subject)
        key = _first_key(control.get(f"members/{parts.entry.member}.json", b""), subject)
        sshsig.verify(key, parts.payload, parts.signature, NAMESPACE, subject=subject)
        return control

    def _note_time(self, entry: Entry) -> None:
        if entry.time < self.state.time:
            self.warnings.append(f"entry {entry.seq}: its time is before the entry before it")
        if entry.time > self._latest:
            self.warnings.append(f"entry {entry.seq}: its time is ahead of this machine's clock")


def _follow(
    repo: Path, tip: str, run: _Run, cat: CatFile, progress: Callable[[int], None] | None
) -> None:
    """Advance `run` to the tip, the end of format 1, or the first bad entry (raised)."""
    with commits(repo, tip, run.commit) as oids:
        _judge(oids, run, cat, progress)
    if run.commit != tip and not run.state.ended:
        raise _elsewhere(run)


def _judge(
    oids: Iterator[str], run: _Run, cat: CatFile, progress: Callable[[int], None] | None = None
) -> None:
    """Advance `run` along these commits, which are what git says of the line: a hint."""
    done = 0
    for batch in batches(oids, cat):
        if done == 0:
            _check_continues(batch[0][1], run)
        steps, error = prepare(batch, run.commit, cat)
        for step in steps:
            run.advance(step, cat)
            done += 1
            if run.state.ended:
                return
        if progress is not None:
            progress(done)
        if error is not None:
            raise error


def _check_continues(raw: bytes, run: _Run) -> None:
    if run.commit is not None and not raw[45:].startswith(b"\nparent %b\n" % run.commit.encode()):
        raise _elsewhere(run)


def _elsewhere(run: _Run) -> VerificationError:
    problem = f"it does not continue from entry {run.state.seq}, which was verified before"
    return VerificationError("history", problem)


def _about(error: VerificationError, seq: int) -> VerificationError:
    """The same error with its entry named by place, whatever the entry itself claims to be."""
    subject = re.sub("^entry -?[0-9]+", f"entry {seq}", error.subject)
    if subject in {"commit", "entry", "signature", "signing key"}:
        subject = f"entry {seq}"
    elif not subject.startswith(("entry ", "history")):
        subject = f"entry {seq}: {subject}"
    return VerificationError(subject, error.problem, error.hint)


def _check_sizes(step: Step, state: State) -> None:
    """The limits of sealed files, which grow with the recipients after the entry."""
    for path, found in step.files.items():
        info = step.paths[path]
        if not is_plain(info):
            count = len(recipients(state, info.id)) if info.kind in _RESEALED else 1
            if not fits(found, info, count):
                subject = f"entry {state.seq}"
                raise unfit(subject, path, size_limit(info.kind, count))


def _first_key(data: bytes, subject: str) -> str:
    """The signing key in the member file of the first entry, which `apply` has not read yet."""
    try:
        key = canonical.loads(data, subject).get("signing_key")
    except RefusedError as error:
        raise VerificationError(subject, f"its member's file: {error.problem}") from None
    if not isinstance(key, str):
        raise VerificationError(subject, "its member's file has no signing key")
    return key
