"""The order of the rules, missing results, the sham, and several claims at once."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.evals.uplift import BASELINE, SHAM, SKILL, TaskScores
from skillvault.evals.verdict import Claim, Finding, Reason, Verdict, judge, judge_together

F = Fraction
Score = Fraction | None


def tasks_of(
    baseline: Sequence[Score], skill: Sequence[Score], sham: Sequence[Score] | None = None
) -> list[TaskScores]:
    tasks = []
    for i, (b, s) in enumerate(zip(baseline, skill, strict=True)):
        scores: dict[str, Score] = {BASELINE: b, SKILL: s}
        if sham is not None:
            scores[SHAM] = sham[i]
        tasks.append(TaskScores(f"task-{i}", scores))
    return tasks


def claim(
    gains: int = 0,
    losses: int = 0,
    same: int = 0,
    *,
    lost_calls: int = 0,
    sham: str | None = None,
) -> Claim:
    """All-or-nothing tasks; `lost_calls` more have no answer with the skill (baseline 1).

    The sham scores like the baseline or like the skill.
    """
    baseline: list[Score] = [*[F(0)] * gains, *[F(1)] * (losses + same + lost_calls)]
    answered = [F(1)] * gains + [F(0)] * losses + [F(1)] * same
    skill: list[Score] = [*answered, *[None] * lost_calls]
    like = {"baseline": baseline, "skill": skill, None: None}[sham]
    return Claim.of(tasks_of(baseline, skill, like))


def said(finding: Finding) -> tuple[Verdict, Reason | None]:
    return finding.verdict, finding.reason


# --- the vectors


def test_every_verdict_is_that_of_the_vectors(vectors: dict[str, Any]) -> None:
    for case in vectors["verdicts"]:
        tasks = tasks_of(case["baseline"], case["skill"], case["sham"])
        got = judge(Claim.of(tasks), margin=case["margin"])
        assert (got.verdict, got.why) == (case["verdict"], case["reason"]), case["name"]


# --- each rule, and that the one above it goes first


def test_five_tasks_are_too_few_whatever_they_show() -> None:
    for few in (claim(gains=5), claim(losses=5), claim(gains=5, sham="skill")):
        assert said(judge(few)) == (Verdict.INCONCLUSIVE, Reason.TOO_FEW_TASKS)


def test_too_few_goes_before_missing() -> None:
    assert said(judge(claim(gains=5, lost_calls=3))) == (
        Verdict.INCONCLUSIVE,
        Reason.TOO_FEW_TASKS,
    )


def test_six_gains_are_the_fewest_that_improve() -> None:
    assert said(judge(claim(gains=6))) == (Verdict.IMPROVES, None)
    assert said(judge(claim(gains=7, losses=1))) == (
        Verdict.INCONCLUSIVE,
        Reason.INTERVAL_TOO_WIDE,
    )
    assert said(judge(claim(gains=8, losses=1))) == (Verdict.IMPROVES, None)


def test_more_than_a_tenth_missing_goes_before_any_verdict() -> None:
    # 18 gains of 20 stand whatever the two missing would have been; three missing are too many.
    assert said(judge(claim(gains=18, lost_calls=2))) == (Verdict.IMPROVES, None)
    assert said(judge(claim(gains=17, lost_calls=3))) == (
        Verdict.INCONCLUSIVE,
        Reason.MISSING_RESULTS,
    )


def test_the_sham_is_asked_only_where_the_baseline_is_beaten() -> None:
    assert said(judge(claim(gains=6, sham="baseline"))) == (Verdict.IMPROVES, None)
    assert said(judge(claim(gains=6, sham="skill"))) == (
        Verdict.INCONCLUSIVE,
        Reason.NOT_SEPARATED_FROM_SHAM,
    )
    assert said(judge(claim(gains=3, same=9, sham="skill"))) == (
        Verdict.INCONCLUSIVE,
        Reason.INTERVAL_TOO_WIDE,
    )


def test_harm_needs_the_baseline_alone() -> None:
    for sham in (None, "baseline", "skill"):
        assert said(judge(claim(losses=6, sham=sham))) == (Verdict.HARMS, None)


def test_a_small_gain_that_is_certain_improves_and_is_not_negligible() -> None:
    """Both rules match: the interval lies above 0 and within the margin; the first decides."""
    certain = Claim.of(tasks_of([F(1, 2)] * 400, [F(11, 20)] * 400))
    got = judge(certain)
    assert got.uplift is not None
    assert 0 < got.uplift.interval.low < got.uplift.interval.high < 0.10
    assert said(got) == (Verdict.IMPROVES, None)


@pytest.mark.parametrize(("margin", "least"), [(0.10, 36), (0.20, 17)])
def test_negligible_needs_enough_tasks_even_if_nothing_changes(margin: float, least: int) -> None:
    assert said(judge(claim(same=least - 1), margin=margin)) == (
        Verdict.INCONCLUSIVE,
        Reason.INTERVAL_TOO_WIDE,
    )
    got = judge(claim(same=least), margin=margin)
    assert said(got) == (Verdict.NEGLIGIBLE, None)
    assert got.why == f"within {margin:g}"


# --- missing results


def test_a_missing_result_that_could_turn_the_verdict_makes_it_inconclusive() -> None:
    assert said(judge(claim(gains=6, same=17, lost_calls=1))) == (
        Verdict.INCONCLUSIVE,
        Reason.MISSING_RESULTS,
    )
    assert said(judge(claim(gains=10, same=13, lost_calls=1))) == (Verdict.IMPROVES, None)


def test_one_that_could_make_a_verdict_of_none_is_missed_too() -> None:
    unsure = tasks_of([F(0)] * 5 + [F(1)] * 6 + [F(0)], [F(1)] * 5 + [F(1)] * 6 + [None])
    assert said(judge(Claim.of(unsure))) == (Verdict.INCONCLUSIVE, Reason.MISSING_RESULTS)


def test_one_that_could_only_leave_it_inconclusive_keeps_its_reason() -> None:
    assert said(judge(claim(gains=3, losses=3, same=6, lost_calls=1))) == (
        Verdict.INCONCLUSIVE,
        Reason.INTERVAL_TOO_WIDE,
    )


def test_a_missing_sham_counts_as_far_as_it_could_matter() -> None:
    n = 20
    baseline: list[Score] = [F(0)] * n
    skill: list[Score] = [*[F(1)] * 6, *[F(0)] * (n - 6)]
    sham: list[Score] = [F(0)] * n
    assert said(judge(Claim.of(tasks_of(baseline, skill, sham)))) == (Verdict.IMPROVES, None)
    # An unknown sham where the skill scored 0 might have scored 1: 6 gains and a loss.
    one_unknown = [*sham[:-1], None]
    assert said(judge(Claim.of(tasks_of(baseline, skill, one_unknown)))) == (
        Verdict.INCONCLUSIVE,
        Reason.MISSING_RESULTS,
    )


def test_nothing_but_missing_results_is_too_few_and_has_no_estimate() -> None:
    got = judge(claim(lost_calls=8))
    assert said(got) == (Verdict.INCONCLUSIVE, Reason.TOO_FEW_TASKS)
    assert got.uplift is None
    assert got.q == got.adjusted == 1.0


def test_no_tasks_at_all_are_too_few() -> None:
    for empty in (Claim.of([]), claim(lost_calls=3, sham="baseline")):
        assert said(judge(empty)) == (Verdict.INCONCLUSIVE, Reason.TOO_FEW_TASKS)


# --- several claims


def test_q_is_the_least_p_of_any_claim_that_could_be_made() -> None:
    assert judge(claim(gains=6)).q == pytest.approx(2 / 64)
    assert judge(claim(losses=7)).q == pytest.approx(2 / 128)
    assert judge(claim(gains=6, sham="skill")).q == 1.0


def test_one_improvement_among_several_claims_must_survive_holm() -> None:
    single, others = claim(gains=6, same=6), [claim(gains=2, same=10), claim(same=12)]
    assert said(judge(single)) == (Verdict.IMPROVES, None)
    together = judge_together([single, *others])
    assert together[0].adjusted == pytest.approx(3 * 2 / 64)
    assert said(together[0]) == (Verdict.INCONCLUSIVE, Reason.SEVERAL_CLAIMS)
    assert together[0].uplift == judge(single).uplift  # intervals stay at 95% each


def test_a_strong_improvement_survives_and_clears_the_way_for_the_next() -> None:
    found = judge_together([claim(gains=6, same=6), claim(gains=12), claim(losses=11)])
    assert [f.verdict for f in found] == [Verdict.IMPROVES, Verdict.IMPROVES, Verdict.HARMS]
    assert [f.adjusted for f in found] == pytest.approx([2 / 64, 6 / 4096, 4 / 2048])


def test_a_missing_result_of_one_claim_is_weighed_in_all() -> None:
    """The neighbour's missing result decides whether Holm leaves this one room."""
    complete, gappy = claim(gains=6, same=20), claim(gains=7, same=14, lost_calls=1)
    alone = judge(complete)
    assert said(alone) == (Verdict.IMPROVES, None)
    both = judge_together([complete, gappy])
    assert [said(f) for f in both] == [(Verdict.INCONCLUSIVE, Reason.MISSING_RESULTS)] * 2
    safe = judge_together([complete, claim(gains=12, same=9, lost_calls=1)])
    assert [f.verdict for f in safe] == [Verdict.IMPROVES, Verdict.IMPROVES]


# --- properties


@given(
    st.lists(
        st.builds(
            claim,
            st.integers(0, 9),
            st.integers(0, 9),
            st.integers(0, 9),
            lost_calls=st.integers(0, 2),
            sham=st.sampled_from([None, "baseline", "skill"]),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_a_verdict_never_says_more_than_its_interval(claims: list[Claim]) -> None:
    for found in judge_together(claims):
        assert (found.reason is not None) == (found.verdict is Verdict.INCONCLUSIVE)
        if found.verdict is Verdict.INCONCLUSIVE:
            continue
        assert found.uplift is not None
        assert found.uplift.n >= 6
        interval = found.uplift.interval
        if found.verdict is Verdict.IMPROVES:
            assert interval.low > 0
            assert found.adjusted <= 0.05
            assert found.over_sham is None or found.over_sham.interval.low > 0
        elif found.verdict is Verdict.HARMS:
            assert interval.high < 0
            assert found.adjusted <= 0.05
        else:
            assert -found.margin < interval.low
            assert interval.high < found.margin


@pytest.mark.parametrize("margin", [0.0, -0.1, 1.1, float("nan")])
def test_a_margin_that_means_nothing_is_refused(margin: float) -> None:
    with pytest.raises(ValueError, match="a margin lies in"):
        judge(claim(gains=6), margin=margin)


def test_tasks_must_have_run_in_the_same_arms() -> None:
    mixed = [*tasks_of([F(0)], [F(1)], [F(0)]), *tasks_of([F(0)], [F(1)])]
    with pytest.raises(KeyError):
        Claim.of(mixed)
