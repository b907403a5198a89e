"""A strict subset of JSON Schema: small enough to be sure of, and free of regular expressions.

Both sides use it: a backend constrains answers by it, a check judges them. A keyword outside the
subset is an error and not ignored, because a constraint that silently does not hold is worse
than none (llama.cpp takes an unknown `type` as "any text"). Meaning as in JSON Schema 2020-12.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

_TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")
# Read by nobody, but for `const`, where every value is legal.
_ANNOTATIONS = {"$schema", "title", "description", "default", "examples", "$comment", "const"}
_COUNTS = {"minItems", "maxItems", "minLength", "maxLength"}
_BOUNDS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
_DEPTH = 32


class SchemaError(ValueError):
    """The schema is not in the subset; `path` is where (JSON pointer steps), `args[0]` why."""

    def __init__(self, path: tuple[str | int, ...], problem: str) -> None:
        super().__init__(problem)
        self.path = path


def validate(schema: object, path: tuple[str | int, ...] = ()) -> None:
    """Raise SchemaError unless every keyword is one that `conforms` knows, with a legal value."""
    if len(path) > _DEPTH:
        raise SchemaError(path, "nested too deep")
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        raise SchemaError(path, "a schema is an object, true or false")
    for keyword, value in schema.items():
        _validate_keyword(keyword, value, (*path, keyword))


def _validate_keyword(keyword: str, value: object, path: tuple[str | int, ...]) -> None:
    match keyword:
        case "properties":
            for name, child in _mapping(value, path).items():
                validate(child, (*path, name))
        case "items" | "additionalProperties":
            validate(value, path)
        case "anyOf":
            for index, child in enumerate(_filled(value, path)):
                validate(child, (*path, index))
        case "enum":
            _filled(value, path)
        case "type":
            names = value if isinstance(value, list) else [value]
            if not all(name in _TYPES for name in _filled(names, path)):
                raise SchemaError(path, f"type is one of {', '.join(_TYPES)}")
        case "required":
            if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
                raise SchemaError(path, "required is a list of names")
        case _ if keyword in _COUNTS:
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise SchemaError(path, f"{keyword} is a whole number from 0")
        case _ if keyword in _BOUNDS:
            if not isinstance(value, int | float) or isinstance(value, bool):
                raise SchemaError(path, f"{keyword} is a number")
        case _ if keyword not in _ANNOTATIONS:
            raise SchemaError(path, f"the keyword `{keyword}` is not supported")


def _mapping(value: object, path: tuple[str | int, ...]) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise SchemaError(path, f"{path[-1]} is an object")
    return value


def _filled(value: object, path: tuple[str | int, ...]) -> list[object]:
    if not isinstance(value, list) or not value:
        raise SchemaError(path, f"{path[-1]} is a list of at least one value")
    return value


def conforms(value: object, schema: object) -> bool:
    """Whether a JSON value obeys a schema that `validate` has accepted."""
    if isinstance(schema, bool):
        return schema
    assert isinstance(schema, Mapping)  # noqa: S101 - `validate` saw to it
    return all(_holds(value, keyword, argument, schema) for keyword, argument in schema.items())


def _holds(value: object, keyword: str, argument: Any, schema: Mapping[str, Any]) -> bool:  # noqa: ANN401 - JSON
    match keyword:
        case "type":
            return any(_is(value, name) for name in _listed(argument))
        case "enum":
            return any(same(value, option) for option in argument)
        case "const":
            return same(value, argument)
        case "anyOf":
            return any(conforms(value, child) for child in argument)
    if isinstance(value, dict):
        return _holds_object(value, keyword, argument, schema)
    if isinstance(value, list):
        return _holds_array(value, keyword, argument)
    if isinstance(value, str):
        return _within(len(value), keyword, argument, "minLength", "maxLength")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _holds_number(value, keyword, argument)
    return True


def _holds_object(
    value: dict[str, Any],
    keyword: str,
    argument: Any,  # noqa: ANN401 - JSON
    schema: Mapping[str, Any],
) -> bool:
    match keyword:
        case "properties":
            return all(conforms(value[k], child) for k, child in argument.items() if k in value)
        case "required":
            return all(name in value for name in argument)
        case "additionalProperties":
            known = schema.get("properties", {})
            return all(conforms(child, argument) for k, child in value.items() if k not in known)
    return True


def _holds_array(value: list[Any], keyword: str, argument: Any) -> bool:  # noqa: ANN401 - JSON
    if keyword == "items":
        return all(conforms(item, argument) for item in value)
    return _within(len(value), keyword, argument, "minItems", "maxItems")


def _holds_number(value: float, keyword: str, argument: float) -> bool:
    match keyword:
        case "minimum":
            return value >= argument
        case "maximum":
            return value <= argument
        case "exclusiveMinimum":
            return value > argument
        case "exclusiveMaximum":
            return value < argument
    return True


def _within(size: int, keyword: str, argument: int, least: str, most: str) -> bool:
    if keyword == least:
        return size >= argument
    return size <= argument if keyword == most else True


def _listed(argument: str | list[str]) -> list[str]:
    return argument if isinstance(argument, list) else [argument]


def _is(value: object, name: str) -> bool:
    match name:
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return name == "number" or value == int(value)


def same(left: object, right: object) -> bool:
    """Equality of JSON values: 1 is 1.0, but true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return Fraction(str(left)) == Fraction(str(right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and left == right


def strict_json(text: str) -> object:
    """Parse JSON as JSON: no NaN, no infinity, no key twice. ValueError for anything else."""

    def refuse(name: str) -> object:
        raise ValueError(f"{name} is not JSON")

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise ValueError("a key occurs twice")
        return fields

    def finite(digits: str) -> float:
        if math.isinf(number := float(digits)):
            raise ValueError(f"{digits[:40]} is too large")
        return number

    try:
        return json.loads(text, parse_constant=refuse, parse_float=finite, object_pairs_hook=unique)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
