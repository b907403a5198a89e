"""The embedded model itself: what it holds, what it repeats, how it ends."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

from skillvault.errors import RefusedError, ServiceError
from skillvault.models.base import Model, Request, Scorer
from skillvault.models.local import LocalModel
from skillvault.models.registry import DEFAULT, open_model
from tests.models.ask import FACTS, answer, answers

ASK = Request(FACTS, "Complete the sentence.", prefill="The colour of the pilot flag is")
COLOURS = ("green", "orange", "purple", "white")


def test_it_is_a_model_that_scores(model: LocalModel) -> None:
    backend: Model = model
    assert isinstance(backend, Scorer)


def test_a_choice_holds_and_the_prefill_is_not_in_the_answer(model: LocalModel) -> None:
    completion = answer(model, replace(ASK, choice=COLOURS))
    assert completion.text.strip() == "orange"
    assert completion.finish == "stop"


@pytest.mark.parametrize("options", [('say "x"', "back\\slash"), ("naïve", "日本語"), ("a", "ab")])
def test_any_option_can_be_chosen(model: LocalModel, options: tuple[str, ...]) -> None:
    for option in options:
        forced = answer(model, replace(ASK, choice=(option,)))
        assert (forced.text.strip(), forced.finish) == (option, "stop")


def test_without_a_prefill_the_answer_begins_at_once(model: LocalModel) -> None:
    assert answer(model, Request(FACTS, "Which?", choice=("otter",))).text == "otter"


SCHEMA = {
    "type": "object",
    "properties": {
        "queue": {"enum": ["otter", "falcon"]},
        "urgent": {"type": "boolean"},
        "count": {"type": "integer", "minimum": 3, "maximum": 7},
    },
    "required": ["queue", "urgent", "count"],
    "additionalProperties": False,
}


def test_a_schema_holds_and_costs_no_blanks(model: LocalModel) -> None:
    text = answer(model, Request(FACTS, "Sort this ticket.", schema=json.dumps(SCHEMA))).text
    assert text == json.dumps(json.loads(text), separators=(",", ":"))
    assert json.loads(text)["queue"] in {"otter", "falcon"}
    assert 3 <= json.loads(text)["count"] <= 7


@pytest.mark.parametrize(
    "schema", ['{"type": "text"}', '{"pattern": "a"}', "[]", "true", "{", "", '{"type": NaN}']
)
def test_a_schema_that_would_not_hold_is_refused(model: LocalModel, schema: str) -> None:
    with pytest.raises(RefusedError, match="the schema"):
        answer(model, Request(FACTS, "x", schema=schema))


def test_a_prompt_that_does_not_fit_is_an_overflow(model: LocalModel) -> None:
    completion = answer(model, Request(FACTS, "x " * 9000))
    assert (completion.text, completion.finish) == ("", "overflow")
    assert completion.prompt_tokens > 9000


def test_an_answer_that_is_cut_says_so(model: LocalModel) -> None:
    completion = answer(model, Request(FACTS, "Tell a long story.", max_tokens=3))
    assert (completion.finish, completion.completion_tokens) == ("length", 3)


def test_the_prefix_is_computed_once(model: LocalModel) -> None:
    model.forget()
    first, second = answers(model, ASK, replace(ASK, prefill="The night berth for ferries is"))
    assert first.cached_tokens == 0
    assert second.cached_tokens > 0.6 * second.prompt_tokens


def test_a_seed_repeats_a_sample(model: LocalModel) -> None:
    warm = Request(FACTS, "Name a ship.", temperature=1.5, max_tokens=8)
    _, one, same, other = answers(
        model, warm, replace(warm, seed=4), replace(warm, seed=4), replace(warm, seed=5)
    )
    assert one.text == same.text != other.text


def test_a_stated_fact_is_more_likely_than_another(model: LocalModel) -> None:
    def likelihood(option: str) -> float:
        return sum(asyncio.run(model.score(ASK, option)).logprobs)

    assert likelihood("orange") > likelihood("purple") > likelihood("xylophone")


def test_scoring_gives_one_number_for_each_token_of_the_text(model: LocalModel) -> None:
    scored = asyncio.run(model.score(ASK, "orange"))
    assert scored.text == " orange"
    assert len(scored.logprobs) == asyncio.run(model.count_tokens(" orange"))
    assert all(value <= 0 for value in scored.logprobs)


def test_scoring_what_does_not_fit_is_an_overflow(model: LocalModel) -> None:
    scored = asyncio.run(model.score(Request(FACTS, "x " * 9000), "y"))
    assert (scored.finish, scored.logprobs) == ("overflow", ())


def test_tokens_are_counted_by_its_own_tokenizer(model: LocalModel) -> None:
    assert asyncio.run(model.count_tokens("hello world")) == 2
    assert asyncio.run(model.count_tokens("")) == 0


def test_the_port_is_closed_to_all_without_the_key(model: LocalModel) -> None:
    address = asyncio.run(model.listening_address())
    assert address.startswith("http://127.0.0.1:")
    for path in ("/props", "/slots", "/v1/models", "/v1/chat/completions", "/tokenize"):
        for headers in ({}, {"Authorization": "Bearer none"}):
            data = b"{}" if path in {"/v1/chat/completions", "/tokenize"} else None
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(urllib.request.Request(address + path, data, headers))
            assert refused.value.code == 401
            refused.value.close()


@pytest.mark.slow
def test_forgetting_is_bit_for_bit_a_new_server(model: LocalModel, weights: Path) -> None:
    def logprobs(backend: LocalModel) -> list[tuple[float, ...]]:
        async def score() -> list[tuple[float, ...]]:
            return [(await backend.score(ASK, colour)).logprobs for colour in COLOURS]

        return asyncio.run(score())

    answers(model, Request("Something else before.", "x", max_tokens=4))
    model.forget()
    warm = logprobs(model)
    fresh = open_model(DEFAULT, weights)
    assert isinstance(fresh, LocalModel)
    assert logprobs(fresh) == warm
    asyncio.run(fresh.close())


REPEAT = """
import sys
from pathlib import Path
from skillvault.models.base import Request
from skillvault.models.registry import DEFAULT, open_model
from tests.models.ask import FACTS, answers
requests = [Request(FACTS, f"Write a sentence about ship {n}.", max_tokens=16) for n in range(8)]
model = open_model(DEFAULT, Path(sys.argv[1]))
for completion in answers(model, *requests):
    print(completion.text)
"""


@pytest.mark.exhaustive
def test_two_processes_give_the_same_answers(weights: Path) -> None:
    def run() -> str:
        command = [sys.executable, "-c", REPEAT, str(weights)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert (done.returncode, done.stderr) == (0, "")
        assert len(set(done.stdout.splitlines())) > 4
        return hashlib.sha256(done.stdout.encode()).hexdigest()

    assert run() == run()


LEAVE = """
import asyncio, sys, time
from pathlib import Path
from skillvault.models.base import Request
from skillvault.models.registry import DEFAULT, open_model
model = open_model(DEFAULT, Path(sys.argv[1]))
async def main():
    asking = asyncio.ensure_future(anext(model.generate([Request("x", "Count to 9999.",
        max_tokens=8000, schema='{"type": "array", "items": {"type": "integer"}, "minItems": 8000}')])))
    await asyncio.sleep(1.5)
    assert not asking.done()
    HOW
asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("sys.exit(3)", 3),
        ("1 / 0", 1),
        ("import signal, os; os.kill(os.getpid(), signal.SIGINT); await asyncio.sleep(5)", -2),
    ],
)
def test_leaving_during_a_call_is_quick_and_no_crash(weights: Path, how: str, code: int) -> None:
    started = time.monotonic()
    command = [sys.executable, "-c", LEAVE.replace("HOW", how), str(weights)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    assert time.monotonic() - started < 20


@pytest.mark.slow
def test_closing_stops_the_running_call_and_nothing_is_answered_afterwards(weights: Path) -> None:
    model = open_model(DEFAULT, weights)

    async def scenario() -> None:
        long = Request("x", "Tell a long story.", max_tokens=4000, temperature=1.0)
        asking = asyncio.ensure_future(anext(model.generate([long])))
        await asyncio.sleep(1)
        await model.close()
        assert (await asking).finish in {"failed", "stop"}
        await model.close()
        with pytest.raises(ServiceError, match="closed"):
            await anext(model.generate([long]))

    asyncio.run(scenario())


def test_a_file_that_the_runtime_cannot_load_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"GGUF" + bytes(5000))
    broken = open_model(f"local:{tmp_path}/x.gguf", tmp_path)
    with pytest.raises(ServiceError, match=r"the runtime cannot load x\.gguf"):
        answer(broken, ASK)
    asyncio.run(broken.close())
