"""The bounded-mean interval and test, and the exact tests beside it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise, product
from math import comb, exp
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from skillvault.evals.roots import bracketed_root
from skillvault.evals.statistics import (
    Estimate,
    dirichlet_mean_cdf,
    estimate,
    holm,
    mcnemar,
    p_mean_at_least,
    p_mean_at_most,
    sign_flip,
)

HALF = 0.025
ONE = Fraction(1)

rationals = st.builds(
    lambda q, k: Fraction(k % (2 * q + 1) - q, q),
    st.sampled_from([1, 2, 3, 4, 5, 12]),
    st.integers(0, 24),
)
difference_lists = st.lists(rationals, min_size=1, max_size=24)
signs = st.lists(st.sampled_from([-ONE, Fraction(0), ONE]), min_size=1, max_size=40)


def measured(differences: list[Fraction]) -> Estimate:
    result = estimate(differences)
    assert result is not None
    return result


def triangle(values: list[Fraction], x: Fraction) -> Fraction:
    """The divided difference exactly as `statistics.md` writes it, on rationals."""
    z = sorted(values)
    g = [Fraction(int(value <= x)) for value in z]
    for width in range(1, len(z)):
        following = []
        for i in range(len(z) - width):
            a, b = z[i], z[i + width]
            if b <= x:
                following.append(ONE)
            elif a > x:
                following.append(Fraction(0))
            else:
                following.append(((b - x) * g[i + 1] + (x - a) * g[i]) / (b - a))
        g = following
    return g[0]


# --- the vectors


def test_every_data_set_gives_the_interval_and_the_p_values_of_the_vectors(
    vectors: dict[str, Any],
) -> None:
    assert len(vectors["cases"]) == 23
    for case in vectors["cases"]:
        differences = case["d"]
        expected, got = case["bounded_mean"], measured(differences)
        assert got.n == case["n"], case["name"]
        assert float(got.mean) == pytest.approx(case["mean"], abs=1e-12), case["name"]
        low, high = expected["interval95"]
        assert got.interval.low == pytest.approx(low, abs=1e-6), case["name"]
        assert got.interval.high == pytest.approx(high, abs=1e-6), case["name"]
        assert got.p.greater == pytest.approx(expected["p_greater"], abs=1e-9), case["name"]
        assert got.p.less == pytest.approx(expected["p_less"], abs=1e-9), case["name"]
        assert got.p.two_sided == pytest.approx(expected["p_two_sided"], abs=1e-9), case["name"]


def test_every_data_set_gives_the_sign_flip_and_mcnemar_p_of_the_vectors(
    vectors: dict[str, Any],
) -> None:
    binary = 0
    for case in vectors["cases"]:
        differences = case["d"]
        expected, got = case["sign_flip"], sign_flip(differences)
        assert got is not None
        assert got.greater == pytest.approx(expected["p_greater"], abs=1e-9), case["name"]
        assert got.less == pytest.approx(expected["p_less"], abs=1e-9), case["name"]
        assert got.two_sided == pytest.approx(expected["p_two_sided"], abs=1e-9), case["name"]
        gains, losses = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
        assert (gains, losses) == (case["improved"], case["worse"]), case["name"]
        if "mcnemar_exact" in case:
            binary += 1
            assert mcnemar(gains, losses).two_sided == pytest.approx(
                case["mcnemar_exact"], abs=1e-9
            )
    assert binary == 11


def test_holm_gives_the_adjusted_p_values_of_the_vectors(vectors: dict[str, Any]) -> None:
    for case in vectors["holm"]:
        assert holm(case["p"]) == pytest.approx(case["adjusted"], abs=1e-9)


# --- F itself


@given(difference_lists, st.fractions(-1, 1, max_denominator=60))
def test_the_distribution_is_the_divided_difference_of_the_reference(
    differences: list[Fraction], x: Fraction
) -> None:
    values = [*differences, -ONE]
    expected = float(triangle(values, x))
    # Distances to x are rounded once, so where x comes close to a value the probability may move
    # by as many ulps as the smallest distance lost; 1/60 is far from that.
    assert dirichlet_mean_cdf(map(float, values), float(x)) == pytest.approx(
        expected, rel=1e-11, abs=1e-15
    )


@given(difference_lists)
def test_the_p_values_are_exact_ties_at_zero_included(differences: list[Fraction]) -> None:
    got = measured(differences).p
    assert got.greater == pytest.approx(
        float(triangle([*differences, -ONE], Fraction(0))), rel=1e-12
    )
    mirrored = [-d for d in differences]
    assert got.less == pytest.approx(float(triangle([*mirrored, -ONE], Fraction(0))), rel=1e-12)


def test_the_distribution_is_that_of_a_mean_under_dirichlet_weights() -> None:
    values = [-1.0, -0.5, 0.0, 0.25, 0.25, 1.0]
    weights = np.random.default_rng(20261124).dirichlet(np.ones(len(values)), size=40_000)
    means = weights @ np.array(values)
    for x in (-0.4, -0.1, 0.0, 0.2, 0.5):
        assert dirichlet_mean_cdf(values, x) == pytest.approx(float((means <= x).mean()), abs=0.01)


@pytest.mark.parametrize(("x", "expected"), [(-2.0, 0.0), (-1.0, 0.0), (1.0, 1.0), (2.0, 1.0)])
def test_the_distribution_ends_where_its_values_do(x: float, expected: float) -> None:
    assert dirichlet_mean_cdf([-1.0, 0.5, 1.0], x) == expected


def test_equal_values_are_a_step() -> None:
    assert dirichlet_mean_cdf([-1.0, -1.0], -1.0) == 1.0
    assert dirichlet_mean_cdf([-1.0, -1.0], -1.0000001) == 0.0


# --- identities


@given(signs)
def test_all_or_nothing_differences_give_mcnemar_and_the_sign_flip_test(
    differences: list[Fraction],
) -> None:
    p = measured(differences).p
    exact = mcnemar(differences.count(ONE), differences.count(-ONE))
    flipped = sign_flip(differences)
    assert flipped is not None
    for other in (exact, flipped):
        assert p.greater == pytest.approx(other.greater, rel=1e-12)
        assert p.less == pytest.approx(other.less, rel=1e-12)


@given(st.integers(0, 40), st.integers(0, 40))
def test_without_ties_the_interval_is_clopper_pearson(gains: int, losses: int) -> None:
    n = gains + losses
    if n == 0:
        return
    interval = measured([ONE] * gains + [-ONE] * losses).interval
    low = stats.beta.ppf(HALF, gains, losses + 1) if gains else 0.0
    high = stats.beta.ppf(1 - HALF, gains + 1, losses) if losses else 1.0
    assert interval.low == pytest.approx(2 * low - 1, abs=1e-9)
    assert interval.high == pytest.approx(2 * high - 1, abs=1e-9)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_binomial_test(gains: int, losses: int) -> None:
    n = gains + losses
    expected = stats.binomtest(gains, n).pvalue if n else 1.0
    assert mcnemar(gains, losses).two_sided == pytest.approx(expected, rel=1e-9)


@given(st.fractions(0, 1, max_denominator=20), st.integers(1, 40))
def test_equal_differences_have_a_closed_p_value(a: Fraction, n: int) -> None:
    assert measured([a] * n).p.greater == pytest.approx(float((1 / (1 + a)) ** n), rel=1e-11)


@pytest.mark.parametrize("n", [1, 2, 6, 12, 36, 60, 200])
def test_no_change_at_all_has_a_closed_interval(n: int) -> None:
    interval = measured([Fraction(0)] * n).interval
    assert interval.high == pytest.approx(1 - HALF ** (1 / n), abs=1e-9)
    assert interval.low == pytest.approx(HALF ** (1 / n) - 1, abs=1e-9)


@given(difference_lists)
def test_the_p_value_has_a_floor_so_that_five_tasks_never_reach_it(
    differences: list[Fraction],
) -> None:
    n = len(differences)
    assert measured(differences).p.two_sided >= 2.0 ** (1 - n) * (1 - 1e-12)
    if n < 6:
        assert measured(differences).p.two_sided > 0.05


@given(difference_lists)
def test_interval_and_test_agree_about_zero(differences: list[Fraction]) -> None:
    got = measured(differences)
    assert (got.interval.low > 0) == (got.p.greater < HALF)
    assert (got.interval.high < 0) == (got.p.less < HALF)


@given(difference_lists, st.floats(-0.99, 0.99))
def test_interval_and_test_agree_about_any_mean(differences: list[Fraction], mean: float) -> None:
    interval = measured(differences).interval
    at_most, at_least = p_mean_at_most(differences, mean), p_mean_at_least(differences, mean)
    if abs(interval.low - mean) > 1e-9:
        assert (interval.low > mean) == (at_most < HALF)
    if abs(interval.high - mean) > 1e-9:
        assert (interval.high < mean) == (at_least < HALF)


@given(difference_lists.flatmap(lambda d: st.tuples(st.just(d), st.permutations(d))))
def test_the_order_of_tasks_does_not_matter_to_the_last_bit(
    pair: tuple[list[Fraction], list[Fraction]],
) -> None:
    listed, shuffled = pair
    assert estimate(listed) == estimate(shuffled)
    assert sign_flip(listed) == sign_flip(shuffled)


@given(difference_lists)
def test_swapping_the_arms_mirrors_everything(differences: list[Fraction]) -> None:
    got, mirrored = measured(differences), measured([-d for d in differences])
    assert (mirrored.interval.low, mirrored.interval.high) == (
        -got.interval.high,
        -got.interval.low,
    )
    assert (mirrored.p.greater, mirrored.p.less) == (got.p.less, got.p.greater)
    assert mirrored.mean == -got.mean


@given(difference_lists)
def test_the_interval_holds_the_mean_and_is_never_of_zero_width(
    differences: list[Fraction],
) -> None:
    got = measured(differences)
    assert -1 <= got.interval.low <= got.mean <= got.interval.high <= 1
    assert got.interval.low < got.interval.high


@given(difference_lists, st.data())
def test_a_larger_difference_never_lowers_an_end(
    differences: list[Fraction], data: st.DataObject
) -> None:
    i = data.draw(st.integers(0, len(differences) - 1))
    raised = [
        *differences[:i],
        data.draw(st.sampled_from([differences[i], ONE])),
        *differences[i + 1 :],
    ]
    before, after = measured(differences), measured(raised)
    assert after.interval.low >= before.interval.low - 1e-9
    assert after.interval.high >= before.interval.high - 1e-9
    assert after.p.greater <= before.p.greater * (1 + 1e-12)


# --- coverage, computed and not simulated


def rejects(differences: list[Fraction], mean: Fraction) -> bool:
    """Whether the interval lies above `mean` (the lower end is the one that can mislead)."""
    return p_mean_at_most(differences, float(mean)) < HALF


@pytest.mark.parametrize("n", [6, 12, 24, 60])
@pytest.mark.parametrize(
    "chance", [Fraction(1, 50), Fraction(1, 11), Fraction(1, 4), Fraction(1, 2), Fraction(9, 10)]
)
@pytest.mark.parametrize(
    ("low", "high"),
    [
        (-ONE, ONE),
        (-ONE, Fraction(1, 10)),
        (Fraction(-1, 2), Fraction(1, 3)),
        (Fraction(0), Fraction(1, 4)),
    ],
)
def test_each_end_misses_a_two_point_law_at_most_once_in_40(
    low: Fraction, high: Fraction, chance: Fraction, n: int
) -> None:
    mean = chance * low + (1 - chance) * high
    above = below = 0.0
    for k in range(n + 1):
        mass = comb(n, k) * float(chance) ** k * float(1 - chance) ** (n - k)
        drawn = [low] * k + [high] * (n - k)
        above += mass * rejects(drawn, mean)
        below += mass * rejects([-d for d in drawn], -mean)
    assert above <= HALF + 1e-12
    assert below <= HALF + 1e-12


@pytest.mark.parametrize("law", [(0.1, 0.3, 0.6), (0.02, 0.58, 0.4), (0.3, 0.4, 0.3)])
def test_each_end_misses_a_three_point_law_at_most_once_in_40(
    law: tuple[float, float, float],
) -> None:
    points, n = (-ONE, Fraction(1, 12), Fraction(1, 3)), 14
    mean = sum((Fraction(p) * z for p, z in zip(law, points, strict=True)), Fraction(0)) / sum(
        map(Fraction, law)
    )
    above = below = 0.0
    for i, j in product(range(n + 1), repeat=2):
        if (k := n - i - j) < 0:
            continue
        mass = comb(n, i) * comb(n - i, j) * law[0] ** i * law[1] ** j * law[2] ** k
        drawn = [points[0]] * i + [points[1]] * j + [points[2]] * k
        above += mass * rejects(drawn, mean)
        below += mass * rejects([-d for d in drawn], -mean)
    assert above <= HALF
    assert below <= HALF


def test_the_law_on_which_the_t_interval_fails() -> None:
    """Small gain often, total loss rarely, mean 0: nearly every t interval claims a gain."""
    n, gain = 20, Fraction(1, 100)
    loss_chance = gain / (1 + gain)
    t_claims = ours = 0.0
    for k in range(n + 1):
        mass = comb(n, k) * float(loss_chance) ** k * float(1 - loss_chance) ** (n - k)
        drawn = [-ONE] * k + [gain] * (n - k)
        # Without any loss the t interval is the single point 0.01, and excludes 0.
        if k == 0:
            p = 0.0
        elif k == n:
            p = 1.0
        else:
            p = stats.ttest_1samp([float(d) for d in drawn], 0, alternative="greater").pvalue
        t_claims += mass * (p < HALF)
        ours += mass * rejects(drawn, Fraction(0))
    assert t_claims > 0.8
    assert ours <= HALF


# --- the sign-flip test


@given(st.lists(rationals, min_size=1, max_size=8))
def test_the_sign_flip_test_counts_all_sign_vectors(differences: list[Fraction]) -> None:
    sums = [
        sum(sign * abs(d) for sign, d in zip(flips, differences, strict=True))
        for flips in product((-1, 1), repeat=len(differences))
    ]
    got = sign_flip(differences)
    assert got is not None
    assert got.greater == sum(s >= sum(differences) for s in sums) / len(sums)
    assert got.less == sum(s <= sum(differences) for s in sums) / len(sums)


def test_ties_that_floats_would_break_are_ties() -> None:
    # 1/3 + 1/3 + 1/3 - 1 is 0 and not 5.6e-17: three signs in eight reach it or more.
    got = sign_flip([Fraction(1, 3)] * 3 + [-ONE])
    assert got is not None
    assert got.greater == 9 / 16


def test_a_thousand_tasks_are_exact_too() -> None:
    got = sign_flip([ONE] * 540 + [-ONE] * 460)
    assert got is not None
    assert got.greater == pytest.approx(
        stats.binomtest(540, 1000, alternative="greater").pvalue, rel=1e-9
    )


def test_no_common_lattice_means_no_sign_flip_p() -> None:
    assert sign_flip([Fraction(0.1), Fraction(0.7)] * 10) is None


@pytest.mark.parametrize("differences", [[], [Fraction(0)], [Fraction(0)] * 7])
def test_no_change_is_no_evidence(differences: list[Fraction]) -> None:
    got = sign_flip(differences)
    assert got is not None
    assert (got.greater, got.less, got.two_sided) == (1.0, 1.0, 1.0)


# --- Holm


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_never_lowers_a_p_value_and_keeps_their_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    assert all(a >= p for a, p in zip(adjusted, p_values, strict=True))
    assert all(adjusted[i] <= adjusted[j] for i, j in pairwise(order))
    assert min(adjusted) == min(1.0, len(p_values) * min(p_values))


def test_holm_of_nothing_is_nothing() -> None:
    assert holm([]) == ()


# --- misuse, cost


def test_no_tasks_have_no_estimate() -> None:
    assert estimate([]) is None
    assert p_mean_at_most([], 0.0) == 1.0


@pytest.mark.parametrize("bad", [Fraction(11, 10), Fraction(-2), float("nan"), float("inf")])
def test_a_difference_outside_its_range_is_refused(bad: Fraction | float) -> None:
    # The method rests on the bound; outside it every number would be wrong, and look right.
    for listed in ([bad, ONE], [ONE, bad]):
        with pytest.raises(ValueError, match="lies in"):
            p_mean_at_most(listed, 0.0)
        with pytest.raises(ValueError, match="lies in"):
            p_mean_at_least(listed, 0.0)


@pytest.mark.parametrize(
    ("f", "root"),
    [
        (lambda x: x**9 - 1e-9, 0.1),
        (lambda x: exp(20 * x) - 2, 0.034657359),
        (lambda x: -1.0 if x < 0.3 else 1.0, 0.3),
    ],
)
def test_a_root_is_found_in_few_steps_even_of_a_jump(
    f: Callable[[float], float], root: float
) -> None:
    calls: list[float] = []

    def counted(x: float) -> float:
        calls.append(x)
        return f(x)

    found = bracketed_root(counted, 0.0, f(0.0), 1.0, f(1.0), 1e-10)
    assert found == pytest.approx(root, abs=1e-8)
    assert len(calls) <= 70


def test_a_root_at_an_end_is_that_end() -> None:
    def line(x: float) -> float:
        return x - 1

    assert bracketed_root(line, 1.0, 0.0, 2.0, 1.0, 1e-9) == 1.0
    assert bracketed_root(line, 0.0, -1.0, 1.0, 0.0, 1e-9) == 1.0


def test_the_arithmetic_needs_the_standard_library_alone() -> None:
    script = (
        "import sys; before = set(sys.modules)\n"
        "from skillvault.evals import power, sequential, statistics, uplift, verdict\n"
        "new = {m.partition('.')[0] for m in set(sys.modules) - before}\n"
        "print(sorted(new - set(sys.stdlib_module_names) - {'skillvault'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
