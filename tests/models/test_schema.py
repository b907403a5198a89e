from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.models import schema
from skillvault.models.schema import SchemaError, strict_json

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.5, 1.0, -2.5])
    | st.text("ab", max_size=3)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = st.sampled_from(["object", "array", "string", "integer", "number", "boolean", "null"])


def keywords(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": NAMES | st.lists(NAMES, min_size=1, max_size=2, unique=True),
            "enum": st.lists(VALUES, min_size=1, max_size=3),
            "const": VALUES,
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
            "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
            "additionalProperties": inner,
            "items": inner,
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "minItems": st.integers(0, 2),
            "maxItems": st.integers(0, 2),
            "minLength": st.integers(0, 2),
            "maxLength": st.integers(0, 2),
            "minimum": st.integers(-2, 2),
            "exclusiveMaximum": st.sampled_from([0, 1.5]),
            "title": st.just("annotations are read by nobody"),
        },
    )


SCHEMAS = st.recursive(st.booleans() | keywords(st.booleans()), keywords, max_leaves=4)


@given(SCHEMAS, VALUES)
def test_agrees_with_the_reference_library(wanted: dict[str, Any] | bool, value: object) -> None:
    schema.validate(wanted)
    oracle = jsonschema.Draft202012Validator(wanted)
    assert schema.conforms(value, wanted) == oracle.is_valid(value)


@pytest.mark.parametrize(
    ("wanted", "path", "problem"),
    [
        ({"type": "text"}, ("type",), "type is one of"),
        ({"type": []}, ("type",), "at least one"),
        ({"pattern": "(a+)+$"}, ("pattern",), "`pattern` is not supported"),
        ({"$ref": "#/x"}, ("$ref",), "`$ref` is not supported"),
        ({"format": "date"}, ("format",), "`format` is not supported"),
        ({"not": {}}, ("not",), "`not` is not supported"),
        ({"enum": []}, ("enum",), "at least one"),
        ({"enum": "a"}, ("enum",), "at least one"),
        ({"anyOf": {}}, ("anyOf",), "at least one"),
        ({"required": "a"}, ("required",), "list of names"),
        ({"required": [1]}, ("required",), "list of names"),
        ({"properties": []}, ("properties",), "is an object"),
        ({"properties": {"a": {"type": "x"}}}, ("properties", "a", "type"), "type is one of"),
        ({"items": 3}, ("items",), "a schema is an object"),
        ({"minItems": -1}, ("minItems",), "whole number"),
        ({"minItems": True}, ("minItems",), "whole number"),
        ({"maxLength": 1.5}, ("maxLength",), "whole number"),
        ({"minimum": "3"}, ("minimum",), "is a number"),
        ("string", (), "a schema is an object"),
        ([], (), "a schema is an object"),
    ],
)
def test_what_is_not_in_the_subset_is_an_error_with_its_place(
    wanted: object, path: tuple[str, ...], problem: str
) -> None:
    with pytest.raises(SchemaError) as caught:
        schema.validate(wanted)
    assert problem in str(caught.value)
    assert caught.value.path == path


def test_nesting_is_bounded() -> None:
    deep: dict[str, object] = {}
    for _ in range(200):
        deep = {"items": deep}
    with pytest.raises(SchemaError, match="nested too deep"):
        schema.validate(deep)


@pytest.mark.parametrize(
    "text",
    ["NaN", "[Infinity]", "-Infinity", "1e999", '{"a":1,"a":2}', "", "{", "[" * 100_000, "'a'"],
)
def test_strict_json_refuses_what_is_not_json(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        strict_json(text)


@given(VALUES)
def test_strict_json_reads_json(value: object) -> None:
    assert schema.same(strict_json(json.dumps(value)), value)


@pytest.mark.parametrize(
    ("left", "right"), [(1, True), (0, False), ("1", 1), (None, False), ([1], [True]), ({}, [])]
)
def test_values_of_different_kinds_differ(left: object, right: object) -> None:
    assert not schema.same(left, right)
