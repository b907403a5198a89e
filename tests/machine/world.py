"""Several clients of one host, who do with the real services what comes to their minds.

After each deed the host's line is read, and what became of people, groups and access is compared
with what the rules make of it (`wanted`). At the end `settle` syncs everybody and judges the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from operator import itemgetter
from pathlib import Path
from typing import Protocol, TypeVar

from skillvault.errors import (
    AccessError,
    ConflictError,
    NotFoundError,
    SkillvaultError,
    UsageError,
)
from skillvault.services import checking, finding, opening, resolving
from skillvault.services.labels import tagged
from skillvault.services.references import Reference
from skillvault.vault.client import Vault
from skillvault.vault.meeting import Clash
from tests.leavers import key_of
from tests.machine.line import Facts, Line, Skill
from tests.machine.trial import Trial, expect_nothing_after
from tests.people import Person
from tests.team import Team

T = TypeVar("T")
Wanted = Callable[[Facts, Facts], Facts | None]
"""From the facts before a deed and those seen after it to what they should be; None: forbidden."""


def begun(root: Path) -> Team:
    """What every run begins with: four clients, of whom all may write `one`."""
    team = Team(root).make()
    team.ada.share("one", with_="everyone", write=True)
    for who in team.everybody:
        checking.sync(who.ctx)
    return team


class Chance(Protocol):
    """Choices, by Hypothesis or by a seed."""

    def among(self, things: list[T]) -> T: ...

    def number(self, low: int, high: int) -> int: ...


@dataclass(frozen=True)
class Mine:
    """A skill as somebody sees it."""

    id: str
    name: str

    @property
    def reference(self) -> Reference:
        return Reference(self.name, id=self.id)


@dataclass
class World:
    """`written`: each line that somebody put, but for those `dropped` on purpose.

    `clients` have a clone; `spares` have a key alone. `began`: who owned each new skill at first;
    `revived`: what came back by `undo`.
    `loose`: whose changes of trust wait behind a conflict, to be judged by nobody but the host's
    rules. `local`: deeds that are judged by what one's own client has seen. `log`: what was done,
    for whoever looks why it failed.
    """

    team: Team
    chance: Chance
    clients: list[Person] = field(default_factory=list)
    spares: list[Person] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    began: dict[str, str] = field(default_factory=dict)
    removing: set[str] = field(default_factory=set)
    revived: set[str] = field(default_factory=set)
    loose: set[str] = field(default_factory=set)
    log: list[str] = field(default_factory=list)
    local: tuple[Wanted, ...] = ()
    count: int = 0
    racing: bool = False

    def __post_init__(self) -> None:
        self.clients = list(self.team.everybody)
        self.line = Line(self.team.host)
        self.line.update()
        self.ever = list(self.clients)
        for name in ("Yan Yore", "Zoe Zest"):
            self.spares.append(self.spare(name))

    def spare(self, name: str) -> Person:
        """Somebody with a key, whom nobody admitted yet."""
        self.count += 1
        made = Person(name, self.team.root / f"spare-{self.count}")
        made.card_file()
        self.ever.append(made)
        return made

    # Who and what there is, as somebody sees it

    def id(self, who: Person) -> str:
        """Their pseudonym; nothing for who was never admitted."""
        mine = key_of(who).recipient
        return next((ref[0] for ref, key in self.line.keys.items() if key == mine), "")

    def skills(self, who: Person) -> list[Mine]:
        vault = opening.open_vault(who.ctx)
        return [Mine(f.skill, f.summary.name) for f in finding.readable(who.ctx, vault)]

    def members(self, who: Person) -> list[tuple[str, str]]:
        """Ids and names of active members."""
        vault = opening.open_vault(who.ctx)
        active = [i for i, m in vault.state.members.items() if m.is_active]
        return sorted(((i, tagged(vault.reader.name(i), i)) for i in active), key=itemgetter(1))

    def groups(self, who: Person) -> list[tuple[str, str]]:
        """Ids and names of groups, but for everyone."""
        vault = opening.open_vault(who.ctx)
        ids = [g for g in vault.state.groups if g != vault.state.everyone]
        return sorted(((g, tagged(vault.reader.name(g), g)) for g in ids), key=itemgetter(1))

    # Doing

    def act(self, who: Person, words: str, deed: Callable[[Yes], object], wanted: Wanted) -> object:
        """One deed by one client, and a look at the host: it did what it should, and may."""
        yes = Yes(self, who)
        self.log.append(f"{who.name}: {words}")
        me, error, done = self.id(who), None, None
        try:
            done = deed(yes)
        except (AccessError, ConflictError, NotFoundError, UsageError) as caught:
            error = caught
            self.log.append(f"    {type(caught).__name__}: {caught}")
        if isinstance(error, ConflictError):
            self.loose.add(str(who.home))
        self._judge(who, me, yes.before, wanted, error)
        return done

    def _judge(
        self,
        who: Person,
        me: str,
        before: Facts | None,
        wanted: Wanted,
        error: SkillvaultError | None,
    ) -> None:
        old = before or self.line.facts
        seen = self.line.update()
        if str(who.home) in self.loose:
            vault = opening.open_vault(who.ctx)
            if vault.me is not None and not vault.unpushed:
                self.loose.discard(str(who.home))
            return
        base = self._with_content(old, seen)
        try:
            right = wanted(base, seen)
        except KeyError:  # about something that is gone from the host, or not there yet
            right = None if error else seen
        if error is None:
            assert right is not None, f"{me} may not do that"
            assert bare(seen) == bare(right), difference(seen, right)
        else:
            assert bare(seen) == bare(base), difference(seen, base)
            refused = isinstance(error, AccessError) and wanted not in self.local
            assert not refused or right is None, f"{me} may do that: {error}"

    def _with_content(self, old: Facts, seen: Facts) -> Facts:
        """What rides along with any push: new skills of the one who pushes, and removed ones."""
        skills = {k: s for k, s in old.skills.items() if k in seen.skills or k not in self.removing}
        for key in seen.skills.keys() - old.skills.keys():
            if key in self.revived:
                skills[key] = seen.skills[key]
                continue
            owner = self.began[key]
            skills[key] = Skill(owner, frozenset({owner}), frozenset({owner}))
        return replace(old, skills=skills)

    # At the end

    def settle(self) -> None:
        """Everybody syncs and answers what waits, until nothing changes; then all is judged."""
        self.log.append("settle")
        for _ in range(10):
            heads = self._heads()
            for who in self.clients:
                self.calm(who)
            if self._heads() == heads and len(set(heads)) == 1:
                break
        vaults = [opening.open_vault(who.ctx) for who in self.clients]
        assert len({vault.local.commit for vault in vaults}) == 1, self._heads()
        assert all(vault.unpushed == 0 for vault in vaults)
        facts = self.line.update()
        for group in facts.groups.values():
            assert group.recipient is not None, "a group stays closed"
        self.check_keys()
        self.check_texts(vaults)
        assert checking.verify(self.clients[0].ctx, str(self.team.host)).error is None

    def check_keys(self) -> None:
        """Each key that ever was is tried on everything; readers read, and leavers left."""
        trial, facts = Trial(self.line), self.line.facts
        for who in self.ever:
            trial.check(self.id(who), key_of(who).key)
        expect_nothing_after(self.line, self.line.left)
        newest = {f.path: f for f in self.line.sealed}
        for key in facts.skills:
            file = newest[f"skills/{key[0]}/{key}/skill.age"]
            held = {m: self.line.holds(m) for m in facts.reads(key)}
            if any(file.refs & keys for keys in held.values()):
                assert file.refs == facts.refs(key), f"{key} is still sealed to others"
                assert all(file.refs & keys for keys in held.values())
        self.trial = trial

    def check_texts(self, vaults: list[Vault]) -> None:
        """Every line that was put stands in a version, or lies aside with who wrote it."""
        kept = self.trial.lines()
        for vault in vaults:
            for work in vault.workbench.all():
                for file in work.text.files:
                    kept |= set(file.data.decode().splitlines())
        lost = {line: by for line, by in self.written.items() if line not in self.dropped | kept}
        assert not lost, f"lost: {lost}"

    def calm(self, who: Person) -> None:
        """Sync until it goes through, with an answer to each conflict."""
        for _ in range(5):
            try:
                checking.sync(who.ctx)
            except ConflictError as error:
                self.log.append(f"    {who.name}: {error}")
                self.answer(who)
            except AccessError as error:  # a right was lost: it lies aside from now on
                self.log.append(f"    {who.name}: {error}")
            else:
                return
        raise AssertionError(f"{who.name} never gets through")

    def answer(self, who: Person) -> None:
        """One answer to each of somebody's conflicts."""
        for clash in resolving.board(who.ctx).clashes:
            reference = Reference(clash.mine.manifest.name, id=clash.skill)
            how = self.chance.among(["mine", "theirs", "abort", "both"])
            self.log.append(f"{who.name}: resolve {reference}, {how}")
            loser = clash.mine if how == "theirs" else clash.theirs if how == "mine" else None
            with suppress(AccessError, NotFoundError, UsageError):
                if how == "abort":
                    resolving.abort(who.ctx, reference)
                elif how == "both":
                    self._both(who, reference, clash)
                else:
                    resolving.take(who.ctx, reference, "mine" if how == "mine" else "theirs")
                if loser is not None:
                    self.drop({x for f in loser.files for x in f.data.decode().splitlines()})

    def _both(self, who: Person, reference: Reference, clash: Clash) -> None:
        """Take the marks out and leave all the lines, where only lines are in question."""
        if {one.kind for one in clash.joined.merged.conflicts} != {"text"}:
            return
        self.count += 1
        folder = who.home / f"merge-{self.count}"
        folder.mkdir()
        (marked, *_) = resolving.export(who.ctx, reference, folder).folders
        lines = (marked / "SKILL.md").read_text().splitlines()
        kept = "".join(f"{line}\n" for line in lines if line[:7] not in _MARKS)
        (marked / "SKILL.md").write_text(kept)
        resolving.from_folder(who.ctx, reference, marked)

    def drop(self, lines: set[str]) -> None:
        self.dropped |= lines & self.written.keys()

    def _heads(self) -> list[str | None]:
        return [opening.open_vault(who.ctx).state.head for who in self.clients]


@dataclass
class Yes:
    """Approves of whatever is shown. Now and then somebody else is first meanwhile.

    `before`: the facts when the deed was judged.
    """

    world: World
    who: Person
    before: Facts | None = None

    def __call__(self, *_shown: object) -> bool:
        world = self.world
        if not world.racing and world.chance.number(0, 5) == 0:
            world.racing = True
            other = world.chance.among([c for c in world.clients if c is not self.who])
            with suppress(ConflictError):
                world.log.append(f"  meanwhile {other.name}: sync")
                checking.sync(other.ctx)
            world.racing = False
        self.before = world.line.update()
        return True


_MARKS = {"<" * 7, "|" * 7, "=" * 7, ">" * 7}


def bare(facts: Facts) -> object:
    """The facts without keys and epochs, which follow."""
    groups = {key: group.members for key, group in facts.groups.items()}
    return facts.members, groups, facts.skills


def difference(seen: Facts, right: Facts) -> str:
    """Where the host says something else than the rules."""
    found = []
    for part in ("members", "groups", "skills"):
        have, want = getattr(seen, part), getattr(right, part)
        odd = [k for k in have.keys() | want.keys() if have.get(k) != want.get(k)]
        found += [f"{part} {key}: {have.get(key)}, not {want.get(key)}" for key in odd]
    return "\n".join(found)


def texts_of(vault: Vault) -> set[str]:
    """The lines of all versions that somebody opens here."""
    found = set[str]()
    for skill, record in vault.state.skills.items():
        for number in range(1, len(record.versions) + 1):
            with suppress(SkillvaultError):
                for file in vault.reader.open_version(skill, number).bundle.files:
                    found |= set(file.data.decode().splitlines())
    return found


def path_of(who: Person, name: str) -> Path:
    return who.home / "work" / name
