"""My unpushed commits behind what the remote has: made again, off the branch, which moves once.

What conflicts holds up content alone. Then nothing moves here; what my entries did to people and
access is made on the remote's line and goes ahead, and `attempts` remembers of which commits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from skillvault.errors import AccessError, ConflictError, SkillvaultError
from skillvault.vault import attempts, epochs, git, replay
from skillvault.vault.client import MAIN, REMOTE, UNPUSHED, Vault
from skillvault.vault.deeds import Deed, Renamed
from skillvault.vault.meeting import Meeting
from skillvault.vault.repository import read_ref, update_ref
from skillvault.vault.taken import refusal, spared, taken, texts
from skillvault.vault.verified import Verified
from skillvault.vault.verify import verify
from skillvault.vault.workbench import aside


class ForeignError(ConflictError):
    """An unpushed entry is another identity's: nothing of it is sent (6)."""


class Replaying:
    """One replay. `kept`: what was not done after all, a line each; `left`: what could not be.

    `dropped`: the numbers of my entries of which that is so.
    """

    def __init__(self, vault: Vault, now: Callable[[], float]) -> None:
        self.vault = vault
        self.now = now
        self.kept: tuple[str, ...] = ()
        self.left: tuple[SkillvaultError, ...] = ()
        self.dropped: set[int] = set()

    def unpushed(self, known: Verified) -> list[str]:
        """The commits of the local line that the remote has not, oldest first."""
        tip = None if known.commit is None else read_ref(self.vault.path, MAIN)
        return self.vault.commits_between(known.commit, tip)

    def on_top(self, known: Verified, ahead: list[str]) -> tuple[Verified, int]:
        """The line with my unpushed entries behind what the remote has; (line, replayed).

        ForeignError if one is not mine; another ConflictError, or AccessError, where a version of
        a skill finds no place: nothing has moved then.
        """
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

    def trust_ahead(
        self, known: Verified, ahead: list[str]
    ) -> tuple[Verified, tuple[str, ...], list[SkillvaultError]]:
        """What my entries did to people and access, made on the remote's line alone.

        Returns that line, not moved to; the commits that wait with the rest of what they did; and
        what could not be made again.
        """
        vault = self.vault
        read = self._read(vault.parent_of(ahead[0]), ahead)
        ids = taken(read, known.state, vault.require_me())
        deeds = [spared(deed, ids) for deed in read]
        new = _new_skills(deeds)
        meeting = Meeting(vault.signer(), self.now(), {}, {})
        head, renamed = known, Renamed()
        left: list[SkillvaultError] = [refusal(name) for name in ids.values()]
        for deed in deeds:
            head = self._again(head, deed.trust(new), renamed, meeting, left)
        waits = [c for c, d in zip(ahead, deeds, strict=True) if not d.content(new).is_empty]
        sent = [c for c, d in zip(ahead, deeds, strict=True) if not d.trust(new).is_empty]
        attempts.add(vault.paths, vault.name, sent)
        return head, tuple(waits), left

    def _check_own(self, base: str | None, ahead: list[str]) -> None:
        """ForeignError unless all of these commits are mine: their authors were verified."""
        span = [ahead[-1], *([] if base is None else [f"^{base}"])]
        words = ["log", "--reverse", "--format=%an", "--end-of-options", *span]
        authors = git.run(self.vault.path, words).decode().split()
        first = self.vault.state.seq - len(ahead) + 1
        me = self.vault.require_me()
        for seq, member in enumerate(authors, first):
            if member != me:
                problem = "an unpushed entry of another identity: it is not sent"
                raise ForeignError(f"entry {seq}", problem, "sync with the identity that wrote it")

    def _read(self, base: str | None, ahead: list[str]) -> list[Deed]:
        """What each commit did, but for what went ahead already."""
        vault = self.vault
        deeds = replay.read(vault, base, ahead)
        went = attempts.load(vault.paths, vault.name, "ahead") or frozenset()
        new = _new_skills(deeds)
        return [
            deed.rest(new) if commit in went else deed
            for commit, deed in zip(ahead, deeds, strict=True)
        ]

    def _replay(self, known: Verified, base: str | None, ahead: list[str]) -> tuple[Verified, int]:
        vault = self.vault
        read = self._read(base, ahead)
        ids = taken(read, known.state, vault.require_me())
        deeds = [spared(deed, ids) for deed in read]
        left: list[SkillvaultError] = [refusal(name) for name in ids.values()]
        self.dropped |= {one.seq for one, deed in zip(read, deeds, strict=True) if one != deed}
        bench = vault.workbench
        meeting = Meeting(vault.signer(), self.now(), replay.chains(deeds), bench.settled())
        for text in texts(read, ids):
            meeting.works.append(aside(text, "somebody else has its id", self.now()))
            meeting.told.append(_laid_aside(text.manifest.name))
        head, renamed, sent = known, Renamed(), list[str]()
        tried = attempts.load(vault.paths, vault.name)
        if any(deed.added or deed.written or deed.evidence for deed in deeds):
            head = self._open_mine(head)
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

    def _open_mine(self, head: Verified) -> Verified:
        """Open the closed groups that I am in: what I wrote may be sealed to them alone.

        My own opening of them is not made again, because somebody else may have been first.
        """
        draft = epochs.opening(self.vault.reader_of(head))
        return head if draft.is_empty else self.vault.append(head, draft, self.now())[0]

    def _again(
        self,
        head: Verified,
        deed: Deed,
        renamed: Renamed,
        meeting: Meeting,
        left: list[SkillvaultError],
    ) -> Verified:
        """A deed made again behind `head`; what of it cannot be is `left`, and the rest goes on.

        Versions are laid aside where a right is missing. ConflictError where two met: no edit is
        lost.
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
                self.dropped.add(deed.seq)
                left.append(error)
                return head
            self.dropped.add(deed.seq)
            works = [*deed.written.values(), *(bundle for bundle, _ in deed.added.values())]
            meeting.works += [aside(bundle, error.problem, self.now()) for bundle in works]
            names = "".join(f", {bundle.manifest.name} is laid aside" for bundle in works)
            problem = f"your entry {deed.seq} is not made again{names}: {error.problem}"
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


def _laid_aside(name: str) -> str:
    return f"{name}: what you wrote is laid aside: `skillvault resolve {name}`"


def _new_skills(deeds: Sequence[Deed]) -> frozenset[str]:
    """The skills that these add: what is done to their access cannot go ahead."""
    return frozenset(skill for deed in deeds for skill in deed.added)
