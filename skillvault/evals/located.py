"""JSON with the line of every value, so that an error in a suite can be found.

The standard library's parser keeps no positions. Strict: RFC 8259, no key twice, bounded depth.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

_BLANK = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None}
_STRINGS = json.JSONDecoder()  # asked at a quote only, where it reads a string and no more
_DEPTH = 64

Step = str | int


class LocatedError(ValueError):
    """Text that is not JSON; `line` counts from 1."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True, slots=True)
class Located:
    """A JSON value, and the lines on which its parts stand (a field: the line of its key)."""

    value: object
    lines: Mapping[tuple[Step, ...], int]

    def line(self, path: Sequence[Step]) -> int:
        """The line of the deepest existing part of `path`; steps that lead nowhere are skipped."""
        at: tuple[Step, ...] = ()
        for step in path:
            if (*at, step) in self.lines:
                at = (*at, step)
        return self.lines[at]


def load(text: str) -> Located:
    """Parse JSON. LocatedError with the line for anything else."""
    reader = _Reader(text)
    value = reader.value(reader.skip(0), ())
    if reader.skip(reader.at) != len(text):
        reader.fail(reader.skip(reader.at), "something stands behind the end")
    return Located(value, reader.lines)


class _Reader:
    """Recursive descent; `at` is the position behind what was read last."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[tuple[Step, ...], int] = {}
        self._breaks = [match.end() for match in re.finditer("\n", text)]

    def fail(self, position: int, problem: str) -> NoReturn:
        raise LocatedError(self._line(position), problem)

    def skip(self, position: int) -> int:
        match = _BLANK.match(self.text, position)
        return match.end() if match else position

    def value(self, position: int, path: tuple[Step, ...]) -> object:
        self.lines.setdefault(path, self._line(position))
        if len(path) > _DEPTH:
            self.fail(position, "nested too deep")
        match self.text[position : position + 1]:
            case "{":
                return self._object(position + 1, path)
            case "[":
                return self._array(position + 1, path)
            case '"':
                return self._string(position)
        return self._scalar(position)

    def _line(self, position: int) -> int:
        return bisect_right(self._breaks, position) + 1

    def _object(self, position: int, path: tuple[Step, ...]) -> dict[str, object]:
        fields: dict[str, object] = {}
        position = self.skip(position)
        if self._is(position, "}"):
            return fields
        while True:
            if self.text[position : position + 1] != '"':
                self.fail(position, "a key in double quotes is expected")
            start, key = position, self._string(position)
            if key in fields:
                self.fail(start, f"the key {json.dumps(key)} occurs twice")
            self.lines[*path, key] = self._line(start)
            position = self.skip(self.at)
            if not self._is(position, ":"):
                self.fail(position, "`:` is expected")
            fields[key] = self.value(self.skip(self.at), (*path, key))
            position = self.skip(self.at)
            if self._is(position, "}"):
                return fields
            position = self._after_comma(position, "}")

    def _array(self, position: int, path: tuple[Step, ...]) -> list[object]:
        items: list[object] = []
        position = self.skip(position)
        if self._is(position, "]"):
            return items
        while True:
            items.append(self.value(position, (*path, len(items))))
            position = self.skip(self.at)
            if self._is(position, "]"):
                return items
            position = self._after_comma(position, "]")

    def _after_comma(self, position: int, end: str) -> int:
        if not self._is(position, ","):
            self.fail(position, f"`,` or `{end}` is expected")
        return self.skip(self.at)

    def _is(self, position: int, character: str) -> bool:
        self.at = position + 1
        return self.text[position : position + 1] == character

    def _string(self, position: int) -> str:
        try:
            text, self.at = _STRINGS.raw_decode(self.text, position)
        except json.JSONDecodeError as error:
            self.fail(error.pos, error.msg[:1].lower() + error.msg[1:])
        return str(text)

    def _scalar(self, position: int) -> object:
        for word, value in _WORDS.items():
            if self.text.startswith(word, position):
                self.at = position + len(word)
                return value
        match = _NUMBER.match(self.text, position)
        if match is None:
            self.fail(position, "a value is expected")
        self.at = match.end()
        whole, fraction, exponent = match.groups()
        try:
            number = float(match[0]) if fraction or exponent else int(whole)
        except ValueError:  # more digits than Python converts
            self.fail(position, "the number is too long")
        if isinstance(number, float) and math.isinf(number):
            self.fail(position, "the number is too large")
        return number
