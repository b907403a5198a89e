"""People and groups changed by four clients at random: all that sync end in one state, none stuck."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from skillvault.errors import SkillvaultError
from skillvault.services import checking, put
from skillvault.vault import epochs, membership, operations, succession
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.reader import Reader
from skillvault.vault.state import expand
from skillvault.vault.syntax import Role
from tests.people import Person
from tests.team import Team, sync_only, vault_of

Move = Callable[[random.Random, Draft, Reader], object]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Team:
    return Team(tmp_path_factory.mktemp("template") / "team").make()


def _group(chance: random.Random, r: Reader) -> str:
    return chance.choice(sorted(g for g in r.state.groups if g != r.state.everyone))


def _member(chance: random.Random, r: Reader) -> str:
    return chance.choice(sorted(i for i, m in r.state.members.items() if m.is_active))


def _skill(chance: random.Random, r: Reader) -> str:
    return chance.choice(sorted(r.state.skills))


def _name(chance: random.Random, r: Reader) -> str:
    return chance.choice([_member(chance, r), _group(chance, r)])


def share(chance: random.Random, d: Draft, r: Reader) -> None:
    skill = _skill(chance, r)
    write = [_name(chance, r)] if chance.random() < 0.3 else []
    operations.change_access(d, r, skill, add_readers=[_name(chance, r)], add_writers=write)


def unshare(chance: random.Random, d: Draft, r: Reader) -> None:
    skill = _skill(chance, r)
    readers = [n for n in r.state.skills[skill].readers if n != r.state.skills[skill].owner]
    operations.change_access(d, r, skill, strike=[chance.choice(readers)])


def own(chance: random.Random, d: Draft, r: Reader) -> None:
    operations.change_access(d, r, _skill(chance, r), owner=_name(chance, r))


def role(chance: random.Random, d: Draft, r: Reader) -> None:
    roles: list[Role] = ["member", "admin", "owner"]
    membership.set_role(d, r.state, _member(chance, r), chance.choice(roles))


def found(chance: random.Random, d: Draft, r: Reader) -> None:
    members = {r.me or "", _member(chance, r), _member(chance, r)}
    epochs.make_group(d, r, f"group-{chance.randrange(10**6)}", members)


def grow(chance: random.Random, d: Draft, r: Reader) -> None:
    epochs.grow(d, r, _group(chance, r), [_member(chance, r)])


def shrink(chance: random.Random, d: Draft, r: Reader) -> None:
    group = _group(chance, r)
    gone = chance.choice(r.state.groups[group].members)
    epochs.take_out(d, r, group, [gone], r.me or "")
    succession.strike(d, r.state)


def rotate(chance: random.Random, d: Draft, r: Reader) -> None:
    group = chance.choice(sorted(r.state.groups))
    epochs.start_anew(d, r, group, r.state.groups[group].members)


def close(chance: random.Random, d: Draft, r: Reader) -> None:
    group = _group(chance, r)
    epochs.close(d, r.state, group, r.state.groups[group].members)


def rename(chance: random.Random, d: Draft, r: Reader) -> None:
    epochs.rename_group(d, r, _group(chance, r), f"other-{chance.randrange(10**6)}")


def dissolve(chance: random.Random, d: Draft, r: Reader) -> None:
    epochs.delete_group(d, r.state, _group(chance, r))
    succession.strike(d, r.state)


def expel(chance: random.Random, d: Draft, r: Reader) -> None:
    membership.expel(d, r, [_member(chance, r)], r.me or "")


def remove(chance: random.Random, d: Draft, r: Reader) -> None:
    operations.remove_skill(d, r.state, _skill(chance, r))


OFTEN: list[Move] = [share, share, unshare, own, role, found, grow, grow, shrink, rotate, close]
SELDOM: list[Move] = [rename, dissolve, expel, remove]


def step(chance: random.Random, person: Person) -> None:
    """One change on their own line, if it is allowed there; or a sync, or a new skill."""
    vault = vault_of(person)
    if vault.me is None:
        return
    luck = chance.random()
    if luck < 0.25:
        sync(person)
    elif luck < 0.4:
        name = f"skill-{chance.randrange(10**6)}"
        put.put(person.ctx, [person.skill(name)])
    else:
        move = chance.choice(SELDOM if luck > 0.93 else OFTEN)
        draft = Draft()
        with vault.changing():
            try:
                move(chance, draft, vault.reader)
                if not draft.is_empty:
                    vault.commit(draft, person.ctx.now())
            except (SkillvaultError, IndexError):
                pass  # not allowed, or nothing to choose from


def sync(person: Person) -> None:
    try:
        checking.sync(person.ctx)
    except SkillvaultError as error:
        person.warnings.append(f"{error}")


def check(team: Team) -> None:
    """All who are members are at one entry, nothing of theirs waits, and their readers read."""
    for _ in range(6):
        heads = {vault_of(p).state.head for p in team.everybody}
        for person in team.everybody:
            sync(person)
        if {vault_of(p).state.head for p in team.everybody} == heads and len(heads) == 1:
            break
    vaults: list[tuple[Person, Vault]] = [(p, vault_of(p)) for p in team.everybody]
    members = [(p, v) for p, v in vaults if v.me is not None]
    assert len({v.state.head for _, v in members}) == 1, [p.warnings[-2:] for p, _ in members]
    for person, vault in vaults:
        assert vault.unpushed == 0, person.warnings
        sync_only(person)
    for person, vault in members:
        me, state = vault.me or "", vault.state
        assert all(g.is_open for g in state.groups.values() if me in g.members), person.name
        for skill, record in state.skills.items():
            if me in expand(state, record.readers):
                opened = vault.reader.open_newest(skill)
                assert opened.number == len(record.versions), person.name
                assert opened.faults == ()
        assert checking.status(person.ctx).waits == ()
    assert checking.verify(team.ada.ctx, str(team.host)).error is None


def walk(team: Team, seed: int, steps: int) -> None:
    chance = random.Random(f"replay {seed}")
    for _ in range(steps):
        step(chance, chance.choice(team.everybody))
    check(team)


def test_a_walk(template: Team, tmp_path: Path) -> None:
    walk(template.copy(tmp_path / "team"), 1, 30)


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(100, 130))
def test_more_walks(seed: int, template: Team, tmp_path: Path) -> None:
    walk(template.copy(tmp_path / "team"), seed, 60)
