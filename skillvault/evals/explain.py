"""What a check of a suite wants, and what it saw in an answer, in words for a person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from skillvault.evals.checks import (
    Answer,
    Check,
    Choice,
    Contains,
    Equals,
    JsonFields,
    JsonSchema,
    NotContains,
    Number,
    Regex,
    json_in,
    last_number,
)
from skillvault.models.schema import same

_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Checked:
    """One check of one answer: what it wants, its grade, what it was judged on."""

    check: str
    score: Fraction
    saw: str


def explain(
    checks: Sequence[Check], grades: Sequence[Fraction], answer: Answer
) -> tuple[Checked, ...]:
    """Every check of a task in words, each with its grade."""
    return tuple(
        Checked(wants(check), grade, _short(saw(check, grade, answer)))
        for check, grade in zip(checks, grades, strict=True)
    )


def wants(check: Check) -> str:
    """What passes."""
    match check:
        case Contains():
            return f"contains {_quoted(check.value)}{_case(check.ignore_case)}"
        case NotContains():
            return f"does not contain {_quoted(check.value)}{_case(check.ignore_case)}"
        case Regex():
            where = f" in line {check.line}" if check.line else ""
            return f"matches /{_short(check.value)}/{where}{_case(check.ignore_case)}"
        case Equals():
            return f"equals {_quoted(check.value)}{_case(check.ignore_case)}"
        case Number():
            margin = f" give or take {check.tolerance:g}" if check.tolerance else ""
            return f"the last number is {check.value:g}{margin}"
        case JsonFields():
            return _short(
                "JSON with " + ", ".join(f"{k}: {_json(v)}" for k, v in check.value.items())
            )
        case JsonSchema():
            return "JSON that obeys the schema"
        case Choice():
            return f"is {_quoted(check.value)}, of {len(check.options)} options"


def saw(check: Check, grade: Fraction, answer: Answer) -> str:
    """What the check was judged on."""
    match check:
        case Contains() | NotContains():
            there = (grade == 1) is isinstance(check, Contains)
            return "it is there" if there else "it is not there"
        case Regex():
            if check.line is None:
                return "it matches" if grade else "it does not match"
            lines = answer.text.splitlines()
            return lines[check.line - 1] if check.line <= len(lines) else f"{len(lines)} lines"
        case Number():
            return last_number(answer.text) or "no number"
        case JsonFields():
            given = json_in(answer.text)
            if not isinstance(given, dict):
                return "no JSON object"
            wrong = [k for k, v in check.value.items() if k not in given or not same(given[k], v)]
            said = (f"{k}: {_json(given[k]) if k in given else 'missing'}" for k in wrong)
            return ", ".join(said) if wrong else "all of them"
        case JsonSchema():
            if grade:
                return "it does"
            return "it does not" if json_in(answer.text) is not None else "no JSON"
        case Choice() if answer.likelihoods:
            ranked = sorted(answer.likelihoods.items(), key=lambda pair: -pair[1])
            return ", ".join(f"{option} {float(share):.2f}" for option, share in ranked)
        case _:
            return answer.text.strip() or "nothing"


def _case(ignored: bool) -> str:
    return " (any case)" if ignored else ""


def _quoted(text: str) -> str:
    return json.dumps(_short(text), ensure_ascii=False)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
