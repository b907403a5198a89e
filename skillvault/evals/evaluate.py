"""One comparison, from a skill's text and its suite to a verdict."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from skillvault.errors import UsageError
from skillvault.evals import sham
from skillvault.evals.memory import Memory
from skillvault.evals.patience import Patience
from skillvault.evals.power import what_would_be_noticed
from skillvault.evals.result import Arm, EvalResult, Sample, totals
from skillvault.evals.run import Heard, Progress, Settings, nobody, run, unheard
from skillvault.evals.statistics import sign_flip
from skillvault.evals.suite import Suite, Task
from skillvault.evals.uplift import (
    BASELINE,
    SHAM,
    SKILL,
    TaskScores,
    contrast,
    mean_score,
    sample_mean,
    scored_lower,
)
from skillvault.evals.verdict import MARGIN, Claim, judge
from skillvault.models.base import Model

ARMS = (BASELINE, SKILL, SHAM)
SAMPLES = 3
"""Of each task where the temperature is not 0; at 0 they would all be the same."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is going to happen.

    `subject` is the arm with the skill, `reference` the one that it is held against; `others` are
    arms beside ARMS: a name and its skill text. A `temperature` of None leaves it to the service.
    """

    arms: tuple[str, ...] = ARMS
    others: Mapping[str, str] = field(default_factory=dict)
    samples: int | None = None
    temperature: float | None = 0.0
    seed: int = 0
    margin: float = MARGIN
    subject: str = SKILL
    reference: str = BASELINE
    concurrency: int = 1

    def __post_init__(self) -> None:
        """UsageError for what cannot be compared."""
        if self.subject == self.reference:
            raise UsageError(self.subject, "the same on both sides: nothing to compare")
        for name in (self.reference, self.subject):
            if name not in self.arms:
                difference = f"{self.subject} minus {self.reference}"
                raise UsageError(name, f"this arm is needed: the uplift is {difference}")
        for name in self.arms:
            if name not in {*ARMS, *self.others, self.subject}:
                raise UsageError(name, "no such arm", f"known are {', '.join(ARMS)}")
        if self.samples is not None and self.samples < 1:
            raise UsageError("--samples", "at least 1")
        if not 0 < self.margin <= 1:
            raise UsageError("--margin", "more than 0, at most 1")
        if self.concurrency < 1:
            raise UsageError("--concurrency", "at least 1")

    @property
    def k(self) -> int:
        """Samples of each task."""
        return self.samples or (1 if self.temperature == 0 else SAMPLES)

    def calls(self, suite: Suite) -> int:
        """How often the model will be asked, likelihoods and second tries not counted."""
        return len(suite.require_graded()) * len(self.arms) * self.k

    def in_words(self, suite: Suite) -> str:
        """What it will take and what it can show, before anything is spent."""
        tasks = suite.require_graded()
        units = len({task.group or (task.id,) for task in tasks})
        groups = "" if units == len(tasks) else f" that count as {units}"
        return (
            f"{self.calls(suite)} calls: {len(tasks)} tasks{groups} x {len(self.arms)} arms x "
            f"{self.k}. {what_would_be_noticed(units)}"
        )


async def evaluate(
    skill_text: str,
    suite: Suite,
    model: Model,
    plan: Plan,
    progress: Progress = nobody,
    *,
    heard: Heard = unheard,
    memory: Memory | None = None,
    patience: Patience | None = None,
) -> EvalResult:
    """Run `plan` and judge what comes out. `skill_text` is the body of `SKILL.md`.

    CheckError: no task can be scored. HaltedError: three calls in a row failed. UsageError: as
    Plan. Errors of the model pass through. `heard`, `memory` and `patience` as in `run`.
    """
    started = time.perf_counter()
    tasks = suite.require_graded()
    arms = await _arms(skill_text, model, plan)
    settings = Settings(plan.k, plan.temperature, plan.seed, plan.concurrency)
    calls = await run(
        suite, arms, model, settings, progress, heard=heard, memory=memory, patience=patience
    )
    scores = _scores(tasks, plan.arms, calls)
    sides = (plan.subject, plan.reference)
    finding = judge(Claim.of(scores, arm=sides[0], against=sides[1]), margin=plan.margin)
    no_effect = sign_flip(contrast(scores, *sides).observed)
    return EvalResult(
        skill=suite.skill,
        suite=suite.digest,
        model=model.info,
        samples=plan.k,
        temperature=plan.temperature,
        seed=plan.seed,
        arms=tuple(totals(arm, mean_score(scores, arm.name), calls) for arm in arms),
        tasks=scores,
        finding=finding,
        lower=scored_lower(scores, *sides),
        p_no_effect=None if no_effect is None else no_effect.two_sided,
        constant=best_constant(tasks),
        ungraded=tuple(task.id for task in suite.ungraded),
        calls=calls,
        seconds=time.perf_counter() - started,
        subject=plan.subject,
        reference=plan.reference,
        served=tuple(sorted({call.completion.served for call in calls} - {""})),
    )


async def _arms(skill_text: str, model: Model, plan: Plan) -> tuple[Arm, ...]:
    tokens = await model.count_tokens(skill_text)
    texts = {BASELINE: "", plan.subject: skill_text, **plan.others}
    if SHAM in plan.arms:
        texts[SHAM] = await sham.fit(model, tokens)
    arms = []
    for name in plan.arms:
        digest = "sha256:" + hashlib.sha256(texts[name].encode()).hexdigest()
        arms.append(Arm(name, texts[name], digest, await model.count_tokens(texts[name])))
    return tuple(arms)


def _scores(
    tasks: Sequence[Task], arms: Sequence[str], calls: Sequence[Sample]
) -> tuple[TaskScores, ...]:
    found: dict[tuple[str, str], list[Fraction | None]] = {}
    for call in calls:
        found.setdefault((call.task, call.arm), []).append(call.score)
    return tuple(
        TaskScores(
            task.id, {arm: sample_mean(found[task.id, arm]) for arm in arms}, group=task.group
        )
        for task in tasks
    )


def best_constant(tasks: Sequence[Task]) -> Fraction | None:
    """What always the same option, or always the option at the same place, would score.

    None unless every task is a choice and nothing else.
    """
    rights: Counter[str | int] = Counter()
    for task in tasks:
        choice = task.choice
        if choice is None or len(task.checks) > 1:
            return None
        rights[choice.value] += 1
        rights[choice.options.index(choice.value)] += 1
    return Fraction(max(rights.values()), len(tasks)) if tasks else None
