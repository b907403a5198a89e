"""Many calls at once, with patience, remembered, and given up: against a service that faults."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.errors import ServiceError
from skillvault.evals.checks import Answer
from skillvault.evals.memory import Kept, Memory, Question
from skillvault.evals.patience import HaltedError, Patience, Waiting
from skillvault.evals.result import Arm, Sample
from skillvault.evals.run import Settings, Step, run
from skillvault.evals.suite import Suite, parse
from skillvault.models.base import Capabilities, Completion, Model
from skillvault.models.echo import EchoModel
from skillvault.models.local import LocalModel
from skillvault.models.reach import Reach
from skillvault.models.registry import open_model
from tests.models import service as faults
from tests.models.service import KEY, Service, serving, status
from tests.weights import model, weights

__all__ = ["model", "weights"]

BASELINE = Arm("baseline", "", "sha256:0", 0)
SKILL = Arm("skill", "The flag is orange.", "sha256:1", 5)
QUICK = Patience(tries=3, pause=0.01, seconds=5)


class Shelf:
    """Keeps answers in memory, through JSON as the catalog does."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def find(self, question: Question) -> Kept | None:
        found = self.kept.get(self._key(question))
        return Kept.from_json(json.loads(found)) if found else None

    def keep(self, question: Question, kept: Kept) -> None:
        self.kept[self._key(question)] = json.dumps(kept.as_json())

    def _key(self, question: Question) -> str:
        asked = question.as_json() | {"sample": question.sample}
        return json.dumps([question.model.digest, dict(question.model.parameters), asked])


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as running:
        yield running


def suite(count: int, *more: dict[str, Any]) -> Suite:
    check = {"type": "contains", "value": "orange"}
    evals = [
        {"id": f"t{i}", "prompt": f"What is the colour of the flag ({i})?", "checks": [check]}
        for i in range(count)
    ]
    return parse("x", json.dumps({"evals": [*evals, *more]}).encode())


def remote(service: Service, *, key: str = KEY, seconds: float = 30) -> Model:
    reach = Reach({"OPENAI_API_KEY": key}, service.openai, seconds=seconds)
    return open_model("openai:echo", Path(), reach=reach)


def measured(
    wanted: Suite,
    model: Model,
    *,
    settings: Settings = Settings(1, concurrency=8),  # noqa: B008 - frozen
    memory: Memory | None = None,
    patience: Patience = QUICK,
    steps: list[Step] | None = None,
) -> tuple[Sample, ...]:
    watch = steps.append if steps is not None else lambda _step: None

    async def go() -> tuple[Sample, ...]:
        try:
            return await run(
                wanted, (BASELINE, SKILL), model, settings, watch, memory=memory, patience=patience
            )
        finally:
            await model.close()

    return asyncio.run(go())


def scores(samples: tuple[Sample, ...]) -> dict[str, list[Fraction | None]]:
    found: dict[str, list[Fraction | None]] = {}
    for sample in samples:
        found.setdefault(sample.arm, []).append(sample.score)
    return found


def test_so_many_at_once_and_no_more_arm_beside_arm(service: Service) -> None:
    service.delay = 0.1
    steps: list[Step] = []
    found = measured(suite(12), remote(service), settings=Settings(2, concurrency=5), steps=steps)
    assert service.most == 5
    assert scores(found) == {"baseline": [0] * 24, "skill": [1] * 24}
    # The order is that of the plan, however the answers came in: task by task, arm by arm.
    assert [(s.task, s.arm, s.index) for s in found[:5]] == [
        ("t0", "baseline", 0),
        ("t0", "baseline", 1),
        ("t0", "skill", 0),
        ("t0", "skill", 1),
        ("t1", "baseline", 0),
    ]
    assert [step.total for step in steps] == [48] * 48
    assert [step.done for step in steps] == sorted(step.done for step in steps)


def test_one_at_a_time_where_a_prefix_is_kept() -> None:
    backend = EchoModel(Capabilities(keeps_prefix=True))
    found = measured(suite(3), backend, settings=Settings(1, concurrency=8))
    assert [s.arm for s in found] == ["baseline"] * 3 + ["skill"] * 3


@pytest.mark.parametrize(
    "behaviour",
    [status(500), status(429), status(429, headers={"retry-after-ms": "20"}), faults.cut,
     faults.hung_up, faults.raw(b"nothing"), faults.changed(choices=[])],
)  # fmt: skip
def test_what_passes_is_tried_again_and_costs_no_score(
    service: Service, behaviour: faults.Behaviour
) -> None:
    service.script = [behaviour, behaviour]
    found = measured(suite(1), remote(service), settings=Settings(1))
    assert scores(found) == {"baseline": [0], "skill": [1]}
    assert [s.retries for s in found] == [2, 0]
    assert len(service.asked) == 4


def test_what_does_not_pass_is_missing_and_never_zero(service: Service) -> None:
    service.script = [faults.answered, status(500), status(500), status(500)]
    found = measured(suite(2), remote(service), settings=Settings(1))
    assert [(s.score, s.note) for s in found] == [
        (0, ""),
        (None, "it hurts (HTTP 500)"),
        (0, ""),
        (1, ""),
    ]
    assert found[1].retries == 2
    assert found[1].checks == ()


def test_a_slow_call_is_missing(service: Service) -> None:
    service.script = [faults.answered] + [faults.slow(3)] * 3
    found = measured(suite(1), remote(service, seconds=0.2), settings=Settings(1))
    assert (found[1].score, found[1].note) == (None, "no answer within 0.2 s")


def test_a_wrong_request_is_asked_once(service: Service) -> None:
    service.script = [status(400), status(400)]
    found = measured(suite(1), remote(service), settings=Settings(1))
    assert [(s.score, s.retries) for s in found] == [(None, 0), (None, 0)]


def test_a_service_that_asks_to_wait_is_obeyed_by_all_calls(service: Service) -> None:
    service.script = [status(429, headers={"Retry-After": "1"})]
    started = time.monotonic()
    found = measured(suite(4), remote(service), settings=Settings(1, concurrency=1))
    assert {s.score for s in found} == {0, 1}
    assert time.monotonic() - started >= 1
    shared = Waiting(QUICK)
    shared.pause(Completion("", "failed", wait=0.3), 1, time.monotonic())

    async def another() -> float:
        before = time.monotonic()
        await shared.turn()
        return time.monotonic() - before

    assert asyncio.run(another()) >= 0.25


def test_nobody_waits_longer_than_the_patience_lasts(service: Service) -> None:
    service.script = [faults.answered, status(429, headers={"Retry-After": "3600"})]
    started = time.monotonic()
    found = measured(suite(1), remote(service), settings=Settings(1))
    assert (found[1].score, found[1].retries) == (None, 0)
    assert time.monotonic() - started < 30


def test_pauses_double_and_vary() -> None:
    waiting = Waiting(Patience(tries=5, pause=1, seconds=100))
    failed = Completion("", "failed")
    now = time.monotonic()
    for tried in range(1, 5):
        pauses = {waiting.pause(failed, tried, now) for _ in range(20)}
        assert len(pauses) > 1
        assert all(p is not None and 2 ** (tried - 1) / 2 <= p <= 2 ** (tried - 1) for p in pauses)
    assert waiting.pause(failed, 5, now) is None
    assert waiting.pause(failed, 1, now - 100) is None
    assert waiting.pause(replace(failed, again=False), 1, now) is None


def test_three_in_a_row_stop_the_run_and_what_was_done_is_kept(service: Service) -> None:
    shelf = Shelf()
    service.script = [faults.answered] * 10
    service.otherwise = status(500)
    with pytest.raises(HaltedError) as caught:
        measured(suite(50), remote(service), memory=shelf, settings=Settings(1, concurrency=2))
    assert caught.value.subject == "openai:echo"
    assert "calls in a row failed: it hurts (HTTP 500)" in caught.value.problem
    assert (caught.value.done, caught.value.total, caught.value.code) == (10, 100, "service")
    assert len(service.asked) <= 10 + 4 * QUICK.tries
    assert len(shelf.kept) == 10
    # It goes on from there.
    service.asked.clear()
    service.otherwise = None
    found = measured(suite(50), remote(service), memory=shelf)
    assert sum(s.cached for s in found) == 10
    assert len(service.asked) == 90
    assert scores(found) == {"baseline": [0] * 50, "skill": [1] * 50}


def test_a_success_in_between_starts_the_count_again(service: Service) -> None:
    bad, good = status(400), faults.answered
    service.script = [bad, bad, good] * 10
    found = measured(suite(15), remote(service), settings=Settings(1, concurrency=1))
    assert len(found) == 30
    assert sum(s.score is None for s in found) == 20


def test_one_task_that_breaks_all_its_calls_stops_nothing(service: Service) -> None:
    poison = {
        "id": "poison",
        "prompt": "[[echo: fail]]",
        "checks": [{"type": "contains", "value": "a"}],
    }
    found = measured(suite(3, poison), EchoModel(), settings=Settings(4, concurrency=1))
    assert sum(s.score is None for s in found) == 8
    assert {s.task for s in found if s.score is None} == {"poison"}


@pytest.mark.parametrize("code", [401, 403, 404])
def test_what_cannot_succeed_is_asked_no_more_than_at_once(service: Service, code: int) -> None:
    service.otherwise = status(code)
    with pytest.raises(ServiceError) as caught:
        measured(suite(30), remote(service), settings=Settings(1, concurrency=4))
    assert not isinstance(caught.value, HaltedError)
    assert len(service.asked) <= 4


def test_a_key_that_is_taken_away_in_between_stops_the_run(service: Service) -> None:
    service.script = [faults.answered] * 5
    service.otherwise = status(401)
    with pytest.raises(HaltedError, match="the key is not accepted"):
        measured(suite(30), remote(service), settings=Settings(1, concurrency=1))
    assert len(service.asked) == 8


def test_a_second_run_is_free_and_says_so(service: Service) -> None:
    shelf = Shelf()
    first = measured(suite(5), remote(service), memory=shelf)
    assert not any(s.cached for s in first)
    service.asked.clear()
    again = measured(suite(5), remote(service), memory=shelf)
    assert all(s.cached for s in again)
    assert not service.asked
    assert [replace(s, cached=False) for s in again] == list(first)


@pytest.mark.parametrize(
    "settings", [Settings(2), Settings(1, seed=1), Settings(1, temperature=0.5), Settings(1, None)]
)
def test_another_seed_sample_or_temperature_is_another_question(settings: Settings) -> None:
    shelf = Shelf()
    measured(suite(2), EchoModel(), settings=Settings(1), memory=shelf)
    found = measured(suite(2), EchoModel(), settings=settings, memory=shelf)
    assert sum(s.cached for s in found) == (4 if settings.samples == 2 else 0)


def test_another_model_or_another_limit_is_another_question(service: Service) -> None:
    shelf = Shelf()
    measured(suite(2), EchoModel(), memory=shelf)
    assert not any(s.cached for s in measured(suite(2), remote(service), memory=shelf))
    thinking = open_model(
        "openai:echo",
        Path(),
        reach=Reach({"OPENAI_API_KEY": KEY}, service.openai, thinking=100),
    )
    assert not any(s.cached for s in measured(suite(2), thinking, memory=shelf))


def test_a_failure_is_not_kept(service: Service) -> None:
    shelf = Shelf()
    service.script = [status(400)]
    measured(suite(1), remote(service), memory=shelf, settings=Settings(1))
    assert len(shelf.kept) == 1
    found = measured(suite(1), remote(service), memory=shelf, settings=Settings(1))
    assert [s.cached for s in found] == [False, True]
    assert scores(found) == {"baseline": [0], "skill": [1]}


def test_likelihoods_are_kept_too() -> None:
    task = {
        "id": "flag",
        "prompt": "What colour is the flag?",
        "checks": [
            {"type": "choice", "value": "orange", "options": ["orange", "red"], "by": "likelihood"}
        ],
    }
    shelf = Shelf()
    first = measured(suite(0, task), EchoModel(), memory=shelf)
    again = measured(suite(0, task), EchoModel(), memory=shelf)
    assert [s.score for s in again] == [s.score for s in first]
    assert first[1].score not in {0, 1, None}
    assert "orange 0.9" in first[1].checks[0].saw


def test_an_interrupted_run_has_kept_what_was_answered(service: Service) -> None:
    shelf = Shelf()
    service.script = [faults.answered] * 6 + [faults.slow(30)] * 20

    async def interrupted() -> None:
        model = remote(service)
        task = asyncio.create_task(
            run(suite(20), (BASELINE, SKILL), model, Settings(1, concurrency=2), memory=shelf)
        )
        while len(shelf.kept) < 6:  # noqa: ASYNC110 - what is awaited happens elsewhere
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await model.close()

    asyncio.run(interrupted())
    assert len(shelf.kept) == 6


class Forgetful(Shelf):
    """Loses all but some of its answers, as a kill in between does."""

    def keep(self, question: Question, kept: Kept) -> None:
        if len(self.kept) < 5:
            super().keep(question, kept)


@pytest.mark.slow
def test_the_embedded_model_goes_on_as_if_it_had_not_stopped(model: LocalModel) -> None:
    tasks = [
        {
            "id": f"t{i}",
            "prompt": f"What is the colour of flag {i}, and why?",
            "max_tokens": 16,
            "checks": [{"type": "contains", "value": "orange"}],
        }
        for i in range(4)
    ]
    shelf = Forgetful()
    arms = (BASELINE, SKILL)
    first = asyncio.run(run(suite(0, *tasks), arms, model, Settings(1), memory=shelf))
    again = asyncio.run(run(suite(0, *tasks), arms, model, Settings(1), memory=shelf))
    assert [s.cached for s in again] == [True] * 5 + [False] * 3
    assert [s.completion.text for s in again] == [s.completion.text for s in first]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["text", "finish", "answer", "likelihoods"]), JSON))
def test_what_somebody_else_kept_is_asked_again(value: dict[str, Any]) -> None:
    assert Kept.from_json(value) is None


def test_an_answer_comes_back_as_it_was() -> None:
    completion = Completion("a", "length", 3, 2, 1, 0.5, hidden_tokens=1, served="m")
    kept = Kept(completion, Answer("b", {"x": Fraction(1, 3)}))
    assert Kept.from_json(json.loads(json.dumps(kept.as_json()))) == kept


def test_each_check_says_what_it_wants_and_what_it_saw() -> None:
    checks: list[dict[str, Any]] = [
        {"type": "contains", "value": "flag"},
        {"type": "not_contains", "value": "red", "ignore_case": True},
        {"type": "regex", "value": "^The", "line": 1},
        {"type": "regex", "value": "x", "line": 9},
        {"type": "regex", "value": "blue"},
        {"type": "equals", "value": "no"},
        {"type": "number", "value": 3, "tolerance": 1},
        {"type": "number", "value": 7},
        {"type": "json_fields", "value": {"a": 1}},
        {"type": "json_schema", "value": {"type": "object"}},
    ]
    task = {"id": "t", "prompt": "[[echo: say The flag has 3.5 colours]]", "checks": checks}
    found = measured(suite(0, task), EchoModel())[0]
    assert [(c.check, float(c.score), c.saw) for c in found.checks] == [
        ('contains "flag"', 1, "it is there"),
        ('does not contain "red" (any case)', 1, "it is not there"),
        ("matches /^The/ in line 1", 1, "The flag has 3.5 colours"),
        ("matches /x/ in line 9", 0, "1 lines"),
        ("matches /blue/", 0, "it does not match"),
        ('equals "no"', 0, "The flag has 3.5 colours"),
        ("the last number is 3 give or take 1", 1, "3.5"),
        ("the last number is 7", 0, "3.5"),
        ("JSON with a: 1", 0, "no JSON object"),
        ("JSON that obeys the schema", 0, "no JSON"),
    ]


def test_wrong_fields_and_choices_are_named() -> None:
    fields = {"type": "json_fields", "value": {"a": 1, "b": "x", "c": None}}
    choice = {"type": "choice", "value": "y", "options": ["x", "y"]}
    answers = [('{"a": 2, "b": "x"}', fields), ('{"a": 1, "b": "x", "c": null}', fields), ("x", choice)]  # fmt: skip
    tasks = [
        {"id": f"q{i}", "prompt": f"[[echo: say {answer}]]", "checks": [check]}
        for i, (answer, check) in enumerate(answers)
    ]
    found = measured(suite(0, *tasks), EchoModel(), settings=Settings(1))
    seen = [s.checks[0].saw for s in found if s.arm == "skill"]
    assert seen == ["a: 2, c: missing", "all of them", "x"]
    assert found[-1].checks[0].check == 'is "y", of 2 options'


def test_a_long_answer_is_shown_short() -> None:
    task = {"id": "t", "prompt": f"[[echo: say {'x' * 400}]]", "checks": [{"type": "equals", "value": "y" * 400}]}  # fmt: skip
    (checked,) = measured(suite(0, task), EchoModel())[0].checks
    assert len(checked.saw) == 160
    assert len(checked.check) < 180
