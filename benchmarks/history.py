"""Verifying a long history: from nothing, and from a pin a few entries back."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.measure import cpu_of
from benchmarks.table import Row
from skillvault.errors import ServiceError
from skillvault.vault import card, git, identity, operations
from skillvault.vault.commits import build_commit
from skillvault.vault.entry import CONTROL, Entry, classify
from skillvault.vault.ids import format_time, new_id, sha256
from skillvault.vault.objects import GitObject, write_objects
from skillvault.vault.records import AccessRecord
from skillvault.vault.repository import create_bare, update_ref
from skillvault.vault.rules import apply
from skillvault.vault.state import skill_path
from skillvault.vault.verified import NOTHING, Verified
from skillvault.vault.verify import verify

SKILLS: Final = 1_000
NEW: Final = 10

_START: Final = 1_700_000_000


def rows(work: Path, entries: int, reps: int) -> list[Row]:
    """The figures for a line of `entries` entries over 1,000 skills."""
    repo = work / "history.vault"
    commits = _Line(repo).grow(entries)

    def check(start: Verified) -> Verified:
        outcome = verify(repo, commits[-1], start)
        if outcome.error is not None or outcome.verified.state.seq != entries - 1:
            raise ServiceError("history", "the line that was made does not verify")
        return outcome.verified

    pinned = verify(repo, commits[-1 - NEW]).verified
    whole = [cpu_of(lambda: check(NOTHING)) for _ in range(max(1, reps - 2))]
    new = [cpu_of(lambda: check(pinned)) for _ in range(reps)]
    full = entries == 10_000
    return [
        Row(f"verify {entries:,} entries from nothing", tuple(whole), 3.0 if full else None, "s"),
        Row(f"verify {NEW} entries from a pin", tuple(new), 0.020, "ms"),
    ]


class _Line:
    """One owner's line, kept in memory until it is written as one pack.

    The entries are real; what is sealed is noise, for verifying opens nothing.
    """

    def __init__(self, repo: Path) -> None:
        self.repo = repo
        self.rng = random.Random(1)
        self.identity = identity.generate()
        self.line = NOTHING
        self.objects: list[GitObject] = []
        self.commits: list[str] = []
        create_bare(repo)

    def grow(self, entries: int) -> Sequence[str]:
        """Write a line of so many entries; gives the ids of its commits."""
        founded = operations.found(card.make(self.identity, "Ada Lovelace"))
        self.owner, self.everyone = founded.owner, founded.everyone
        self._add(founded.draft.files, {})
        self._add_skills(SKILLS)
        skills = list(self.line.state.skills)
        while len(self.commits) < entries:
            self._change(self.rng.choice(skills))
        write_objects(self.repo, self.objects)
        update_ref(self.repo, git.BRANCH, self.commits[-1], None)
        return self.commits

    def _add_skills(self, count: int) -> None:
        """`count` new skills in one entry."""
        files: dict[str, bytes | None] = {}
        content = {}
        for skill in (new_id() for _ in range(count)):
            files[skill_path(skill, "access.json")] = self._access(self.owner)
            files[skill_path(skill)] = _noise()
            content[skill] = sha256(os.urandom(8))
        self._add(files, content)

    def _change(self, skill: str) -> None:
        """A new version, or in three cases of ten another set of readers."""
        if self.rng.random() < 0.7:
            self._add({skill_path(skill): _noise()}, {skill: sha256(os.urandom(8))})
            return
        shared = len(self.line.state.skills[skill].readers) > 1
        readers = [self.owner] if shared else [self.owner, self.everyone]
        self._add(
            {skill_path(skill, "access.json"): self._access(*readers), skill_path(skill): _noise()},
            {},
        )

    def _access(self, *readers: str) -> bytes:
        record = AccessRecord(
            owner=self.owner, readers=tuple(sorted(readers)), writers=(self.owner,)
        )
        return record.to_bytes()

    def _add(self, files: Mapping[str, bytes | None], content: Mapping[str, str]) -> None:
        state, seq = self.line.state, self.line.state.seq + 1
        entry = Entry(
            changes={p: None if d is None else sha256(d) for p, d in sorted(files.items())},
            content=dict(sorted(content.items())),
            member=self.owner,
            previous=state.head,
            seq=seq,
            time=format_time(_START + 60 * seq),
        )
        plain = {p: d for p, d in files.items() if classify(p).kind in CONTROL}
        blobs = {p: GitObject("blob", d) for p, d in files.items() if d is not None}
        tree = self.line.tree.with_changes({path: blob.oid for path, blob in blobs.items()})
        key = self.identity.signing_key
        commit = GitObject("commit", build_commit(tree.root_oid(), self.line.commit, entry, key))
        self.objects += [*blobs.values(), *tree.new_objects(self.line.tree), commit]
        self.commits.append(commit.oid)
        self.line = Verified(apply(state, entry, plain), commit.oid, tree, {})


def _noise() -> bytes:
    """Bytes that look sealed."""
    return b"age-encryption.org/v1\n" + os.urandom(300)
