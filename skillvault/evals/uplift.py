"""From the scores of tasks to the differences that are tested.

A task has one score per arm: the mean over its samples. A score that is None is missing: a call
failed for reasons outside the arm. Scores are rationals, so that ties are ties.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

SKILL = "skill"
BASELINE = "baseline"
SHAM = "sham"


@dataclass(frozen=True, slots=True)
class TaskScores:
    """One task's score in each arm that ran, each in [0, 1], None where it is missing.

    Tasks of one `group` (variants of one template) count as one unit. ValueError: a score is
    outside [0, 1].
    """

    task: str
    scores: Mapping[str, Fraction | None]
    group: str | None = None

    def __post_init__(self) -> None:
        if not all(score is None or 0 <= score <= 1 for score in self.scores.values()):
            raise ValueError(f"{self.task}: a score lies in [0, 1]")

    @property
    def complete(self) -> bool:
        """Whether every arm has its score: a task that misses one leaves all arms."""
        return None not in self.scores.values()

    def difference(self, arm: str, against: str) -> Fraction:
        """Score of `arm` minus score of `against`. ValueError: one is missing."""
        least, greatest = self.bounds(arm, against)
        if least != greatest:
            raise ValueError(f"{self.task}: a score is missing")
        return least

    def bounds(self, arm: str, against: str) -> tuple[Fraction, Fraction]:
        """The least and the greatest difference that missing scores leave possible."""
        low, high = _bounds(self.scores[arm])
        against_low, against_high = _bounds(self.scores[against])
        return low - against_high, high - against_low


def _bounds(score: Fraction | None) -> tuple[Fraction, Fraction]:
    return (Fraction(0), Fraction(1)) if score is None else (Fraction(score), Fraction(score))


@dataclass(frozen=True, slots=True)
class Contrast:
    """The differences of two arms, one a unit (a task, or the mean of a group).

    `observed` comes from complete tasks only. `least` and `greatest` come from all tasks, each
    missing score at its worst and at its best possible value for the arm.
    """

    observed: tuple[Fraction, ...]
    least: tuple[Fraction, ...]
    greatest: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class ScoredLower:
    """Tasks whose score fell, worst first, and how many would fall by chance alone.

    `by_chance` is half of the tasks whose score changed.
    """

    tasks: tuple[tuple[str, Fraction], ...]
    by_chance: Fraction


def sample_mean(samples: Sequence[Fraction | None]) -> Fraction | None:
    """The score of a task in one arm: the mean of its samples, None if one of them is missing."""
    present = [score for score in samples if score is not None]
    if not samples or len(present) < len(samples):
        return None
    return Fraction(sum(present)) / len(present)


def contrast(tasks: Sequence[TaskScores], arm: str = SKILL, against: str = BASELINE) -> Contrast:
    """Take the differences of two arms over all tasks, groups averaged. KeyError: no such arm."""
    complete = [task for task in tasks if task.complete]
    return Contrast(
        observed=_by_unit(complete, lambda task: task.difference(arm, against)),
        least=_by_unit(tasks, lambda task: task.bounds(arm, against)[0]),
        greatest=_by_unit(tasks, lambda task: task.bounds(arm, against)[1]),
    )


def _by_unit(
    tasks: Sequence[TaskScores], value: Callable[[TaskScores], Fraction]
) -> tuple[Fraction, ...]:
    """One value a unit, in the order in which the units first appear."""
    units: dict[tuple[str | None, int], list[Fraction]] = {}
    for i, task in enumerate(tasks):
        key = (None, i) if task.group is None else (task.group, 0)
        units.setdefault(key, []).append(value(task))
    return tuple(sum(values, Fraction(0)) / len(values) for values in units.values())


def mean_score(tasks: Sequence[TaskScores], arm: str) -> Fraction | None:
    """The arm's mean over the units of complete tasks, None where there are none.

    The means of two arms differ by exactly the mean of their `contrast`.
    """
    units = _by_unit([t for t in tasks if t.complete], lambda t: _bounds(t.scores[arm])[0])
    return sum(units, Fraction(0)) / len(units) if units else None


def headroom(tasks: Sequence[TaskScores], against: str = BASELINE) -> Fraction | None:
    """How much could be gained at all: 1 - mean score of the baseline.

    For saying what a suite can show, never for dropping tasks: chosen by the baseline scores that
    also enter the differences, an inert skill "gains" 0.11 with 3 samples.
    """
    mean = mean_score(tasks, against)
    return None if mean is None else 1 - mean


def scored_lower(
    tasks: Sequence[TaskScores], arm: str = SKILL, against: str = BASELINE
) -> ScoredLower:
    """List the complete tasks that `arm` scored lower, by name where they fell equally."""
    changes = [(task.task, task.difference(arm, against)) for task in tasks if task.complete]
    lower = sorted((c for c in changes if c[1] < 0), key=lambda c: (c[1], c[0]))
    return ScoredLower(tuple(lower), Fraction(sum(1 for c in changes if c[1]), 2))
