"""Makes vaults entry by entry, sealed and signed for real, also those that no command makes yet.

Each entry is authorised by `apply`, so a vault that this makes is one that clients accept.
`vault_story.py` tells a whole life with it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from skillvault.skill.files import SkillFile
from skillvault.vault import bundle, canonical, card, identity, names, sealed, sshsig
from skillvault.vault.bundle import Bundle, Manifest
from skillvault.vault.commits import build_commit
from skillvault.vault.entry import CONTROL, Entry, classify
from skillvault.vault.git import BRANCH
from skillvault.vault.identity import Identity
from skillvault.vault.ids import format_time, new_id, new_salt, sha256
from skillvault.vault.objects import GitObject, write_objects
from skillvault.vault.padding import pad
from skillvault.vault.records import AccessRecord, GroupRecord, MemberRecord, VaultRecord
from skillvault.vault.recovery import recovery_text
from skillvault.vault.repository import update_ref
from skillvault.vault.rules import apply
from skillvault.vault.state import EMPTY, State, seal_refs, skill_path
from skillvault.vault.syntax import Role, Suite
from skillvault.vault.tree import Tree

START = 1_764_000_000
Files = dict[str, bytes | None]


@dataclass(frozen=True)
class Person:
    """A keyholder and their pseudonym."""

    name: str
    identity: Identity
    id: str


@dataclass
class Maker:
    """A vault in the making. `keys`: the identity of every group's epoch, by (group, epoch).

    `start`: the time of entry 0, in seconds since 1970; each later one is an hour after the other.
    """

    repo: Path
    suite: Suite
    state: State = EMPTY
    tree: Tree = field(default_factory=Tree)
    commit: str | None = None
    people: dict[str, Person] = field(default_factory=dict)
    keys: dict[tuple[str, int], Identity] = field(default_factory=dict)
    bundles: dict[str, list[Bundle]] = field(default_factory=dict)
    start: int = START

    def write(
        self, who: Person, files: Mapping[str, bytes | None], content: Mapping[str, str] = {}
    ) -> Entry:
        """One entry by `who`, through the rules, as a signed commit on the branch."""
        entry = self.entry(who, files, content)
        control = {p: data for p, data in files.items() if classify(p).kind in CONTROL}
        self.state = apply(self.state, entry, control)
        tree = self.with_files(files)
        self.send(
            build_commit(tree.root_oid(), self.commit, entry, who.identity.signing_key), files, tree
        )
        return entry

    def entry(
        self, who: Person, files: Mapping[str, bytes | None], content: Mapping[str, str]
    ) -> Entry:
        """The entry that would say so next."""
        changes = {p: None if data is None else sha256(data) for p, data in sorted(files.items())}
        return Entry(changes, dict(content), who.id, self.state.head, self.state.seq + 1, self.time)

    @property
    def time(self) -> str:
        """When the next entry is made."""
        return format_time(self.start + 3600 * (self.state.seq + 1))

    def with_files(self, files: Mapping[str, bytes | None]) -> Tree:
        """The tree with these files."""
        return self.tree.with_changes(
            {p: None if d is None else GitObject("blob", d).oid for p, d in files.items()}
        )

    def send(self, raw: bytes, files: Mapping[str, bytes | None], tree: Tree) -> None:
        """Put a commit, its files and its tree into the repository, and the branch there."""
        commit = GitObject("commit", raw)
        present = [GitObject("blob", data) for data in files.values() if data is not None]
        write_objects(self.repo, [*present, *tree.new_objects(self.tree), commit])
        update_ref(self.repo, BRANCH, commit.oid, self.commit)
        self.tree, self.commit = tree, commit.oid

    # People

    def person(self, name: str) -> Person:
        """A new keyholder, not admitted yet."""
        made = Person(name, identity.generate(self.suite), new_id())
        self.people[name] = made
        return made

    def found(self, owner: Person) -> None:
        """Entry 0."""
        everyone = new_id()
        group = self.group((owner,), everyone, "everyone")
        files: Files = {
            "vault.json": VaultRecord(format=1, nonce=new_salt(), suite=self.suite).to_bytes(),
            "RECOVERY.md": recovery_text(),
        }
        self.write(owner, files | self.member(owner, "owner", everyone) | group)

    def member(
        self, who: Person, role: Role, everyone: str = "", *, expires: str | None = None
    ) -> Files:
        """The member file and the name of somebody who is admitted or renamed."""
        holder = card.make(who.identity, who.name)
        record = names.person_record(holder)
        everyone = everyone or self.state.everyone
        key = self.keys[everyone, self.state.groups[everyone].epoch if self.state.groups else 1]
        made = MemberRecord(
            expires=expires,
            name=record.hash,
            recipient=holder.recipient,
            role=role,
            signing_key=holder.signing_key,
            state="active",
        )
        return {
            f"members/{who.id}.json": made.to_bytes(),
            f"names/{who.id}.age": sealed.seal_json(record.line, [key.recipient]),
        }

    def admit(self, admin: Person, who: Person, role: Role, expires: str | None = None) -> None:
        """A new member, let into `everyone`."""
        everyone = self.state.everyone
        files = self.member(who, role, expires=expires)
        self.write(admin, files | self.grow(everyone, (who,)))

    def edit(self, who: str, **fields: object) -> Files:
        """The member file with some fields changed."""
        record = self.state.members[who]
        made = MemberRecord(
            expires=record.expires,
            name=record.name,
            recipient=record.recipient,
            role=record.role,
            signing_key=record.signing_key,
            state=record.state,
        )
        changed = replace(made, **fields)  # type: ignore[arg-type]  # whatever a test says
        return {f"members/{who}.json": changed.to_bytes()}

    # Groups

    def group(self, members: Iterable[Person], group: str, name: str) -> Files:
        """A new group at epoch 1, with its name and slots."""
        record = names.group_record(group, name)
        key = self.keys[group, 1] = identity.generate(self.suite)
        everyone = self.state.everyone or group
        epoch = self.state.groups[everyone].epoch if self.state.groups else 1
        made = GroupRecord(
            epoch=1,
            members=tuple(sorted(m.id for m in members)),
            name=record.hash,
            recipient=key.recipient,
        )
        return {
            f"groups/{group}/group.json": made.to_bytes(),
            f"names/{group}.age": sealed.seal_json(
                record.line, [self.keys[everyone, epoch].recipient]
            ),
            **self.slots(group, 1, members),
        }

    def slots(self, group: str, epoch: int, members: Iterable[Person]) -> Files:
        """The key of an epoch, sealed to each of `members`."""
        line = f"{self.keys[group, epoch].line}\n".encode()
        return {
            f"groups/{group}/{epoch}/{m.id}.age": sealed.seal(line, [m.identity.recipient])
            for m in members
        }

    def record(self, group: str, **fields: object) -> dict[str, bytes]:
        """The group's file with some fields changed."""
        now = self.state.groups[group]
        made = GroupRecord(
            epoch=now.epoch, members=now.members, name=now.name, recipient=now.recipient
        )
        changed = replace(made, **fields)  # type: ignore[arg-type]  # whatever a test says
        return {f"groups/{group}/group.json": changed.to_bytes()}

    def grow(self, group: str, new: Sequence[Person]) -> Files:
        """More members within the epoch."""
        now = self.state.groups[group]
        members = tuple(sorted({*now.members, *(m.id for m in new)}))
        return {**self.record(group, members=members), **self.slots(group, now.epoch, new)}

    def anew(self, group: str, members: Sequence[Person], leads_to: Iterable[int] = ()) -> Files:
        """The next epoch, with `previous.age` to the epochs `leads_to`."""
        epoch = self.state.groups[group].epoch + 1
        key = self.keys[group, epoch] = identity.generate(self.suite)
        ids = tuple(sorted(m.id for m in members))
        return {
            **self.record(group, epoch=epoch, members=ids, recipient=key.recipient),
            **self.slots(group, epoch, members),
            **self.previous(group, epoch, leads_to),
        }

    def previous(self, group: str, epoch: int, leads_to: Iterable[int]) -> Files:
        """The keys of earlier epochs, sealed to this one."""
        lines = "".join(f"{self.keys[group, n].line}\n" for n in leads_to)
        if not lines:
            return {}
        path = f"groups/{group}/{epoch}/previous.age"
        return {path: sealed.seal(lines.encode(), [self.keys[group, epoch].recipient])}

    # Skills

    def lines(self, readers: Iterable[str], groups: Mapping[str, int | None] = {}) -> list[str]:
        """The recipients of `readers`; `groups` has the epochs that this very entry opens."""
        found = []
        for ref in seal_refs(self.state.groups, readers):
            name, slash, epoch = ref.partition("/")
            number = groups.get(name, int(epoch or 0))
            if slash and number:
                found.append(self.keys[name, number].recipient)
            elif not slash:
                found.append(self.state.members[name].recipient)
        return found

    def access(
        self, skill: str, owner: str, readers: Iterable[str], writers: Iterable[str]
    ) -> Files:
        """An access file."""
        record = AccessRecord(
            owner=owner, readers=tuple(sorted(readers)), writers=tuple(sorted(writers))
        )
        return {skill_path(skill, "access.json"): record.to_bytes()}

    def bundle(self, who: Person, skill: str, name: str, files: Sequence[SkillFile]) -> Bundle:
        """The next version of a skill, signed by its author."""
        before = self.bundles.setdefault(skill, [])
        manifest = Manifest(
            author=who.id,
            files=bundle.describe(files),
            format=1,
            message=f"version {len(before) + 1}, for \u201ctests\u201d",
            name=name,
            parent=before[-1].content if before else None,
            salt=new_salt(),
            skill=skill,
            time=self.time,
            vault=self.state.vault_id,
            version=len(before) + 1,
        )
        before.append(bundle.pack(manifest, files, who.identity.signing_key))
        return before[-1]

    def put(
        self,
        who: Person,
        skill: str,
        name: str,
        files: Sequence[SkillFile],
        access: Files | None = None,
    ) -> None:
        """A version of a skill; with `access` the first one."""
        made = self.bundle(who, skill, name, files)
        if access:
            (data,) = access.values()
            readers = AccessRecord.parse(data or b"", skill).readers
        else:
            readers = self.state.skills[skill].readers
        text = {skill_path(skill): sealed.seal_bundle(made.compressed, self.lines(readers))}
        self.write(who, {**(access or {}), **text}, {skill: made.content})

    def resealed(self, skill: str, readers: Iterable[str] | None = None) -> Files:
        """The current version, sealed to `readers` or to those of now."""
        now = self.state.skills[skill].readers if readers is None else sorted(readers)
        made = self.bundles[skill][-1]
        return {skill_path(skill): sealed.seal_bundle(made.compressed, self.lines(now))}

    def evidence(self, who: Person, skill: str) -> tuple[str, bytes]:
        """A signed result of measuring the current version: its id, and its plaintext."""
        line = canonical.dumps(
            {
                "arms": ["baseline", "sham", "skill"],
                "author": who.id,
                "content": self.state.skills[skill].content,
                "evidence": 1,
                "interval": ["0.121", "0.57"],
                "k": 1,
                "margin": "0.1",
                "missing": 0,
                "model": {"digest": None, "name": "echo"},
                "n": 1,
                "parameters": {"temperature": "0"},
                "runs": 1,
                "salt": new_salt(),
                "skill": skill,
                "software": "skillvault 0.1.0",
                "suite": sha256(b"{}"),
                "tasks": [{"id": "1", "scores": {"baseline": "0", "sham": "0.5", "skill": "1"}}],
                "time": self.time,
                "uplift": "1",
                "vault": self.state.vault_id,
                "verdict": "inconclusive",
            }
        )
        blob = sshsig.sign(who.identity.signing_key, line, "skillvault-evidence")
        text = line + sshsig.armor(blob)
        return id_of(text), pad(text, b"\n")


def id_of(evidence: bytes) -> str:
    """The first 80 bits of its SHA-256, in base32."""
    return base64.b32encode(hashlib.sha256(evidence).digest()[:10]).decode().lower()
