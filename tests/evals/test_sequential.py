"""Evidence that may be looked at after every task."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from math import exp, inf, log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.evals.sequential import (
    LOG_THRESHOLD,
    Stop,
    confidence_sequence,
    first_stop,
    log_e_values,
)
from skillvault.evals.verdict import Verdict

ONE = Fraction(1)
ZERO = Fraction(0)

rationals = st.builds(
    lambda q, k: Fraction(k % (2 * q + 1) - q, q), st.sampled_from([1, 2, 3, 4]), st.integers(0, 8)
)
difference_lists = st.lists(rationals, min_size=1, max_size=16)


def e_values(differences: list[Fraction], *, suite: int | None = None) -> list[float]:
    return [exp(x) for x in log_e_values(differences, suite=suite)]


def as_printed(values: list[float | str]) -> list[float]:
    return [float(value) for value in values]


# --- the vectors


def test_every_path_is_that_of_the_vectors(vectors: dict[str, Any]) -> None:
    for case in vectors["cases"]:
        mirrored = [-d for d in case["d"]]
        for name, listed in (("path_improves", case["d"]), ("path_harms", mirrored)):
            expected = as_printed(case["e_process"][name])
            assert len(expected) == min(case["n"], 24)  # the file keeps the first 24 steps
            got = e_values(listed)[: len(expected)]
            assert got == pytest.approx(expected, rel=1e-9), case["name"]


def test_every_stop_is_that_of_the_vectors(vectors: dict[str, Any]) -> None:
    stops = 0
    for case in vectors["cases"]:
        stop = first_stop(case["d"])
        assert (stop and stop.after) == case["e_process"]["stop_at"], case["name"]
        stops += stop is not None
    assert stops >= 3


def test_every_confidence_sequence_is_that_of_the_vectors(vectors: dict[str, Any]) -> None:
    for case in vectors["cases"]:
        low, high = case["e_process"]["confidence_sequence_at_n"]
        got = confidence_sequence(case["d"])
        assert got.low == pytest.approx(low, abs=1e-6), case["name"]
        assert got.high == pytest.approx(high, abs=1e-6), case["name"]


def test_a_finite_suite_follows_the_paths_of_the_vectors(vectors: dict[str, Any]) -> None:
    for case in vectors["without_replacement"]:
        expected = as_printed(case["path_improves"])
        assert inf in expected
        assert e_values(case["d"], suite=case["N"]) == pytest.approx(expected, rel=1e-9)


# --- what makes it valid: computed over whole laws, not simulated


@pytest.mark.parametrize("chance", [Fraction(1, 2), Fraction(1, 5), Fraction(1, 50)])
def test_the_expectation_of_the_next_value_is_the_present_one(chance: Fraction) -> None:
    """For any law of mean m; here the two points -1 and what brings the mean to 1/10."""
    mean = Fraction(1, 10)
    high = (mean + chance) / (1 - chance)
    if high > 1:
        chance, high = Fraction(9, 20), ONE
    assert -chance + (1 - chance) * high == mean
    for past in ([], [high], [-ONE, high], [high, high, high]):
        now = exp(log_e_values(past, mean)[-1]) if past else 1.0
        lost, won = (exp(log_e_values([*past, d], mean)[-1]) for d in (-ONE, high))
        assert float(chance) * lost + float(1 - chance) * won == pytest.approx(now, rel=1e-12)


def test_whenever_one_stops_a_coin_is_taken_for_a_gain_at_most_once_in_40() -> None:
    n = 12
    claims = [max(log_e_values(list(d))) >= LOG_THRESHOLD for d in product((-ONE, ONE), repeat=n)]
    assert 0 < sum(claims) / 2**n <= 1 / 40


@pytest.mark.parametrize(("gains", "losses", "ties"), [(6, 6, 0), (2, 4, 3), (4, 4, 1)])
def test_no_order_of_a_suite_without_a_gain_misleads_more_than_once_in_40(
    gains: int, losses: int, ties: int
) -> None:
    suite, claims, orders = gains + losses + ties, 0, 0
    for won in combinations(range(suite), gains):
        rest = [i for i in range(suite) if i not in won]
        for lost in combinations(rest, losses):
            listed = [ONE if i in won else -ONE if i in lost else ZERO for i in range(suite)]
            path = log_e_values(listed, suite=suite)
            assert inf not in path  # what is true is never ruled out
            claims += max(path) >= LOG_THRESHOLD
            orders += 1
    assert claims / orders <= 1 / 40


# --- properties


@given(difference_lists.flatmap(lambda d: st.tuples(st.just(d), st.permutations(d))))
def test_the_last_value_does_not_depend_on_the_order(
    pair: tuple[list[Fraction], list[Fraction]],
) -> None:
    listed, shuffled = pair
    assert log_e_values(listed)[-1] == pytest.approx(log_e_values(shuffled)[-1], abs=1e-12)
    assert confidence_sequence(listed).low == pytest.approx(
        confidence_sequence(shuffled).low, abs=1e-9
    )


@given(difference_lists)
def test_the_lower_end_reaches_zero_exactly_when_the_process_reaches_40(
    differences: list[Fraction],
) -> None:
    e, low = log_e_values(differences)[-1], confidence_sequence(differences).low
    if abs(e - LOG_THRESHOLD) > 1e-6:
        assert (e > LOG_THRESHOLD) == (low > 0)


@given(difference_lists)
def test_the_sequence_holds_the_mean_and_mirrors_with_the_arms(differences: list[Fraction]) -> None:
    got = confidence_sequence(differences)
    mirrored = confidence_sequence([-d for d in differences])
    assert -1 <= got.low <= sum(differences) / len(differences) <= got.high <= 1
    assert (mirrored.low, mirrored.high) == (-got.high, -got.low)


@given(difference_lists, st.integers(0, 5))
def test_a_finite_suite_keeps_what_is_still_possible(
    differences: list[Fraction], left: int
) -> None:
    suite = len(differences) + left
    got = confidence_sequence(differences, suite=suite)
    seen = sum(differences)
    assert got.low >= float((seen - left) / Fraction(suite)) - 1e-9
    assert got.high <= float((seen + left) / Fraction(suite)) + 1e-9


@given(difference_lists)
def test_a_whole_suite_is_always_decided(differences: list[Fraction]) -> None:
    path = log_e_values(differences, suite=len(differences))
    mean = sum(differences) / Fraction(len(differences))
    if mean > 0:
        assert path[-1] == inf
    else:
        assert inf not in path
    got = confidence_sequence(differences, suite=len(differences))
    assert got.low == pytest.approx(float(mean), abs=1e-9)
    assert got.high == pytest.approx(float(mean), abs=1e-9)


# --- stopping


def test_seven_gains_in_a_row_are_the_best_case() -> None:
    assert first_stop([ONE] * 6) is None
    assert first_stop([ONE] * 7) == Stop(7, Verdict.IMPROVES)
    assert first_stop([-ONE] * 7) == Stop(7, Verdict.HARMS)


def test_what_was_reached_holds_for_good() -> None:
    assert first_stop([ONE] * 7 + [-ONE] * 20) == Stop(7, Verdict.IMPROVES)


def test_with_a_sham_both_must_have_been_reached_not_at_the_same_time() -> None:
    differences = [ONE] * 7 + [ZERO] * 7
    assert first_stop(differences, [ZERO] * 7 + [ONE] * 7) == Stop(14, Verdict.IMPROVES)
    assert first_stop(differences, [ZERO] * 14) is None
    # The one against the sham, which needs more, has fallen below again when the other gets there.
    dipped = [ONE] * 7 + [-ONE] * 3 + [ZERO] * 4
    assert log_e_values(dipped)[-1] < LOG_THRESHOLD
    assert first_stop([ZERO] * 7 + [ONE] * 7, dipped) == Stop(14, Verdict.IMPROVES)


def test_harm_needs_no_sham() -> None:
    assert first_stop([-ONE] * 8, [ZERO] * 8) == Stop(7, Verdict.HARMS)


def test_a_suite_is_decided_once_what_is_left_cannot_undo_it() -> None:
    # Six of eight gained: the last two cannot bring the mean to 0.
    stop = first_stop([ONE] * 6, suite=8)
    assert stop is not None
    assert stop.verdict is Verdict.IMPROVES
    assert stop.after <= 5


def test_before_the_first_task_nothing_is_known() -> None:
    assert log_e_values([]) == []
    assert first_stop([]) is None
    for suite in (None, 8):
        interval = confidence_sequence([], suite=suite)
        assert (interval.low, interval.high) == (-1.0, 1.0)


def test_total_loss_leaves_no_lower_end() -> None:
    for suite in (None, 9):
        interval = confidence_sequence([-ONE] * 8, suite=suite)
        assert interval.low == -1.0
    assert log_e_values([-ONE] * 2, -1, suite=9) == [0.0, 0.0]


def test_more_results_than_tasks_are_refused() -> None:
    with pytest.raises(ValueError, match="3 results of a suite of 2"):
        log_e_values([ONE] * 3, suite=2)


def test_the_threshold_is_forty() -> None:
    assert pytest.approx(log(40)) == LOG_THRESHOLD
