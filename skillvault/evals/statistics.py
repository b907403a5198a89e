"""The interval and the test of an uplift, and the exact tests that stand beside them.

Everything here is deterministic: no draws, no seed. A difference is a task's (or a group's)
score with the skill minus its score without, in [-1, 1]; a task is the unit, its samples are
averaged before (`uplift`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb, gcd, lcm
from math import pow as fpow

from skillvault.evals.roots import bracketed_root

ALPHA = 0.05
"""Level of every test; intervals have 1 - ALPHA."""

_TOLERANCE = 1e-11
_MAX_LATTICE_BITS = 1 << 28


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95% interval, ends included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PValues:
    """Both one-sided p-values of one test: `greater` is small where the differences are large."""

    greater: float
    less: float

    @property
    def two_sided(self) -> float:
        """Twice the smaller of the two, at most 1."""
        return min(1.0, 2 * min(self.greater, self.less))


@dataclass(frozen=True, slots=True)
class Estimate:
    """What n differences say about the mean of the tasks they were drawn from.

    `interval` excludes 0 exactly when `p.two_sided` is below ALPHA.
    """

    n: int
    mean: Fraction
    interval: Interval
    p: PValues


def estimate(differences: Sequence[Fraction]) -> Estimate | None:
    """Mean, interval and test in one (bounded mean; Gaffke 2005, see ADR 0004); None for no tasks.

    The order of the differences does not matter. ValueError: one is outside [-1, 1].
    """
    if not differences:
        return None
    up, down = _values(differences), _values([-d for d in differences])
    p = PValues(_mean_at_most(up, 0.0), _mean_at_most(down, 0.0))
    return Estimate(
        n=len(differences),
        mean=Fraction(sum(differences)) / len(differences),
        interval=Interval(_lower_end(up, p.greater), -_lower_end(down, p.less)),
        p=p,
    )


def p_mean_at_most(differences: Sequence[Fraction | float], mean: float) -> float:
    """The p-value of "the mean is at most `mean`"; small where the differences are larger."""
    return _mean_at_most(_values(differences), mean)


def p_mean_at_least(differences: Sequence[Fraction | float], mean: float) -> float:
    """The p-value of "the mean is at least `mean`"; small where the differences are smaller."""
    return _mean_at_most(_values([-d for d in differences]), -mean)


def dirichlet_mean_cdf(values: Iterable[float], x: float) -> float:
    """P(sum of W_j z_j <= x) over the values z, for weights W ~ Dirichlet(1, ..., 1).

    The integral of a B-spline with the values as knots. With independent exponentials E it is
    P(sum of (x - z_j)+ E_j >= sum of (z_j - x)+ E_j): take the first value of each side with
    distances u and v; the left one is used up first with probability v / (u + v), and what is
    left is the same question with one value less. Each step is a convex combination, so nothing
    cancels; time is (values below x) times (values above x).
    """
    below: list[float] = []
    above: list[float] = []
    for z in values:
        if z < x:
            below.append(x - z)
        elif z > x:
            above.append(z - x)
    if not above:
        return 1.0
    # answers[j]: with the values below so far, and the first j above.
    answers = [1.0, *[0.0] * len(above)]
    weights: list[tuple[float, float]] = []
    known: float | None = None
    for u in below:
        if u != known:  # scores are shares, so ties are the rule
            known = u
            weights = [(v / (u + v), u / (u + v)) for v in above]
        answer = 1.0
        row = [answer]
        for (left_first, right_first), old in zip(weights, answers[1:], strict=True):
            answer = left_first * old + right_first * answer
            row.append(answer)
        answers = row
    return answers[-1]


def _values(differences: Sequence[Fraction | float]) -> list[float]:
    """As floats, sorted: one result for one set of differences, to the last bit."""
    values = sorted(map(float, differences))
    if values and not -1 <= values[0] <= values[-1] <= 1:
        raise ValueError("a difference of scores lies in [-1, 1]")
    return values


def _mean_at_most(values: Sequence[float], mean: float) -> float:
    return dirichlet_mean_cdf((*values, -1.0), mean)


def _lower_end(values: Sequence[float], p_greater: float) -> float:
    """The ALPHA/2 quantile of the weighted mean of the values and -1; `p_greater` is F at 0."""
    highest = values[-1]
    if highest == -1:
        return -1.0
    # F ** (1/n) is concave in x (Brunn-Minkowski) and a straight line where all values agree, so
    # the interpolation needs few steps.
    power = 1 / len(values)
    target = fpow(ALPHA / 2, power)

    def excess(x: float) -> float:
        return fpow(dirichlet_mean_cdf((*values, -1.0), x), power) - target

    low, f_low, high, f_high = -1.0, -target, highest, 1 - target
    at_zero = fpow(p_greater, power) - target
    # 0 splits the bracket, so that interval and p-value never disagree about it.
    if at_zero >= 0 and high > 0:
        high, f_high = 0.0, at_zero
    elif at_zero < 0:
        low, f_low = 0.0, at_zero
    return bracketed_root(excess, low, f_low, high, f_high, _TOLERANCE)


def sign_flip(differences: Sequence[Fraction]) -> PValues | None:
    """The exact sign-flip test of "the skill changes nothing on any task", for any n.

    Secondary: its null is not "the mean is 0". None where the differences have no common
    denominator of reasonable size (scores that are no shares of samples or checks).
    """
    q = lcm(*(d.denominator for d in differences))
    sizes = [abs(int(d * q)) for d in differences if d]
    common = gcd(*sizes)
    sizes = [size // common for size in sizes]
    observed = sum(size for size, d in zip(sizes, filter(None, differences), strict=True) if d > 0)
    total = sum(sizes)
    bits = len(sizes) + 1
    if (total + 1) * bits > _MAX_LATTICE_BITS:
        return None
    # The signs that come out positive have a sum T; its counts are the coefficients of the product
    # of (1 + x ** size), kept side by side in one integer, `bits` each: wide enough for 2 ** n.
    counts = 1
    for size in sizes:
        counts += counts << (size * bits)
    draws = 1 << len(sizes)
    at_least = _digit_sum(counts >> (observed * bits), bits)
    # Flipping every sign mirrors the counts: P(T <= t) = P(T >= total - t).
    at_most = _digit_sum(counts >> ((total - observed) * bits), bits)
    return PValues(at_least / draws, at_most / draws)


def _digit_sum(number: int, bits: int) -> int:
    """The sum of the digits to base 2 ** bits, where that sum is less than 2 ** bits - 1.

    A number is congruent to the sum of its digits modulo the base less one.
    """
    if bits == 1:  # no difference at all: the one count stands alone
        return number
    return number % ((1 << bits) - 1)


def mcnemar(gains: int, losses: int) -> PValues:
    """The exact McNemar test: the binomial of gains among all tasks that changed."""
    n = gains + losses
    tail = [sum(comb(n, k) for k in range(least, n + 1)) / (1 << n) for least in (gains, losses)]
    return PValues(*tail)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjust the p-values of several claims (Holm 1979), in the order given."""
    m = len(p_values)
    adjusted = [0.0] * m
    largest = 0.0
    for rank, i in enumerate(sorted(range(m), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (m - rank) * p_values[i]))
        adjusted[i] = largest
    return tuple(adjusted)
