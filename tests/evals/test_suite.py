"""Both dialects, defaults, and every fault with its line."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillvault.errors import CheckError, RefusedError, SkillvaultError
from skillvault.evals.suite import PATH, Suite, parse, suite_of

CONTAINS = {"type": "contains", "value": "a"}
CHOICE = {"type": "choice", "value": "a", "options": ["a", "b"]}


def suite(*evals: dict[str, Any], files: dict[str, bytes] | None = None, **file: object) -> Suite:
    return parse("x", json.dumps({"evals": evals, **file}, indent=1).encode(), files)


def test_agentskills_dialect() -> None:
    read = suite(
        {
            "id": "one",
            "prompt": "Do it.",
            "expected_output": "Done.",
            "assertions": ["It is done"],
            "a_key_of_tomorrow": {"x": 1},
        },
        skill_name="x",
        version=2,
    )
    assert read.ungraded == read.tasks
    assert read.tasks[0].expectations == ("It is done",)
    assert read.tasks[0].expected_output == "Done."


def test_skill_creator_dialect() -> None:
    read = suite({"id": 7, "prompt": "Do it.", "expectations": ["It is done"]}, skill_name="x")
    assert (read.tasks[0].id, read.tasks[0].expectations) == ("7", ("It is done",))
    assert not read.tasks[0].graded


def test_checks_make_a_task_graded_and_its_line_is_known() -> None:
    read = suite({"prompt": "p", "checks": [CONTAINS]}, {"prompt": "q", "expectations": ["e"]})
    assert [task.id for task in read.graded] == ["1"]
    assert [task.id for task in read.ungraded] == ["2"]
    assert read.graded[0].line == 3
    assert (read.graded[0].split, read.graded[0].scoring) == ("tune", "all")


def test_the_digest_is_that_of_the_bytes() -> None:
    data = b'{"evals": []}'
    assert parse("x", data).digest == f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert parse("x", data + b"\n").digest != parse("x", data).digest


def test_defaults_hold_where_a_task_says_nothing() -> None:
    schema = {"type": "object"}
    defaults = {
        "schema": schema,
        "scoring": "mean",
        "prefill": "Well,",
        "max_tokens": 9,
        "system": "S",
    }
    read = suite(
        {"id": "a", "prompt": "p", "checks": [CONTAINS]},
        {
            "id": "b",
            "prompt": "p",
            "checks": [CONTAINS],
            "schema": None,
            "scoring": "all",
            "prefill": "",
            "max_tokens": 8,
        },
        defaults=defaults,
    )
    a, b = read.tasks
    assert read.system == "S"
    assert (a.schema, a.scoring, a.prefill, a.max_tokens) == (
        json.dumps(schema),
        "mean",
        "Well,",
        9,
    )
    assert (b.schema, b.scoring, b.prefill, b.max_tokens) == (None, "all", "", 8)


def test_splits_and_groups() -> None:
    read = suite(
        {"prompt": "p", "checks": [CONTAINS], "split": "held-out", "group": "g"},
        {"prompt": "q", "checks": [CONTAINS]},
    )
    assert [task.group for task in read.only("held-out").tasks] == ["g"]
    assert [task.prompt for task in read.only("tune").tasks] == ["q"]


@pytest.mark.parametrize("name", ["in.csv", "evals/in.csv"])
def test_input_files_join_the_prompt(name: str) -> None:
    read = suite({"prompt": "Sum.", "files": [name]}, files={"evals/in.csv": b"1,2"})
    assert read.tasks[0].prompt == f'Sum.\n\n<file name="{name}">\n1,2\n</file>'


OK = {"prompt": "p", "checks": [CONTAINS]}


@pytest.mark.parametrize(
    ("evals", "line", "problem"),
    [
        ([{"id": "a"}], 3, "evals.0.prompt: field required"),
        ([OK, {"prompt": ""}], 13, "evals.1.prompt: string should have at least 1"),
        ([{"prompt": 3}], 4, "evals.0.prompt: input should be a valid string"),
        ([{"prompt": "p", "checks": [{"type": "contain"}]}], 6, "checks.0: input tag"),
        ([{"prompt": "p", "checks": [{"type": "contains"}]}], 6, "value: field required"),
        (
            [{"prompt": "p", "checks": [CONTAINS | {"ignorecase": 1}]}],
            9,
            "ignorecase: extra inputs are not permitted",
        ),
        ([{"prompt": "p", "checks": {}}], 5, "checks: "),
        (
            [{"prompt": "p", "checks": [CHOICE | {"value": "c"}]}],
            6,
            "'c' is not one of the options",
        ),
        ([{"prompt": "p", "checks": [CHOICE, CHOICE]}], 3, "more than one `choice`"),
        (
            [{"prompt": "p", "checks": [CHOICE], "schema": {}}],
            15,
            'a `choice` needs `"schema": null`',
        ),
        ([{"prompt": "p", "schema": {"type": "text"}}], 5, "type is one of"),
        ([{"prompt": "p", "schema": {"items": {"$ref": "#"}}}], 5, "(at items.$ref)"),
        (
            [{"prompt": "p", "checks": [{"type": "regex", "value": "("}]}],
            8,
            "not a usable pattern: missing )",
        ),
        (
            [{"prompt": "p", "checks": [{"type": "regex", "value": "(", "line": 3}]}],
            8,
            "not a usable pattern",
        ),
        (
            [{"prompt": "p", "checks": [{"type": "not_contains", "value": "x"}]}],
            5,
            "an empty answer passes every check",
        ),
        (
            [{"prompt": "p", "checks": [{"type": "regex", "value": "a?"}]}],
            5,
            "an empty answer passes every check",
        ),
        ([OK | {"id": "a"}, OK | {"id": "a"}], 21, "the id `a` occurs twice"),
        ([OK | {"id": "2"}, OK], 13, "the id `2` occurs twice"),
        ([OK | {"split": "test"}], 11, "evals.0.split: input should be"),
        ([OK | {"scoring": "sum"}], 11, "evals.0.scoring: input should be"),
        ([OK | {"max_tokens": 0}], 11, "evals.0.max_tokens: input should be greater"),
        ([OK | {"files": ["none.csv"]}], 12, "the skill has no file none.csv"),
        ([OK | {"files": ["\x1b[2J"]}], 12, "the skill has no file <U+001B>[2J"),
        ([OK | {"id": "\x1b[2J"}], 11, "an id is printable"),
        ([OK | {"id": "a\u202eb"}], 11, "an id is printable"),
        ([{"prompt": "p", "checks": [CONTAINS | {"\x1b[2J": 1}]}], 9, "<U+001B>[2J: extra inputs"),
        ([OK | {"files": [PATH]}], 12, "never reaches the model"),
        ([OK | {"files": ["evals.json"]}], 12, "never reaches the model"),
        ([OK | {"files": ["logo.png"]}], 12, "logo.png is not text"),
    ],
)
def test_a_fault_is_said_with_its_line(evals: list[Any], line: int, problem: str) -> None:
    files = {PATH: b"x", "logo.png": b"\x89PNG\xff"}
    with pytest.raises(RefusedError) as caught:
        suite(*evals, files=files)
    assert problem in caught.value.problem
    assert caught.value.subject == f"{PATH}:{line}"


@pytest.mark.parametrize(
    ("data", "subject", "problem"),
    [
        (b"", ":1", "not JSON"),
        (b'{"evals": [\n  {"prompt": "p",}\n]}', ":2", "a key in double quotes"),
        (b'{"evals":\n"\xff"}', ":2", "not UTF-8"),
        (b"\xef\xbb\xbf{}", ":1", "not JSON"),
        (b"[]", ":1", "input should be"),
        (b"{}", ":1", "evals: field required"),
        (b'{"evals": {}}', ":1", "evals: "),
        (b'{\n"evals": [],\n"defaults": {"scoring": 1}}', ":3", "defaults.scoring"),
        (b" " * ((1 << 20) + 1), "", "at most 1,048,576"),
    ],
)
def test_a_file_that_is_no_suite_is_refused(data: bytes, subject: str, problem: str) -> None:
    with pytest.raises(RefusedError) as caught:
        parse("x", data)
    assert caught.value.subject == PATH + subject
    assert problem in caught.value.problem


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_suite_or_refused(data: bytes) -> None:
    with pytest.raises(SkillvaultError):
        parse("x", data).require_graded()


KEYS = ["evals", "defaults", "prompt", "checks", "type", "value", "options", "schema", "id"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["choice", "regex", "(", "a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=15,
)


@settings(deadline=None)
@given(JSON)
def test_any_json_is_a_suite_or_refused(value: object) -> None:
    subject = f"{PATH}:"
    try:
        parse("x", json.dumps({"evals": [value]}).encode())
    except RefusedError as error:
        subject = error.subject
    assert subject.startswith(f"{PATH}:")


def test_a_skill_without_a_suite_is_said() -> None:
    with pytest.raises(CheckError, match="no suite") as caught:
        suite_of("x", {"SKILL.md": b""})
    assert caught.value.hint is not None
    assert PATH in caught.value.hint


def test_a_suite_without_tasks_is_said() -> None:
    with pytest.raises(CheckError, match="no tasks"):
        suite().require_graded()


def test_tasks_with_nothing_but_written_expectations_are_said_and_where_to_add_checks() -> None:
    tasks = suite({"prompt": "p", "expectations": ["e"]}, {"prompt": "q", "assertions": ["e"]})
    with pytest.raises(CheckError) as caught:
        tasks.require_graded()
    assert str(caught.value) == (
        "x: 2 of 2 tasks have only written expectations, which need a judge"
    )
    assert caught.value.hint == 'add "checks" to evals/evals.json:3'
