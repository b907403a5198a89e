from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillvault.models import schema
from skillvault.models.base import Capabilities, Request, Scorer
from skillvault.models.echo import EchoModel
from tests.models.ask import FACTS, answer, answers

ASK = Request(FACTS, "Complete the sentence.", prefill="The colour of the pilot flag is")


def test_it_answers_with_the_line_that_shares_most_words() -> None:
    assert answer(EchoModel(), ASK).text == "The colour of the pilot flag is orange."


def test_a_choice_is_found_in_that_line() -> None:
    options = ("green", "orange", "purple")
    assert answer(EchoModel(), replace(ASK, choice=options)).text == "orange"


def test_without_the_fact_it_takes_the_first_option() -> None:
    bare = replace(ASK, system="", choice=("green", "orange"))
    assert answer(EchoModel(), bare).text == "green"


def test_without_a_shared_word_it_repeats_the_prompt() -> None:
    assert answer(EchoModel(), Request(FACTS, "Gnomon?")).text == "Gnomon?"


def test_the_same_question_gives_the_same_answer() -> None:
    assert answers(EchoModel(), ASK, ASK) == answers(EchoModel(), ASK, ASK)


@pytest.mark.parametrize(
    ("order", "finish"),
    [("refuse", "refused"), ("fail", "failed"), ("overflow", "overflow"), ("length", "length")],
)
def test_a_line_in_the_prompt_ends_the_call(order: str, finish: str) -> None:
    assert answer(EchoModel(), Request("", f"x [[echo: {order}]]")).finish == finish


def test_fail_once_fails_at_the_first_try_only() -> None:
    request = Request("", "x [[echo: fail once]]")
    assert [c.finish for c in answers(EchoModel(), request, request)] == ["failed", "stop"]


def test_say_answers_whatever_the_constraint() -> None:
    request = Request("", "[[echo: say not json]]", schema='{"type": "object"}')
    assert answer(EchoModel(), request).text == "not json"


def test_an_answer_longer_than_allowed_is_cut_and_says_so() -> None:
    cut = answer(EchoModel(), Request("", "[[echo: say one two three four]]", max_tokens=2))
    assert (cut.text, cut.finish, cut.completion_tokens) == ("one two", "length", 2)


def test_a_stated_fact_is_more_likely_than_another() -> None:
    model = EchoModel()
    assert isinstance(model, Scorer)
    likely = asyncio.run(model.score(ASK, "orange")).logprobs
    unlikely = asyncio.run(model.score(ASK, "purple")).logprobs
    assert sum(likely) > sum(unlikely)


def test_a_backend_that_cannot_constrain_does_not() -> None:
    plain = EchoModel(Capabilities())
    text = answer(plain, replace(ASK, choice=("purple", "orange"))).text
    assert text == "The colour of the pilot flag is orange."


PROPERTIES = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "minLength": 3, "maxLength": 5},
        {"enum": ["orange", 4, None]},
        {"const": [1]},
        {"type": "integer", "minimum": -3, "maximum": 7},
        {"type": "number", "exclusiveMinimum": 2, "exclusiveMaximum": 5},
        {"type": ["boolean", "null"]},
        {"type": "null"},
        {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 3},
        {"anyOf": [{"type": "boolean"}, {"type": "string"}]},
    ]
)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from("abcd"), PROPERTIES), st.text("ab 019-", max_size=20))
def test_a_schema_is_obeyed(properties: dict[str, object], prompt: str) -> None:
    wanted = {"type": "object", "properties": properties, "required": list(properties)}
    text = answer(EchoModel(), Request(FACTS, prompt, schema=json.dumps(wanted))).text
    assert schema.conforms(schema.strict_json(text), wanted)
