"""One vault on this machine: its bare repository, verified; a reader; and a way to write entries.

Refs: `refs/heads/main` is the local line, ahead of the remote by what was not pushed;
`refs/skillvault/remote` is the highest entry that the remote served or acknowledged;
`refs/skillvault/unpushed` keeps the old head while a replay is on its way.
"""

from __future__ import annotations

import contextlib
import copy
import weakref
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from skillvault.errors import AccessError, NotFoundError, RefusedError, VerificationError
from skillvault.paths import Paths
from skillvault.vault import attempts, git, pins, settings
from skillvault.vault.git import CatFile
from skillvault.vault.identity import Identity, Signer
from skillvault.vault.ids import sha256
from skillvault.vault.lock import locked
from skillvault.vault.notebook import Notebook
from skillvault.vault.pins import Pin
from skillvault.vault.reader import Reader
from skillvault.vault.repository import check_repository, read_ref, update_ref
from skillvault.vault.settings import Settings
from skillvault.vault.state import State
from skillvault.vault.verified import NOTHING, Verified

if TYPE_CHECKING:
    from skillvault.vault.draft import Draft
    from skillvault.vault.entry import Entry
    from skillvault.vault.verify import Outcome
    from skillvault.vault.workbench import Workbench

MAIN: Final = git.BRANCH
REMOTE: Final = "refs/skillvault/remote"
UNPUSHED: Final = "refs/skillvault/unpushed"
STATE_KEY: Final = "skillvault state v1"
REMOTE_CACHE: Final = "remote"
LOST: Final = "restore it from a backup of this machine, or `vaults forget` it and clone it again"
BLOB_LIMIT: Final = 128 * 1024 * 1024

Progress = Callable[[str, int, int], None]


class Vault:
    """An opened vault. Nothing in it was used before it was verified.

    `local` is the line at `refs/heads/main`; `pin` the highest entry that the remote served or
    acknowledged. `identity` may be None, or of somebody who is no member: then nothing is read.
    """

    def __init__(
        self,
        paths: Paths,
        name: str,
        notes: Settings,
        identity: Identity | None,
        progress: Progress = lambda _what, _done, _total: None,
    ) -> None:
        self.paths = paths
        self.name = name
        self.notes = notes
        self.identity = identity
        self.path = paths.vault(name)
        self._progress = progress
        self._cat = CatFile(self.path)
        weakref.finalize(self, self._cat.close)
        self.local: Verified = NOTHING
        self.warnings: tuple[str, ...] = ()

    @classmethod
    def open(
        cls, paths: Paths, name: str, identity: Identity | None, *, progress: Progress | None = None
    ) -> Vault:
        """Open the vault that this machine calls `name` and verify what is new in it.

        NotFoundError if there is none, RefusedError if its repository was tampered with,
        VerificationError if its line does not hold or does not reach the pin.
        """
        notes = settings.load(paths, name)
        vault = cls(paths, name, notes, identity, *([progress] if progress else []))
        try:
            check_repository(vault.path)
        except NotFoundError:
            raise NotFoundError(name, "its repository is gone", LOST) from None
        vault.refresh()
        return vault

    # What is known

    @property
    def state(self) -> State:
        """The state of the local line."""
        return self.local.state

    @cached_property
    def me(self) -> str | None:
        """The member id of this identity, if it is an active member's."""
        if self.identity is None:
            return None
        member = _member_of(self.state, self.identity)
        return member if member is not None and self.state.members[member].is_active else None

    @cached_property
    def reader(self) -> Reader:
        """What this identity can read of the local line."""
        return self.reader_of(self.local)

    @cached_property
    def notebook(self) -> Notebook:
        """What this client already opened."""
        name = f"{self.notes.vault.removeprefix('sha256:')[:32]}.age"
        return Notebook.load(self.paths.state / "notebooks" / name, self._own())

    @property
    def workbench(self) -> Workbench:
        """Answers to conflicts, and work that was laid aside."""
        from skillvault.vault.workbench import Workbench

        return Workbench.of(self.paths, self.notes.vault, self._own())

    @property
    def pin(self) -> Pin:
        """The highest entry that the remote served or acknowledged. VerificationError if gone."""
        return pins.require(self.paths.state, self.notes.vault, self.name)

    @property
    def pushed_seq(self) -> int:
        """The number of the highest local entry that the remote has; -1 without a remote."""
        return self.state.seq - self.unpushed

    @property
    def unpushed(self) -> int:
        """How many entries of the local line the remote has not. All of them without a remote."""
        known = read_ref(self.path, REMOTE)
        if known is None:
            return self.state.seq + 1
        if known == self.local.commit:
            return 0
        words = ["rev-list", "--count", "--end-of-options", MAIN, f"^{known}"]
        return int(git.run(self.path, words))

    def commits_between(self, known: str | None, tip: str | None) -> list[str]:
        """The commits of the line at `tip` that are not in the one at `known`, oldest first."""
        if tip is None or tip == known:
            return []
        without = [] if known is None else [f"^{known}"]
        words = ["rev-list", "--reverse", "--end-of-options", tip, *without]
        return git.run(self.path, words).decode().split()

    def attempted(self, commit: str) -> bool:
        """Whether the host may have a commit of the local line: a push of it was tried.

        What stands for an attempted one, made again on top of others' entries, counts as it does.
        """
        known = attempts.load(self.paths, self.name)
        if known is None or commit in known:
            return True
        remote = read_ref(self.path, REMOTE)
        return remote is not None and commit not in self.commits_between(remote, self.local.commit)

    def require_me(self) -> str:
        """My member id. AccessError (4) if I am no active member."""
        if self.me is None:
            raise self.no_member()
        return self.me

    def no_member(self) -> AccessError:
        """The error (4) where none of my identities is a member; it says which were tried."""
        mine = self.identity.recipient if self.identity is not None else None
        known = {m.recipient for m in self.state.members.values() if m.is_active}
        if self.notes.identity != mine and self.notes.identity in known:
            hint = "skillvault keygen --import BACKUP"
            return AccessError(self.name, "its member's key is not on this machine any more", hint)
        if self.identity is None:
            return AccessError(self.name, "no identity on this machine", "skillvault keygen")
        tried = self.identity.fingerprint.short
        hint = f"tried {tried}; send your card to an admin: skillvault id -o me.card"
        return AccessError(self.name, "you are not a member", hint)

    def signer(self) -> Signer:
        """Whoever writes here: me."""
        return Signer(self._own(), self.require_me())

    def reader_of(self, line: Verified) -> Reader:
        """A reader of another state of this vault (before an entry, at the remote)."""
        mine = self._own()
        return Reader(
            line.state,
            mine,
            _member_of(line.state, mine),
            lambda path, digest: self._blob(line, path, digest),
            lambda wanted: self._cat.expect(
                o for one in wanted for o in line.blobs.get(one, ())[:1]
            ),
        )

    def at(self, line: Verified) -> Vault:
        """This vault at another verified line of it, to look at: the local line stays."""
        seen = copy.copy(self)
        seen._take(line)  # noqa: SLF001 - another one of this class
        return seen

    def held_by(self, identity: Identity) -> Vault:
        """This vault as another keyholder of this machine has it, with the same notebook and lock.

        What it writes, this one takes with `advance`.
        """
        other = copy.copy(self)
        other.__dict__["notebook"] = self.notebook
        other.identity = identity
        other._take(self.local)  # noqa: SLF001 - another one of this class
        return other

    # Changing it

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Be the only process of this machine that changes this vault; the line is read anew."""
        with locked(settings.settings_file(self.paths, self.name)):
            if read_ref(self.path, MAIN) != self.local.commit:
                self.refresh()
            yield

    def commit(self, draft: Draft, now: float) -> Entry:
        """Authorise, sign and write one entry on the local line.

        AccessError (4) if the rules do not let me: nothing is written then.
        """
        (entry,) = self.commit_all([lambda _reader: draft], lambda: now)
        return entry

    def commit_all(
        self, builds: Sequence[Callable[[Reader], Draft]], now: Callable[[], float]
    ) -> list[Entry]:
        """The same of several entries, each built from a reader of the line before it.

        All or none: the line moves once. A draft that changes nothing makes no entry.
        """
        before = line = self.local
        entries, drafts = [], []
        for build in builds:
            draft = build(self.reader_of(line)) if line is not before else build(self.reader)
            if not draft.is_empty or len(builds) == 1:
                line, entry = self.append(line, draft, now())
                entries.append(entry)
                drafts.append(draft)
        if line.commit is None or line is before:
            return entries
        if before.commit is not None and before.commit == read_ref(self.path, REMOTE):
            with contextlib.suppress(OSError):
                pins.save_state(self.paths.state / REMOTE_CACHE, self._cache_key(), before)
        update_ref(self.path, MAIN, line.commit, before.commit)
        self.advance(line)
        for draft in drafts:
            for made in draft.versions.values():
                self.notebook.note(made)
        return entries

    def append(self, before: Verified, draft: Draft, now: float) -> tuple[Verified, Entry]:
        """Write an entry behind `before` without moving a ref: unreachable until one moves."""
        if before.state.ended:
            raise moved_on(self.name, before.state)
        from skillvault.vault import writing

        signer = Signer(self._own(), self._member_in(before, draft))
        try:
            return writing.append(self.path, before, draft, signer, now)
        except VerificationError as error:
            # Our own draft, not somebody's tampering: we may not do this (any more).
            raise AccessError(self.name, f"not allowed here: {error.problem}") from error

    def advance(self, line: Verified) -> None:
        """The local line is this now; what was known of the old one is forgotten."""
        self._take(line)
        self._keep(line)

    def refresh(self) -> None:
        """Read the local line anew: from this client's own cache, and verify what is behind it.

        VerificationError if the line does not hold, or has not got the pinned entry in it.
        """
        tip = read_ref(self.path, MAIN)
        if tip is None:
            raise VerificationError(self.name, "its repository has no line", LOST)
        start = self._cached()
        if start.commit == tip:
            self._check_pin(start)
            self.warnings = ()
            self._take(start)
            return
        outcome = self._verify(tip, start)
        self._check_pin(outcome.verified)
        self.warnings = outcome.warnings
        self.advance(outcome.verified)

    def verified_at(self, tip: str) -> Verified:
        """The verified line that ends at a commit of the local line or before it.

        VerificationError if it does not hold.
        """
        if tip == self.local.commit:
            return self.local
        if self.identity is not None:
            known = pins.load_state(
                self.paths.state / REMOTE_CACHE, self.notes.vault, self._cache_key()
            )
            if known is not None and known.commit == tip:
                return known
        return self._verify(tip, NOTHING).verified

    def parent_of(self, commit: str) -> str | None:
        """The commit before a commit of the local line."""
        words = ["rev-list", "--parents", "--max-count=1", "--end-of-options", commit]
        found = git.run(self.path, words).decode().split()
        return found[1] if len(found) > 1 else None

    def entry_of(self, commit: str) -> Entry:
        """The entry in a commit of the local line."""
        from skillvault.vault.commits import COMMIT_LIMIT, check_commit

        raw = self._cat.read(commit, "commit", COMMIT_LIMIT)
        return check_commit(raw, self.parent_of(commit)).entry

    # Within

    def _verify(self, tip: str, start: Verified) -> Outcome:
        """The line that ends at `tip`, of which `start` is believed if that leads there."""
        from skillvault.vault.verify import verify

        outcome = verify(
            self.path, tip, start, progress=lambda done: self._progress("verify", done, 0)
        )
        if outcome.error is not None and start is not NOTHING:
            outcome = verify(self.path, tip)
        if outcome.error is not None:
            # It was verified before it came here: a damaged disk, or somebody's hand.
            error = outcome.error
            raise VerificationError(error.subject, error.problem, error.hint or LOST) from error
        return outcome

    def _take(self, line: Verified) -> None:
        self.local = line
        for name in ("me", "reader"):
            self.__dict__.pop(name, None)

    def _cache_key(self) -> bytes:
        return self._own().cache_key(STATE_KEY)

    def _cached(self) -> Verified:
        """The line as this client verified it last, under its own MAC; else nothing."""
        if self.identity is None:
            return NOTHING
        known = pins.load_state(self.paths.state, self.notes.vault, self._cache_key())
        return known or NOTHING

    def _check_pin(self, line: Verified) -> None:
        """The local line has the pinned entry in it, or what the remote served has.

        The latter after a conflict: what I wrote waits on the entry that I wrote it on.
        """
        pin, known = self.pin, read_ref(self.path, REMOTE)
        try:
            pins.check_continues(self.path, line, pin, self.name, here=True)
        except VerificationError:
            if known is None or known == line.commit:
                raise
            pins.check_continues(self.path, self.verified_at(known), pin, self.name, here=True)

    def _keep(self, line: Verified) -> None:
        """Cache it; a full disk or a folder that cannot be written costs time alone."""
        if self.identity is not None:
            with contextlib.suppress(OSError):
                pins.save_state(self.paths.state, self._cache_key(), line)

    def _own(self) -> Identity:
        if self.identity is None:
            raise self.no_member()
        return self.identity

    def _member_in(self, before: Verified, draft: Draft) -> str:
        """My member id before the entry; in the first entry the one that the draft makes."""
        if before.commit is None:
            made = (path for path in draft.files if path.startswith("members/"))
            return next(made).removeprefix("members/").removesuffix(".json")
        return self.require_me()

    def _blob(self, line: Verified, path: str, digest: str) -> bytes:
        """The bytes that a verified entry calls so, hashed. VerificationError if they are not.

        Sizes were held against the format's limits when the entry was verified.
        """
        for oid in line.blobs.get((path, digest), ()):
            with contextlib.suppress(RefusedError):
                data = self._cat.read(oid, "blob", BLOB_LIMIT)
                if sha256(data) == digest:
                    return data
        raise VerificationError(path, "its bytes are not those that the line names")


def _member_of(state: State, identity: Identity) -> str | None:
    """Whose keys these are, both of them: a recipient beside another signing key is not me."""
    mine = (identity.recipient, identity.signing_line)
    members = state.members.items()
    return next((i for i, m in members if (m.recipient, m.signing_key) == mine), None)


def moved_on(name: str, state: State) -> RefusedError:
    """The error (8) for a vault that went on in a format that this client does not know."""
    problem = f"moved to format {state.format} at entry {state.seq}"
    return RefusedError(name, problem, "update skillvault; what stood there can still be read")
