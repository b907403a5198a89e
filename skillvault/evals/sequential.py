"""Evidence that may be looked at after every task: an e-process and its confidence sequence.

An order-free mixture of bets (Waudby-Smith & Ramdas, JRSS-B 86, 2024). Under "the mean is at most
m" the process has mean at most 1 and exceeds 40 at any time at all with probability at most 1/40
(Ville 1939). That holds if tasks come in random order, each with the number of samples fixed
before, and nothing about the order is chosen by results. With `suite`, the number of tasks that
the suite has in all, the claim is about that suite only and is always decided by its last task.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import exp, fsum, inf, log

from skillvault.evals.roots import bracketed_root
from skillvault.evals.statistics import ALPHA, Interval
from skillvault.evals.verdict import Verdict

BETS = (0.25, 0.5, 0.75, 1.0)
"""The shares of the capital that are staked; the process is the mean over them."""

LOG_THRESHOLD = log(2 / ALPHA)
"""A claim stands once a process has reached 40: 2.5% on each side."""

_TOLERANCE = 1e-11
_NEAREST = log(1e-12)  # how close to -1 a lower end is looked for, on the scale log(1 + m)


@dataclass(frozen=True, slots=True)
class Stop:
    """The first look at which a claim stood: after how many tasks, and which."""

    after: int
    verdict: Verdict


def log_e_values(
    differences: Sequence[Fraction], mean: Fraction | float = 0, *, suite: int | None = None
) -> list[float]:
    """Natural logarithms of E_1 .. E_t against "the mean is at most `mean`", in the order given.

    With `suite`, inf means decided: the mean of the whole suite cannot be that small any more.
    ValueError: more differences than the suite has tasks.
    """
    if suite is not None and len(differences) > suite:
        raise ValueError(f"{len(differences)} results of a suite of {suite} tasks")
    capital = [0.0] * len(BETS)
    seen: Fraction | float = Fraction(0)
    path = []
    for t, d in enumerate(differences):
        null = mean if suite is None else (suite * mean - seen) / (suite - t)
        seen += d
        for i, bet in enumerate(BETS):
            capital[i] += _log_factor(bet, d, null)
        path.append(_log_mean_exp(capital))
    if len(differences) == suite and seen > suite * mean:
        path[-1] = inf
    return path


def _log_factor(bet: float, d: Fraction | float, null: Fraction | float) -> float:
    """The logarithm of what one bet multiplies its capital by."""
    if null < -1 or (null == -1 and d > -1):
        return inf
    if null == -1:  # only -1 is possible, and -1 came
        return 0.0
    factor = 1 - bet + bet * float((1 + d) / (1 + null))
    return log(factor) if factor > 0 else -inf


def _log_mean_exp(logs: Sequence[float]) -> float:
    top = max(logs)
    if top == inf:
        return inf
    return top + log(fsum(exp(x - top) for x in logs) / len(logs))


def first_stop(
    differences: Sequence[Fraction],
    over_sham: Sequence[Fraction] | None = None,
    *,
    suite: int | None = None,
) -> Stop | None:
    """Say when `improves` or `harms` first stood, in the order given; None: neither so far.

    `improves` needs both processes to have reached the threshold, not at the same time: each then
    holds for good.
    """
    baseline = log_e_values(differences, suite=suite)
    sham = baseline if over_sham is None else log_e_values(over_sham, suite=suite)
    harm = log_e_values([-d for d in differences], suite=suite)
    best = best_sham = -inf
    for t, (e, e_sham, e_harm) in enumerate(zip(baseline, sham, harm, strict=True), start=1):
        best, best_sham = max(best, e), max(best_sham, e_sham)
        if min(best, best_sham) >= LOG_THRESHOLD:
            return Stop(t, Verdict.IMPROVES)
        if e_harm >= LOG_THRESHOLD:
            return Stop(t, Verdict.HARMS)
    return None


def confidence_sequence(differences: Sequence[Fraction], *, suite: int | None = None) -> Interval:
    """The interval for the mean that holds at every look at once.

    Its lower end is at least 0 exactly when the process against 0 is at least 40 now.
    """
    mirrored = [-d for d in differences]
    if suite is None:
        return Interval(_lower_end(differences), -_lower_end(mirrored))
    return Interval(_lower_end_in(suite, differences), -_lower_end_in(suite, mirrored))


def _lower_end(differences: Sequence[Fraction]) -> float:
    """The m at which the process is 40, found on the scale s = log(1 + m)."""
    ties = [(1 + float(d), count) for d, count in Counter(differences).items()]

    def excess(s: float) -> float:
        scale = exp(-s)
        capital = []
        for bet in BETS:
            factors = [(1 - bet + bet * x * scale, count) for x, count in ties]
            lost = any(factor <= 0 for factor, _ in factors)
            capital.append(-inf if lost else fsum(count * log(f) for f, count in factors))
        return _log_mean_exp(capital) - LOG_THRESHOLD

    at_nearest = excess(_NEAREST)
    if at_nearest <= 0:
        return -1.0
    # At m = 1 no factor exceeds 1.
    s = bracketed_root(excess, _NEAREST, at_nearest, log(2), excess(log(2)), _TOLERANCE)
    return exp(s) - 1


def _lower_end_in(suite: int, differences: Sequence[Fraction]) -> float:
    """The same for the mean of the whole suite, within what is still possible."""
    seen, left = sum(differences), suite - len(differences)
    least, greatest = (float((seen + rest) / Fraction(suite)) for rest in (-left, left))

    def excess(mean: float) -> float:
        path = log_e_values(differences, mean, suite=suite)
        # A finite stand-in for inf: the root is a jump there, and only the sign counts.
        return min(path[-1], 2 * LOG_THRESHOLD) - LOG_THRESHOLD if path else -LOG_THRESHOLD

    at_least = excess(-1.0)
    if at_least <= 0:
        return least
    root = bracketed_root(excess, -1.0, at_least, 1.0, excess(1.0), _TOLERANCE)
    return min(greatest, max(least, root))
