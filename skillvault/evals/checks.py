"""The deterministic checks of a suite: what an answer is worth, from 0 to 1, as a rational.

Every check grades the answer without the prefill and without blanks around it. Their meaning is
documented in `docs/suites.md`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from skillvault.evals.matcher import Matcher
from skillvault.models import schema

# Not inside a word (`p1`, `v2`); `5-3` ends in 3, not in -3.
_NUMBER = re.compile(
    r"(?<![\w.])[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?"
)
_FENCE = re.compile(r"```(?:json)?[ \t]*\n(.*?)```", re.DOTALL)
_RIGHT, _WRONG = Fraction(1), Fraction(0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said, and how likely it found each option where that was asked."""

    text: str
    likelihoods: Mapping[str, Fraction] = field(default_factory=dict)


class _Check(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Contains(_Check):
    """The answer contains `value`."""

    type: Literal["contains"]
    value: Annotated[str, Field(min_length=1)]
    ignore_case: bool = False

    def grade(self, answer: Answer, _matcher: Matcher) -> Fraction:
        """1 or 0."""
        return _worth(
            _folded(self.value, self.ignore_case) in _folded(answer.text, self.ignore_case)
        )


class NotContains(_Check):
    """The answer does not contain `value`."""

    type: Literal["not_contains"]
    value: Annotated[str, Field(min_length=1)]
    ignore_case: bool = False

    def grade(self, answer: Answer, _matcher: Matcher) -> Fraction:
        """1 or 0."""
        return _worth(not _contains(answer, self.value, self.ignore_case))


class Regex(_Check):
    """The pattern (Python's `re`) is found in the answer, or in its `line` (from 1)."""

    type: Literal["regex"]
    value: Annotated[str, Field(min_length=1)]
    line: Annotated[int, Field(ge=1)] | None = None
    ignore_case: bool = False

    def grade(self, answer: Answer, matcher: Matcher) -> Fraction:
        """1 or 0. SlowPatternError: it cannot be decided."""
        text = answer.text
        if self.line is not None:
            lines = text.splitlines()
            if self.line > len(lines):
                return _WRONG
            text = lines[self.line - 1]
        return _worth(matcher.search(self.value, text, ignore_case=self.ignore_case))


class Equals(_Check):
    """The answer is `value`, blanks around both left aside."""

    type: Literal["equals"]
    value: Annotated[str, Field(min_length=1)]
    ignore_case: bool = False

    def grade(self, answer: Answer, _matcher: Matcher) -> Fraction:
        """1 or 0."""
        wanted, given = self.value.strip(), answer.text.strip()
        return _worth(_folded(wanted, self.ignore_case) == _folded(given, self.ignore_case))


class Number(_Check):
    """The last number in the answer is `value`, give or take `tolerance`."""

    type: Literal["number"]
    value: float
    tolerance: Annotated[float, Field(ge=0)] = 0

    def grade(self, answer: Answer, _matcher: Matcher) -> Fraction:
        """1 or 0, by exact arithmetic on the decimals as written."""
        found = last_number(answer.text)
        if found is None:
            return _WRONG
        given = Fraction(found.replace(",", ""))
        wanted, tolerance = Fraction(str(self.value)), Fraction(str(self.tolerance))
        return _worth(abs(given - wanted) <= tolerance)


class JsonFields(_Check):
    """The answer is a JSON object with these values in these fields."""

    type: Literal["json_fields"]
    value: Annotated[dict[str, Any], Field(min_length=1)]

    def grade(self, answer: Answer, _matcher: Matcher) -> Fraction:
        """The share of fields that are right."""
        given = json_in(answer.text)
        if not isinstance(given, dict):
            return _WRONG
        right = sum(1 for k, v in self.value.items() if k in given and schema.same(given[k], v))
        return Fraction(right, len(self.value))


class JsonSchema(_Check):
    """The answer is JSON that obeys the schema (the subset of `models/schema.py`)."""

    type: Literal["json_schema"]
    value: dict[str, Any]

    @field_validator("value")
    @classmethod
    def _is_in_the_subset(cls, value: dict[str, Any]) -> dict[str, Any]:
        return checked_schema(value)

    def grade(self, answer: Answer, _matcher: Matcher) -> Fraction:
        """1 or 0."""
        try:
            given = _strictly_json_in(answer.text)
        except ValueError:
            return _WRONG
        return _worth(schema.conforms(given, self.value))


class Choice(_Check):
    """The whole answer is `value`, one of `options`.

    With `by` `likelihood` the renormalised likelihood of the right option counts, where the
    backend can tell it; elsewhere the answer itself.
    """

    type: Literal["choice"]
    value: str
    options: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=200)], ...],
        Field(min_length=2, max_length=64, strict=False),
    ]
    by: Literal["answer", "likelihood"] = "answer"

    @field_validator("options")
    @classmethod
    def _are_options(cls, options: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(options)) != len(options):
            raise ValueError("an option occurs twice")
        for option in options:
            if option != option.strip() or not option.isprintable():
                raise ValueError(f"{option!r} has blanks around it, or a line break in it")
        return options

    @model_validator(mode="after")
    def _has_the_right_one(self) -> Self:
        if self.value not in self.options:
            raise ValueError(f"{self.value!r} is not one of the options")
        return self

    def grade(self, answer: Answer, _matcher: Matcher) -> Fraction:
        """1 or 0, or a likelihood from 0 to 1."""
        if answer.likelihoods:
            return answer.likelihoods[self.value]
        return _worth(answer.text.strip() == self.value)


Check = Annotated[
    Contains | NotContains | Regex | Equals | Number | JsonFields | JsonSchema | Choice,
    Field(discriminator="type"),
]

EMPTY = Answer("")


def checked_schema(value: dict[str, Any]) -> dict[str, Any]:
    """The schema, if it is in the subset; ValueError that says where it is not."""
    try:
        schema.validate(value)
    except schema.SchemaError as error:
        place = ".".join(map(str, error.path))
        raise ValueError(f"{error} (at {place})" if place else str(error)) from error
    return value


def grades(checks: tuple[Check, ...], answer: Answer, matcher: Matcher) -> tuple[Fraction, ...]:
    """What each check finds. SlowPatternError: one of them cannot be decided."""
    return tuple(check.grade(answer, matcher) for check in checks)


def task_score(
    checks: tuple[Check, ...],
    guards: tuple[bool, ...],
    scoring: Literal["all", "mean"],
    answer: Answer,
    grades: tuple[Fraction, ...],
) -> Fraction:
    """What an answer earns in a task, from the grades of its checks.

    A check that an empty answer passes is a guard: it can cost the score but never earns any.
    `all`: 1 if every check passes, else 0 (a likelihood counts as such). `mean`: the mean over
    the checks that are no guards, 0 if a guard fails.
    """
    if any(guard and grade < 1 for guard, grade in zip(guards, grades, strict=True)):
        return _WRONG
    earned = [grade for guard, grade in zip(guards, grades, strict=True) if not guard]
    if scoring == "mean":
        return sum(earned, _WRONG) / len(earned)
    passed = all(
        grade == 1 or (isinstance(check, Choice) and answer.likelihoods)
        for check, grade in zip(checks, grades, strict=True)
    )
    return min(earned) if passed else _WRONG


def last_number(text: str) -> str | None:
    """The last number in a text, as it is written there."""
    found = _NUMBER.findall(text)
    return found[-1] if found else None


def json_in(text: str) -> object:
    """The JSON value that an answer is, or None; a fence around it is left aside."""
    try:
        return _strictly_json_in(text)
    except ValueError:
        return None


def _strictly_json_in(text: str) -> object:
    fenced = _FENCE.search(text)
    return schema.strict_json(fenced[1] if fenced else text)


def _worth(passed: bool) -> Fraction:
    return _RIGHT if passed else _WRONG


def _contains(answer: Answer, value: str, ignore_case: bool) -> bool:
    return _folded(value, ignore_case) in _folded(answer.text, ignore_case)


def _folded(text: str, ignore_case: bool) -> str:
    return text.casefold() if ignore_case else text
