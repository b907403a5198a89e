"""From a skill and its suite to a verdict and the lines that report it."""

from __future__ import annotations

import asyncio
import json
from fractions import Fraction
from typing import Any

import pytest

from skillvault.errors import CheckError, UsageError
from skillvault.evals import report
from skillvault.evals.evaluate import Plan, best_constant, evaluate
from skillvault.evals.result import EvalResult
from skillvault.evals.suite import Suite, parse
from skillvault.evals.verdict import Reason, Verdict
from skillvault.models.base import Model
from skillvault.models.echo import EchoModel
from skillvault.models.local import LocalModel
from tests.weights import model, weights

__all__ = ["model", "weights"]

PLACES = ["attic", "barn", "cellar", "dock", "eaves", "forge", "gate", "hall", "inn", "jetty"]
THINGS = ["ladle", "lamp", "nail", "oar", "peg", "pipe", "rope", "saw", "tongs", "urn"]
HOUSE = "\n".join(f"The {t} hangs in the {p}." for t, p in zip(THINGS, PLACES, strict=True))


def task(index: int) -> dict[str, Any]:
    right, other = PLACES[index], PLACES[(index + 3) % len(PLACES)]
    return {
        "id": THINGS[index],
        "prompt": "Complete the sentence.",
        "prefill": f"The {THINGS[index]} hangs in the",
        "checks": [
            {"type": "choice", "value": right, "options": sorted([right, other, "aisle", "arch"])}
        ],
    }


def suite(*evals: dict[str, Any]) -> Suite:
    return parse("house", json.dumps({"evals": evals}).encode())


HOUSE_SUITE = suite(*map(task, range(len(THINGS))))


def compare(
    text: str, wanted: Suite = HOUSE_SUITE, plan: Plan | None = None, backend: Model | None = None
) -> EvalResult:
    return asyncio.run(evaluate(text, wanted, backend or EchoModel(), plan or Plan()))


def test_a_skill_that_states_the_facts_improves() -> None:
    result = compare(HOUSE)
    assert result.finding.verdict is Verdict.IMPROVES
    assert [t.arm.name for t in result.arms] == ["baseline", "skill", "sham"]
    assert result.skill_arm.mean == 1
    assert result.baseline.mean == 0
    assert result.suite == HOUSE_SUITE.digest
    assert result.samples == 1
    assert len(result.calls) == 30


def test_a_skill_that_states_other_facts_does_not() -> None:
    swapped = "\n".join(f"The {t} hangs in the shed." for t in THINGS)
    result = compare(swapped)
    assert result.finding.verdict is Verdict.INCONCLUSIVE
    assert result.skill_arm.mean == result.baseline.mean


def test_a_skill_that_misleads_harms() -> None:
    wrong = "\n".join(f"The {t} hangs in the vault." for t in THINGS)
    first = suite(
        *(
            task(i)
            | {"checks": [{"type": "choice", "value": "attic", "options": ["attic", "vault"]}]}
            for i in range(10)
        )
    )
    result = compare(wrong, first)
    assert result.finding.verdict is Verdict.HARMS
    assert len(result.lower.tasks) == 10
    assert report.lines(result)[0].startswith("scored lower: ladle -1.00, lamp -1.00")
    assert report.lines(result)[0].endswith("(5 expected by chance)")


def test_fewer_than_six_tasks_are_inconclusive() -> None:
    result = compare(HOUSE, suite(*map(task, range(5))))
    assert result.finding.reason is Reason.TOO_FEW_TASKS


def test_missing_results_are_counted_and_beyond_a_tenth_decide_nothing() -> None:
    broken = [task(i) for i in range(8)]
    for fails in broken[::4]:
        fails["prompt"] = "[[echo: fail]]"
    result = compare(HOUSE, suite(*broken))
    assert result.finding.reason is Reason.MISSING_RESULTS
    assert result.finding.missing == 2
    assert "2 of 8 tasks missing" in report.lines(result)
    assert "skill: 2 told to fail" in report.lines(result)


def test_ungraded_tasks_are_said_and_not_scored() -> None:
    result = compare(
        HOUSE, suite(*map(task, range(6)), {"id": "z", "prompt": "p", "assertions": ["e"]})
    )
    assert result.ungraded == ("z",)
    assert result.finding.tasks == 6
    assert "1 task not scored: only written expectations" in report.lines(result)


def test_an_arm_without_its_skill_is_the_sham_of_equal_length() -> None:
    result = compare(HOUSE)
    sham, skill = result.arm("sham").arm, result.skill_arm.arm
    assert abs(sham.tokens - skill.tokens) <= max(1, 0.02 * skill.tokens)
    assert len({totals.arm.digest for totals in result.arms}) == 3


def test_a_version_against_another() -> None:
    plan = Plan(
        arms=("@1", "@2"),
        others={"@1": "\n".join(HOUSE.splitlines()[:3])},
        subject="@2",
        reference="@1",
    )
    result = compare(HOUSE, plan=plan)
    assert (result.baseline.arm.name, result.skill_arm.arm.name) == ("@1", "@2")
    assert result.finding.verdict is Verdict.IMPROVES
    assert report.lines(result)[:2] == [
        "@1 0.30   @2 1.00",
        "@2 - @1  +0.70 [+0.12, +0.93]   p 0.016   10 tasks x 1",
    ]
    assert report.lines(result)[2] == "improves"
    back = Plan(arms=("@1", "@2"), others={"@1": HOUSE}, subject="@2", reference="@1")
    lower = compare("nothing", plan=back)
    assert lower.finding.verdict is Verdict.HARMS
    assert len(lower.lower.tasks) == 10


@pytest.mark.parametrize(
    "plan",
    [
        {"arms": ("@1",), "others": {"@1": ""}, "subject": "@2", "reference": "@1"},
        {"arms": ("@2",), "others": {}, "subject": "@2", "reference": "@1"},
        {"arms": ("@1", "@2"), "others": {}, "subject": "@2", "reference": "@1"},
        {"arms": ("@1",), "others": {"@1": ""}, "subject": "@1", "reference": "@1"},
        {"concurrency": 0},
    ],
)
def test_a_plan_with_a_side_missing(plan: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Plan(**plan)


def test_another_version_can_run_as_an_arm() -> None:
    plan = Plan(arms=("baseline", "skill", "@1"), others={"@1": HOUSE[:200]})
    result = compare(HOUSE, plan=plan)
    assert result.finding.over_sham is None
    assert result.arm("@1").mean is not None


def test_at_a_temperature_each_task_is_asked_three_times() -> None:
    result = compare(HOUSE, plan=Plan(temperature=0.7))
    assert (result.samples, len(result.calls)) == (3, 90)


@pytest.mark.parametrize(
    "fields",
    [
        {"arms": ("skill", "sham")},
        {"arms": ("baseline", "sham")},
        {"arms": ("baseline", "skill", "@1")},
        {"samples": 0},
        {"margin": 0.0},
        {"margin": 1.5},
    ],
)
def test_what_cannot_be_compared_is_wrong_usage(fields: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Plan(**fields)


def test_a_suite_without_a_graded_task_is_not_run() -> None:
    with pytest.raises(CheckError, match="only written expectations"):
        compare(HOUSE, suite({"prompt": "p", "expectations": ["e"]}))


def test_the_plan_says_beforehand_what_it_takes_and_what_it_can_show() -> None:
    words = Plan().in_words(HOUSE_SUITE)
    assert words.startswith("30 calls: 10 tasks x 3 arms x 1. 10 tasks: ")
    grouped = suite(*(task(i) | {"group": "g"} for i in range(8)))
    assert "8 tasks that count as 1 x 3 arms" in Plan().in_words(grouped)
    assert "always inconclusive" in Plan().in_words(grouped)


def test_the_best_constant_answer_is_by_text_or_by_place() -> None:
    def pick(value: str) -> dict[str, Any]:
        return {
            "prompt": "p",
            "checks": [{"type": "choice", "value": value, "options": ["a", "b"]}],
        }

    assert best_constant(suite(pick("a"), pick("b"), pick("b")).tasks) == Fraction(2, 3)
    other = {"prompt": "p", "checks": [{"type": "contains", "value": "x"}]}
    assert best_constant(suite(pick("a"), other).tasks) is None


def test_the_report_has_the_interval_beside_the_verdict_and_the_cost() -> None:
    lines = report.lines(compare(HOUSE))
    assert lines[0] == "baseline 0.00   skill 1.00   sham 0.00"
    assert lines[1].startswith("skill - baseline  +1.00 [+0.")
    assert lines[1].endswith("10 tasks x 1")
    assert lines[3] == "improves"
    assert lines[4].startswith("30 calls (0 cached), ")
    assert len(report.per_task(compare(HOUSE))) == 10


@pytest.mark.slow
def test_the_embedded_model_gains_from_a_skill_and_the_report_says_what_it_is(
    model: LocalModel,
) -> None:
    result = compare(HOUSE, backend=model)
    assert (result.skill_arm.mean or 0) >= (result.baseline.mean or 0) + Fraction(3, 10)
    assert result.skill_arm.cached_tokens > 0.6 * result.skill_arm.prompt_tokens
    assert any("demo model" in line for line in report.lines(result))
