"""From scores to differences."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.evals.uplift import (
    BASELINE,
    SHAM,
    SKILL,
    TaskScores,
    contrast,
    headroom,
    mean_score,
    sample_mean,
    scored_lower,
)

F = Fraction
scores = st.none() | st.builds(
    lambda k, q: F(k % (q + 1), q), st.integers(0, 12), st.integers(1, 5)
)


def task(
    name: str,
    baseline: Fraction | None,
    skill: Fraction | None,
    group: str | None = None,
) -> TaskScores:
    return TaskScores(name, {BASELINE: baseline, SKILL: skill}, group)


task_lists = st.lists(
    st.builds(task, st.uuids().map(str), scores, scores, st.sampled_from([None, "a", "b"])),
    max_size=12,
)


def test_samples_are_averaged_as_rationals() -> None:
    assert sample_mean([F(1), F(0), F(0)]) == F(1, 3)
    assert sample_mean([F(3, 4)]) == F(3, 4)


@pytest.mark.parametrize("samples", [[], [None], [F(1), None, F(1)]])
def test_a_missing_sample_makes_the_score_missing(samples: list[Fraction | None]) -> None:
    assert sample_mean(samples) is None


def test_a_task_is_one_difference() -> None:
    tasks = [task("a", F(0), F(1)), task("b", F(2, 3), F(1, 3))]
    got = contrast(tasks)
    assert got.observed == got.least == got.greatest == (F(1), F(-1, 3))


def test_tasks_of_a_group_are_averaged_to_one() -> None:
    tasks = [
        task("a1", F(0), F(1), "a"),
        task("b", F(0), F(0)),
        task("a2", F(0), F(0), "a"),
        task("a3", F(0), F(1), "a"),
    ]
    assert contrast(tasks).observed == (F(2, 3), F(0))
    assert mean_score(tasks, SKILL) == F(1, 3)


def test_a_task_and_a_group_of_one_name_are_two_units() -> None:
    assert contrast([task("a", F(0), F(1)), task("b", F(0), F(0), "a")]).observed == (F(1), F(0))


@pytest.mark.parametrize(
    ("baseline", "skill", "least", "greatest"),
    [
        (F(1, 4), None, F(-1, 4), F(3, 4)),
        (None, F(1, 4), F(-3, 4), F(1, 4)),
        (None, None, F(-1), F(1)),
    ],
)
def test_a_missing_score_may_be_anything(
    baseline: Fraction | None, skill: Fraction | None, least: Fraction, greatest: Fraction
) -> None:
    got = contrast([task("a", baseline, skill), task("b", F(0), F(1))])
    assert got.observed == (F(1),)
    assert got.least == (least, F(1))
    assert got.greatest == (greatest, F(1))


def test_a_task_without_its_sham_leaves_all_arms_but_keeps_what_is_known() -> None:
    half = TaskScores("a", {BASELINE: F(0), SKILL: F(1), SHAM: None})
    whole = TaskScores("b", {BASELINE: F(0), SKILL: F(1, 2), SHAM: F(0)})
    against_baseline, against_sham = contrast([half, whole]), contrast([half, whole], against=SHAM)
    assert against_baseline.observed == (F(1, 2),)
    assert against_baseline.least == against_baseline.greatest == (F(1), F(1, 2))
    assert against_sham.least == (F(0), F(1, 2))
    assert against_sham.greatest == (F(1), F(1, 2))


def test_a_group_keeps_the_tasks_that_it_has() -> None:
    got = contrast([task("a1", F(0), F(1), "a"), task("a2", F(0), None, "a")])
    assert got.observed == (F(1),)
    assert got.least == (F(1, 2),)
    assert got.greatest == (F(1),)


@given(task_lists)
def test_what_is_missing_lies_between_its_bounds(tasks: list[TaskScores]) -> None:
    got = contrast(tasks)
    assert len(got.least) == len(got.greatest) >= len(got.observed)
    assert all(-1 <= a <= b <= 1 for a, b in zip(got.least, got.greatest, strict=True))
    if all(t.complete for t in tasks):
        assert got.observed == got.least == got.greatest


@given(task_lists)
def test_the_means_of_the_arms_differ_by_the_uplift(tasks: list[TaskScores]) -> None:
    observed = contrast(tasks).observed
    skill, baseline = mean_score(tasks, SKILL), mean_score(tasks, BASELINE)
    if not observed:
        assert skill is None
        assert baseline is None
        assert headroom(tasks) is None
        return
    assert skill is not None
    assert baseline is not None
    assert skill - baseline == sum(observed, F(0)) / len(observed)
    assert headroom(tasks) == 1 - baseline


def test_tasks_that_scored_lower_come_worst_first_with_what_chance_gives() -> None:
    tasks = [
        task("better", F(0), F(1, 3)),
        task("sql-join", F(1), F(2, 3)),
        task("same", F(1), F(1)),
        task("null-deref", F(2, 3), F(1, 3)),
        task("worst", F(1), F(0)),
        task("unknown", F(1), None),
    ]
    got = scored_lower(tasks)
    assert got.tasks == (("worst", F(-1)), ("null-deref", F(-1, 3)), ("sql-join", F(-1, 3)))
    assert got.by_chance == 2


def test_nothing_lower_and_nothing_changed() -> None:
    got = scored_lower([task("same", F(1), F(1))])
    assert got.tasks == ()
    assert got.by_chance == 0


@pytest.mark.parametrize("bad", [F(-1, 10), F(11, 10)])
def test_a_score_outside_its_range_is_refused(bad: Fraction) -> None:
    with pytest.raises(ValueError, match="odd: a score lies in"):
        task("odd", bad, F(0))


def test_the_difference_of_a_missing_score_is_refused() -> None:
    with pytest.raises(ValueError, match="a: a score is missing"):
        task("a", None, F(1)).difference(SKILL, BASELINE)


def test_an_arm_that_did_not_run_is_no_zero() -> None:
    with pytest.raises(KeyError):
        contrast([task("a", F(0), F(1))], against=SHAM)
