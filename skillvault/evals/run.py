"""Asking: every task, in every arm, so many times; each answer graded as it comes.

What reaches the model is an arm's text, a task's prompt with its input files, and the prefill;
options and schema only as a constraint. Checks and expected answers never do.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from skillvault.evals.checks import Answer, Choice, task_score
from skillvault.evals.matcher import Matcher, SlowPatternError
from skillvault.evals.result import Arm, Sample
from skillvault.evals.suite import Suite, Task
from skillvault.models.base import Completion, Model, Request, Scorer
from skillvault.models.grammar import joint
from skillvault.skill.text import visible

SYSTEM = "You are a helpful assistant."
"""The system prompt of all arms where the suite names none: some templates add one of their own."""

_TRIES = 3
_PAUSE = 0.05  # seconds; a backend that is told to wait does so by itself
_PRECISION = 10**9
_ZERO_NOTES = {"refused": "refused", "length": "truncated", "overflow": "context overflow"}


@dataclass(frozen=True, slots=True)
class Settings:
    """How often and how freely each task is asked."""

    samples: int
    temperature: float = 0.0
    seed: int = 0


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


async def run(
    suite: Suite,
    arms: Sequence[Arm],
    model: Model,
    settings: Settings,
    progress: Progress = nobody,
) -> tuple[Sample, ...]:
    """All calls, in the order in which they were made.

    A backend that keeps a prefix does one arm after another, each on a fresh one; elsewhere the
    arms alternate task by task. A call that failed is tried again twice, then it is missing.
    """
    samples: list[Sample] = []
    plan = list(_order(suite.require_graded(), arms, model, settings.samples))
    arm_before: str | None = None
    with Matcher() as matcher:
        for done, (arm, task, index) in enumerate(plan):
            progress(Step(done, len(plan), arm.name, task.id))
            if model.info.capabilities.keeps_prefix and arm.name != arm_before:
                model.forget()
            arm_before = arm.name
            request = request_for(suite, arm, task, index, model, settings)
            samples.append(await _sample(model, matcher, arm, task, index, request))
    return tuple(samples)


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
    prompt = task.prompt
    if task.prefill and not can.continues:
        prompt += f"\n\nBegin your answer with: {task.prefill}"
    return Request(
        system=f"{system}\n\n{arm.text}" if arm.text else system,
        prompt=prompt,
        prefill=task.prefill if can.continues else "",
        choice=task.choice.options if task.choice and can.constrain else (),
        schema=task.schema if can.constrain else None,
        max_tokens=task.max_tokens,
        temperature=settings.temperature,
        seed=settings.seed + index,
    )


async def _sample(
    model: Model, matcher: Matcher, arm: Arm, task: Task, index: int, request: Request
) -> Sample:
    for retries in range(_TRIES):
        if retries:
            await asyncio.sleep(_PAUSE * 2**retries)
        completion, answer = await _answer(model, task, request)
        if completion.finish != "failed":
            break
    score, note = _grade(task, completion, answer, matcher)
    return Sample(arm.name, task.id, index, request, completion, score, note, retries)


def _grade(
    task: Task, completion: Completion, answer: Answer, matcher: Matcher
) -> tuple[Fraction | None, str]:
    """The score, or None and why it is missing; a note where it is 0 for no check's sake."""
    if completion.finish == "failed":
        return None, completion.problem or "failed"
    if completion.finish != "stop":
        return Fraction(0), _ZERO_NOTES[completion.finish]
    try:
        return task_score(task.checks, task.guards, task.scoring, answer, matcher), ""
    except SlowPatternError as error:
        # The suite's fault, not the arm's: neither right nor wrong.
        return None, f"the pattern {visible(str(error), lines=False)} takes too long"


async def _answer(model: Model, task: Task, request: Request) -> tuple[Completion, Answer]:
    choice = task.choice
    by_likelihood = choice and choice.by == "likelihood" and model.info.capabilities.score
    if choice and by_likelihood and isinstance(model, Scorer):
        return await _likelihoods(model, choice, request)
    completions = [completion async for completion in model.generate([request])]
    text = completions[0].text.strip()
    if not request.prefill:  # it could only be asked for
        text = text.removeprefix(task.prefill).strip()
    return completions[0], Answer(text)


async def _likelihoods(
    model: Scorer, choice: Choice, request: Request
) -> tuple[Completion, Answer]:
    """Score every option; the answer is the likeliest one."""
    scored: dict[str, Completion] = {}
    for option in choice.options:
        scored[option] = await model.score(request, option)
        if scored[option].finish != "stop":
            return scored[option], Answer("")
    logs = {option: math.fsum(completion.logprobs) for option, completion in scored.items()}
    best = max(logs, key=lambda option: logs[option])
    weights = {option: math.exp(log - logs[best]) for option, log in logs.items()}
    whole = math.fsum(weights.values())
    shares = {o: Fraction(round(w / whole * _PRECISION), _PRECISION) for o, w in weights.items()}
    parts = scored.values()
    completion = replace(
        scored[best],
        text=joint(request.prefill) + best,
        prompt_tokens=sum(part.prompt_tokens for part in parts),
        cached_tokens=sum(part.cached_tokens for part in parts),
        completion_tokens=sum(part.completion_tokens for part in parts),
        seconds=sum(part.seconds for part in parts),
    )
    return completion, Answer(best, shares)
