from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.evals.located import LocatedError, load
from skillvault.models.schema import same

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES, st.sampled_from([None, 0, 2]), st.booleans())
def test_reads_what_json_writes(value: object, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert same(load(text).value, value)


@given(VALUES)
def test_each_value_stands_on_its_line(value: object) -> None:
    text = json.dumps(value, indent=1)
    located = load(text)
    lines = text.split("\n")

    def walk(part: object, path: tuple[str | int, ...]) -> None:
        line = lines[located.lines[path] - 1]
        match part:
            case dict():
                assert not path or isinstance(path[-1], int) or json.dumps(path[-1]) in line
                for key, child in part.items():
                    walk(child, (*path, key))
            case list():
                for index, child in enumerate(part):
                    walk(child, (*path, index))
            case _:
                assert json.dumps(part) in line

    walk(value, ())


@given(st.text())
def test_any_text_is_json_or_an_error_with_a_line(text: str) -> None:
    try:
        located = load(text)
    except LocatedError as error:
        line = error.line
    else:
        assert same(located.value, json.loads(text))
        line = 1
    assert 1 <= line <= text.count("\n") + 1


@given(VALUES, st.data())
def test_one_changed_character_agrees_with_the_library(value: object, data: st.DataObject) -> None:
    text = list(json.dumps(value, indent=1))
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] = data.draw(st.sampled_from('{}[]",:0-.eE \n\\x'))
    broken = "".join(text)
    try:
        expected = json.loads(broken)
    except ValueError:
        with pytest.raises(LocatedError):
            load(broken)
    else:
        try:
            located = load(broken)
        except LocatedError as error:
            problem = str(error)
        else:
            assert same(located.value, expected)
            return
        assert "occurs twice" in problem or "too large" in problem


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", 1, "a value is expected"),
        ("\n\n{", 3, "a key in double quotes"),
        ('{"a": 1,\n "a": 2}', 2, 'the key "a" occurs twice'),
        ('{"a" 1}', 1, "`:` is expected"),
        ('{"a": 1\n"b": 2}', 2, "`,` or `}` is expected"),
        ("[1\n2]", 2, "`,` or `]` is expected"),
        ("[1,\n]", 2, "a value is expected"),
        ("{'a': 1}", 1, "a key in double quotes"),
        ('[\n"a\nb"]', 2, "invalid control character"),
        ('["a', 1, "unterminated string"),
        ("[1]\n\nx", 3, "something stands behind the end"),
        ("[NaN]", 1, "a value is expected"),
        ("[1e999]", 1, "the number is too large"),
        ("[" + "1" * 5000 + "]", 1, "the number is too long"),
        ("[01]", 1, "`,` or `]`"),
        ("[" * 100_000, 1, "nested too deep"),
        ('{"a":' * 100_000, 1, "nested too deep"),
        ("// no\n{}", 1, "a value is expected"),
    ],
)
def test_what_is_not_json_has_a_line_and_a_reason(text: str, line: int, problem: str) -> None:
    with pytest.raises(LocatedError) as caught:
        load(text)
    assert problem in str(caught.value)
    assert caught.value.line == line


def test_a_path_that_leads_nowhere_ends_where_it_stops() -> None:
    located = load('{\n"a": [\n{"b": 1}\n]}')
    assert located.line(("a", 0, "tag", "b")) == 3
    assert located.line(("a", 7)) == 2
    assert located.line(()) == 1
