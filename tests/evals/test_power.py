"""What a suite can show, said before anything is spent."""

from __future__ import annotations

from fractions import Fraction
from math import comb, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from skillvault.evals.power import (
    Pilot,
    gains_needed,
    headroom_warning,
    mcnemar_power,
    power_from_pilot,
    smallest_uplift,
    smallest_uplift_from_pilot,
    what_would_be_noticed,
)
from skillvault.evals.statistics import mcnemar, p_mean_at_most

F = Fraction


def test_the_gains_needed_are_those_of_the_reference() -> None:
    assert [gains_needed(losses) for losses in range(7)] == [6, 8, 10, 12, 13, 15, 17]


@given(st.integers(0, 30), st.integers(0, 30))
def test_so_many_gains_improve_and_one_less_does_not(losses: int, same: int) -> None:
    gains = gains_needed(losses)
    for g, enough in ((gains, True), (gains - 1, False)):
        differences = [F(1)] * g + [F(-1)] * losses + [F(0)] * same
        assert (p_mean_at_most(differences, 0) <= 0.025) == enough


def test_the_power_is_that_of_the_vectors(vectors: dict[str, Any]) -> None:
    for case in vectors["mcnemar_power"]:
        got = mcnemar_power(case["n"], case["gain"], case["loss"])
        assert got == pytest.approx(case["power"], abs=1e-9)


@given(st.integers(0, 14), st.floats(0, 0.5), st.floats(0, 0.5))
def test_the_power_is_the_sum_of_the_multinomial(n: int, gain: float, loss: float) -> None:
    expected = 0.0
    for g in range(n + 1):
        for lost in range(n + 1 - g):
            if g > lost and mcnemar(g, lost).two_sided <= 0.05:
                ways = comb(n, g) * comb(n - g, lost)
                same = max(0.0, 1 - gain - loss)
                expected += ways * gain**g * loss**lost * same ** (n - g - lost)
    assert mcnemar_power(n, gain, loss) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (8, (0.80, None, None)),
        (12, (0.58, 0.68, 0.76)),
        (16, (0.45, 0.54, 0.63)),
        (20, (0.37, 0.46, 0.53)),
        (24, (0.31, 0.40, 0.46)),
        (30, (0.25, 0.34, 0.39)),
        (40, (0.19, 0.27, 0.33)),
        (60, (0.13, 0.20, 0.25)),
    ],
)
def test_the_smallest_uplifts_are_those_of_the_table(
    n: int, expected: tuple[float | None, ...]
) -> None:
    found = [smallest_uplift(n, loss) for loss in (0.0, 0.05, 0.10)]
    assert tuple(u if u is None else round(u, 2) for u in found) == expected


@pytest.mark.parametrize(("n", "loss"), [(12, 0.0), (24, 0.05), (60, 0.10)])
def test_the_smallest_uplift_has_the_power_and_a_smaller_one_has_not(n: int, loss: float) -> None:
    u = smallest_uplift(n, loss)
    assert u is not None
    assert mcnemar_power(n, u + loss, loss) == pytest.approx(0.8, abs=1e-5)
    assert mcnemar_power(n, u + loss - 0.01, loss) < 0.8


@pytest.mark.parametrize(("n", "loss"), [(5, 0.0), (0, 0.0), (8, 0.05), (24, 0.5), (24, 0.6)])
def test_no_uplift_is_found_where_none_can_be(n: int, loss: float) -> None:
    assert smallest_uplift(n, loss) is None


@pytest.mark.parametrize(("gain", "loss"), [(-0.1, 0.0), (0.5, -0.1), (0.7, 0.4)])
def test_what_is_no_probability_is_refused(gain: float, loss: float) -> None:
    with pytest.raises(ValueError, match="probabilities"):
        mcnemar_power(12, gain, loss)


def test_nothing_changes_means_nothing_is_found() -> None:
    assert mcnemar_power(24, 0.0, 0.0) == 0.0


# --- with a pilot


def pilot(tasks: int = 20, k: int = 3) -> Pilot:
    rng = np.random.default_rng(7)
    skill = [[F(int(x)) for x in row] for row in rng.integers(0, 2, (tasks, k))]
    baseline = [[F(int(x)) for x in row] for row in rng.integers(0, 2, (tasks, k))]
    return Pilot.of(skill, baseline)


def test_a_pilot_has_the_sample_variances() -> None:
    skill, baseline = [[F(1), F(0)], [F(1), F(1)]], [[F(0), F(0)], [F(0), F(1)]]
    got = Pilot.of(skill, baseline)
    # Differences 1/2 and 1/2; within the tasks 1/2 + 0 and 0 + 1/2.
    assert (got.tasks, got.samples, got.variance, got.within) == (2, 2, 0.0, 0.5)


@pytest.mark.parametrize("tasks", [2, 3, 12, 60, 200])
def test_the_variance_is_taken_at_its_upper_limit(tasks: int) -> None:
    got = Pilot(tasks=tasks, samples=3, variance=0.1, within=None).variance_at(3)
    assert got == pytest.approx(0.1 * (tasks - 1) / stats.chi2.ppf(0.2, tasks - 1), rel=1e-5)


def test_more_samples_shrink_the_part_within_tasks_only() -> None:
    found = pilot()
    assert found.within is not None
    limit = found.variance_at(3) / found.variance
    assert found.variance_at(1) == pytest.approx(limit * (found.variance + found.within * 2 / 3))
    assert found.variance_at(6) < found.variance_at(3) < found.variance_at(1)
    assert Pilot(20, 3, 0.01, 0.9).variance_at(9) == 0.0  # noise may overshoot


def test_one_sample_says_nothing_about_more() -> None:
    found = pilot(k=1)
    assert found.within is None
    assert found.variance_at(3) == found.variance_at(1)


@pytest.mark.parametrize(
    ("skill", "baseline"),
    [
        ([], []),
        ([[F(1)]], [[F(1)]]),
        ([[F(1)]] * 2, [[F(1)]] * 3),
        ([[F(1)], [F(1)]], [[F(1)], [F(1), F(0)]]),
    ],
)
def test_a_pilot_that_is_none_is_refused(
    skill: list[list[Fraction]], baseline: list[list[Fraction]]
) -> None:
    with pytest.raises(ValueError, match="a pilot needs"):
        Pilot.of(skill, baseline)


@pytest.mark.parametrize(
    ("n", "k", "shift"),
    [(8, 3, 0.5), (12, 1, 0.5), (12, 10, 0.4), (16, 3, 0.35), (16, 10, 0.3), (25, 3, 0.25)],
)
def test_the_approximation_is_within_five_points_of_simulation(
    n: int, k: int, shift: float
) -> None:
    """k samples an arm; the skill adds `shift` to each task's chance of success."""
    rng = np.random.default_rng(11)
    chances = rng.beta(1.5, 2, size=(1000, n))
    baseline = rng.binomial(k, chances) / k
    skill = rng.binomial(k, np.minimum(1, chances + shift)) / k
    d = skill - baseline
    power = np.mean([p_mean_at_most(row.round(12).tolist(), 0.0) <= 0.025 for row in d])
    approximate = power_from_pilot(n, float(d.mean()), float(d.var()))
    assert 0.03 < power < 0.97
    assert approximate == pytest.approx(float(power), abs=0.05)


def test_with_many_tasks_the_smallest_uplift_is_the_normal_one() -> None:
    found = smallest_uplift_from_pilot(800, 0.4)
    assert found == pytest.approx(2.80 * sqrt(0.4 / 800), rel=0.03)


@pytest.mark.parametrize(("n", "variance"), [(8, 0.05), (25, 0.1), (60, 0.2)])
def test_the_smallest_uplift_of_a_pilot_has_the_power(n: int, variance: float) -> None:
    found = smallest_uplift_from_pilot(n, variance)
    assert found is not None
    assert power_from_pilot(n, found, variance) == pytest.approx(0.8)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_fewer_than_six_tasks_find_nothing_whatever_the_spread(n: int) -> None:
    assert smallest_uplift_from_pilot(n, 0.0) is None
    assert power_from_pilot(n, 1.0, 0.0) == 0.0


def test_a_few_tasks_with_a_large_spread_find_nothing() -> None:
    assert smallest_uplift_from_pilot(6, 0.9) is None
    assert smallest_uplift_from_pilot(6, 0.01) is not None


def test_without_spread_the_approximation_is_a_step() -> None:
    needed = 40 ** (1 / 24) - 1
    assert power_from_pilot(24, needed + 0.001, 0.0) == 1.0
    assert power_from_pilot(24, needed - 0.001, 0.0) == 0.0
    assert smallest_uplift_from_pilot(24, 0.0) == pytest.approx(needed, abs=1e-6)


# --- what the user is told


def test_the_sentence_is_that_of_the_reference() -> None:
    assert what_would_be_noticed(24) == (
        "24 tasks: a skill that fixes 9 tasks in 20 and breaks 1 in 20 (uplift 0.40) would be "
        "noticed in 4 runs of 5; a smaller one will probably end as inconclusive. For `improves`, "
        "at least 6 tasks must improve and none get worse, or 8 and one."
    )


def test_too_few_tasks_are_said_to_be_too_few() -> None:
    assert what_would_be_noticed(5) == "5 tasks: fewer than 6 are always inconclusive."


def test_where_one_loss_is_too_many_none_is_assumed() -> None:
    told = what_would_be_noticed(8)
    assert "fixes 16 tasks in 20 and breaks none (uplift 0.80)" in told
    assert told.endswith("none get worse.")


def test_many_tasks_are_told_in_hundredths() -> None:
    assert "fixes 26 tasks in 100 and breaks 5 in 100 (uplift 0.21)" in what_would_be_noticed(60)


@pytest.mark.parametrize("n", range(6, 70, 7))
def test_what_is_told_is_true_to_half_a_point(n: int) -> None:
    told = what_would_be_noticed(n)
    fixes, parts = (int(told.split(mark)[0].split()[-1]) for mark in (" tasks in", " and breaks"))
    loss = 0.0 if "breaks none" in told else 0.05
    assert mcnemar_power(n, fixes / parts, loss) >= 0.795


def test_a_baseline_that_is_too_good_is_said() -> None:
    assert headroom_warning(F(1, 2), 24) is None
    assert headroom_warning(F(1, 10), 24) == (
        "The baseline leaves 0.10 to gain, and 24 tasks notice 0.31 or more: this suite cannot "
        "show an improvement."
    )
    assert headroom_warning(F(1, 2), 5) == (
        "The baseline leaves 0.50 to gain: this suite cannot show an improvement."
    )
