"""Random edits of a world: sensible ones, senseless ones, two at once, and damaged ones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from random import Random
from typing import Protocol, TypeVar

from hypothesis import strategies as st

from skillvault.vault import canonical
from skillvault.vault.state import State, expand, has_person, skill_path
from skillvault.vault.syntax import Role
from tests.vault.world import NOTHING, Edit, World, digest, ident, recipient, sealed

T = TypeVar("T")
ROLES: tuple[Role, ...] = ("owner", "admin", "member", "machine")
STRANGER = ident("stranger")


class Chance(Protocol):
    """Where choices come from: Hypothesis, which shrinks them, or a seed, which is quick."""

    def among(self, things: Sequence[T]) -> T: ...

    def some(self, things: Sequence[T]) -> list[T]:
        """One to four of them."""
        ...

    def order(self, things: Sequence[T]) -> list[T]: ...

    def number(self, low: int, high: int) -> int: ...


class Drawn:
    """Choices by Hypothesis."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data

    def among(self, things: Sequence[T]) -> T:
        return self.data.draw(st.sampled_from(things))

    def some(self, things: Sequence[T]) -> list[T]:
        lists = st.lists(st.sampled_from(things), unique=True, min_size=1, max_size=4)
        return self.data.draw(lists)

    def order(self, things: Sequence[T]) -> list[T]:
        return self.data.draw(st.permutations(things))

    def number(self, low: int, high: int) -> int:
        return self.data.draw(st.integers(low, high))


class Seeded:
    """Choices by a seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def among(self, things: Sequence[T]) -> T:
        return self.random.choice(things)

    def some(self, things: Sequence[T]) -> list[T]:
        return self.random.sample(things, self.random.randint(1, min(4, len(things))))

    def order(self, things: Sequence[T]) -> list[T]:
        return self.random.sample(things, len(things))

    def number(self, low: int, high: int) -> int:
        return self.random.randint(low, high)


class Moves:
    """Chooses edits that fit the world's present state, more or less."""

    def __init__(self, chance: Chance, world: World) -> None:
        self.chance = chance
        self.world = world

    @property
    def state(self) -> State:
        return self.world.state

    def pick(self, things: Iterable[T]) -> T:
        return self.chance.among(sorted(things, key=str))

    def some(self, things: Iterable[T]) -> list[T]:
        """Some of them, at least one."""
        return self.chance.some(sorted(things, key=str))

    def maybe(self) -> bool:
        return self.chance.number(0, 1) == 1

    def active(self) -> list[str]:
        return [key for key, member in self.state.members.items() if member.is_active]

    def actors(self) -> list[str]:
        """Everybody who may try, in random order."""
        return self.chance.order([*self.state.members, STRANGER])

    def edit(self) -> Edit:
        """One move, or two in one entry."""
        edit = self.move()
        if self.chance.number(0, 4) == 0:
            edit |= self.move()
        return edit

    def move(self) -> Edit:
        moves = [
            *(self.admit, self.admit, self.role, self.role, self.rename, self.leave),
            *(self.new_group, self.regroup, self.regroup, self.regroup, self.regroup),
            *(self.link, self.link, self.slot, self.new_skill),
        ]
        if self.chance.number(0, 5) == 0:
            moves.append(self.delete)
        if self.state.skills:
            moves += [self.access, self.access, self.access, self.text, self.text, self.evidence]
            if self.chance.number(0, 5) == 0:
                moves.append(self.drop)
        return self.chance.among(moves)()

    # People

    def admit(self) -> Edit:
        return self.world.admit(self.world.new_id(), self.pick(ROLES))

    def role(self) -> Edit:
        return self.world.member(self.pick(self.active()), role=self.pick(ROLES))

    def rename(self) -> Edit:
        member = self.pick(self.active())
        return self.world.member(member, name=self.world.fresh("name")) | self.world.name(member)

    def leave(self) -> Edit:
        return self.removal(self.pick(self.active()), anew=self.maybe())

    def removal(self, member: str, *, anew: bool = False) -> Edit:
        return removal(self.world, member, anew=anew)

    # Groups

    def new_group(self) -> Edit:
        return self.world.new_group(self.world.new_id(), self.some(self.active()))

    def regroup(self) -> Edit:
        key = self.pick(self.state.groups)
        old = self.state.groups[key]
        more = sorted({*old.members, *self.some(self.active())})
        less = self.some(old.members)
        ways = [
            lambda: self.world.anew(key),
            lambda: self.world.anew(key, more),
            lambda: self.world.anew(key, less),
            lambda: self.world.anew(key, less) | self.world.link(key, old.epoch + 1),
            lambda: self.world.anew(key) | self.world.link(key, old.epoch + 1),
            lambda: self.world.grow(key, sorted({*more} - {*old.members}) or more),
            lambda: self.world.close(key),
            lambda: self.world.close(key, less),
            lambda: self.world.group(key, members=less),
            lambda: self.world.group(key, name=self.world.fresh()) | self.world.name(key),
        ]
        return self.chance.among(ways)()

    def link(self) -> Edit:
        key = self.pick(self.state.groups)
        return self.world.link(key, self.chance.number(1, self.state.groups[key].epoch + 1))

    def slot(self) -> Edit:
        key = self.pick(self.state.groups)
        group = self.state.groups[key]
        epoch = self.chance.number(max(1, group.epoch - 1), group.epoch)
        return self.world.slots(key, epoch, self.some(group.members))

    def delete(self) -> Edit:
        return deletion(self.world, self.pick(self.state.groups))

    # Skills

    def new_skill(self) -> Edit:
        names = [*self.active(), *self.state.groups]
        owner = self.pick(names)
        readers = self.some(names) if self.maybe() else []
        writers = self.some(names) if self.maybe() else []
        return self.world.new_skill(self.world.new_id(), owner, readers, writers)

    def access(self) -> Edit:
        key = self.pick(self.state.skills)
        skill = self.state.skills[key]
        names = [*self.active(), *self.state.groups]
        owner = self.pick([skill.owner, skill.owner, *names])
        readers = {owner, *self.some([*skill.readers, *names])}
        writers = {owner, *self.some(readers)}
        if self.maybe():
            readers, writers = readers | {*skill.readers}, writers | {*skill.writers}
        edit = self.world.access(key, owner=owner, readers=readers, writers=writers)
        return edit | self.world.text(key) if self.maybe() else edit

    def text(self) -> Edit:
        key = self.pick(self.state.skills)
        return self.world.version(key) if self.maybe() else self.world.text(key)

    def evidence(self) -> Edit:
        key = self.pick(self.state.skills)
        live = list(self.state.skills[key].evidence)
        if live and self.maybe():
            name = self.pick(live)
            if self.maybe():
                return sealed(skill_path(key, f"evidence/{name}.age"), None)
            return self.world.evidence(key, name)
        return self.world.evidence(key, self.world.new_id())

    def drop(self) -> Edit:
        return self.world.drop(self.pick(self.state.skills))

    # Damage

    def damaged(self) -> Edit:
        """An edit with something in it that no client would write."""
        edit = self.edit()
        for _ in range(self.chance.number(1, 2)):
            ways = [self.lose, self.stray, self.spoil, self.claim, self.null]
            edit = self.chance.among(ways)(edit)
        return edit

    def lose(self, edit: Edit) -> Edit:
        """One path less."""
        paths = [*edit.control, *edit.sealed]
        return edit.without(self.pick(paths)) if paths else edit

    def null(self, edit: Edit) -> Edit:
        """A path of the tree or of the edit removed."""
        path = self.pick([*edit.control, *edit.sealed, *self.state.files])
        if path.endswith(".json"):
            return Edit({**edit.control, path: None}, edit.sealed, edit.content)
        return Edit(edit.control, {**edit.sealed, path: None}, edit.content)

    def stray(self, edit: Edit) -> Edit:
        """One sealed file more."""
        ids = [*self.state.members, *self.state.groups, *self.state.skills, ident("odd")]
        one, two = self.pick(ids), self.pick(ids)
        epoch = self.chance.number(1, 4)
        path = self.pick(
            [
                f"names/{one}.age",
                f"groups/{one}/{epoch}/{two}.age",
                f"groups/{one}/{epoch}/previous.age",
                skill_path(one),
                skill_path(one, f"evidence/{two}.age"),
                "RECOVERY.md",
                "README.md",
            ]
        )
        return edit | sealed(path, self.world.fresh())

    def claim(self, edit: Edit) -> Edit:
        """Content of some skill."""
        key = self.pick([*self.state.skills, ident("odd")])
        return edit | Edit(content={key: self.world.fresh()})

    def spoil(self, edit: Edit) -> Edit:
        """A control file with one field changed: to a value of its kind, or to nonsense."""
        files = {path: data for path, data in edit.control.items() if data is not None}
        if not files:
            return edit
        path = self.pick(files)
        record = json.loads(files[path])
        key = self.pick(record)
        ids = [*self.state.members, *self.state.groups, ident("odd")]
        values: list[object] = [
            None,
            [],
            self.pick(ids),
            sorted(self.some(ids)),
            self.some(ids),
            self.chance.number(-1, 5),
            digest("x"),
            recipient(str(self.chance.number(0, 3))),
            self.pick(ROLES),
            "active",
            "removed",
            "2026-01-01T00:00:00Z",
            self.pick(self.state.keys),
        ]
        record[key] = self.chance.among(values)
        return Edit({**edit.control, path: canonical.dumps(record)}, edit.sealed, edit.content)


def deletion(world: World, group: str) -> Edit:
    """A group deleted, struck from every access file, its skills with a new owner or removed."""
    return world.delete(group) | _settle_access(world, {group}, {})


def removal(world: World, member: str, *, anew: bool = False) -> Edit:
    """A member removed as an honest client does it, by an admin who need not read anything.

    With `anew` the groups that held them start anew, which only an admin in all of them may do.
    """
    state = world.state
    edit, gone, rest_of = world.expel(member), {member}, dict[str, set[str]]()
    for key, group in state.groups.items():
        rest = [m for m in group.members if m != member]
        if key == state.everyone or rest == list(group.members):
            continue
        rest_of[key] = {*rest}
        if not rest:
            gone.add(key)
            edit |= world.delete(key)
        elif not group.is_open:
            edit |= world.group(key, members=rest)
        elif anew:
            edit |= world.anew(key, rest)
        else:
            edit |= world.close(key, rest)
    return edit | _settle_access(world, gone, rest_of)


def _settle_access(world: World, gone: set[str], rest_of: dict[str, set[str]]) -> Edit:
    """Strike who is gone from every access file, and let the next own or remove what they owned."""
    state, edit = world.state, NOTHING

    def people(name: str) -> set[str]:
        members = rest_of.get(name, expand(state, [name])) - gone
        return {m for m in members if has_person(state, m)}

    for key, skill in state.skills.items():
        owner = skill.owner
        orphan = owner in gone or not people(owner)
        struck = gone | ({owner} if orphan else set())
        if struck.isdisjoint(skill.readers):
            continue
        readers = {name for name in skill.readers if name not in struck}
        writers = {name for name in skill.writers if name not in struck}
        if orphan:
            heirs = {w for w in writers if w != state.everyone and people(w)}
            if not heirs:
                read = {m for name in readers for m in people(name)}
                groups = {r for r in readers if r in state.groups and r != state.everyone}
                heirs = {g for g in groups if people(g)}
                heirs |= read & expand(state, skill.readers)
            if not heirs:
                edit |= world.drop(key)
                continue
            owner = min(heirs)
        edit |= world.access(key, owner=owner, readers={*readers, owner}, writers={*writers, owner})
    return edit
