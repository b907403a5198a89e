"""Fetch, verify, replay what was not pushed, push: the vault and its host.

The order in which things reach the disk is what a kill at any moment relies on: fetched objects are
unreachable until they are verified; then the pin and `refs/skillvault/remote` move; the local line
moves once, by compare-and-swap; and what the remote acknowledged is pinned last.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from skillvault.errors import (
    AccessError,
    ConflictError,
    ServiceError,
    SkillvaultError,
    UsageError,
    VerificationError,
)
from skillvault.vault import attempts, git, pins, replay, settings
from skillvault.vault.client import MAIN, REMOTE, UNPUSHED, Vault, moved_on
from skillvault.vault.deeds import Deed, Renamed
from skillvault.vault.draft import Draft
from skillvault.vault.entry import Entry
from skillvault.vault.meeting import Clash, Meeting
from skillvault.vault.pins import Pin
from skillvault.vault.reader import Reader
from skillvault.vault.remote_url import shown
from skillvault.vault.repository import compact, delete_ref, read_ref, update_ref
from skillvault.vault.verified import NOTHING, Verified
from skillvault.vault.verify import verify

ATTEMPTS: Final = 6
FIRST_PAUSE: Final = 0.2
STUCK: Final = 3


@dataclass(frozen=True, slots=True)
class Synced:
    """`before` and `after`: the remote's line then and now. `pushed`: entries sent of mine.

    `replayed` of them had to be made again on top of others' entries. `first`: the entry that went
    ahead of them. `left`: what was not made again, or stays here unpushed, and why. `kept`: what
    was not removed after all, a line each: somebody wrote it meanwhile.
    """

    before: Verified
    after: Verified
    pushed: int
    replayed: int
    first: Entry | None = None
    left: tuple[SkillvaultError, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def fetched(self) -> int:
        """How many entries of others are new."""
        return max(0, self.after.state.seq - self.before.state.seq - self.pushed)


Build = Callable[[Reader], Draft]


def sync(
    vault: Vault,
    now: Callable[[], float],
    *,
    first: Build | None = None,
    push: bool = True,
    ask: bool = False,
) -> Synced:
    """Bring the local line and the remote's together. The caller holds `vault.changing()`.

    `first` builds a draft of its own from a reader of the remote's line; it is pushed ahead of all
    that was not pushed yet, and no conflict of the rest delays it (`Synced.left`). Without `push`
    nothing is sent: mine stays behind what was fetched.

    UsageError without a remote; VerificationError (5) if the remote does not continue from the
    pin, or serves bad entries (the good ones before them count); ConflictError (6) if both sides
    changed the same skill: both stay as they were; ServiceError (7) if the remote fails.
    """
    return _Sync(vault, now, ask).run(first, push=push)


class _Sync:
    def __init__(self, vault: Vault, now: Callable[[], float], ask: bool) -> None:
        if vault.notes.remote is None:
            raise UsageError(vault.name, "has no remote", "skillvault remote URL")
        self.vault = vault
        self.url = vault.notes.remote
        self.now = now
        self.ask = ask
        self.kept: tuple[str, ...] = ()
        self.left: tuple[SkillvaultError, ...] = ()

    def run(self, build: Build | None, *, push: bool) -> Synced:
        vault = self.vault
        old_tip = read_ref(vault.path, REMOTE)
        before = NOTHING if old_tip is None else vault.verified_at(old_tip)
        known, replayed, pushed, first = before, 0, 0, None
        refused = 0
        for attempt in range(ATTEMPTS):
            stood = known.commit
            known = self._fetch(known)
            refused = refused + 1 if attempt and known.commit == stood else 0
            if refused == STUCK:
                problem = "it takes no push, though nobody else pushed meanwhile: nothing was lost"
                raise ServiceError(shown(self.url), problem, _LOCKED)
            if build is not None and known.commit is not None:
                draft = build(vault.reader_of(known))
                if not draft.is_empty:
                    head, entry = vault.append(known, draft, self.now())
                    if not self._push(head, known, attempt):
                        continue
                    known, pushed, first = head, pushed + 1, entry
                build = None
            ahead = self._unpushed(known)
            try:
                head, redone = self._on_top(known, ahead)
            except (AccessError, ConflictError) as error:
                if first is None:
                    raise
                return Synced(before, known, pushed, replayed, first, (error,))
            replayed = max(replayed, redone)
            if push and head.commit != known.commit:
                if not self._push(head, known, attempt):
                    continue
                pushed += head.state.seq - known.state.seq
                known = head
            if head.commit == known.commit:
                self._finish()
            return Synced(before, known, pushed, replayed, first, self.left, self.kept)
        problem = f"others pushed first, {ATTEMPTS} times in a row: nothing was lost"
        raise ServiceError(vault.name, problem, "skillvault sync")

    def behind_known(self) -> None:
        """Put mine behind what the remote is known to have."""
        tip = read_ref(self.vault.path, REMOTE)
        if tip is not None:
            known = self.vault.verified_at(tip)
            self._on_top(known, self._unpushed(known))

    def _fetch(self, known: Verified) -> Verified:
        """Fetch the remote's branch and verify it from where it was known; pin what holds."""
        from skillvault.vault import remote

        vault = self.vault
        tip = remote.fetch(vault.path, self.url, ask=self.ask)
        if tip is None:
            if known.commit is not None:
                self._move_in(known)
            return known
        if known.state.ended:
            raise moved_on(self.vault.name, known.state)
        if tip == known.commit:
            self._settled()
            return known
        outcome = verify(vault.path, tip, known)
        found = outcome.verified
        if found.commit is None and outcome.error is not None:
            hint = "make it without README, licence or .gitignore, or give another URL"
            raise ServiceError(self.url, "not empty and not a vault", hint) from outcome.error
        if outcome.error is not None and found.commit == known.commit:
            raise self._refusal(tip, known) or outcome.error
        if known.commit is None and found.state.vault_id != vault.notes.vault:
            raise VerificationError(
                vault.name, "the remote holds another vault", "give another URL: skillvault remote"
            )
        pin = vault.pin
        if known.state.head != pin.head:
            pins.check_continues(vault.path, found, pin, vault.name)
        self._acknowledge(found)
        if outcome.error is not None or found.state.ended:
            # What is good counts, and can be read.
            with contextlib.suppress(AccessError, ConflictError):
                self._on_top(found, self._unpushed(found))
            raise outcome.error or moved_on(vault.name, found.state)
        return found

    def _move_in(self, known: Verified) -> None:
        """Take what the old remote had to an empty new one. VerificationError if it is not new."""
        from skillvault.vault import remote

        vault = self.vault
        if not vault.notes.moved or known.commit is None:
            raise _older(vault, -1)
        with contextlib.suppress(remote.PushRejected):
            remote.push(vault.path, self.url, known.commit, None, ask=self.ask)
            self._settled()

    def _settled(self) -> None:
        """The remote holds this vault: from now on it never is empty."""
        vault = self.vault
        if vault.notes.moved:
            vault.notes = replace(vault.notes, moved=False)
            settings.save(vault.paths, vault.name, vault.notes)

    def _refusal(self, tip: str, known: Verified) -> VerificationError | None:
        """Why a tip that does not continue from the pin is refused: an older line, or a fork."""
        outcome = verify(self.vault.path, tip)
        if outcome.error is not None:
            return None
        served = outcome.verified.state
        if served.vault_id != known.state.vault_id:
            return VerificationError(self.vault.name, "the host serves another vault")
        if served.seq < known.state.seq:
            return _older(self.vault, served.seq)
        problem = (
            f"the host serves another history: its entry {known.state.seq} is not the one you "
            "have seen (a fork)"
        )
        return VerificationError(self.vault.name, problem, _COMPARE)

    def _acknowledge(self, line: Verified) -> None:
        """The remote served or took this line: pin it."""
        vault = self.vault
        assert line.commit is not None and line.state.head is not None  # noqa: S101, PT018 - not NOTHING
        pin = Pin(line.state.vault_id, line.state.seq, line.state.head, line.commit)
        update_ref(vault.path, REMOTE, line.commit, read_ref(vault.path, REMOTE))
        pins.save(vault.paths.state, pin)
        self._settled()

    def _unpushed(self, known: Verified) -> list[str]:
        """The commits of the local line that the remote has not, oldest first."""
        tip = None if known.commit is None else read_ref(self.vault.path, MAIN)
        return self.vault.commits_between(known.commit, tip)

    def _on_top(self, known: Verified, ahead: list[str]) -> tuple[Verified, int]:
        """The line with my unpushed entries behind what the remote has; (line, replayed)."""
        vault = self.vault
        if known.commit is None:
            return vault.local, 0
        if not ahead:
            self._move(known)
            return known, 0
        base = vault.parent_of(ahead[0])
        self._check_own(base, ahead)
        if base == known.commit:
            outcome = verify(vault.path, ahead[-1], known)
            if outcome.error is not None:
                raise outcome.error
            return outcome.verified, 0
        return self._replay(known, base, ahead)

    def _check_own(self, base: str | None, ahead: list[str]) -> None:
        """ConflictError unless all of these commits are mine: their authors were verified."""
        span = [ahead[-1], *([] if base is None else [f"^{base}"])]
        words = ["log", "--reverse", "--format=%an", "--end-of-options", *span]
        authors = git.run(self.vault.path, words).decode().split()
        first = self.vault.state.seq - len(ahead) + 1
        replay.check_own(dict(enumerate(authors, first)), self.vault.require_me())

    def _replay(self, known: Verified, base: str | None, ahead: list[str]) -> tuple[Verified, int]:
        vault = self.vault
        deeds = replay.read(vault, base, ahead)
        bench = vault.workbench
        settled = bench.settled()
        meeting = Meeting(vault.signer(), self.now(), replay.chains(deeds), settled)
        head, renamed, sent = known, Renamed(), list[str]()
        tried = attempts.load(vault.paths, vault.name)
        left: list[SkillvaultError] = []
        for commit, deed in zip(ahead, deeds, strict=True):
            before = head
            head = self._again(head, deed, renamed, meeting, left)
            if tried is None or commit in tried:
                sent += vault.commits_between(before.commit, head.commit)
        self.kept += (*renamed.kept, *meeting.told)
        self.left += tuple(left)
        for work in meeting.works:
            bench.keep(work)
        attempts.add(vault.paths, vault.name, sent)
        self._move(head)
        bench.clear_answers()
        return head, len(deeds)

    def _again(
        self,
        head: Verified,
        deed: Deed,
        renamed: Renamed,
        meeting: Meeting,
        left: list[SkillvaultError],
    ) -> Verified:
        """A deed made again behind `head`; what of it cannot be is `left`, and the rest goes on.

        Raises where that is a version of a skill: no edit is lost.
        """
        vault = self.vault
        try:
            draft = replay.redo(deed, vault.reader_of(head), renamed, meeting)
            return head if draft.is_empty else vault.append(head, draft, self.now())[0]
        except (AccessError, ConflictError) as error:
            parts = deed.parts()
            if len(parts) > 1:
                for part in parts:
                    head = self._again(head, part, renamed, meeting, left)
                return head
            if isinstance(error, ConflictError):
                if deed.written:
                    raise
                left.append(error)
            elif deed.written or deed.added:
                hint = f"your entry {deed.seq} stays here, unpushed: `skillvault get` has its text"
                raise AccessError(vault.name, error.problem, hint) from error
            else:
                problem = f"your entry {deed.seq} is not made again: {error.problem}"
                left.append(AccessError(vault.name, problem))
            return head

    def _move(self, line: Verified) -> None:
        """Move the local line, once; keep the old head until the remote has acknowledged."""
        vault = self.vault
        old = read_ref(vault.path, MAIN)
        if line.commit is None or line.commit == old:
            return
        known = read_ref(vault.path, REMOTE)
        if old is not None and line.commit != known:
            update_ref(vault.path, UNPUSHED, old, read_ref(vault.path, UNPUSHED))
        update_ref(vault.path, MAIN, line.commit, old)
        vault.advance(line)

    def _push(self, head: Verified, known: Verified, attempt: int) -> bool:
        """Push a line that continues from what the remote has. False if others were first."""
        from skillvault.vault import remote

        assert head.commit is not None  # noqa: S101 - there is something to push
        checked = verify(self.vault.path, head.commit, known)
        if checked.error is not None:
            raise checked.error
        vault = self.vault
        sent = vault.commits_between(known.commit, head.commit)
        attempts.add(vault.paths, vault.name, sent)
        try:
            remote.push(vault.path, self.url, head.commit, known.commit, ask=self.ask)
        except remote.PushRejected:
            time.sleep(FIRST_PAUSE * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
            return False
        self._acknowledge(head)
        return True

    def _finish(self) -> None:
        """Nothing of mine is missing at the remote: tidy up."""
        vault = self.vault
        kept = read_ref(vault.path, UNPUSHED)
        if kept is not None:
            delete_ref(vault.path, UNPUSHED, kept)
        attempts.forget(vault.paths, vault.name)
        compact(vault.path)


def settle(vault: Vault, now: Callable[[], float]) -> tuple[str, ...]:
    """Put mine behind what was fetched last; nothing is fetched or sent.

    Returns what could not be done as it was meant, a line each. ClashError (6) where a conflict
    waits for its answer: nothing has changed then. The caller holds `vault.changing()`.
    """
    line = _Sync(vault, now, ask=False)
    line.behind_known()
    return (*line.kept, *map(str, line.left))


def clashes(vault: Vault, now: float) -> list[Clash]:
    """The conflicts that keep mine from being put behind what was fetched last."""
    known = read_ref(vault.path, REMOTE)
    ahead = [] if known is None else vault.commits_between(known, vault.local.commit)
    base = vault.parent_of(ahead[0]) if ahead else None
    if known is None or base == known or not ahead:
        return []
    chains = replay.chains(replay.read(vault, base, ahead))
    meeting = Meeting(vault.signer(), now, chains, vault.workbench.settled())
    reader = vault.reader_of(vault.verified_at(known))
    found = (meeting.clash(reader, skill) for skill in chains)
    return [clash for clash in found if clash is not None]


_LOCKED: Final = (
    "where the repository lies, a killed git may have left a lock: look for `refs/heads/*.lock`, "
    "and remove it if no git is running there"
)
_COMPARE: Final = (
    "nothing changed here; compare `skillvault status` with a colleague; do not clone afresh"
)


def _older(vault: Vault, seq: int) -> VerificationError:
    problem = f"the host serves an older history (entry {seq}) than you have seen ({vault.pin.seq})"
    if seq < 0:
        problem = f"the host serves an empty repository, and you have seen entry {vault.pin.seq}"
    return VerificationError(vault.name, problem, _COMPARE)
