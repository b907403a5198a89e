"""What a member could ever have read: from the verified line alone, without opening anything.

A file counts if it is sealed to a key that they had: their own, or an epoch's of a group whose slot
they were given. `previous.age` is taken to lead to every earlier epoch, for nobody but its readers
knows what is in it: this may say too much, and never too little.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from skillvault.errors import NotFoundError
from skillvault.vault.entry import PathInfo, classify
from skillvault.vault.history import Moment
from skillvault.vault.state import EMPTY, Group, Ref, SealedFile, Skill, State


class When(NamedTuple):
    """An entry: its number, the hash of its line, its commit, and the time that it claims."""

    seq: int
    hash: str
    commit: str
    time: str


class VersionRead(NamedTuple):
    """A version that they could open: the first file of it that was sealed to a key of theirs.

    `file` is that file's hash, `sealed` the entry that wrote it, `to` the key, `since` the entry
    from which on they had both.
    """

    number: int
    content: str
    file: str
    sealed: When
    to: Ref
    since: When


class Way(NamedTuple):
    """Through what they read a skill: their own name, or a group's (`epoch`: the oldest of it).

    `until` is the entry that ended it, None if it stands.
    """

    name: str
    epoch: int | None
    since: When
    until: When | None


@dataclass(frozen=True, slots=True)
class SkillRead:
    """A skill, of which they could open at least one version. `newest`: how many there are.

    `results`: how many evaluation results. `gone`: it was removed from the vault.
    """

    skill: str
    versions: tuple[VersionRead, ...]
    newest: int
    results: int
    ways: tuple[Way, ...]
    since: When
    until: When | None
    gone: bool


@dataclass(frozen=True, slots=True)
class Exposure:
    """All that one member could ever have read. `removed`: the entry that removed them, and who."""

    member: str
    admitted: When
    removed: When | None
    remover: str | None
    groups: tuple[Way, ...]
    skills: tuple[SkillRead, ...]


def exposure(walked: Iterable[Moment], member: str) -> Exposure:
    """What `member` could have read up to the last of these entries.

    NotFoundError if none of them admits such a member.
    """
    walk = Walk(member)
    walk.follow(walked)
    return walk.result()


@dataclass(slots=True)
class Walk:
    """What is known after so many entries; it can follow more. `held`: keys, and since when.

    `spans`: skill (or "", for being in a group) to name to (since, until): the first and the last
    entry of their reading by that name. `results`: skill to result to all of its sealings.
    """

    member: str
    whens: list[When] = field(default_factory=list)
    held: dict[Ref, int] = field(default_factory=dict)
    spans: dict[str, dict[str, tuple[int, int | None]]] = field(default_factory=dict)
    results: dict[str, dict[str, list[tuple[int, tuple[Ref, ...]]]]] = field(default_factory=dict)
    removed: int | None = None
    remover: str | None = None
    last: State = EMPTY

    @property
    def commit(self) -> str | None:
        """The commit of the last entry."""
        return self.whens[-1].commit if self.whens else None

    def follow(self, walked: Iterable[Moment]) -> None:
        """Take more entries, those that come next."""
        for moment in walked:
            self._take(moment)

    def _take(self, moment: Moment) -> None:
        entry, after = moment.entry, moment.after
        self.whens.append(When(entry.seq, entry.hash, moment.commit, entry.time))
        self.last = after
        paths = [classify(path) for path in entry.changes]
        self._note_results(paths, after, entry.seq)
        known = after.members.get(self.member)
        if known is None:
            return
        was = moment.before.members.get(self.member)
        if was is None:
            self.held[self.member] = entry.seq
        elif was.is_active and not known.is_active:
            self.removed, self.remover = entry.seq, entry.member
        self._note_keys(paths, after, entry.seq)
        self._note_ways(paths, moment)

    def result(self) -> Exposure:
        """What they could have read till now. NotFoundError if they were never admitted."""
        if self.member not in self.held:
            raise NotFoundError(self.member, "no entry admits such a member")
        state = self.last
        everything = {**state.former_skills, **state.skills}
        reads = (self._skill(key, skill) for key, skill in everything.items())
        groups = self.spans.get("", {})
        return Exposure(
            member=self.member,
            admitted=self.whens[self.held[self.member]],
            removed=None if self.removed is None else self.whens[self.removed],
            remover=self.remover,
            groups=tuple(self._way("", name, None) for name in groups),
            skills=tuple(found for found in reads if found is not None),
        )

    # While walking

    def _note_results(self, paths: list[PathInfo], after: State, seq: int) -> None:
        for info in paths:
            skill = after.skills.get(info.id) if info.kind == "evidence" else None
            result = skill.evidence.get(info.part) if skill is not None else None
            if result is not None:
                sealings = self.results.setdefault(info.id, {}).setdefault(info.part, [])
                sealings.append((seq, result.files[-1].refs))

    def _note_keys(self, paths: list[PathInfo], after: State, seq: int) -> None:
        touched = set()
        for info in paths:
            if info.kind == "slot" and info.part == self.member:
                self.held.setdefault(f"{info.id}/{info.epoch}", seq)
                touched.add(info.id)
            elif info.kind == "previous":
                touched.add(info.id)
        for group in touched:
            record = after.groups.get(group) or after.former_groups[group]
            for number in _reached(record, group, self.held):
                self.held.setdefault(f"{group}/{number}", seq)

    def _note_ways(self, paths: list[PathInfo], moment: Moment) -> None:
        before, after, seq = moment.before, moment.after, moment.entry.seq
        regrouped = {
            info.id
            for info in paths
            if info.kind == "group"
            and _is_in(before, info.id, self.member) != _is_in(after, info.id, self.member)
        }
        for group in regrouped:
            self._note("", group, seq, now=_is_in(after, group, self.member))
        skills = {info.id for info in paths if info.kind == "access"}
        if regrouped:
            skills.update(
                key
                for key, skill in after.skills.items()
                if not regrouped.isdisjoint(skill.readers)
            )
        for key in skills:
            now = set(_ways(after, key, self.member))
            for name in now | set(_ways(before, key, self.member)):
                self._note(key, name, seq, now=name in now)

    def _note(self, skill: str, name: str, seq: int, *, now: bool) -> None:
        spans = self.spans.setdefault(skill, {})
        since, until = spans.get(name, (seq, seq))
        if now:
            until = None
        elif until is None:
            until = seq
        spans[name] = since, until

    # At the end

    def _skill(self, key: str, skill: Skill) -> SkillRead | None:
        versions = tuple(self._versions(skill))
        if not versions:
            return None
        epochs = _oldest_epochs(skill.files, self.held)
        names = self.spans.get(key, {})
        ways = [self._way(key, name, epochs.get(name)) for name in names]
        # A group's older epochs may lead to what was never shared with it while they were in it.
        ways += [
            Way(name, epoch, since := self.whens[self.held[f"{name}/{epoch}"]], since)
            for name, epoch in epochs.items()
            if name not in names and epoch is not None
        ]
        ends = [way.until for way in ways if way.until is not None]
        return SkillRead(
            skill=key,
            versions=versions,
            newest=len(skill.versions),
            results=sum(map(self._opens_one, self.results.get(key, {}).values())),
            ways=tuple(ways),
            since=min(version.since for version in versions),
            until=max(ends) if len(ends) == len(ways) else None,
            gone=key not in self.last.skills,
        )

    def _versions(self, skill: Skill) -> Iterator[VersionRead]:
        first: dict[str, VersionRead] = {}
        number_of = {version.content: n for n, version in enumerate(skill.versions, 1)}
        for file in skill.files:
            content = file.content or ""
            had = [(max(self.held[ref], file.seq), ref) for ref in file.refs if ref in self.held]
            if not had:
                continue
            since, ref = min(had)
            known = first.get(content)
            if known is None or since < known.since.seq:
                sealed, begin = self.whens[file.seq], self.whens[since]
                number = number_of[content]
                first[content] = VersionRead(number, content, file.hash, sealed, ref, begin)
        return iter(sorted(first.values()))

    def _opens_one(self, sealings: Iterable[tuple[int, tuple[Ref, ...]]]) -> bool:
        return any(ref in self.held for _, refs in sealings for ref in refs)

    def _way(self, skill: str, name: str, epoch: int | None) -> Way:
        since, until = self.spans[skill][name]
        end = None if until is None else self.whens[until]
        if epoch is None and name != self.member:
            epoch = min(_epochs_held(name, self.held), default=None)
        return Way(name, epoch, self.whens[since], end)


def _ways(state: State, skill: str, member: str) -> Iterator[str]:
    """The names in an access file through which a member reads."""
    record = state.skills.get(skill)
    for name in () if record is None else record.readers:
        if name == member or _is_in(state, name, member):
            yield name


def _is_in(state: State, group: str, member: str) -> bool:
    record = state.groups.get(group)
    return record is not None and member in record.members


def _reached(record: Group, group: str, held: Mapping[Ref, int]) -> Iterator[int]:
    """The open epochs before the newest that they hold and that leads to earlier ones."""
    linked = [
        number
        for number, epoch in enumerate(record.epochs, 1)
        if epoch.previous and f"{group}/{number}" in held
    ]
    for number in range(1, max(linked, default=1)):
        if record.epochs[number - 1].recipient is not None:
            yield number


def _epochs_held(group: str, held: Mapping[Ref, int]) -> list[int]:
    return [int(ref.partition("/")[2]) for ref in held if ref.startswith(f"{group}/")]


def _oldest_epochs(files: Iterable[SealedFile], held: Mapping[Ref, int]) -> dict[str, int | None]:
    """Each name that a file they can open is sealed to, with the oldest such epoch of a group."""
    found: dict[str, int | None] = {}
    for file in files:
        for ref in file.refs:
            if ref in held:
                name, slash, epoch = ref.partition("/")
                number = int(epoch) if slash else None
                known = found.get(name)
                found[name] = number if known is None or number is None else min(known, number)
    return found
