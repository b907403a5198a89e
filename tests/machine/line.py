"""What a host's line says, read with stock git and JSON: who is what, who reads what, since when.

Written from the text of the format and not from the code, of which nothing is used here.
"""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

Ref = tuple[str, int]
"""Whom a file is sealed to: a member and 0, or a group and its epoch."""


@dataclass(frozen=True)
class Group:
    """`recipient` is None while the group is closed."""

    epoch: int
    members: frozenset[str]
    recipient: str | None


@dataclass(frozen=True)
class Skill:
    """An access file."""

    owner: str
    readers: frozenset[str]
    writers: frozenset[str]


@dataclass(frozen=True)
class Facts:
    """The control files as they stand. `members`: role and whether active."""

    members: dict[str, tuple[str, bool]] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    skills: dict[str, Skill] = field(default_factory=dict)
    everyone: str = ""

    def is_person(self, member: str) -> bool:
        role, active = self.members[member]
        return active and role != "machine"

    def inside(self, name: str) -> frozenset[str]:
        """The members whom a name means."""
        group = self.groups.get(name)
        return group.members if group is not None else frozenset({name})

    def persons(self, name: str) -> set[str]:
        return {m for m in self.inside(name) if self.is_person(m)}

    def reads(self, skill: str) -> set[str]:
        """Everybody who reads a skill, by name or through a group, open or closed."""
        return {m for name in self.skills[skill].readers for m in self.inside(name)}

    def refs(self, skill: str) -> frozenset[Ref]:
        """One for each name in `readers`: an open group's epoch, nothing for a closed one."""
        found = set[Ref]()
        for name in self.skills[skill].readers:
            group = self.groups.get(name)
            if group is None:
                found.add((name, 0))
            elif group.recipient is not None:
                found.add((name, group.epoch))
        return frozenset(found)


@dataclass(frozen=True)
class Sealed:
    """A file that was once at a path, by which entry, and whom it is sealed to.

    `content` is the version that a `skill.age` holds.
    """

    path: str
    seq: int
    data: bytes
    refs: frozenset[Ref]
    content: str | None = None


@dataclass
class Line:
    """A host's line, entry by entry. `contents`: the entry that brought each version.

    `keys`: the recipient behind each `Ref`. `left`: the entry that removed each member.
    """

    host: Path
    tip: str = ""
    seq: int = -1
    facts: Facts = field(default_factory=Facts)
    sealed: list[Sealed] = field(default_factory=list)
    contents: dict[str, int] = field(default_factory=dict)
    keys: dict[Ref, str] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    writers: list[str] = field(default_factory=list)
    _now: dict[str, str] = field(default_factory=dict)
    _top: dict[tuple[str, str], int] = field(default_factory=dict)
    _open: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _holds: dict[str, set[Ref]] = field(default_factory=lambda: defaultdict(set))

    def update(self) -> Facts:
        """Read what is new."""
        tip = (self.host / "refs" / "heads" / "main").read_text().strip()
        if tip != self.tip:
            since = [f"^{self.tip}"] if self.tip else []
            shown = self._git("log", "--reverse", "--format=%H%n%b%x00", tip, *since)
            for text in shown.decode().split("\0"):
                if text.strip():
                    commit, _, body = text.strip().partition("\n")
                    self._entry(commit, json.loads(body))
            self.tip = tip
        return self.facts

    def holds(self, member: str) -> set[Ref]:
        """Every key that somebody may have: their own, and of each group that they were ever in
        each open epoch up to the last in which they were."""
        found: set[Ref] = {(member, 0)}
        for (who, group), top in self._top.items():
            if who == member:
                found |= {(group, epoch) for epoch in self._open[group] if epoch <= top}
        return found

    def versions(self, member: str) -> set[str]:
        """The versions of which some file was ever sealed to a key that they may have."""
        held = self.holds(member)
        return {content for content, refs in self._holds.items() if refs & held}

    def _git(self, *words: str, send: bytes = b"") -> bytes:
        run = ["git", "-C", str(self.host), *words]
        return subprocess.run(run, input=send, check=True, capture_output=True).stdout

    def _files(self, commit: str, paths: Iterable[str]) -> dict[str, bytes]:
        wanted = list(paths)
        send = "".join(f"{commit}:{path}\n" for path in wanted).encode()
        out, found, at = self._git("cat-file", "--batch", send=send), {}, 0
        for path in wanted:
            end = out.index(b"\n", at)
            size = int(out[at:end].split()[2])
            found[path] = out[end + 1 : end + 1 + size]
            at = end + size + 2
        return found

    def _entry(self, commit: str, entry: dict[str, object]) -> None:
        changes, content = entry["changes"], entry["content"]
        assert isinstance(changes, dict)
        assert isinstance(content, dict)
        assert entry["seq"] == self.seq + 1
        writer, self.seq = str(entry["member"]), self.seq + 1
        self.writers.append(writer)
        before = {member: self.versions(member) for member in self.facts.members}
        files = self._files(commit, [p for p, digest in changes.items() if digest is not None])
        self._control(files, [p for p, digest in changes.items() if digest is None])
        for skill, digest in content.items():
            self._now[skill] = digest
            self.contents[digest] = self.seq
        for path, data in files.items():
            if path.endswith(".age"):
                self._seal(path, data)
        for member in self.facts.members:
            gained = self.versions(member) - before.get(member, set()) - set(content.values())
            assert gained <= before.get(writer, set()), (
                f"entry {self.seq}: {writer} let {member} in"
            )

    def _control(self, files: dict[str, bytes], gone: list[str]) -> None:
        members, groups = dict(self.facts.members), dict(self.facts.groups)
        skills, everyone = dict(self.facts.skills), self.facts.everyone
        for path, data in files.items():
            kind, *rest = path.split("/")
            if not path.endswith(".json") or kind == "vault.json":
                continue
            record = json.loads(data)
            if kind == "members":
                key = rest[0].removesuffix(".json")
                members[key] = (record["role"], record["state"] == "active")
                self.keys[key, 0] = record["recipient"]
                if record["state"] == "removed":
                    self.left.setdefault(key, self.seq)
            elif kind == "groups":
                everyone = everyone or rest[0]
                made = Group(record["epoch"], frozenset(record["members"]), record["recipient"])
                groups[rest[0]] = made
                self._group(rest[0], made)
            else:
                readers, writers = frozenset(record["readers"]), frozenset(record["writers"])
                skills[rest[1]] = Skill(record["owner"], readers, writers)
        for path in gone:
            kind, *rest = path.split("/")
            if path.endswith("/group.json"):
                del groups[rest[0]]
            elif path.endswith("/access.json"):
                del skills[rest[1]]
        self.facts = Facts(members, groups, skills, everyone)

    def _group(self, key: str, made: Group) -> None:
        if made.recipient is not None:
            self.keys[key, made.epoch] = made.recipient
            self._open[key].add(made.epoch)
            for member in made.members:
                self._top[member, key] = made.epoch

    def _seal(self, path: str, data: bytes) -> None:
        kind, *rest = path.split("/")
        content = None
        if kind == "skills":
            refs = self.facts.refs(rest[1])
            if path.endswith("/skill.age"):
                content = self._now[rest[1]]
                self._holds[content] |= refs
        elif kind == "names":
            everyone = self.facts.everyone
            refs = frozenset({(everyone, self.facts.groups[everyone].epoch)})
        elif rest[2] == "previous.age":
            refs = frozenset({(rest[0], int(rest[1]))})
        else:
            refs = frozenset({(rest[2].removesuffix(".age"), 0)})
        self.sealed.append(Sealed(path, self.seq, data, refs, content))
