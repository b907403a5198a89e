"""A real line in a real repository, entry by entry: good ones, and whatever a liar would push.

What is sealed is noise here: verifying opens nothing.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skillvault.vault import git, sshsig
from skillvault.vault.commits import build_commit
from skillvault.vault.entry import CONTROL, Entry, classify
from skillvault.vault.ids import format_time, new_id, sha256
from skillvault.vault.objects import GitObject, write_objects
from skillvault.vault.records import AccessRecord, GroupRecord, MemberRecord, VaultRecord
from skillvault.vault.recovery import RECOVERY_PATH, recovery_text
from skillvault.vault.repository import create_bare, update_ref
from skillvault.vault.rules import apply
from skillvault.vault.state import EMPTY, State
from skillvault.vault.syntax import Role
from skillvault.vault.tree import Tree

START = 1_790_000_000
Files = Mapping[str, bytes | None]


def noise(size: int = 300) -> bytes:
    """Bytes that look sealed."""
    return b"age-encryption.org/v1\n" + os.urandom(size)


def recipient() -> str:
    """A line that looks like a recipient of the classic suite."""
    alphabet = "023456789acdefghjklmnpqrstuvwxyz"
    return "age1" + "".join(alphabet[byte % 32] for byte in os.urandom(58))


def member_file(key: Ed25519PrivateKey, role: Role = "owner") -> bytes:
    """The file of an active member."""
    return MemberRecord(
        expires=None,
        name=sha256(os.urandom(8)),
        recipient=recipient(),
        role=role,
        signing_key=sshsig.public_line(key),
        state="active",
    ).to_bytes()


class Line:
    """One owner's vault. `state`, `tree` and `commit` are those of the last good entry."""

    def __init__(self, repo: Path) -> None:
        self.repo = repo
        self.key = Ed25519PrivateKey.generate()
        self.owner, self.everyone = new_id(), new_id()
        self.state: State = EMPTY
        self.tree = Tree()
        self.commit: str | None = None
        self.tip: str | None = None
        self.commits: list[str] = []
        self._held: list[GitObject] | None = None
        create_bare(repo)

    def first_files(self) -> dict[str, bytes | None]:
        """What the first entry makes."""
        group = GroupRecord(
            epoch=1, members=(self.owner,), name=sha256(os.urandom(8)), recipient=recipient()
        )
        return {
            "vault.json": VaultRecord(format=1, nonce="0" * 32, suite="x25519").to_bytes(),
            RECOVERY_PATH: recovery_text(),
            f"members/{self.owner}.json": member_file(self.key),
            f"names/{self.owner}.age": noise(),
            f"groups/{self.everyone}/group.json": group.to_bytes(),
            f"groups/{self.everyone}/1/{self.owner}.age": noise(),
            f"names/{self.everyone}.age": noise(),
        }

    def found(self) -> str:
        """The first entry."""
        return self.add(self.first_files())

    def entry(self, files: Files, content: Mapping[str, str] | None = None) -> Entry:
        """The entry that would make these changes next."""
        seq = self.state.seq + 1
        return Entry(
            changes={p: None if d is None else sha256(d) for p, d in sorted(files.items())},
            content=dict(content or {}),
            member=self.owner,
            previous=self.state.head,
            seq=seq,
            time=format_time(START + 60 * seq),
        )

    def add(self, files: Files, content: Mapping[str, str] | None = None) -> str:
        """Add a good entry; gives the commit's id."""
        entry = self.entry(files, content)
        plain = {path: data for path, data in files.items() if classify(path).kind in CONTROL}
        state = apply(self.state, entry, plain)
        oid = self.write(entry, files)
        self.tree = self.with_files(files)
        self.state, self.commit = state, oid
        self.commits.append(oid)
        return oid

    def begin(self) -> Line:
        """Three good entries: the first, a skill, a second version of it."""
        self.found()
        self.put(self.add_skill())
        return self

    def add_skill(self) -> str:
        """A new skill of the owner's; gives its id."""
        skill = new_id()
        self.add(
            {
                f"skills/{skill[0]}/{skill}/access.json": AccessRecord(
                    owner=self.owner, readers=(self.owner,), writers=(self.owner,)
                ).to_bytes(),
                f"skills/{skill[0]}/{skill}/skill.age": noise(),
            },
            {skill: sha256(os.urandom(8))},
        )
        return skill

    def put(self, skill: str) -> str:
        """A new version of a skill; gives the commit's id."""
        path = f"skills/{skill[0]}/{skill}/skill.age"
        return self.add({path: noise()}, {skill: sha256(os.urandom(8))})

    def with_files(self, files: Files) -> Tree:
        """The current tree with these files."""
        return self.tree.with_changes(
            {p: None if d is None else GitObject("blob", d).oid for p, d in files.items()}
        )

    def write(
        self,
        entry: Entry,
        files: Files,
        *,
        tree: Tree | None = None,
        key: Ed25519PrivateKey | None = None,
    ) -> str:
        """Write a commit for `entry`, good or not, onto the branch; gives its id."""
        tree = tree or self.with_files(files)
        raw = build_commit(tree.root_oid(), self.commit, entry, key or self.key)
        blobs = [GitObject("blob", data) for data in files.values() if data is not None]
        return self.write_raw(raw, [*blobs, *tree.new_objects(self.tree)])

    def write_raw(self, raw: bytes, objects: list[GitObject] | None = None) -> str:
        """Write the bytes of a commit onto the branch; gives its id."""
        commit = GitObject("commit", raw)
        if self._held is not None:
            self._held += [*(objects or []), commit]
            return commit.oid
        write_objects(self.repo, [*(objects or []), commit])
        update_ref(self.repo, git.BRANCH, commit.oid, self.tip)
        self.tip = commit.oid
        return commit.oid

    @contextlib.contextmanager
    def in_one_go(self) -> Iterator[None]:
        """Write the good entries that are added meanwhile as one pack, at the end."""
        held: list[GitObject] = []
        self._held = held
        yield
        self._held = None
        write_objects(self.repo, held)
        assert self.commit is not None
        update_ref(self.repo, git.BRANCH, self.commit, self.tip)
        self.tip = self.commit

    def alter(self, entry: Entry, **fields: object) -> Entry:
        """The entry with other fields."""
        return replace(entry, **fields)  # type: ignore[arg-type] # each test knows its fields
