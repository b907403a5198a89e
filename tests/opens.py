"""What a key really opens of a line: every file there ever was is tried, whatever the rules say."""

from __future__ import annotations

import subprocess
from pathlib import Path

from skillvault import age
from skillvault.vault.identity import Identity
from skillvault.vault.keyring import Keyring
from skillvault.vault.state import SealedFile, Skill, State, skill_path
from skillvault.vault.verified import Verified
from skillvault.vault.verify import verify

Opened = set[tuple[str, int]]
"""(skill id, number of a version)."""


class Blobs:
    """The bytes of a verified line, by path and hash."""

    def __init__(self, repo: Path, line: Verified) -> None:
        self._repo, self._line = repo, line

    def __call__(self, path: str, digest: str) -> bytes:
        oid = self._line.blobs[path, digest][-1]
        words = ["git", "-C", str(self._repo), "cat-file", "blob", oid]
        return subprocess.run(words, check=True, capture_output=True).stdout


class Line:
    """A repository's whole line, verified, and whoever tries their keys on it."""

    def __init__(self, repo: Path, tip: str | None = None) -> None:
        words = ["git", "-C", str(repo), "rev-parse", tip or "main"]
        found = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
        outcome = verify(repo, found)
        assert outcome.error is None
        self.line = outcome.verified
        self.blobs = Blobs(repo, self.line)

    @property
    def state(self) -> State:
        return self.line.state

    def keys(self, identity: Identity) -> list[age.KeyIdentity]:
        """Their own key, and every epoch's that they reach, whoever they are or were."""
        members = self.state.members.items()
        me = next((i for i, m in members if m.recipient == identity.recipient), None)
        ring = Keyring(self.state, identity, me, self.blobs)
        groups = {**self.state.groups, **self.state.former_groups}
        return [identity.key, *(key for group in groups for key in ring.epochs(group).values())]

    def opens(self, identity: Identity) -> Opened:
        """Every version of which some file ever opens to one of their keys."""
        keys, opened = self.keys(identity), Opened()
        for key, skill in {**self.state.former_skills, **self.state.skills}.items():
            numbers = {version.content: n for n, version in enumerate(skill.versions, 1)}
            for file in skill.files:
                if self._opens(skill_path(key), file, keys):
                    opened.add((key, numbers[file.content or ""]))
        return opened

    def opens_now(self, identity: Identity) -> set[str]:
        """The paths of today's files, of skills and results, that open to one of their keys."""
        keys = self.keys(identity)
        return {
            path
            for key, skill in self.state.skills.items()
            for path, file in newest(key, skill)
            if self._opens(path, file, keys)
        }

    def _opens(self, path: str, file: SealedFile, keys: list[age.KeyIdentity]) -> bool:
        try:
            age.decrypt(self.blobs(path, file.hash), keys)
        except age.AgeError:
            return False
        return True


def newest(key: str, skill: Skill) -> list[tuple[str, SealedFile]]:
    """The files of a skill as they are now."""
    results = [
        (skill_path(key, f"evidence/{name}.age"), result.files[-1])
        for name, result in skill.evidence.items()
    ]
    return [(skill_path(key), skill.files[-1]), *results]
