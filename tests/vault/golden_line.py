"""The frozen vault of tests/golden, entry by entry, with a reader for each of its keyholders."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from skillvault.vault import git, identity
from skillvault.vault.draft import Draft
from skillvault.vault.git import CatFile
from skillvault.vault.identity import Identity
from skillvault.vault.ids import parse_time, sha256
from skillvault.vault.reader import Reader
from skillvault.vault.rules import apply
from skillvault.vault.state import State
from skillvault.vault.verified import NOTHING
from skillvault.vault.verify import verify
from tests.test_golden import GOLDEN, unpack


@dataclass
class GoldenLine:
    """`states[n]` is the one after entry n; `blobs` has all bytes of the line by hash."""

    states: list[State] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    identities: list[Identity] = field(default_factory=list)

    def id_of(self, state: State, who: Identity) -> str | None:
        """The member id of a keyholder, also of a removed one."""
        members = state.members.items()
        return next((key for key, m in members if m.recipient == who.recipient), None)

    def reader(self, state: State, member: str, more: Draft | None = None) -> Reader:
        """What a member reads of a state, with the files of a draft that was applied to it."""
        blobs = {sha256(data): data for data in (more.files if more else {}).values() if data}
        who = next(i for i in self.identities if self.id_of(state, i) == member)
        return Reader(
            state, who, member, lambda _path, digest: blobs.get(digest) or self.blobs[digest]
        )

    def apply(self, state: State, member: str, draft: Draft) -> State:
        """The state after the entry that a draft makes. VerificationError if it is not allowed."""
        entry = draft.entry(state, member, parse_time(state.time) + 60)
        return apply(state, entry, draft.control())


@lru_cache(maxsize=1)
def golden_line() -> GoldenLine:
    """The x25519 vault, read once."""
    found = GoldenLine()
    for file in sorted((GOLDEN / "x25519" / "identities").iterdir()):
        found.identities.append(identity.parse_file(file.read_bytes(), file.name).identity)
    with TemporaryDirectory() as folder:
        repo = Path(folder) / "vault"
        tip = unpack("x25519", repo)
        words = ["rev-list", "--reverse", "--end-of-options", tip]
        line = NOTHING
        for commit in git.run(repo, words).decode().split():
            outcome = verify(repo, commit, line)
            assert outcome.error is None
            line = outcome.verified
            found.states.append(line.state)
        cat = CatFile(repo)
        for (_path, digest), oids in line.blobs.items():
            found.blobs[digest] = cat.read(oids[-1], "blob", 2**20)
        cat.close()
    return found
