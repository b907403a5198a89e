"""One call, from the question to its grade: remembered, else asked with patience."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from skillvault.evals.checks import Answer, Choice, grades, task_score
from skillvault.evals.explain import Checked, explain
from skillvault.evals.matcher import Matcher, SlowPatternError
from skillvault.evals.memory import Kept, Memory, Question
from skillvault.evals.patience import Waiting
from skillvault.evals.result import Arm, Sample
from skillvault.evals.suite import Task
from skillvault.models.base import Completion, Model, Request, Scorer
from skillvault.models.grammar import joint
from skillvault.skill.text import visible

_PRECISION = 10**9
_ZERO_NOTES = {"refused": "refused", "length": "truncated", "overflow": "context overflow"}
_QUOTES = "\"'`*“”"


class Asker:
    """Asks one model for one run."""

    def __init__(self, model: Model, matcher: Matcher, memory: Memory, waiting: Waiting) -> None:
        self._model = model
        self._matcher = matcher
        self._memory = memory
        self._waiting = waiting
        self._arm_before: str | None = None

    async def ask(self, arm: Arm, task: Task, index: int, request: Request) -> Sample:
        """Answer and grade of one call. ServiceError: no call can succeed."""
        question = Question(self._model.info, request, index, self._scored(task))
        kept = self._memory.find(question)
        retries = 0
        if kept is not None:
            completion, answer = kept.completion, kept.answer
        else:
            self._begin(arm)
            completion, answer, retries = await self._patiently(task, request)
            if completion.finish != "failed":
                self._memory.keep(question, Kept(completion, answer))
        score, note, checks = self._grade(task, completion, answer)
        return Sample(
            arm=arm.name,
            task=task.id,
            index=index,
            request=request,
            completion=completion,
            score=score,
            note=note,
            retries=retries,
            cached=kept is not None,
            checks=checks,
        )

    def _begin(self, arm: Arm) -> None:
        """An arm's first question is computed from its first token."""
        if self._model.info.capabilities.keeps_prefix and arm.name != self._arm_before:
            self._model.forget()
        self._arm_before = arm.name

    async def _patiently(self, task: Task, request: Request) -> tuple[Completion, Answer, int]:
        since = time.monotonic()
        tried = 0
        while True:
            await self._waiting.turn()
            completion, answer = await self._once(task, request)
            tried += 1
            if completion.finish != "failed":
                break
            pause = self._waiting.pause(completion, tried, since)
            if pause is None:
                break
            await asyncio.sleep(pause)
        self._waiting.note(task.id, completion)
        return completion, answer, tried - 1

    async def _once(self, task: Task, request: Request) -> tuple[Completion, Answer]:
        options = self._scored(task)
        if options and isinstance(self._model, Scorer):
            return await _likelihoods(self._model, options, request)
        (completion,) = [found async for found in self._model.generate([request])]
        text = completion.text.strip()
        if not request.prefill:  # it could only be asked for
            text = text.removeprefix(task.prefill).strip()
        if task.choice and not request.choice:
            text = _chosen(text, task.choice)
        return completion, Answer(text)

    def _scored(self, task: Task) -> tuple[str, ...]:
        """The options of a task that is graded by their likelihoods, where those can be had."""
        choice = task.choice
        can = self._model.info.capabilities.score and isinstance(self._model, Scorer)
        return choice.options if choice and choice.by == "likelihood" and can else ()

    def _grade(
        self, task: Task, completion: Completion, answer: Answer
    ) -> tuple[Fraction | None, str, tuple[Checked, ...]]:
        """The score, or None and why it is missing; a note where it is 0 for no check's sake."""
        if completion.finish == "failed":
            return None, completion.problem or "failed", ()
        if completion.finish != "stop":
            return Fraction(0), _ZERO_NOTES[completion.finish], ()
        try:
            found = grades(task.checks, answer, self._matcher)
        except SlowPatternError as error:
            # The suite's fault, not the arm's: neither right nor wrong.
            return None, f"the pattern {visible(str(error), lines=False)} takes too long", ()
        score = task_score(task.checks, task.guards, task.scoring, answer, found)
        return score, "", explain(task.checks, found, answer)


def _chosen(text: str, choice: Choice) -> str:
    """The option that an unconstrained answer is, quotes and a full stop around it left aside."""
    bare = text.strip(_QUOTES).removesuffix(".").strip(_QUOTES).strip()
    return bare if bare in choice.options else text


async def _likelihoods(
    model: Scorer, options: Sequence[str], request: Request
) -> tuple[Completion, Answer]:
    """Score every option; the answer is the likeliest one."""
    scored: dict[str, Completion] = {}
    for option in options:
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
