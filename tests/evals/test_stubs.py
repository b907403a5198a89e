"""The six tasks of `eval --init`: a suite that reads, and that nothing is measured with."""

from __future__ import annotations

import json

import pytest

from skillvault.errors import CheckError
from skillvault.evals.evaluate import Plan
from skillvault.evals.stubs import COUNT, is_stub, template
from skillvault.evals.suite import parse


def test_the_template_is_a_suite_of_six_stubs() -> None:
    found = parse("review", template("review"))
    assert len(found.tasks) == COUNT
    assert all(task.stub and task.graded for task in found.tasks)
    assert len({check.type for task in found.tasks for check in task.checks}) == COUNT
    assert json.loads(template("naïve"))["skill_name"] == "naïve"


def test_nothing_runs_while_a_stub_stands() -> None:
    file = json.loads(template("review"))
    for raw in file["evals"][:-1]:
        raw["prompt"], raw["expected_output"] = "What?", "That."
        raw["checks"] = [{"type": "contains", "value": "That"}]
    found = parse("review", json.dumps(file).encode())
    with pytest.raises(CheckError, match="1 of 6 tasks are stubs: nobody wrote them yet") as caught:
        Plan().in_words(found)
    assert "evals/evals.json:1" in str(caught.value.hint)


def test_a_text_of_the_template_anywhere_makes_a_stub() -> None:
    (first, *_) = json.loads(template("x"))["evals"]
    for key in ("prompt", "expected_output"):
        changed = {**first, "prompt": "p", "expected_output": "e", "checks": [{"value": "c"}]}
        assert not is_stub(changed)
        assert is_stub(changed | {key: first[key]})
    assert is_stub(first | {"prompt": "p", "expected_output": "e"})
    assert not is_stub({"prompt": "Say what a STUB: is."})
