"""What one keyholder can read of a verified line: names, and versions of skills.

Authority was judged at the entry; here what is inside is held against what the line says. Whatever
does not open, or opens to something else, is reported and never used; then the newest earlier file
of the same version, else the newest earlier version that opens, takes its place.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from skillvault import age
from skillvault.errors import AccessError, VerificationError
from skillvault.vault import evidence, names, sealed
from skillvault.vault.card import Card
from skillvault.vault.identity import Identity
from skillvault.vault.keyring import Blob, Keyring
from skillvault.vault.state import SealedFile, Skill, State, recipient_key, skill_path

if TYPE_CHECKING:
    from skillvault.vault.bundle import Bundle

_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Opened:
    """A version that was opened. `faults`: what did not open on the way, newest first."""

    skill: str
    number: int
    bundle: Bundle
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class Reader:
    """Opens what is sealed to `me`, of the verified `state`. `blob(path, hash)` gives bytes.

    `ahead` is told which (path, hash) will be asked for next, in this order.
    """

    state: State
    identity: Identity
    me: str | None
    blob: Blob
    ahead: Callable[[Sequence[tuple[str, str]]], None] | None = None
    keyring: Keyring = field(init=False)
    _names: dict[str, Card | str] = field(init=False, default_factory=dict)
    _former: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.keyring = Keyring(self.state, self.identity, self.me, self.blob)

    def card(self, member: str) -> Card:
        """The card of a member, rebuilt from their name record and keys, and checked."""
        found = self._names.get(member)
        if not isinstance(found, Card):
            found = self._card(member, self.state.members[member].name)
            self._names[member] = found
        return found

    def _card(self, member: str, record: str) -> Card:
        line, keys = self._name_line(member, record), self.state.members[member]
        path = f"names/{member}.age"
        return names.read_person(line, keys.recipient, keys.signing_key, self.state.suite, path)

    def group_name(self, group: str) -> str:
        """The name of a group, also of a deleted one."""
        found = self._names.get(group)
        if not isinstance(found, str):
            record = self.state.groups.get(group) or self.state.former_groups[group]
            found = self._group_name(group, record.name)
            self._names[group] = found
        return found

    def _group_name(self, group: str, record: str) -> str:
        line = self._name_line(group, record)
        return names.read_group(line, group, self.state.everyone, f"names/{group}.age")

    def name(self, identifier: str) -> str:
        """The name of a member or a group.

        Where its record is spoiled, the last that could be read: an admin who spoils one must not
        make its name free for somebody else. Their pseudonym where none can be opened.
        """
        try:
            if identifier in self.state.members:
                return self.card(identifier).name
            return self.group_name(identifier)
        except (*sealed.DOES_NOT_OPEN, KeyError):
            # KeyError: an id of a state that is ahead of this one.
            if identifier not in self._former:
                self._former[identifier] = self._former_name(identifier) or identifier
            return self._former[identifier]

    def _former_name(self, identifier: str) -> str | None:
        """The newest name of a member or a group whose record opens."""
        for record in dict.fromkeys(
            f.record for f in reversed(self.state.names.get(identifier, ()))
        ):
            with contextlib.suppress(*sealed.DOES_NOT_OPEN):
                if identifier in self.state.members:
                    return self._card(identifier, record).name
                return self._group_name(identifier, record)
        return None

    def group_key(self, group: str) -> age.KeyIdentity:
        """The key of a group's current epoch. AccessError if I do not hold it."""
        key = self.keyring.key(f"{group}/{self.state.groups[group].epoch}")
        if key is None:
            hint = "an admin who holds it can give it to you anew"
            raise AccessError(f"groups/{group}", "you do not hold this group's key", hint)
        return key

    def can_open(self, file: SealedFile) -> bool:
        """Whether a key of mine is among those that the file is sealed to."""
        return any(self.keyring.key(ref) is not None for ref in file.refs)

    def openable(self, skill: Skill) -> Iterator[tuple[int, SealedFile]]:
        """(version number, file) of all that is sealed to a key of mine, the newest first."""
        number_of = {version.content: n for n, version in enumerate(skill.versions, 1)}
        numbered = [(number_of[file.content or ""], file) for file in skill.files]
        for number, file in sorted(numbered, key=lambda nf: (nf[0], nf[1].seq), reverse=True):
            if self.can_open(file):
                yield number, file

    def can_open_version(self, identifier: str, number: int) -> bool:
        """Whether some file of this version is sealed to a key of mine."""
        content = self.state.skills[identifier].versions[number - 1].content
        files = self.state.skills[identifier].files
        return any(file.content == content and self.can_open(file) for file in files)

    def newest_number(self, identifier: str) -> int | None:
        """The newest version that is sealed to a key of mine; nothing is opened."""
        return next((n for n, _ in self.openable(self.state.skills[identifier])), None)

    def expect(self, skills: Iterable[str]) -> None:
        """Whoever opens the newest version of many skills, in this order, says so: it is faster."""
        if self.ahead is not None:
            first = ((s, next(self.openable(self.state.skills[s]), None)) for s in skills)
            self.ahead([(skill_path(s), found[1].hash) for s, found in first if found is not None])

    def open_newest(self, identifier: str) -> Opened:
        """The newest version that opens. AccessError if none was ever sealed to me."""
        return self._open_first(identifier, None)

    def open_version(self, identifier: str, number: int) -> Opened:
        """One version. AccessError if no file of it is sealed to a key of mine."""
        return self._open_first(identifier, number)

    def open_many(self, skills: Sequence[str]) -> dict[str, Opened]:
        """The newest versions that open at first try; of the others `open_newest` says why not.

        All are read, then all unsealed, unpacked and verified: what takes turns with other work
        finds nothing of itself in the processor's caches, which costs a third more.
        """
        found: dict[str, tuple[int, SealedFile]] = {}
        for skill in skills:
            if (newest := next(self.openable(self.state.skills[skill]), None)) is not None:
                found[skill] = newest
        if self.ahead is not None:
            self.ahead([(skill_path(skill), file.hash) for skill, (_, file) in found.items()])
        read = _good(found, lambda s: self.blob(skill_path(s), found[s][1].hash))
        plain = _good(read, lambda s: self._unseal(s, *found[s], read[s]))
        bundles = _good(plain, lambda s: self._unpack(s, found[s][0], plain[s]))
        return _good(
            bundles, lambda s: Opened(s, found[s][0], self._check(s, found[s][0], bundles[s]))
        )

    def open_file(self, identifier: str, number: int, file: SealedFile) -> Bundle:
        """Open one file of `skill.age` and hold all of it against the line."""
        data = self.blob(skill_path(identifier), file.hash)
        plaintext = self._unseal(identifier, number, file, data)
        return self._check(identifier, number, self._unpack(identifier, number, plaintext))

    def _unseal(self, identifier: str, number: int, file: SealedFile, data: bytes) -> bytes:
        return sealed.open_sealed(
            data,
            [key for ref in file.refs if (key := self.keyring.key(ref)) is not None],
            suite=self.state.suite,
            stanzas=len(file.refs),
            subject=f"{identifier}@{number}",
        )

    def _unpack(self, identifier: str, number: int, plaintext: bytes) -> Bundle:
        # Not at the top: a list of what is known already opens nothing.
        from skillvault.vault import bundle

        content = self.state.skills[identifier].versions[number - 1].content
        return bundle.unpack(plaintext, content=content, subject=f"{identifier}@{number}")

    def _check(self, identifier: str, number: int, opened: Bundle) -> Bundle:
        """What was unpacked, held against its author's key and its place in the line."""
        from skillvault.vault import bundle

        skill, subject = self.state.skills[identifier], f"{identifier}@{number}"
        author = skill.versions[number - 1].author
        bundle.check_signature(opened, self.state.members[author].signing_key, subject)
        parent = skill.versions[number - 2].content if number > 1 else None
        said = opened.manifest
        expected = (self.state.vault_id, identifier, author, number, parent)
        if (said.vault, said.skill, said.author, said.version, said.parent) != expected:
            raise VerificationError(subject, "its manifest belongs elsewhere in the history")
        return opened

    def open_evidence(self, identifier: str, key: str) -> bytes:
        """An evaluation result, line and signature, from the newest of its files that is good.

        That it is the result of this id is checked, not what it says. AccessError if none of its
        files is sealed to a key of mine.
        """
        path = skill_path(identifier, f"evidence/{key}.age")
        fault = None
        for file in reversed(self.state.skills[identifier].evidence[key].files):
            try:
                return self.open_evidence_file(path, key, file)
            except AccessError:
                continue
            except sealed.DOES_NOT_OPEN as error:
                fault = fault or VerificationError(path, f"entry {file.seq}: {error.problem}")
        raise fault or AccessError(path, "no file of it is sealed to a key of yours")

    def open_evidence_file(self, path: str, key: str, file: SealedFile) -> bytes:
        """One file of an evaluation result, held against its id."""
        plaintext = sealed.open_sealed(
            self.blob(path, file.hash),
            [held for ref in file.refs if (held := self.keyring.key(ref)) is not None],
            suite=self.state.suite,
            stanzas=len(file.refs),
            subject=path,
        )
        return evidence.unpad(plaintext, key, path)

    def _open_first(self, identifier: str, wanted: int | None) -> Opened:
        faults: list[str] = []
        for number, file in self.openable(self.state.skills[identifier]):
            if wanted is not None and number != wanted:
                continue
            try:
                opened = self.open_file(identifier, number, file)
            except sealed.DOES_NOT_OPEN as error:
                faults.append(f"entry {file.seq}: {error.problem}")
                continue
            return Opened(identifier, number, opened, tuple(faults))
        subject = identifier if wanted is None else f"{identifier}@{wanted}"
        if faults:
            raise VerificationError(subject, faults[0], "ask its owner to `sync --reseal`")
        raise AccessError(subject, "no version of it is sealed to a key of yours")

    def _name_line(self, identifier: str, record: str) -> bytes:
        """The line of a name record: of all files at its path, one that hashes right."""
        path = f"names/{identifier}.age"
        reached = False
        for file in reversed(self.state.names[identifier]):
            key = self.keyring.key(f"{self.state.everyone}/{file.epoch}")
            if file.record != record or key is None:
                continue
            reached = True
            with contextlib.suppress(*sealed.DOES_NOT_OPEN):
                plaintext = sealed.open_sealed(
                    self.blob(path, file.hash),
                    [key],
                    suite=self.state.suite,
                    stanzas=1,
                    subject=path,
                )
                line = sealed.strip_line(plaintext, path)
                if names.NameRecord(line).hash == record:
                    return line
        if not reached:
            raise AccessError(path, "no key of yours opens this name")
        raise VerificationError(path, "its record is not the one that the line names")


def _good(skills: Iterable[str], step: Callable[[str], _Made]) -> dict[str, _Made]:
    """What a step makes of each skill, but for those where something does not open."""
    made: dict[str, _Made] = {}
    for skill in skills:
        with contextlib.suppress(*sealed.DOES_NOT_OPEN):
            made[skill] = step(skill)
    return made


def lines(state: State, refs: tuple[str, ...]) -> list[str]:
    """The age recipients behind `refs`."""
    return [recipient_key(state, ref) for ref in refs]
