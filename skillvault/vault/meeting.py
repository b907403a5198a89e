"""Where my unpushed versions of a skill meet versions of others: a three-way merge of the files.

My versions of one skill are a chain, each on the one before. They are merged one by one, so that
each stays a version; where that conflicts, the newest of them is merged alone, because what stands
between was mine only. What then conflicts waits for an answer (`workbench`), and stops the sync.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from skillvault.errors import ConflictError, RefusedError
from skillvault.skill.files import SkillFile
from skillvault.skill.finding import Finding
from skillvault.skill.frontmatter import SKILL_FILE, check_name, parse_skill
from skillvault.skill.text import visible
from skillvault.vault import operations
from skillvault.vault.bundle import FILES_LIMIT, INFLATED_LIMIT, Bundle
from skillvault.vault.identity import Signer
from skillvault.vault.reader import Reader
from skillvault.vault.sealed import DOES_NOT_OPEN
from skillvault.vault.state import Skill, writes
from skillvault.vault.workbench import Work, aside, merged

if TYPE_CHECKING:  # two edits hardly ever meet, and each sync and put would pay for what joins them
    from skillvault.skill.merge import Merged


class Text(NamedTuple):
    """What a version holds, whoever signed it."""

    name: str
    files: tuple[SkillFile, ...]

    @classmethod
    def of(cls, opened: Bundle) -> Text:
        """That of a version."""
        return cls(opened.manifest.name, opened.files)


@dataclass(frozen=True, slots=True)
class Joined:
    """Two edits made one. `problem` says what keeps it from being a version, or is None.

    `merged` has its conflicts; it has none where the texts met, but what came of it is no skill.
    """

    name: str
    merged: Merged
    problem: str | None

    @property
    def text(self) -> Text:
        """The result, to be used where there is no `problem`."""
        return Text(self.name, self.merged.files)


@dataclass(frozen=True, slots=True)
class Clash:
    """A conflict. `mine`: my newest version; `base`, `theirs`: None where they do not open.

    `author` wrote theirs, which is `number`, the newest of `record`; mine stood on `before`.
    """

    skill: str
    record: Skill
    mine: Bundle
    base: Text | None
    theirs: Bundle | None
    number: int
    before: int
    author: str
    joined: Joined


class ClashError(ConflictError):
    """Both sides changed one skill (6). `clash` has all of it."""

    def __init__(self, clash: Clash) -> None:
        name = clash.mine.manifest.name
        problem = (
            f"you and {clash.author} both changed it after @{clash.before}: {clash.joined.problem}"
        )
        hint = f"`skillvault resolve {name}`; until then no content is pushed"
        super().__init__(name, problem, hint)
        self.clash = clash


def join(base: Text | None, mine: Text, theirs: Text) -> Joined:
    """Merge two edits, and check what comes of it as `put` does.

    What is wrong with either side already is no reason against it: somebody allowed it.
    """
    from skillvault.skill.merge import merge

    was = base or Text(theirs.name, ())
    both = merge(was.files, mine.files, theirs.files)
    name = theirs.name if mine.name == was.name else mine.name
    if name not in (theirs.name, was.name) and theirs.name not in (mine.name, was.name):
        name = theirs.name  # both renamed it; where SKILL.md says so too, its lines conflict
    if both.conflicts:
        return Joined(name, both, _told(both))
    name = _name(both.files, name, (mine.name, theirs.name))
    new = new_faults(both.files, mine.files, theirs.files)
    return Joined(name, both, _too_much(both.files) or (_finding(new[0]) if new else None))


def new_faults(files: Sequence[SkillFile], *sides: Sequence[SkillFile]) -> list[Finding]:
    """What a client refuses or cannot read in the files, and was in none of the sides."""
    known = {_key(f) for side in sides for f in _faults(side)}
    return [f for f in _faults(files) if _key(f) not in known]


@dataclass(slots=True)
class Meeting:
    """My versions by skill, oldest first, on their way onto a newer line.

    `works`: what was laid aside or merged; it has to be kept before the line moves.
    """

    signer: Signer
    now: float
    chains: Mapping[str, Sequence[Bundle]]
    settled: Mapping[str, Work]
    works: list[Work] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    _plans: dict[str, dict[str, Bundle | Text | None]] = field(default_factory=dict)

    def version(self, reader: Reader, skill: str, mine: Bundle) -> Bundle | None:
        """The version to write for one of mine, behind what `reader` reads; None for none.

        One that needs no merge is kept as it is: manifest, salt, content. ClashError (6) where the
        two edits do not merge.
        """
        why = self._lost(reader, skill)
        if why is not None:
            self._lay_aside(skill, why)
            return None
        record = reader.state.skills[skill]
        if record.content == mine.manifest.parent:
            return mine
        plan = self._plans.get(skill)
        if plan is None:
            plan = self._plans[skill] = self._plan(reader, skill)
        self.works.append(merged(mine, self.now))
        made = plan[mine.content]
        if made is None or (isinstance(made, Bundle) and made.manifest.parent == record.content):
            return made
        text = Text.of(made) if isinstance(made, Bundle) else made
        return operations.make_bundle(
            reader.state,
            self.signer,
            skill,
            name=text.name,
            files=text.files,
            message=mine.manifest.message,
            now=self.now,
            before=record,
        )

    def clash(self, reader: Reader, skill: str) -> Clash | None:
        """The conflict about one skill that stands open, if there is one."""
        if self._lost(reader, skill) is not None:
            return None
        if reader.state.skills[skill].content == self.chains[skill][0].manifest.parent:
            return None
        try:
            self._plan(reader, skill)
        except ClashError as error:
            return error.clash
        return None

    def _lost(self, reader: Reader, skill: str) -> str | None:
        """Why nothing of mine can be written there any more."""
        record = reader.state.skills.get(skill)
        if record is None:
            return "it was removed meanwhile"
        if not writes(reader.state, record, self.signer.member):
            return "you may not write it any more"
        return None

    def _lay_aside(self, skill: str, why: str) -> None:
        newest = self.chains[skill][-1]
        known = (w.settles for w in self.works if w.kind == "aside")
        if newest.content in {*self.settled, *known}:
            return
        self.works.append(aside(newest, why, self.now))
        name = newest.manifest.name
        self.told.append(
            f"{name}: {why}; what you wrote is laid aside: `skillvault resolve {name}`"
        )

    def _plan(self, reader: Reader, skill: str) -> dict[str, Bundle | Text | None]:
        """What becomes of each of my versions, by content."""
        chain = self.chains[skill]
        record = reader.state.skills[skill]
        number = len(record.versions)
        theirs = _open(reader, skill, number)
        now = None if theirs is None else Text.of(theirs)
        plan: dict[str, Bundle | Text | None] = {}
        done = max((n for n, one in enumerate(chain) if one.content in self.settled), default=-1)
        rest = chain[done + 1 :]
        base = _text_of(reader, skill, chain[0].manifest.parent)
        if done >= 0:
            base = Text.of(chain[done])
            plan = dict.fromkeys((one.content for one in chain[: done + 1]), None)
            work = self.settled[chain[done].content]
            if work.kind == "answer":
                plan[chain[done].content] = work.text
                if work.text.manifest.parent == record.content:
                    now = Text.of(work.text)
                else:
                    was = _text_of(reader, skill, work.text.manifest.parent)
                    answered = self._join(reader, skill, was, work.text, theirs)
                    plan[chain[done].content] = now = answered
        if not rest:
            return plan
        return plan | self._steps(reader, skill, base, rest, now, theirs)

    def _steps(
        self,
        reader: Reader,
        skill: str,
        base: Text | None,
        rest: Sequence[Bundle],
        now: Text | None,
        theirs: Bundle | None,
    ) -> dict[str, Bundle | Text | None]:
        plan: dict[str, Bundle | Text | None] = {}
        first, start = base, now
        for mine in rest:
            joined = None if now is None else join(base, Text.of(mine), now)
            if joined is None or joined.problem is not None:
                break
            plan[mine.content] = None if joined.text == now else joined.text
            base, now = Text.of(mine), joined.text
        else:
            return plan
        newest = rest[-1]
        plan = dict.fromkeys((mine.content for mine in rest), None)
        joined = None if start is None else join(first, Text.of(newest), start)
        if joined is None or joined.problem is not None or start is None:
            raise ClashError(self._clash(reader, skill, first, newest, theirs, joined))
        plan[newest.content] = None if joined.text == start else joined.text
        return plan

    def _join(
        self, reader: Reader, skill: str, base: Text | None, mine: Bundle, theirs: Bundle | None
    ) -> Text:
        """An answer met a still newer version. ClashError where they do not merge."""
        joined = None if theirs is None else join(base, Text.of(mine), Text.of(theirs))
        if joined is None or joined.problem is not None:
            raise ClashError(self._clash(reader, skill, base, mine, theirs, joined))
        return joined.text

    def _clash(
        self,
        reader: Reader,
        skill: str,
        base: Text | None,
        mine: Bundle,
        theirs: Bundle | None,
        joined: Joined | None,
    ) -> Clash:
        record = reader.state.skills[skill]
        if joined is None:
            from skillvault.skill.merge import Merged

            nothing = Merged(mine.files, ())
            joined = Joined(mine.manifest.name, nothing, "theirs does not open for you")
        first = self.chains[skill][0].manifest.parent
        return Clash(
            skill=skill,
            record=record,
            mine=mine,
            base=base,
            theirs=theirs,
            number=len(record.versions),
            before=next((n for n, v in enumerate(record.versions, 1) if v.content == first), 0),
            author=reader.name(record.versions[-1].author),
            joined=joined,
        )


def _open(reader: Reader, skill: str, number: int) -> Bundle | None:
    try:
        return reader.open_version(skill, number).bundle
    except DOES_NOT_OPEN:
        return None


def _text_of(reader: Reader, skill: str, content: str | None) -> Text | None:
    """A version by its content; None where it is not there or does not open for me."""
    versions = reader.state.skills[skill].versions
    number = next((n for n, v in enumerate(versions, 1) if v.content == content), None)
    opened = None if number is None else _open(reader, skill, number)
    return None if opened is None else Text.of(opened)


def _told(both: Merged) -> str:
    paths = sorted({c.path for c in both.conflicts}, key=str.encode)
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""  # noqa: PLR2004
    return f"{', '.join(visible(path, lines=False) for path in paths[:3])}{more}"


def _name(files: Sequence[SkillFile], name: str, known: tuple[str, str]) -> str:
    """The name that the sides agree on, unless the merged SKILL.md says one of theirs.

    A name that no skill may have, from a client that checks nothing, never stops mine.
    """
    main = next((f.data for f in files if f.path == SKILL_FILE), b"")
    said = parse_skill(main).name
    for candidate in (said if said in known else name, *known, said or ""):
        try:
            return check_name(candidate or "")
        except RefusedError:
            continue
    return name


# What a merge can make of two sound front matters: two fields of one name, or no YAML.
_BROKEN: Final = frozenset({"SK006", "SK007"})


def _faults(files: Sequence[SkillFile]) -> list[Finding]:
    from skillvault.skill.scan import scan
    from skillvault.skill.validate import validate

    main = next((f.data for f in files if f.path == SKILL_FILE), None)
    text = None if main is None else parse_skill(main)
    found = [*validate(text, folder=None, paths=[f.path for f in files]), *scan(files)]
    return [f for f in found if f.severity == "error" or f.code in _BROKEN]


def _key(finding: Finding) -> tuple[str, str, str]:
    """A finding wherever its line has moved to."""
    return finding.code, finding.path, finding.message


def _finding(one: Finding) -> str:
    return f"merged, {visible(one.path)} would have {one.code}: {one.message}"


def _too_much(files: Sequence[SkillFile]) -> str | None:
    if len(files) > FILES_LIMIT or sum(len(f.data) for f in files) > INFLATED_LIMIT:
        return "both together are larger than the format holds"
    return None
