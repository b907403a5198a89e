"""Canonical JSON: one line for one record, and nothing else is read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.errors import RefusedError
from skillvault.vault import canonical

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def test_a_line_is_ascii_with_sorted_keys_no_spaces_and_one_newline() -> None:
    line = canonical.dumps({"b": [1, None, True], "a": "é\U0001f600\n"})
    assert line == b'{"a":"\\u00e9\\ud83d\\ude00\\n","b":[1,null,true]}\n'
    assert canonical.loads(line, "x") == {"a": "é\U0001f600\n", "b": [1, None, True]}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "not JSON"),
        (b"\n", "not JSON"),
        (b"[]\n", "not a JSON object"),
        (b'"a"\n', "not a JSON object"),
        (b"null\n", "not a JSON object"),
        (b"{}", "not canonical"),
        (b"{}\n\n", "not canonical"),
        (b"{}\r\n", "not canonical"),
        (b" {}\n", "not canonical"),
        (b"\xef\xbb\xbf{}\n", "not ASCII"),
        (b"{\x00}\n", "not JSON"),
        (b'{"a": 1}\n', "not canonical"),
        (b'{"a":1,"a":1}\n', "not canonical"),
        (b'{"a":1,"a":2}\n', "not canonical"),
        (b'{"b":1,"a":1}\n', "not canonical"),
        (b'{"a":"\xc3\xa9"}\n', "not ASCII"),
        (b'{"a":"\\u00E9"}\n', "not canonical"),
        (b'{"a":"\\u0041"}\n', "not canonical"),
        (b'{"a":"\\/"}\n', "not canonical"),
        (b'{"a":"\t"}\n', "not JSON"),
        (b'{"a":"\\ud800"}\n', "surrogate"),
        (b'{"\\udc00":1}\n', "surrogate"),
        (b'{"a":1.0}\n', "no integer"),
        (b'{"a":1e3}\n', "no integer"),
        (b'{"a":NaN}\n', "no integer"),
        (b'{"a":-Infinity}\n', "no integer"),
        (b'{"a":-0}\n', "not canonical"),
        (b'{"a":01}\n', "not JSON"),
        (b'{"a":9007199254740992}\n', "2^53"),
        (b'{"a":-9007199254740992}\n', "2^53"),
        (b'{"a":' + b"9" * 10_000 + b"}\n", "2^53"),
        (b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}\n", "not JSON"),
        (b'{"a":' + b"[" * 32 + b"]" * 32 + b"}\n", "32 levels"),
        (b'{"a":"' + b"x" * canonical.SIZE_LIMIT + b'"}\n', "larger than"),
        (b"{'a':1}\n", "not JSON"),
        (b'{"a":1}\n{"a":1}\n', "not JSON"),
        ('{"a":1}\n'.encode("utf-16"), "not ASCII"),
        ('{"a":1}\n'.encode("utf-32-le"), "not JSON"),
    ],
)
def test_other_bytes_are_refused(data: bytes, problem: str) -> None:
    with pytest.raises(RefusedError, match=problem.replace("^", r"\^")) as caught:
        canonical.loads(data, "members/x.json")
    assert caught.value.subject == "members/x.json"


@pytest.mark.parametrize(
    "value",
    [1.5, float("nan"), 2**53, -(2**53), "\ud800", b"bytes", {1: 2}, {"\udfff": 1}, object(), {1}],
)
def test_what_could_not_be_read_back_is_not_written(value: object) -> None:
    with pytest.raises(RefusedError):
        canonical.dumps({"a": [value]})


def test_the_limits_themselves_are_allowed() -> None:
    deep: object = 2**53 - 1
    for _ in range(31):
        deep = [deep]
    record = {"a": deep, "b": -(2**53) + 1}
    assert canonical.loads(canonical.dumps(record), "x") == record
    with pytest.raises(RefusedError, match="32 levels"):
        canonical.dumps({"a": [deep]})


@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_every_record_comes_back(record: dict[str, Any]) -> None:
    line = canonical.dumps(record)
    assert line.isascii()
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert canonical.loads(line, "x") == record


@given(st.dictionaries(TEXT, VALUES, max_size=5), st.data())
def test_any_other_spelling_of_the_same_record_is_refused(
    record: dict[str, Any], data: st.DataObject
) -> None:
    line = canonical.dumps(record)
    other = data.draw(
        st.sampled_from(
            [
                json.dumps(record, sort_keys=True, separators=(", ", ":")),
                json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
                json.dumps(record, sort_keys=True, indent=1),
                json.dumps(record, separators=(",", ":")),
            ]
        )
    )
    if (spelled := f"{other}\n".encode()) != line:
        with pytest.raises(RefusedError):
            canonical.loads(spelled, "x")


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\ud80123e.-\n').map(str.encode))
def test_any_bytes_give_a_record_or_a_refusal(data: bytes) -> None:
    try:
        record = canonical.loads(data, "x")
    except RefusedError:
        return
    assert canonical.dumps(record) == data
