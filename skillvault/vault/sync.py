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
from dataclasses import dataclass
from typing import Final

from skillvault.errors import (
    AccessError,
    ConflictError,
    ServiceError,
    SkillvaultError,
    UsageError,
)
from skillvault.vault import attempts, replay
from skillvault.vault.client import REMOTE, UNPUSHED, Vault
from skillvault.vault.draft import Draft
from skillvault.vault.entry import Entry
from skillvault.vault.fetching import acknowledge, fetch
from skillvault.vault.meeting import Clash, Meeting
from skillvault.vault.reader import Reader
from skillvault.vault.remote_url import shown
from skillvault.vault.replaying import ForeignError, Replaying
from skillvault.vault.repository import compact, delete_ref, read_ref
from skillvault.vault.taken import spared, taken
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
    was not removed after all, a line each: somebody wrote it meanwhile. `waiting`: commits that a
    conflict holds up, all or some of what they did. `warnings`: what is odd about others' entries.
    `dropped`: the numbers that my entries had of which something was not made again.
    """

    before: Verified
    after: Verified
    pushed: int
    replayed: int
    first: Entry | None = None
    left: tuple[SkillvaultError, ...] = ()
    kept: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    dropped: frozenset[int] = frozenset()
    warnings: tuple[str, ...] = ()

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
    pin, or serves bad entries (the good ones before them count); ForeignError (6) if an unpushed
    entry is another identity's; ServiceError (7) if the remote fails. A conflict is no exception:
    what was done to people and access goes ahead of it, and `left` has it.
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
        tip = read_ref(vault.path, REMOTE)
        self.before = self.known = NOTHING if tip is None else vault.verified_at(tip)
        self.pushed = self.replayed = self.refused = 0
        self.first: Entry | None = None
        self.warnings: tuple[str, ...] = ()
        self.mine = Replaying(vault, now)

    def run(self, build: Build | None, *, push: bool) -> Synced:
        vault = self.vault
        for attempt in range(ATTEMPTS):
            self._fetch(attempt)
            if build is not None and self.known.commit is not None:
                if not self._send_first(build, attempt):
                    continue
                build = None
            done = self._send_mine(attempt, push=push)
            if done is not None:
                return done
        problem = f"others pushed first, {ATTEMPTS} times in a row: nothing was lost"
        raise ServiceError(vault.name, problem, "skillvault sync")

    def _fetch(self, attempt: int) -> None:
        """Know what the remote has. What is good of bad news counts, and can be read."""
        stood = self.known.commit
        found = fetch(self.vault, self.url, self.known, now=self.now(), ask=self.ask)
        self.known = found.line
        self.warnings += found.warnings
        if found.error is not None:
            with contextlib.suppress(AccessError, ConflictError):
                self.mine.on_top(self.known, self.mine.unpushed(self.known))
            raise found.error
        self.refused = self.refused + 1 if attempt and self.known.commit == stood else 0
        if self.refused == STUCK:
            problem = "it takes no push, though nobody else pushed meanwhile: nothing was lost"
            raise ServiceError(shown(self.url), problem, _LOCKED)

    def _send_first(self, build: Build, attempt: int) -> bool:
        """Push what goes ahead of all that was not pushed yet. False if others were first."""
        draft = build(self.vault.reader_of(self.known))
        if draft.is_empty:
            return True
        head, entry = self.vault.append(self.known, draft, self.now())
        if not self._push(head, attempt):
            return False
        self.first = entry
        return True

    def _send_mine(self, attempt: int, *, push: bool) -> Synced | None:
        """Put mine behind what the remote has and push it. None if others were first."""
        mine = self.mine
        ahead = mine.unpushed(self.known)
        try:
            head, redone = mine.on_top(self.known, ahead)
        except ForeignError as error:
            if self.first is None:
                raise
            return self._done(error)
        except (AccessError, ConflictError) as error:
            return self._send_trust(ahead, error, attempt) if push else self._done(error)
        self.replayed = max(self.replayed, redone)
        if push and head.commit != self.known.commit and not self._push(head, attempt):
            return None
        if head.commit == self.known.commit:
            self._finish()
        return self._done()

    def _send_trust(self, ahead: list[str], error: SkillvaultError, attempt: int) -> Synced | None:
        """Push what a conflict does not hold up. None if others were first."""
        head, waiting, left = self.mine.trust_ahead(self.known, ahead)
        if head.commit != self.known.commit and not self._push(head, attempt):
            return None
        vault = self.vault
        attempts.add(vault.paths, vault.name, ahead, "ahead")
        return self._done(error, *left, waiting=waiting)

    def _done(self, *left: SkillvaultError, waiting: tuple[str, ...] = ()) -> Synced:
        return Synced(
            before=self.before,
            after=self.known,
            pushed=self.pushed,
            replayed=self.replayed,
            first=self.first,
            left=(*left, *self.mine.left),
            kept=self.mine.kept,
            dropped=frozenset(self.mine.dropped),
            waiting=waiting,
            warnings=self.warnings,
        )

    def _push(self, head: Verified, attempt: int) -> bool:
        """Push a line that continues from what the remote has. False if others were first."""
        from skillvault.vault import remote

        vault = self.vault
        assert head.commit is not None  # noqa: S101 - there is something to push
        checked = verify(vault.path, head.commit, self.known)
        if checked.error is not None:
            raise checked.error
        sent = vault.commits_between(self.known.commit, head.commit)
        attempts.add(vault.paths, vault.name, sent)
        try:
            remote.push(vault.path, self.url, head.commit, self.known.commit, ask=self.ask)
        except remote.PushRejected:
            time.sleep(FIRST_PAUSE * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
            return False
        acknowledge(vault, head)
        self.pushed += head.state.seq - self.known.state.seq
        self.known = head
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
    line = Replaying(vault, now)
    tip = read_ref(vault.path, REMOTE)
    if tip is not None:
        known = vault.verified_at(tip)
        line.on_top(known, line.unpushed(known))
    return (*line.kept, *map(str, line.left))


def clashes(vault: Vault, now: float) -> list[Clash]:
    """The conflicts that keep mine from being put behind what was fetched last."""
    known = read_ref(vault.path, REMOTE)
    ahead = [] if known is None else vault.commits_between(known, vault.local.commit)
    base = vault.parent_of(ahead[0]) if ahead else None
    if known is None or base == known or not ahead:
        return []
    reader = vault.reader_of(vault.verified_at(known))
    deeds = replay.read(vault, base, ahead)
    ids = taken(deeds, reader.state, vault.require_me())
    chains = replay.chains([spared(deed, ids) for deed in deeds])
    meeting = Meeting(vault.signer(), now, chains, vault.workbench.settled())
    found = (meeting.clash(reader, skill) for skill in chains)
    return [clash for clash in found if clash is not None]


_LOCKED: Final = (
    "where the repository lies, a killed git may have left a lock: look for `refs/heads/*.lock`, "
    "and remove it if no git is running there"
)
