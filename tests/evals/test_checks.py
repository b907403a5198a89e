"""Each check, both ways: what it passes, what it does not, and what would fool a careless one."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from skillvault.evals.checks import Answer, Check, grades, json_in, task_score
from skillvault.evals.matcher import Matcher, SlowPatternError

ADAPTER: TypeAdapter[Check] = TypeAdapter(Check)
MATCHER = Matcher(seconds=0.2)
CHOICE = {"type": "choice", "value": "bison", "options": ["bison", "heron", "otter"]}


def check(**fields: object) -> Check:
    made: Check = ADAPTER.validate_python(fields)
    return made


def grade(text: str, **fields: object) -> Fraction:
    return check(**fields).grade(Answer(text), MATCHER)


@pytest.mark.parametrize(
    ("answer", "fields", "passes"),
    [
        ("run zgctl drain-lane 3", {"type": "contains", "value": "zgctl drain-lane"}, True),
        ("run ZGCTL", {"type": "contains", "value": "zgctl"}, False),
        ("run ZGCTL", {"type": "contains", "value": "zgctl", "ignore_case": True}, True),
        ("STRASSE", {"type": "contains", "value": "straße", "ignore_case": True}, True),
        ("", {"type": "contains", "value": "x"}, False),
        ("use sudo", {"type": "not_contains", "value": "sudo"}, False),
        ("use SUDO", {"type": "not_contains", "value": "sudo"}, True),
        ("use SUDO", {"type": "not_contains", "value": "sudo", "ignore_case": True}, False),
        ("", {"type": "not_contains", "value": "sudo"}, True),
        ("LRK-12 | api | x\nmore", {"type": "regex", "value": r"^LRK-\d+ \| api \|"}, True),
        ("a\nLRK-12 | api |", {"type": "regex", "value": r"^LRK-\d+", "line": 1}, False),
        ("a\nLRK-12 | api |", {"type": "regex", "value": r"^LRK-\d+", "line": 2}, True),
        ("a", {"type": "regex", "value": ".*", "line": 2}, False),
        ("lrk", {"type": "regex", "value": "LRK", "ignore_case": True}, True),
        ("lrk", {"type": "regex", "value": "LRK"}, False),
        (" Harbor\n", {"type": "equals", "value": "Harbor"}, True),
        ("harbor", {"type": "equals", "value": "Harbor"}, False),
        ("harbor", {"type": "equals", "value": "Harbor", "ignore_case": True}, True),
        ("Harbor.", {"type": "equals", "value": "Harbor"}, False),
        ("It is 41.5 dollars", {"type": "number", "value": 41.5}, True),
        ("It is 42", {"type": "number", "value": 41.5, "tolerance": 0.5}, True),
        ("It is 42.01", {"type": "number", "value": 41.5, "tolerance": 0.5}, False),
        ("0.3", {"type": "number", "value": 0.1, "tolerance": 0.2}, True),  # not so in floats
        ("1,234.50 in all", {"type": "number", "value": 1234.5}, True),
        ("first 7, then 8", {"type": "number", "value": 8}, True),
        ("first 7, then 8", {"type": "number", "value": 7}, False),
        ("-3", {"type": "number", "value": -3}, True),
        ("5-3", {"type": "number", "value": 3}, True),
        ("1e3", {"type": "number", "value": 1000}, True),
        ("queue p1 v2", {"type": "number", "value": 2}, False),
        ("two", {"type": "number", "value": 2}, False),
        ("", {"type": "number", "value": 0}, False),
        ("bison", CHOICE, True),
        (" bison ", CHOICE, True),
        ("The bison", CHOICE, False),
        ("otter", CHOICE, False),
        ("", CHOICE, False),
        ('{"a": 1}', {"type": "json_schema", "value": {"required": ["a"]}}, True),
        ('{"b": 1}', {"type": "json_schema", "value": {"required": ["a"]}}, False),
        ("not json", {"type": "json_schema", "value": {}}, False),
        ("null", {"type": "json_schema", "value": {"type": "null"}}, True),
        ("", {"type": "json_schema", "value": {}}, False),
    ],
)
def test_checks(answer: str, fields: dict[str, Any], passes: bool) -> None:
    assert grade(answer, **fields) == int(passes)


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        ('{"queue": "bison", "priority": "p1", "n": 1}', 1),
        ('```json\n{"queue": "bison", "priority": "p1", "n": 1.0}\n```', 1),
        ('{"queue": "bison", "priority": "p2", "n": 1}', Fraction(2, 3)),
        ('{"queue": "bison", "priority": "p1", "n": true}', Fraction(2, 3)),
        ('{"queue": "bison"}', Fraction(1, 3)),
        ('{"Queue": "bison"}', 0),
        ("[]", 0),
        ("{}", 0),
        ("null", 0),
        ('{"queue": "bison", "queue": "bison"}', 0),
        ('Here it is: {"queue": "bison"}', 0),
        ("[" * 100_000, 0),
        ("", 0),
    ],
)
def test_json_fields_give_the_share_that_is_right(answer: str, share: Fraction) -> None:
    value = {"queue": "bison", "priority": "p1", "n": 1}
    assert grade(answer, type="json_fields", value=value) == share


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "contains"},
        {"type": "contains", "value": ""},
        {"type": "contains", "value": 3},
        {"type": "contains", "value": "x", "ignorecase": True},
        {"type": "contains", "value": "x", "ignore_case": "yes"},
        {"type": "regex", "value": "x", "line": 0},
        {"type": "equals", "value": ""},
        {"type": "number", "value": "3"},
        {"type": "number", "value": True},
        {"type": "number", "value": 3, "tolerance": -1},
        {"type": "json_fields", "value": {}},
        {"type": "json_fields", "value": []},
        {"type": "json_schema", "value": {"pattern": "(a+)+$"}},
        {"type": "json_schema", "value": "object"},
        {"type": "choice", "value": "x", "options": ["a", "b"]},
        {"type": "choice", "value": "a", "options": ["a"]},
        {"type": "choice", "value": "a", "options": ["a", "a"]},
        {"type": "choice", "value": "a", "options": ["a", ""]},
        {"type": "choice", "value": "a", "options": ["a", " b"]},
        {"type": "choice", "value": "a", "options": ["a", "b\nc"]},
        {"type": "choice", "value": "a", "options": ["a", "b"], "by": "vote"},
        {"type": "exec", "value": "rm"},
        {"value": "x"},
    ],
)
def test_a_check_that_is_none_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(**fields)


@given(st.text())
def test_any_answer_gets_a_grade_from_0_to_1(text: str) -> None:
    for fields in (
        {"type": "contains", "value": "a"},
        {"type": "number", "value": 3},
        {"type": "json_fields", "value": {"a": 1}},
        {"type": "json_schema", "value": {"type": "object"}},
        CHOICE,
    ):
        assert 0 <= grade(text, **fields) <= 1


def scored(
    answer: Answer | str, *checks: dict[str, Any], scoring: Literal["all", "mean"] = "all"
) -> Fraction:
    made = tuple(check(**fields) for fields in checks)
    guards = tuple(c.grade(Answer(""), MATCHER) == 1 for c in made)
    given_ = Answer(answer) if isinstance(answer, str) else answer
    return task_score(made, guards, scoring, given_, grades(made, given_, MATCHER))


A = {"type": "contains", "value": "a"}
B = {"type": "contains", "value": "b"}
NO_X = {"type": "not_contains", "value": "x"}
FIELDS = {"type": "json_fields", "value": {"p": 1, "q": 2, "r": 3}}


@pytest.mark.parametrize(
    ("answer", "checks", "all_", "mean"),
    [
        ("a b", [A, B], 1, 1),
        ("a", [A, B], 0, Fraction(1, 2)),
        ("a b", [A, B, NO_X], 1, 1),
        ("a", [A, B, NO_X], 0, Fraction(1, 2)),  # the guard earns nothing
        ("a b x", [A, B, NO_X], 0, 0),
        ("", [A, NO_X], 0, 0),
        ('{"p": 1, "q": 0, "r": 3}', [FIELDS], 0, Fraction(2, 3)),
        ('{"p": 1, "q": 2, "r": 3}', [FIELDS, NO_X], 1, 1),
        ("bison", [CHOICE], 1, 1),
    ],
)
def test_scoring(answer: str, checks: list[dict[str, Any]], all_: int, mean: Fraction) -> None:
    assert scored(answer, *checks) == all_
    assert scored(answer, *checks, scoring="mean") == mean


def test_a_negative_pattern_is_a_guard_too() -> None:
    no_sudo = {"type": "regex", "value": "^(?!.*sudo)"}
    assert scored("a", A, B, no_sudo, scoring="mean") == Fraction(1, 2)
    assert scored("a b sudo", A, B, no_sudo, scoring="mean") == 0


def test_a_likelihood_is_its_score_and_other_checks_still_count() -> None:
    likely = Answer("bison", {"bison": Fraction(3, 5), "heron": Fraction(2, 5)})
    assert scored(likely, CHOICE) == Fraction(3, 5)
    assert scored(likely, CHOICE, scoring="mean") == Fraction(3, 5)
    assert scored(likely, CHOICE, B, scoring="mean") == Fraction(4, 5)
    assert scored(likely, CHOICE, NO_X) == Fraction(3, 5)
    assert scored(likely, CHOICE, {"type": "contains", "value": "zebra"}) == 0


def test_a_pattern_that_cannot_be_decided_is_no_score() -> None:
    with pytest.raises(SlowPatternError):
        scored("a" * 60 + "b", {"type": "regex", "value": "(a+)+$"})


@given(st.text())
def test_json_in_any_text_is_a_value_or_none(text: str) -> None:
    json_in(text)
