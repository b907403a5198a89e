"""`exposure` on long ways of random entries, against the model of who knows which keys."""

from __future__ import annotations

import pytest

from skillvault.vault.entry import Entry
from skillvault.vault.exposure import Walk, When
from skillvault.vault.history import Moment
from skillvault.vault.state import EMPTY
from tests.vault.clients import Vault, settle
from tests.vault.moves import Moves, Seeded
from tests.vault.test_rules_walk import permitted
from tests.vault.world import TIME, Edit, peopled

NOWHERE = "0" * 40
SEEDS, STEPS = 16, 80


class Recorded(Vault):
    """A vault of the model that remembers its entries."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: list[Moment] = []

    def do(self, by: str, edit: Edit, time: str = TIME) -> Entry:
        before = self.state
        entry = super().do(by, edit, time)
        self.moments.append(Moment(NOWHERE, entry, before, self.state))
        return entry


def begun() -> Recorded:
    """The world of test_rules_*, as if one entry had made all of it."""
    vault = Recorded()
    start = Vault.of(peopled())
    vault.count, vault.state = start.count, start.state
    vault.boxes, vault.made, vault.known = start.boxes, start.made, start.known
    files = dict(vault.state.files)
    entry = Entry(files, {}, vault.ada, None, vault.state.seq, TIME)
    vault.moments.append(Moment(NOWHERE, entry, EMPTY, vault.state))
    return vault


def walked(vault: Recorded, member: str) -> Walk:
    """All of it, walked for one member."""
    walk = Walk(member)
    first = vault.moments[0].entry.seq
    walk.whens += [When(seq, "", NOWHERE, TIME) for seq in range(first)]
    walk.follow(vault.moments)
    return walk


def opened(vault: Vault, member: str) -> set[tuple[str, str]]:
    """(skill, content) of whatever file there ever was that holds it and opens to a key of theirs."""
    everything = {**vault.state.former_skills, **vault.state.skills}
    return {
        (key, file.content or "")
        for key, skill in everything.items()
        for file in skill.files
        if (box := vault.boxes.get(file.hash)) is not None
        and box.content == file.content
        and box.to & vault.known[member]
    }


def far(seed: int, *, spoiled: bool) -> Recorded:
    """Many random entries on, some with garbage in their sealed files if `spoiled`."""
    vault, chance = begun(), Seeded(seed)
    moves = Moves(chance, vault)
    for _ in range(STEPS):
        edit = moves.edit()
        for by in moves.actors():
            if permitted(vault.state, edit, by):
                vault.act(by, edit, spoiled=spoiled and chance.number(0, 9) == 0)
                break
        if chance.number(0, 9) == 0:
            settle(vault)
    return vault


def test_the_ways_lead_past_removals_of_members_skills_and_groups() -> None:
    states = [far(seed, spoiled=False).state for seed in range(SEEDS)]
    assert sum(not m.is_active for state in states for m in state.members.values()) > SEEDS
    assert any(state.former_skills for state in states)
    assert any(state.former_groups for state in states)


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("spoiled", [False, True])
def test_it_never_says_too_little(seed: int, *, spoiled: bool) -> None:
    vault = far(seed, spoiled=spoiled)
    assert vault.state.seq > 60
    for member in vault.state.members:
        walk = walked(vault, member)
        assert vault.known[member] <= walk.held.keys()
        found = walk.result()
        said = {(one.skill, v.content) for one in found.skills for v in one.versions}
        assert opened(vault, member) <= said


@pytest.mark.parametrize("seed", range(SEEDS))
def test_it_says_too_much_only_of_epochs_that_a_link_may_lead_to(seed: int) -> None:
    vault = far(seed, spoiled=False)
    groups = {**vault.state.groups, **vault.state.former_groups}
    for member in vault.state.members:
        known = vault.known[member]
        for key in walked(vault, member).held.keys() - known:
            group, _, number = key.partition("/")
            later = range(int(number), len(groups[group].epochs))
            assert any(
                f"{group}/{n + 1}" in known for n in later if groups[group].epochs[n].previous
            )


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_ended_did_not_go_on(seed: int) -> None:
    """Of each way: it stands exactly where the state says that they read by that name."""
    vault = far(seed, spoiled=False)
    state = vault.state
    for member in state.members:
        for one in walked(vault, member).result().skills:
            record = state.skills.get(one.skill)
            now = {
                name
                for name in (record.readers if record is not None else ())
                if name == member or (name in state.groups and member in state.groups[name].members)
            }
            assert {way.name for way in one.ways if way.until is None} == now
            assert (one.until is None) == bool(now)
            assert all(way.until is None or way.since <= way.until for way in one.ways)
