"""Members, groups, shares, removals and edits by several clients, in any order, synced at any time.

What is promised is checked after every run: each key that ever was opens exactly what the rules let
it open, nothing that was written is lost, all end in one state, and it verifies from nothing.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from skillvault.services import opening
from tests.machine import deeds, wanted
from tests.machine.line import Facts, Skill
from tests.machine.trial import expect_nothing_after
from tests.machine.world import World, begun
from tests.team import Team
from tests.vault.moves import Drawn, Seeded

STEPS = 35


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Team:
    return begun(tmp_path_factory.mktemp("template") / "team")


@pytest.fixture
def world(template: Team, tmp_path: Path) -> World:
    return World(template.copy(tmp_path / "team"), Seeded(0))


class Several(RuleBasedStateMachine):
    """What Hypothesis draws; the world judges each deed, and at the end the whole."""

    made: ClassVar[tuple[Path, Team] | None] = None

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        if Several.made is None:
            root = Path(tempfile.mkdtemp())
            Several.made = (root, begun(root / "template"))
        root, template = Several.made
        self.home = Path(tempfile.mkdtemp(dir=root))
        self.world = World(template.copy(self.home / "team"), Drawn(data))

    @rule(deed=st.sampled_from(deeds.DEEDS))
    def somebody_does(self, deed: deeds.Deed) -> None:
        deeds.step(self.world, deed)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.world.chance = Seeded(0)  # Hypothesis draws nothing any more
                self.world.settle()
            finally:
                note("\n".join(self.world.log))
                shutil.rmtree(self.home)


@pytest.fixture(scope="module", autouse=True)
def _tidy() -> object:
    yield
    if Several.made is not None:
        shutil.rmtree(Several.made[0])
        Several.made = None


TestSeveral = Several.TestCase
TestSeveral.settings = settings(
    max_examples=2,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def walk(world: World, seed: int, steps: int) -> None:
    world.chance = Seeded(seed)
    try:
        for _ in range(steps):
            deeds.step(world, world.chance.among(deeds.DEEDS))
        world.settle()
    except BaseException as error:
        error.add_note("\n".join(world.log))
        raise


@pytest.mark.parametrize("seed", range(2))
def test_a_way(seed: int, world: World) -> None:
    walk(world, seed, STEPS)


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(100, 140))
def test_long_ways(seed: int, world: World) -> None:
    walk(world, seed, 80)


# That it can fail


def test_it_sees_a_key_that_opens_too_much(world: World) -> None:
    world.settle()
    line, bob = world.line, world.id(world.team.bob)
    line.sealed[:] = [replace(f, refs=f.refs - {(bob, 0)}) if f.content else f for f in line.sealed]
    with pytest.raises(AssertionError, match=r"skill\.age"):
        world.check_keys()


def test_it_sees_a_reader_who_is_left_out(world: World) -> None:
    world.settle()
    facts, eve = world.line.facts, world.id(world.team.eve)
    (key,) = (key for key, skill in facts.skills.items() if skill.owner == eve)
    skill = facts.skills[key]
    ada = world.id(world.team.ada)
    facts.skills[key] = Skill(eve, skill.readers | {ada}, skill.writers)
    with pytest.raises(AssertionError, match="still sealed to others"):
        world.check_keys()


def test_it_sees_what_a_leaver_reads_after(world: World) -> None:
    line, bob = world.line, world.id(world.team.bob)
    line.left[bob] = 0
    with pytest.raises(AssertionError, match="after their removal"):
        expect_nothing_after(line, [bob])


def test_it_sees_a_lost_line(world: World) -> None:
    world.written["never put"] = "Ada"
    with pytest.raises(AssertionError, match="never put"):
        world.settle()


def test_it_sees_a_deed_without_right(world: World) -> None:
    eve = world.team.eve
    with pytest.raises(AssertionError, match="may not do that"):
        world.act(eve, "share", lambda _: None, lambda _before, _seen: None)


def test_it_sees_a_deed_that_did_something_else(world: World) -> None:
    ada, facts = world.team.ada, world.line.facts
    boss = world.id(world.team.boss)

    def wrong(_before: Facts, _seen: Facts) -> Facts | None:
        return wanted.set_role(facts, world.id(ada), boss, "owner")

    with pytest.raises(AssertionError, match="members"):
        world.act(ada, "role", lambda _: None, wrong)


def test_it_sees_that_one_who_may_is_refused(world: World) -> None:
    ada = world.team.ada
    head = opening.open_vault(ada.ctx).state.head
    with pytest.raises(AssertionError, match="may do that"):
        world.act(ada, "nothing", deeds.refuse, lambda before, _seen: before)
    assert opening.open_vault(ada.ctx).state.head == head
