"""What a reply means, whatever it holds."""

from __future__ import annotations

import json
from contextlib import suppress
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.models.anthropic import Anthropic
from skillvault.models.openai import OpenAI
from skillvault.models.remote import Endpoint
from skillvault.models.reply import MalformedError, Reply, clean, count, fault, loads, retry_after

HERE = Endpoint("http://localhost", "none", "x")
OPENAI, ANTHROPIC = OpenAI("m", HERE), Anthropic("m", HERE)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
OPENAI_KEYS = st.sampled_from(
    ["choices", "message", "content", "finish_reason", "refusal", "usage", "model", "error"]
)
ANTHROPIC_KEYS = st.sampled_from(
    ["content", "type", "text", "stop_reason", "usage", "input_tokens", "model"]
)


def shaped(keys: st.SearchStrategy[str]) -> st.SearchStrategy[object]:
    """JSON with the names that a dialect looks for, in all the wrong places."""
    return st.recursive(
        JSON | st.sampled_from(["stop", "end_turn", "text", "length"]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=6),
        max_leaves=20,
    )


@given(st.integers(100, 999), st.dictionaries(st.sampled_from(["retry-after", "location"]), st.text(max_size=40)), st.text() | JSON.map(json.dumps))  # fmt: skip
def test_every_reply_without_an_answer_is_a_fault_in_one_line(
    status: int, headers: dict[str, str], text: str
) -> None:
    found = fault(Reply(status, headers, text))
    assert found.problem
    assert len(found.problem.splitlines()) == 1
    assert len(found.problem) < 300
    assert found.wait is None or found.wait >= 0


@given(st.text())
def test_a_wait_is_a_number_or_nothing(text: str) -> None:
    wait = retry_after({"retry-after": text})
    assert wait is None or wait >= 0


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("7", 7),
        ("0.5", 0.5),
        (formatdate(1_000_090, usegmt=True), 90),
        (formatdate(999_000, usegmt=True), 0),
        ("-3", None),
        ("inf", None),
        ("nan", None),
        ("soon", None),
        ("Mon, 99 Zzz 9999 99:99:99 GMT", None),
        ("", None),
    ],
)
def test_seconds_or_a_date(text: str, wait: float | None) -> None:
    assert retry_after({"retry-after": text}, now=1_000_000) == wait


@given(shaped(OPENAI_KEYS).filter(lambda body: isinstance(body, dict)))
def test_any_json_is_an_answer_of_openai_s_or_malformed(body: dict[str, object]) -> None:
    with suppress(MalformedError):
        found = OPENAI.read(body)
        assert isinstance(found.text, str)
        assert found.finish in {"stop", "length", "refused"}


@given(shaped(ANTHROPIC_KEYS).filter(lambda body: isinstance(body, dict)))
def test_any_json_is_an_answer_of_anthropic_s_or_malformed(body: dict[str, object]) -> None:
    with suppress(MalformedError):
        found = ANTHROPIC.read(body)
        assert isinstance(found.text, str)


@given(st.text())
def test_only_an_object_is_a_reply(text: str) -> None:
    with suppress(MalformedError):
        assert isinstance(loads(text), dict)


@given(JSON)
def test_a_count_is_never_negative(body: object) -> None:
    assert count(body, "usage", "tokens") >= 0


def test_the_key_is_taken_out_unless_it_is_a_word() -> None:
    assert clean("it is sk-123456 here", "sk-123456") == "it is *** here"
    assert clean("none of them", "none") == "none of them"
