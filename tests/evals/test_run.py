"""What is asked, in which order, and what an answer is worth: offline, with the fake."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from skillvault.evals.result import Arm, Sample
from skillvault.evals.run import CHOOSE, OBEY, SYSTEM, Settings, Step, run
from skillvault.evals.suite import Suite, parse
from skillvault.models.base import Capabilities, Model
from skillvault.models.echo import EchoModel
from skillvault.models.local import LocalModel
from tests.models.ask import FACTS
from tests.weights import model, weights

__all__ = ["model", "weights"]

BASELINE = Arm("baseline", "", "sha256:0", 0)
SKILL = Arm("skill", FACTS, "sha256:1", 40)
FLAG = {
    "id": "flag",
    "prompt": "Complete the sentence.",
    "prefill": "The colour of the pilot flag is",
    "checks": [{"type": "choice", "value": "orange", "options": ["green", "orange", "purple"]}],
}
PIER = {
    "id": "pier",
    "prompt": "Where do ferries berth at night?",
    "checks": [{"type": "contains", "value": "pier nine"}],
}
FULL = Capabilities(constrain=True, continues=True, score=True, seed=True)


def suite(*evals: dict[str, Any], **file: object) -> Suite:
    return parse("x", json.dumps({"evals": evals, **file}).encode())


def calls(
    wanted: Suite,
    *arms: Arm,
    backend: Model | None = None,
    settings: Settings = Settings(1),  # noqa: B008 - frozen
) -> tuple[Sample, ...]:
    return asyncio.run(run(wanted, arms or (BASELINE, SKILL), backend or EchoModel(), settings))


def scores(wanted: Suite, *arms: Arm, **how: Any) -> list[tuple[str, str, float | None]]:  # noqa: ANN401
    return [(call.task, call.arm, worth(call)) for call in calls(wanted, *arms, **how)]


def worth(call: Sample) -> float | None:
    return None if call.score is None else float(call.score)


def test_arms_alternate_task_by_task_where_nothing_is_kept() -> None:
    assert scores(suite(FLAG, PIER)) == [
        ("flag", "baseline", 0),
        ("flag", "skill", 1),
        ("pier", "baseline", 0),
        ("pier", "skill", 1),
    ]


def test_arms_run_one_after_another_where_a_prefix_is_kept() -> None:
    backend = EchoModel(replace(FULL, keeps_prefix=True))
    order = [(task, arm) for task, arm, _ in scores(suite(FLAG, PIER), backend=backend)]
    assert order == [
        ("flag", "baseline"),
        ("pier", "baseline"),
        ("flag", "skill"),
        ("pier", "skill"),
    ]


def test_samples_differ_in_their_seed() -> None:
    made = calls(suite(FLAG), SKILL, settings=Settings(3, temperature=0.7, seed=10))
    assert [call.request.seed for call in made] == [10, 11, 12]
    assert {call.request.temperature for call in made} == {0.7}


def test_the_skill_is_appended_to_the_system_prompt_of_all_arms() -> None:
    baseline, skill = calls(suite(FLAG, defaults={"system": "Be brief."}))
    assert baseline.request.system == "Be brief."
    assert skill.request.system == f"Be brief.\n\n{FACTS}"
    assert replace(baseline.request, system="") == replace(skill.request, system="")


def test_without_one_a_system_prompt_is_sent_all_the_same() -> None:
    assert calls(suite(FLAG), BASELINE)[0].request.system == SYSTEM


def test_nothing_of_the_suite_reaches_the_model_but_what_is_asked() -> None:
    secret = {
        "id": "SECRET-id",
        "prompt": "What is asked?",
        "prefill": "It is",
        "expected_output": "SECRET-output",
        "assertions": ["SECRET-assertion"],
        "expectations": ["SECRET-expectation"],
        "group": "SECRET-group",
        "checks": [
            {"type": "contains", "value": "SECRET-contains"},
            {"type": "not_contains", "value": "SECRET-not"},
            {"type": "regex", "value": "SECRET-regex"},
            {"type": "equals", "value": "SECRET-equals"},
            {"type": "number", "value": 31337},
            {"type": "json_fields", "value": {"SECRET-field": "SECRET-value"}},
            {"type": "json_schema", "value": {"title": "SECRET-schema"}},
            {"type": "choice", "value": "SECRET-right", "options": ["OPTION", "SECRET-right"]},
        ],
        "SECRET-key": "SECRET",
    }
    wanted = suite(secret, skill_name="SECRET-name", SECRET="SECRET")
    told = f"\n\n{CHOOSE}OPTION\nSECRET-right"
    for backend in (EchoModel(), EchoModel(Capabilities())):
        for call in calls(wanted, backend=backend):
            request = replace(
                call.request, choice=(), prompt=call.request.prompt.removesuffix(told)
            )
            assert "SECRET" not in repr(request)
            assert "31337" not in repr(request)
            assert "OPTION" not in repr(request)
    # Options go to the grammar where there is one, and are told, all of them alike, where not.
    (constrained, _), (free, _) = calls(wanted), calls(wanted, backend=EchoModel(Capabilities()))
    assert (constrained.request.choice, constrained.request.prompt) == (
        ("OPTION", "SECRET-right"),
        "What is asked?",
    )
    assert (free.request.choice, free.request.prompt.endswith(told)) == ((), True)


def test_a_backend_that_cannot_continue_is_asked_to_begin_so() -> None:
    backend = EchoModel(Capabilities())
    task = FLAG | {"checks": [{"type": "equals", "value": "orange."}]}
    (call,) = calls(suite(task), SKILL, backend=backend)
    asked = "Complete the sentence.\n\nBegin your answer with: The colour of the pilot flag is"
    assert (call.request.prompt, call.request.prefill) == (asked, "")
    # The beginning that it was asked for is not part of what is graded.
    assert call.completion.text == "The colour of the pilot flag is orange."
    assert call.score == 1


@pytest.mark.parametrize(
    ("order", "note"),
    [("refuse", "refused"), ("length", "truncated"), ("overflow", "context overflow")],
)
def test_what_the_arm_did_scores_0(order: str, note: str) -> None:
    task = {"prompt": f"[[echo: {order}]]", "checks": [{"type": "contains", "value": "a"}]}
    (call,) = calls(suite(task), SKILL)
    assert (worth(call), call.note, call.retries) == (0, note, 0)


def test_a_call_that_failed_is_missing_after_two_more_tries() -> None:
    task = {"prompt": "[[echo: fail]]", "checks": [{"type": "contains", "value": "a"}]}
    (call,) = calls(suite(task), SKILL)
    assert (worth(call), call.note, call.retries) == (None, "told to fail", 2)


def test_a_call_that_failed_once_is_tried_again() -> None:
    task = {"prompt": "a [[echo: fail once]]", "checks": [{"type": "contains", "value": "a"}]}
    (call,) = calls(suite(task), SKILL)
    assert (worth(call), call.note, call.retries) == (1, "", 1)


def test_a_pattern_that_takes_too_long_leaves_the_result_missing() -> None:
    task = {
        "prompt": f"[[echo: say {'a' * 60}b]]",
        "checks": [{"type": "regex", "value": "(a+)+$"}],
    }
    (call,) = calls(suite(task), SKILL)
    assert (call.score, call.note) == (None, "the pattern (a+)+$ takes too long")


def test_a_likelihood_is_a_score_where_the_backend_can_tell() -> None:
    task = FLAG | {"checks": [FLAG["checks"][0] | {"by": "likelihood"}]}  # type: ignore[operator]
    baseline, skill = calls(suite(task))
    assert baseline.score == Fraction(333_333_333, 10**9)
    assert skill.score is not None
    assert Fraction(8, 10) < skill.score < 1
    assert skill.completion.text.strip() == "orange"
    plain = EchoModel(replace(FULL, score=False))
    assert calls(suite(task), SKILL, backend=plain)[0].score == 1


def test_a_schema_constrains_every_arm() -> None:
    schema = {"type": "object", "properties": {"pier": {"enum": ["nine", "ten"]}}}
    task = PIER | {"schema": schema, "checks": [{"type": "json_fields", "value": {"pier": "nine"}}]}
    for call in calls(suite(task)):
        assert call.request.schema == json.dumps(schema)
        assert json.loads(call.completion.text)["pier"] in {"nine", "ten"}


def test_a_backend_without_grammars_is_told_the_schema() -> None:
    schema = {"type": "object", "properties": {"pier": {"enum": ["nine", "ten"]}}}
    task = PIER | {"schema": schema, "checks": [{"type": "json_fields", "value": {"pier": "nine"}}]}
    for call in calls(suite(task), backend=EchoModel(Capabilities())):
        assert call.request.schema is None
        assert call.request.prompt == f"{PIER['prompt']}\n\n{OBEY}{json.dumps(schema)}"


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("orange", 1),
        ("Orange", 0),
        (" orange.\n", 1),
        ('"orange"', 1),
        ("**orange**.", 1),
        ("The colour of the pilot flag is orange.", 1),
        ("orange, I think", 0),
        ("orange\npurple", 0),
        ("", 0),
    ],
)
def test_a_told_choice_is_one_of_its_lines(answer: str, score: int) -> None:
    task = FLAG | {"prompt": f"[[echo: say {answer}]]"}
    (call,) = calls(suite(task), SKILL, backend=EchoModel(Capabilities()))
    assert f"\n\n{FLAG['prefill']} ...\n\n{CHOOSE}green\norange\npurple" in call.request.prompt
    assert worth(call) == score


def test_ungraded_tasks_are_not_asked() -> None:
    wanted = suite(FLAG, {"id": "z", "prompt": "p", "expectations": ["e"]})
    assert {call.task for call in calls(wanted)} == {"flag"}


def test_progress_counts_every_call_before_it_is_made() -> None:
    steps: list[Step] = []
    asyncio.run(run(suite(FLAG, PIER), (BASELINE, SKILL), EchoModel(), Settings(1), steps.append))
    assert [step.done for step in steps] == [0, 1, 2, 3]
    assert {step.total for step in steps} == {4}
    assert (steps[1].arm, steps[1].task) == ("skill", "flag")


def test_the_embedded_model_recalls_a_stated_fact_and_repeats_itself(model: LocalModel) -> None:
    wanted = suite(FLAG, PIER | {"prefill": "The night berth for ferries is", "max_tokens": 6})
    first = calls(wanted, backend=model)
    assert [(call.task, worth(call)) for call in first][2] == ("flag", 1)
    assert [c.completion.text for c in first] == [
        c.completion.text for c in calls(wanted, backend=model)
    ]
    # Each arm starts on a fresh prefix, which its other tasks then reuse.
    cached = [call.completion.cached_tokens for call in first]
    assert cached[0] == cached[2] == 0
    assert cached[1] > 0
    assert cached[3] > 30


def test_the_embedded_model_tells_likelihoods(model: LocalModel) -> None:
    task = FLAG | {"checks": [FLAG["checks"][0] | {"by": "likelihood"}]}  # type: ignore[operator]
    (call,) = calls(suite(task), SKILL, backend=model)
    assert call.score is not None
    assert Fraction(1, 2) < call.score < 1
