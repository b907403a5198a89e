"""What is said of a comparison that is under way."""

from __future__ import annotations

import asyncio
import json
from fractions import Fraction

from skillvault.evals.evaluate import Plan, evaluate
from skillvault.evals.result import Sample
from skillvault.evals.so_far import SoFar, so_far
from skillvault.evals.suite import Suite, parse
from skillvault.models.echo import EchoModel

PLACES = ["attic", "barn", "cellar", "dock", "eaves", "forge"]
THINGS = ["ladle", "lamp", "nail", "oar", "peg", "pipe"]
TEXT = "\n".join(f"The {t} hangs in the {p}." for t, p in zip(THINGS[:4], PLACES, strict=False))
SIDES = ("skill", "baseline")


def suite_of(**orders: str) -> Suite:
    """Six tasks, some with an order for the echo model."""
    evals = [
        {
            "id": thing,
            "prompt": f"Where does the {thing} hang?" + orders.get(thing, ""),
            "checks": [{"type": "contains", "value": place}],
        }
        for thing, place in zip(THINGS, PLACES, strict=True)
    ]
    return parse("house", json.dumps({"evals": evals}).encode())


def heard(suite: Suite, samples: int = 1) -> list[Sample]:
    """All answers, in the order in which they came."""
    calls: list[Sample] = []
    plan = Plan(arms=("baseline", "skill"), samples=samples)
    asyncio.run(evaluate(TEXT, suite, EchoModel(), plan, heard=calls.append))
    return calls


def counted(suite: Suite, calls: list[Sample], samples: int = 1) -> SoFar:
    return so_far(suite.tasks, ("baseline", "skill"), samples, calls, SIDES)


def test_every_answer_is_heard_as_it_comes_and_all_of_them_are_the_result() -> None:
    suite = suite_of()
    calls = heard(suite)
    found = counted(suite, calls)
    assert (found.done, found.total) == (12, 12)
    assert [arm.mean for arm in found.arms] == [0, Fraction(4, 6)]
    assert found.estimate is not None
    assert found.estimate.mean == Fraction(4, 6)
    assert found.failed is None


def test_nothing_is_compared_before_a_task_is_whole() -> None:
    suite = suite_of()
    calls = heard(suite, samples=2)
    assert counted(suite, [], 2).estimate is None
    first = counted(suite, calls[:3], 2)
    assert first.estimate is None
    assert not first.rows[0].whole
    assert counted(suite, calls[:4], 2).estimate is not None


def test_a_task_that_has_no_answer_yet_has_no_score_and_comes_last() -> None:
    suite = suite_of()
    found = counted(suite, heard(suite)[:2])
    assert found.rows[0].id == "ladle"
    assert found.rows[1].scores == (None, None)
    assert found.rows[1].difference is None


def test_a_call_that_failed_is_missing_and_never_a_zero() -> None:
    suite = suite_of(oar="\n[[echo: fail]]")
    found = counted(suite, heard(suite))
    row = next(row for row in found.rows if row.id == "oar")
    assert row.scores == (None, None)
    assert row.missing == "told to fail"
    assert not row.whole
    assert [arm.missing for arm in found.arms] == [1, 1]
    assert found.failed is not None
    assert found.failed.task == "oar"
    assert found.estimate is not None
    assert found.estimate.n == 5


def test_the_worst_comes_first() -> None:
    suite = suite_of(ladle="\n[[echo: say attic]]", pipe="\n[[echo: refuse]]")
    rows = counted(suite, heard(suite)).rows
    assert [row.difference for row in rows] == sorted(row.difference or 0 for row in rows)


def test_the_model_that_repeats_answers_after_it_was_told_to_wait() -> None:
    suite = suite_of(ladle="\n[[echo: wait 0]]")
    assert [call.score for call in heard(suite) if call.task == "ladle"] == [0, 1]
