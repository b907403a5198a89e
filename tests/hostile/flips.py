"""A small vault in memory, and every vault that differs from it in one byte of one object.

What a host does who changes an object: its id is another one then, and so are those of all that
lead to it, up to the tip. So each flip makes a repository in which everything is there under its
right id, as git would fetch it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from skillvault.errors import RefusedError, SkillvaultError, VerificationError
from skillvault.skill.files import SkillFile
from skillvault.vault import git, verify
from skillvault.vault.git import CatFile, Info
from skillvault.vault.ids import new_id, sha256
from skillvault.vault.objects import GitObject
from skillvault.vault.reader import Reader
from skillvault.vault.repository import create_bare
from skillvault.vault.verified import NOTHING, Verified
from tests.vault_maker import Maker, Person

_LATE = "2999-01-01T00:00:00Z"
_PARENT = re.compile(rb"tree [0-9a-f]{40}\nparent ([0-9a-f]{40})\n")


class Store(CatFile):
    """Objects in memory, asked as `git cat-file` is."""

    def __init__(self, objects: dict[str, GitObject]) -> None:
        super().__init__(Path("/nowhere"))
        self.objects = objects

    def infos(self, names: Sequence[str]) -> list[Info | None]:
        return [self._info(*name.split(":", 1)) for name in names]

    def _info(self, oid: str, path: str = "") -> Info | None:
        found = self.objects.get(oid)
        for part in path.split("/") if path else ():
            inner = dict(entries(found.data)).get(part.encode()) if found else None
            found = self.objects.get(inner or "")
        return None if found is None else Info(found.oid, found.kind, len(found.data))

    def reads(self, oids: Sequence[str], kind: str, limit: int) -> list[bytes]:
        found = [self.objects.get(oid) for oid in oids]
        if any(item is None or item.kind != kind or len(item.data) > limit for item in found):
            raise RefusedError("object", "missing, of another kind, or too large")
        return [item.data for item in found if item is not None]

    def read(self, oid: str, kind: str, limit: int) -> bytes:
        return self.reads([oid], kind, limit)[0]

    def line(self, tip: str) -> Iterator[str]:
        """The commits up to `tip`, oldest first, as `git rev-list` walks them."""
        found = []
        oid: str | None = tip
        while oid is not None:
            commit = self.objects.get(oid)
            if commit is None or commit.kind != "commit":
                raise VerificationError("history", "git cannot follow it")
            found.append(oid)
            parent = _PARENT.match(commit.data)
            oid = parent[1].decode() if parent else None
        return reversed(found)


def entries(tree: bytes) -> Iterator[tuple[bytes, str]]:
    """(name, id) of what a tree holds; what is malformed ends it."""
    start = 0
    while (end := tree.find(b"\0", start)) >= 0 and end + 21 <= len(tree):
        mode, blank, name = tree[start:end].partition(b" ")
        if not blank or not mode:
            return
        yield name, tree[end + 1 : end + 21].hex()
        start = end + 21


def objects_of(repo: Path, *revisions: str) -> dict[str, GitObject]:
    """What git lists for these revisions, by id."""
    names = git.run(repo, ["rev-list", "--objects", "--no-object-names", *revisions])
    oids = names.decode().split()
    with git.CatFile(repo) as cat:
        infos = [info for info in cat.infos(oids) if info is not None]
        return {o: GitObject(kind, cat.read(o, kind, size)) for o, kind, size in infos}


@dataclass(frozen=True)
class Vault:
    """Ada's vault with two versions of a skill, which Ben, an admin, reads through `everyone`."""

    objects: dict[str, GitObject]
    tip: str
    line: Verified
    people: tuple[Person, ...]

    @classmethod
    def make(cls, repo: Path) -> Vault:
        create_bare(repo)
        made = Maker(repo, "x25519")
        ada, ben, skill = made.person("Ada"), made.person("Ben"), new_id()
        made.found(ada)
        made.admit(ada, ben, "admin")
        everyone = made.state.everyone
        access = made.access(skill, ada.id, [ada.id, everyone], [ada.id])
        text = SkillFile("SKILL.md", b"---\nname: s\ndescription: d\n---\nx\n", "644")
        made.put(ada, skill, "s", (text,), access)
        made.put(ada, skill, "s", (SkillFile("SKILL.md", text.data + b"y\n", "644"),))
        tip = made.commit or ""
        objects = objects_of(repo, tip)
        return cls(objects, tip, judge(Store(objects), tip)[0], (ada, ben))

    @property
    def positions(self) -> list[tuple[str, int]]:
        """Every byte: (id of its object, number)."""
        return [
            (oid, n) for oid, item in sorted(self.objects.items()) for n in range(len(item.data))
        ]

    def flip(self, oid: str, number: int, mask: int) -> tuple[Store, str]:
        """The vault with that byte changed, all ids above it made again; and its new tip."""
        old = self.objects[oid]
        changed = bytearray(old.data)
        changed[number] ^= mask
        new = {oid: GitObject(old.kind, bytes(changed))}
        for key in self.order:
            item = new.get(key, self.objects[key])
            data = item.data
            for was, now in list(new.items()):
                if item.kind == "tree":
                    data = data.replace(bytes.fromhex(was), bytes.fromhex(now.oid))
                elif item.kind == "commit":
                    data = data.replace(was.encode(), now.oid.encode())
            if data != self.objects[key].data:
                new[key] = GitObject(item.kind, data)
        made = {item.oid: item for item in new.values()}
        kept = {key: item for key, item in self.objects.items() if key not in new}
        return Store({**kept, **made}), new[self.tip].oid

    @cached_property
    def order(self) -> list[str]:
        """Ids, each behind those that it names."""
        done: list[str] = []

        def visit(oid: str) -> None:
            if oid in done or oid not in self.objects:
                return
            item = self.objects[oid]
            if item.kind == "tree":
                for _, inner in entries(item.data):
                    visit(inner)
            elif item.kind == "commit":
                for inner in re.findall(
                    rb"^(?:tree|parent) ([0-9a-f]{40})$", item.data, re.MULTILINE
                ):
                    visit(inner.decode())
            done.append(oid)

        visit(self.tip)
        return done


def judge(store: Store, tip: str) -> tuple[Verified, VerificationError | None]:
    """What a client that fetched this believes of it."""
    run = verify._Run(NOTHING, _LATE)
    try:
        verify._judge(store.line(tip), run, store)
    except VerificationError as error:
        return run.verified(), error
    return run.verified(), None


def opened(store: Store, line: Verified, person: Person) -> dict[str, object]:
    """All that a keyholder reads of a line: what it is, or the error that says that it is not."""

    def blob(path: str, digest: str) -> bytes:
        for oid in line.blobs.get((path, digest), ()):
            with contextlib.suppress(RefusedError):
                data = store.read(oid, "blob", 10**6)
                if sha256(data) == digest:
                    return data
        raise VerificationError(path, "its bytes are not those that the line names")

    reader = Reader(line.state, person.identity, person.id, blob)
    found: dict[str, object] = {}
    for key in (*line.state.members, *line.state.groups):
        found[f"name {key}"] = reader.name(key)
    for skill, record in line.state.skills.items():
        for number in range(1, len(record.versions) + 1):
            with contextlib.suppress(SkillvaultError):
                found[f"{skill}@{number}"] = reader.open_version(skill, number).bundle
    return found
