"""Evaluating: the plan first, what there is so far, and no verdict before all of it is in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from skillvault.services import runs
from tests.models.service import KEY, Service, serving, status
from tests.tui.conftest import Snapshot
from tests.tui.lab import begin, choose, equip, over, start, until
from tests.tui.stage import Machine, Ui, playing

WIDE = (120, 40)


@pytest.fixture(scope="module")
def equipped(library: Machine, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Ada's machine with skills that can be measured; tests take copies."""
    machine = library.copied(tmp_path_factory.mktemp("lab") / "ada")
    equip(machine)
    return machine


@pytest.fixture
def lab(equipped: Machine, tmp_path: Path) -> Machine:
    """A copy on which nothing was measured yet."""
    return equipped.copied(tmp_path / "lab")


async def to(ui: Ui, skill: str) -> None:
    """The user finds a skill by its name and presses v."""
    await ui.press("slash")
    await ui.paste(skill)
    await ui.press("enter", "v")


def verdicts(machine: Machine) -> list[str]:
    """Of the runs that are kept."""
    return [run.verdict for run in runs.listed(machine.context)]


# The plan


async def test_the_plan_as_pictures(equipped: Machine, snapshot: Snapshot) -> None:
    """The user looks at what an evaluation would take."""
    async with playing(equipped) as ui:
        await to(ui, "where-things")
        await choose(ui, 2, "echo")
        await snapshot(ui, "evaluate-plan", dialog=True)


async def test_the_plan_stands_there_before_anything_is_asked(lab: Machine) -> None:
    """The user has no model, types one that is none, chooses one, reads the plan, goes away."""
    async with playing(lab, size=WIDE) as ui:
        await to(ui, "where-things")
        seen = ui.see()
        assert "demo model (135M), not on this machine" in seen
        assert "its weights are not on this machine" in seen
        assert "skillvault models pull smollm2-135m" in seen
        await ui.press("enter")
        assert ui.app.evaluations.current is None
        await choose(ui, 2, "another")
        await ui.paste("nonsense:x")
        await ui.press("enter")
        assert "nonsense:x: no such kind of model" in ui.see()
        await choose(ui, 2, "echo")
        seen = ui.see()
        assert "24   8 tasks x 3 arms x 1: baseline, skill, sham" in seen
        assert "to read, at most 12,288 to write" in seen
        assert "nothing: it runs on this machine" in seen
        assert "needs 6 tasks better and none worse" in seen
        assert "a difference of 0.80 or more, in 4 runs of 5" in seen
        assert "$ skillvault eval where-things-hang --model echo:" in seen
        await ui.press("escape")
        assert ui.app.evaluations.current is None
    assert verdicts(lab) == []


async def test_what_is_chosen_is_in_the_command(lab: Machine) -> None:
    """The user chooses a version, what to hold it against, an arm beside, and samples."""
    async with playing(lab, size=WIDE) as ui:
        await to(ui, "where-things")
        await choose(ui, 2, "echo")
        await choose(ui, 4, "@1")
        await choose(ui, 3, "both")
        await choose(ui, 1, "5")
        seen = ui.see()
        assert "160   8 tasks x 4 arms x 5: @1, @2, baseline, sham" in seen
        command = "eval where-things-hang --against @1 --arm baseline --arm sham --model echo:"
        assert f"$ skillvault {command} --samples 5" in seen
        await choose(ui, 5, "@1")
        assert "against    no skill" in ui.see()


async def test_fewer_than_six_tasks_is_said_before_the_start(lab: Machine) -> None:
    """The user measures a skill with three tasks all the same: inconclusive, as was said."""
    async with playing(lab, size=WIDE) as ui:
        await to(ui, "where-few")
        await choose(ui, 2, "echo")
        assert "3 tasks can only be inconclusive: 6 are needed" in ui.see()
        await start(ui)
        await until(ui, over(ui))
        assert "inconclusive" in ui.see()
    assert verdicts(lab) == ["inconclusive"]


async def test_a_skill_without_tasks_says_so(lab: Machine) -> None:
    """The user wants to measure what nobody wrote tasks for."""
    async with playing(lab, size=WIDE) as ui:
        await to(ui, "sql-style")
        seen = ui.see()
        assert "it has no suite, so nothing can be measured" in seen
        assert "e begins one: six tasks to write over" in seen
        await ui.press("enter")
        assert ui.app.evaluations.current is None


# Running


async def test_the_result_as_pictures(lab: Machine, snapshot: Snapshot) -> None:
    """The user measures a version against the one before and looks at a task."""
    async with playing(lab) as ui:
        await to(ui, "where-things")
        await choose(ui, 2, "echo")
        await choose(ui, 4, "@1")
        await start(ui)
        await until(ui, over(ui))
        now = ui.app.evaluations.current
        assert now is not None
        assert now.done is not None
        now.done = replace(now.done, run="k3x7p2qa")  # pictures are the same each time
        now.ended = now.began
        ui.app.log_command(now.wish.command, "improves, run k3x7p2qa")
        await ui.press("j")
        await snapshot(ui, "evaluate-done", dialog=True)


async def test_all_of_it_is_in_the_result(lab: Machine) -> None:
    """The user starts, waits, reads the verdict and the transcript of the worst task."""
    async with playing(lab, size=WIDE) as ui:
        await begin(ui, "where-things")
        await until(ui, over(ui))
        seen = ui.see()
        assert "improves" in seen
        assert "8 of 8   mean 0.88   0 cached" in seen
        assert "skill - sham" in seen
        assert "so far" not in seen
        assert ui.log.startswith("$ skillvault eval where-things-hang --model echo:  improves, run")
        await ui.press("j", "enter")
        seen = ui.see()
        assert "Where does the saw hang?" in seen
        assert 'FAIL contains "hall"' in seen
        await ui.press("escape")
        assert "TASK" in ui.see()
        await ui.press("escape")
    assert verdicts(lab) == ["improves"]


async def test_no_verdict_before_the_end_and_none_after_a_stop(lab: Machine) -> None:
    """The user watches, stops half-way, and later goes on: what was answered is kept."""
    async with playing(lab, size=WIDE) as ui:
        await begin(ui, "where-one-waits")
        await until(ui, lambda: "no verdict before 24" in ui.see() and "so far    -" in ui.see())
        seen = ui.see()
        assert "\n improves" not in seen
        await ui.press("x")
        await until(ui, over(ui))
        seen = ui.see()
        assert "incomplete" in seen
        assert "no verdict" in seen
        assert "\n improves" not in seen
        assert ui.log.endswith("incomplete: stopped")
        kept = len(ui.app.evaluations.current.samples)  # type: ignore[union-attr]
        assert kept
        await ui.press("r")
        await until(ui, lambda: f"{kept // 3} cached" in ui.see())
        await ui.press("x")
        await until(ui, over(ui))
    assert verdicts(lab) == []


async def test_it_is_left_running_gone_back_to_and_q_asks(lab: Machine) -> None:
    """The user leaves it, sees it in the header, comes back from another skill, and quits."""
    async with playing(lab, size=WIDE) as ui:
        await begin(ui, "where-one-waits")
        await until(ui, lambda: "so far    -" in ui.see())
        await ui.press("escape")
        assert "eval where-one-waits 2" in ui.see() or "eval where-one-waits 1" in ui.see()
        await ui.press("escape", "g", "v")
        assert "Evaluate where-one-waits@1" in ui.see()
        assert any("one at a time" in toast for toast in ui.toasts())
        await ui.press("q")
        assert "An evaluation is under way" in ui.see()
        assert "The same evaluation goes on from there" in ui.see()
        await ui.press("enter")
        assert ui.app.evaluations.running is not None
        await ui.press("q")
        await ui.pilot.press("y")
    assert ui.app.return_code == 0


async def test_three_failures_in_a_row_pause_it(lab: Machine) -> None:
    """Every call fails: the first is shown in full, r tries again, x stops; never a zero."""
    async with playing(lab, size=WIDE) as ui:
        await begin(ui, "where-nobody")
        await until(ui, over(ui))
        seen = ui.see()
        assert "paused" in seen
        assert "calls in a row failed: told to fail" in seen
        assert "the first call that failed" in seen
        assert "[[echo: fail]]" in seen
        assert "0.00" not in seen
        assert "mean" not in seen
        await ui.press("escape")
        assert "eval where-nobody-answers paused: v" in ui.see()
        await ui.press("v", "r")
        await until(ui, over(ui))
        assert "paused" in ui.see()
        await ui.press("x")
        assert "incomplete" in ui.see()
    assert verdicts(lab) == []


@pytest.mark.exhaustive  # a service's SDK takes a second to import
async def test_a_service_that_comes_back(lab: Machine) -> None:
    """The service breaks in the middle and is back when the user presses r."""
    with serving() as service:
        broken: Service = service
        broken.otherwise = status(400, {"message": "the model is overloaded"})
        lab.environ = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": service.openai}
        async with playing(lab, size=WIDE) as ui:
            await to(ui, "where-things")
            await choose(ui, 2, "another")
            await ui.paste("openai:echo")
            await ui.press("enter")
            assert "its prices are not known here" in ui.see()
            await choose(ui, 1, "1")
            await start(ui)
            await until(ui, over(ui))
            assert "the model is overloaded" in ui.see()
            broken.otherwise = None
            await ui.press("r")
            await until(ui, over(ui))
            assert "improves" in ui.see()
    assert verdicts(lab) == ["improves"]
