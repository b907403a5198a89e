"""Before spending: what a suite of n tasks can show, and what it cannot.

Without a pilot the tasks are taken as all-or-nothing, where our test is the exact McNemar test.
With earlier evidence the spread of its differences is used (`power_from_pilot`). n counts units:
groups of related tasks count once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import ceil, exp, lgamma, log, log1p, sqrt
from statistics import NormalDist

from skillvault.evals.roots import bracketed_root
from skillvault.evals.statistics import ALPHA, dirichlet_mean_cdf
from skillvault.evals.verdict import MIN_TASKS

POWER = 0.8
"""Found in 4 runs of 5."""

_NORMAL = NormalDist()
_TOLERANCE = 1e-7
_NEGLIGIBLE_MASS = 1e-14
_PILOT_CONFIDENCE = 0.8
_TYPICAL_LOSS = 0.05
_HAIR = 0.05
_FINE_FROM = 60  # tasks from which the sentence counts in hundredths, not in twentieths


@cache
def gains_needed(losses: int) -> int:
    """The fewest all-or-nothing gains that give `improves` beside that many losses, for any n."""
    gains = losses + 1
    while gains < _least_gains(gains + losses):
        gains += 1
    return gains


@cache
def _least_gains(changed: int) -> int:
    """The fewest gains among so many changed tasks that are enough; one more than all: none are.

    The critical value of the exact McNemar test, in integers.
    """
    tail, ways, gains = 0, 1, changed + 1  # ways: to gain gains - 1 of them
    while gains and (tail + ways) / (1 << changed) <= ALPHA / 2:
        tail += ways
        gains -= 1
        ways = ways * gains // (changed - gains + 1)
    return gains


def mcnemar_power(n: int, gain: float, loss: float) -> float:
    """The probability of `improves` on n all-or-nothing tasks that are gained or lost so often.

    The exact sum of the multinomial over (gains, losses). ValueError: no such probabilities.
    """
    if gain < 0 or loss < 0 or gain + loss > 1 + _TOLERANCE:
        raise ValueError("P(gain) and P(loss) are probabilities and at most 1 together")
    changed = min(1.0, gain + loss)
    if changed == 0:
        return 0.0
    share = min(1.0, gain / changed)
    total = 0.0
    for k in range(n + 1):
        mass = _binomial(n, k, changed)
        if mass > _NEGLIGIBLE_MASS:
            total += mass * sum(_binomial(k, g, share) for g in range(_least_gains(k), k + 1))
    return min(1.0, total)


def _binomial(n: int, k: int, p: float) -> float:
    """P(Bin(n, p) = k)."""
    if p in {0.0, 1.0}:
        return float(k == n * p)
    ways = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    return exp(ways + k * log(p) + (n - k) * log1p(-p))


@cache
def smallest_uplift(n: int, loss: float = 0.0) -> float | None:
    """The smallest uplift found in 4 runs of 5 (MDE), for a skill that breaks so many tasks.

    All-or-nothing tasks, P(gain) = uplift + loss. None: no uplift at all is found that often.
    """

    def excess(u: float) -> float:
        return mcnemar_power(n, u + loss, loss) - POWER

    largest = 1 - 2 * loss
    if largest <= 0 or excess(largest) < 0:
        return None
    return bracketed_root(excess, 0.0, excess(0.0), largest, excess(largest), _TOLERANCE)


@dataclass(frozen=True, slots=True)
class Pilot:
    """What earlier evidence says about the spread of the differences.

    `variance` is that of the differences between tasks, `within` the mean over tasks of the two
    arms' variances between samples, added up; None where there was one sample only.
    """

    tasks: int
    samples: int
    variance: float
    within: float | None

    @classmethod
    def of(
        cls, skill: Sequence[Sequence[Fraction]], baseline: Sequence[Sequence[Fraction]]
    ) -> Pilot:
        """Take the spread from the samples of each task, in both arms.

        ValueError: fewer than two tasks, or not as many samples everywhere.
        """
        samples = {len(scores) for scores in (*skill, *baseline)}
        if len(skill) < 2 or len(skill) != len(baseline) or len(samples) != 1:  # noqa: PLR2004 - a variance needs two
            raise ValueError("a pilot needs two tasks, and as many samples of each in both arms")
        k = samples.pop()
        pairs = list(zip(skill, baseline, strict=True))
        within = [_variance(s) + _variance(b) for s, b in pairs] if k > 1 else []
        return cls(
            tasks=len(pairs),
            samples=k,
            variance=float(_variance([(sum(s) - sum(b)) / Fraction(k) for s, b in pairs])),
            within=float(sum(within) / len(within)) if within else None,
        )

    def variance_at(self, samples: int) -> float:
        """The upper 80% limit of the variance of a difference with so many samples a task.

        (Browne 1995.) Without `within`, the pilot's own number of samples is taken to stand.
        """
        shift = 0.0 if self.within is None else self.within * (1 / samples - 1 / self.samples)
        degrees = self.tasks - 1
        return max(0.0, self.variance + shift) * degrees / _chi2_quantile(degrees)


def _variance(values: Sequence[Fraction]) -> Fraction:
    """The unbiased sample variance of two values or more."""
    mean = Fraction(sum(values)) / len(values)
    return sum(((v - mean) ** 2 for v in values), Fraction(0)) / (len(values) - 1)


def _chi2_quantile(degrees: int) -> float:
    """The lower 20% quantile of the chi-squared distribution."""
    shape = degrees / 2

    def excess(half: float) -> float:
        return _gamma_cdf(shape, half) - (1 - _PILOT_CONFIDENCE)

    # The mean of a gamma law lies above its median.
    end = excess(shape)
    return 2 * bracketed_root(excess, 0.0, excess(0.0), shape, end, _TOLERANCE * shape)


def _gamma_cdf(shape: float, x: float) -> float:
    """The regularised lower incomplete gamma function, by its series (good for x <= shape)."""
    if x <= 0:
        return 0.0
    term = total = 1.0
    k = shape
    while term > total * _NEGLIGIBLE_MASS:
        k += 1
        term *= x / k
        total += term
    return total * exp(shape * log(x) - x - lgamma(shape + 1))


def power_from_pilot(n: int, uplift: float, variance: float) -> float:
    """The power on n tasks for differences with that mean and variance (between tasks).

    An approximation, within 5 points of simulation from 8 tasks and 1 sample on (ADR 0004): the
    observed mean is taken as normal, and the mean that is just enough from `_just_enough`.
    """
    needed = _just_enough(n, variance)
    if needed is None:
        return 0.0
    error = sqrt(variance / n)
    if error == 0:
        return float(uplift >= needed)
    return _NORMAL.cdf((uplift - needed) / error)


def smallest_uplift_from_pilot(n: int, variance: float) -> float | None:
    """The smallest uplift found in 4 runs of 5 at that variance; None: none is."""
    needed = _just_enough(n, variance)
    if needed is None:
        return None
    uplift = needed + _NORMAL.inv_cdf(POWER) * sqrt(variance / n)
    return uplift if uplift <= 1 else None


@cache
def _just_enough(n: int, variance: float) -> float | None:
    """The least mean that gives `improves`, if half of the tasks lie one sd above it, half below.

    The test itself says which: a normal approximation of it would be too hopeful by up to 30
    points, because the one task at -1 that the test adds has a long tail.
    """
    pairs = n // 2
    sd = sqrt(variance * n / (2 * pairs)) if pairs else 0.0

    def excess(mean: float) -> float:
        values = [mean - sd] * pairs + [mean] * (n % 2) + [mean + sd] * pairs
        return dirichlet_mean_cdf([*values, -1.0], 0.0) - ALPHA / 2

    at_one = excess(1.0)
    if at_one > 0:
        return None
    return bracketed_root(excess, 0.0, excess(0.0), 1.0, at_one, _TOLERANCE)


def least_noticed(n: int) -> float | None:
    """The uplift that `what_would_be_noticed` names; None where n tasks can show none."""
    if n < MIN_TASKS:
        return None
    return smallest_uplift(n, _TYPICAL_LOSS) or smallest_uplift(n)


def what_would_be_noticed(n: int) -> str:
    """One or two sentences for the user on what n tasks can show, before anything is spent."""
    if n < MIN_TASKS:
        return f"{n} tasks: fewer than {MIN_TASKS} are always inconclusive."
    loss, breaks = _TYPICAL_LOSS, "1 in 20"
    parts = 20 if n < _FINE_FROM else 100
    uplift = smallest_uplift(n, loss)
    if uplift is None:
        loss, breaks, uplift = 0.0, "none", smallest_uplift(n)
    elif parts == 100:  # noqa: PLR2004 - the other of the two
        breaks = "5 in 100"
    # Rounded up, so that what is said is found that often; a hair above a whole part is that part.
    fixes = ceil(((uplift or 1.0) + loss) * parts - _HAIR)
    or_else = f", or {gains_needed(1)} and one" if n > gains_needed(1) else ""
    return (
        f"{n} tasks: a skill that fixes {fixes} tasks in {parts} and breaks {breaks} "
        f"(uplift {fixes / parts - loss:.2f}) would be noticed in 4 runs of 5; a smaller one will "
        "probably end as inconclusive. For `improves`, at least "
        f"{gains_needed(0)} tasks must improve and none get worse{or_else}."
    )


def headroom_warning(headroom: Fraction | float, n: int) -> str | None:
    """Say so where the baseline is so good already that n tasks cannot show an improvement.

    `headroom` is 1 - mean score of the baseline; the skill is taken to break nothing.
    """
    uplift = smallest_uplift(n)
    if uplift is not None and headroom >= uplift:
        return None
    notice = "" if uplift is None else f", and {n} tasks notice {uplift:.2f} or more"
    return (
        f"The baseline leaves {float(headroom):.2f} to gain{notice}: this suite cannot show an "
        "improvement."
    )
