"""Skills that can be measured offline: one that helps, one that is slow, one that only fails."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence

from skillvault.services import put
from tests.tui.stage import Machine, Ui

PLACES = ["attic", "barn", "cellar", "dock", "eaves", "forge", "gate", "hall"]
THINGS = ["ladle", "lamp", "nail", "oar", "peg", "pipe", "rope", "saw"]
PATIENCE = 20.0
"""Seconds till a test gives up waiting: none of them takes one."""


def equip(machine: Machine) -> None:
    """Skills with suites, in the vault: `where-things-hang` has two versions."""
    _keep(machine, "where-things-hang", 1, THINGS)
    _keep(machine, "where-things-hang", 7, THINGS)
    _keep(machine, "where-few-hang", 3, THINGS[:3])
    _keep(machine, "where-one-waits", 7, THINGS, {"peg": "wait 900"})
    _keep(machine, "where-nobody-answers", 7, THINGS, dict.fromkeys(THINGS, "fail"))


def _keep(
    machine: Machine, name: str, known: int, things: Sequence[str], orders: Mapping[str, str] = {}
) -> None:
    folder = machine.folder / name
    (folder / "evals").mkdir(parents=True, exist_ok=True)
    facts = "\n\n".join(
        f"The {thing} hangs in the {place}."
        for thing, place in list(zip(THINGS, PLACES, strict=True))[:known]
    )
    (folder / "SKILL.md").write_text(
        f"---\nname: {name}\ndescription: Where things hang. Use when asked.\n---\n{facts}\n"
    )
    said = {thing: f"\n[[echo: {orders[thing]}]]" if thing in orders else "" for thing in things}
    suite = [
        {
            "id": thing,
            "prompt": f"Where does the {thing} hang?{said[thing]}",
            "checks": [{"type": "contains", "value": place}],
        }
        for thing, place in zip(THINGS, PLACES, strict=True)
        if thing in things
    ]
    (folder / "evals" / "evals.json").write_text(json.dumps({"evals": suite}))
    put.put(machine.context, [folder], vault="acme", message="as measured")


async def until(ui: Ui, true: Callable[[], bool]) -> None:
    """Wait for something that runs beside what the user does."""
    ends = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < ends, f"it never came to that:\n{ui.see()}"
        await asyncio.sleep(0.01)
        await ui.pilot.pause()
    await ui.settle()


async def choose(ui: Ui, line: int, typed: str) -> None:
    """On a line of the plan, counted from the last: open what can be chosen, and take one."""
    await ui.press("G", *["k"] * line, "enter")
    await ui.paste(typed)
    await ui.press("enter")


async def start(ui: Ui) -> None:
    """Go to the last line, and press enter."""
    await ui.press("G", "enter")


async def begin(ui: Ui, skill: str) -> None:
    """Go to a skill, press v, choose the model that only repeats, and start."""
    await ui.press("slash")
    await ui.paste(skill)
    await ui.press("enter", "v")
    await choose(ui, 2, "echo")
    await start(ui)


def over(ui: Ui) -> Callable[[], bool]:
    """Whether the evaluation is at its end."""
    return lambda: ui.app.evaluations.current is not None and not ui.app.evaluations.running
