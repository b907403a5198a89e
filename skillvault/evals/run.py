"""Asking: every task, in every arm, so many times; each answer graded as it comes.

What reaches the model is an arm's text, a task's prompt with its input files, and the prefill;
options and schema as a constraint, or, where a backend has none, as words. Checks and expected
answers never do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from skillvault.evals.asking import Asker
from skillvault.evals.matcher import Matcher
from skillvault.evals.memory import Memory, NoMemory
from skillvault.evals.patience import HERE, REMOTE, HaltedError, Patience, Waiting
from skillvault.evals.result import Arm, Sample
from skillvault.evals.suite import Suite, Task
from skillvault.models.base import Model, Request

SYSTEM = "You are a helpful assistant."
"""The system prompt of all arms where the suite names none: some templates add one of their own."""

CHOOSE = "Answer with one of these lines, exactly as it stands here, and with nothing else:\n"
OBEY = "Answer with JSON that obeys this JSON schema, and with nothing else:\n"


@dataclass(frozen=True, slots=True)
class Settings:
    """How often and how freely each task is asked, and how many at once.

    A `temperature` of None leaves it to the model's service. A backend that keeps a prefix is
    asked one at a time whatever `concurrency` says.
    """

    samples: int
    temperature: float | None = 0.0
    seed: int = 0
    concurrency: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """Progress: the call that is about to be made, `done` of `total` behind it."""

    done: int
    total: int
    arm: str
    task: str


Progress = Callable[[Step], None]


def nobody(_step: Step) -> None:
    """Nobody watches."""


Heard = Callable[[Sample], None]
"""Told of each answer as soon as it is graded."""


def unheard(_sample: Sample) -> None:
    """Nobody listens."""


async def run(
    suite: Suite,
    arms: Sequence[Arm],
    model: Model,
    settings: Settings,
    progress: Progress = nobody,
    *,
    heard: Heard = unheard,
    memory: Memory | None = None,
    patience: Patience | None = None,
) -> tuple[Sample, ...]:
    """All calls, in the order in which they were begun; `heard` is told of each at its end.

    A backend that keeps a prefix does one arm after another, each on a fresh one; elsewhere the
    arms alternate task by task. What `memory` holds is not asked again, and what is answered goes
    there at once. A call that failed is tried again with `patience`, then it is missing; three
    in a row, of two tasks or more, give the run up (HaltedError). Errors of the model pass through.
    """
    can = model.info.capabilities
    plan = list(_order(suite.require_graded(), arms, model, settings.samples))
    waiting = Waiting(patience or (REMOTE if can.remote else HERE))
    samples: dict[int, Sample] = {}
    queue = iter(enumerate(plan))
    with Matcher() as matcher:
        asker = Asker(model, matcher, memory or NoMemory(), waiting)

        async def work() -> None:
            for place, (arm, task, index) in queue:
                if waiting.hopeless:
                    return
                progress(Step(len(samples), len(plan), arm.name, task.id))
                request = request_for(suite, arm, task, index, model, settings)
                samples[place] = await asker.ask(arm, task, index, request)
                heard(samples[place])

        await _together(work, 1 if can.keeps_prefix else settings.concurrency)
    if len(samples) < len(plan):
        done = sum(sample.score is not None for sample in samples.values())
        problem = f"{waiting.failures} calls in a row failed: {waiting.problem}"
        raise HaltedError(model.info.name, problem, done, len(plan))
    return tuple(samples[place] for place in sorted(samples))


async def _together(work: Callable[[], Coroutine[Any, Any, None]], many: int) -> None:
    """Run so many workers to their end; the first error, or an interrupt, ends all of them."""
    workers = [asyncio.create_task(work()) for _ in range(many)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


def _order(
    tasks: Sequence[Task], arms: Sequence[Arm], model: Model, samples: int
) -> Iterator[tuple[Arm, Task, int]]:
    if model.info.capabilities.keeps_prefix:
        return ((arm, task, k) for arm in arms for task in tasks for k in range(samples))
    return ((arm, task, k) for task in tasks for arm in arms for k in range(samples))


def request_for(
    suite: Suite, arm: Arm, task: Task, index: int, model: Model, settings: Settings
) -> Request:
    """What the model is asked in one call."""
    can = model.info.capabilities
    system = suite.system or SYSTEM
    return Request(
        system=f"{system}\n\n{arm.text}" if arm.text else system,
        prompt=_prompt(task, continues=can.continues, constrain=can.constrain),
        prefill=task.prefill if can.continues else "",
        choice=task.choice.options if task.choice and can.constrain else (),
        schema=task.schema if can.constrain else None,
        max_tokens=task.max_tokens,
        temperature=settings.temperature,
        seed=settings.seed + index,
    )


def _prompt(task: Task, *, continues: bool, constrain: bool) -> str:
    """The prompt, with what a backend cannot be told in another way as words at its end.

    A constraint that only some backends have would make their tasks other ones.
    """
    parts = [task.prompt]
    choice = None if constrain else task.choice
    if task.prefill and not continues:
        parts.append(f"{task.prefill} ..." if choice else f"Begin your answer with: {task.prefill}")
    if choice:
        parts.append(CHOOSE + "\n".join(choice.options))
    elif task.schema is not None and not constrain:
        parts.append(OBEY + task.schema)
    return "\n\n".join(parts)
