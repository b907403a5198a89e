"""A comparison that is under way: how far each arm is, and what the finished tasks would say.

There is no verdict in it. Looking at an interval and stopping when one likes it is optional
stopping, so what is here is called `so far` until all planned calls are in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from skillvault.evals.result import Sample
from skillvault.evals.statistics import Estimate, estimate
from skillvault.evals.suite import Task
from skillvault.evals.uplift import TaskScores, contrast


@dataclass(frozen=True, slots=True)
class ArmSoFar:
    """An arm: calls that came back, of how many; the mean of its answers, None without any."""

    name: str
    done: int
    total: int
    mean: Fraction | None
    cached: int
    retries: int
    missing: int


@dataclass(frozen=True, slots=True)
class TaskSoFar:
    """A task: the mean of its answers in each arm, None where there is none yet.

    `whole`: all its answers in the two arms that are compared are in. `missing` is why a result
    is missing, empty where none is.
    """

    id: str
    scores: tuple[Fraction | None, ...]
    difference: Fraction | None
    whole: bool
    missing: str = ""


@dataclass(frozen=True, slots=True)
class SoFar:
    """All of it. `rows`: the tasks, those first in which the subject fell most.

    `estimate` rests on the tasks that are whole; None before there is one.
    """

    arms: tuple[ArmSoFar, ...]
    rows: tuple[TaskSoFar, ...]
    estimate: Estimate | None
    done: int
    total: int
    failed: Sample | None


def so_far(
    tasks: Sequence[Task],
    arms: Sequence[str],
    samples: int,
    calls: Sequence[Sample],
    sides: tuple[str, str],
) -> SoFar:
    """What `calls` come to, of `samples` of each task in each arm; `sides`: subject, reference."""
    found: dict[tuple[str, str], list[Sample]] = {}
    for call in calls:
        found.setdefault((call.task, call.arm), []).append(call)
    rows = [_row(task, arms, samples, found, sides) for task in tasks]
    scores = [
        TaskScores(
            row.id,
            {arm: row.scores[list(arms).index(arm)] for arm in sides},
            group=task.group,
        )
        for row, task in zip(rows, tasks, strict=True)
        if row.whole
    ]
    rows.sort(key=lambda row: (row.difference is None, row.difference or 0, row.id))
    return SoFar(
        arms=tuple(_arm(arm, len(tasks) * samples, calls) for arm in arms),
        rows=tuple(rows),
        estimate=estimate(contrast(scores, *sides).observed) if scores else None,
        done=len(calls),
        total=len(tasks) * len(arms) * samples,
        failed=next((call for call in calls if call.score is None), None),
    )


def _arm(name: str, total: int, calls: Sequence[Sample]) -> ArmSoFar:
    mine = [call for call in calls if call.arm == name]
    scores = [call.score for call in mine if call.score is not None]
    return ArmSoFar(
        name=name,
        done=len(mine),
        total=total,
        mean=Fraction(sum(scores)) / len(scores) if scores else None,
        cached=sum(call.cached for call in mine),
        retries=sum(call.retries for call in mine),
        missing=len(mine) - len(scores),
    )


def _row(
    task: Task,
    arms: Sequence[str],
    samples: int,
    found: dict[tuple[str, str], list[Sample]],
    sides: tuple[str, str],
) -> TaskSoFar:
    here = {arm: found.get((task.id, arm), []) for arm in arms}
    missing = next((c.note for calls in here.values() for c in calls if c.score is None), "")
    means = {arm: _mean(calls) for arm, calls in here.items()}
    subject, reference = (means[side] for side in sides)
    whole = all(len(here[side]) == samples and means[side] is not None for side in sides)
    difference = None if subject is None or reference is None else subject - reference
    return TaskSoFar(task.id, tuple(means.values()), difference, whole, missing)


def _mean(calls: Sequence[Sample]) -> Fraction | None:
    """The mean of the answers; None without any, or where one of them is missing."""
    scores = [call.score for call in calls if call.score is not None]
    if not scores or len(scores) < len(calls):
        return None
    return Fraction(sum(scores)) / len(scores)
