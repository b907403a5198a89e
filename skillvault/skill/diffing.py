"""What differs between two texts: by lines in hunks, and by words within lines that are alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from skillvault.skill.edits import Kind, edits

CONTEXT: Final = 3
_WORD: Final = re.compile(r"\w+|\s+|[^\w\s]")
_LONG: Final = 4000
_ALIKE: Final = 0.4
_NO_NEWLINE: Final = "\\ No newline at end of file"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a hunk. `pieces`: its text, True where a word differs from its twin's.

    `ends`: a newline stands behind it.
    """

    kind: Kind
    pieces: tuple[tuple[str, bool], ...]
    ends: bool = True

    @property
    def text(self) -> str:
        """The whole line, without its newline."""
        return "".join(text for text, _ in self.pieces)


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that belong together; first line and count, as in `@@ -1,3 +1,4 @@`."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    lines: tuple[Line, ...]

    @property
    def head(self) -> str:
        """`@@ -1,3 +1,4 @@`."""
        old = _span(self.old_start, self.old_count)
        return f"@@ -{old} +{_span(self.new_start, self.new_count)} @@"


def is_text(data: bytes) -> bool:
    """UTF-8 without a zero byte: what is compared by lines."""
    if b"\0" in data:
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def hunks(old: str, new: str, context: int = CONTEXT) -> list[Hunk]:
    """The hunks that lead from one text to the other; none where they are equal."""
    before, after = _lines(old), _lines(new)
    script = list(_script(before, after))
    return [_hunk(script, start, end) for start, end in _spans(script, context)]


def unified(found: Sequence[Hunk]) -> str:
    """The hunks as `diff -u` writes them, behind its two head lines."""
    out: list[str] = []
    for hunk in found:
        out.append(hunk.head)
        for line in hunk.lines:
            out.append(line.kind + line.text)
            if not line.ends:
                out.append(_NO_NEWLINE)
    return "".join(f"{line}\n" for line in out)


def merged(lines: Sequence[Line]) -> Iterator[str]:
    """Lines with their words merged: `the [-old-]{+new+} text`. Lines of no twin stay whole."""
    position = 0
    while position < len(lines):
        line = lines[position]
        gone, come = _run(lines, position)
        if line.kind == " " or not gone or len(gone) != len(come) or not all(_twins(gone, come)):
            yield line.kind + line.text
            position += 1
            continue
        for old, new in zip(gone, come, strict=True):
            yield "~" + _merge(old, new)
        position += len(gone) + len(come)


def _twins(gone: Sequence[Line], come: Sequence[Line]) -> Iterator[bool]:
    for old, new in zip(gone, come, strict=True):
        yield any(not marked for _, marked in (*old.pieces, *new.pieces)) and (
            len(old.pieces) > 1 or len(new.pieces) > 1
        )


def _merge(old: Line, new: Line) -> str:
    """Both pieces lists have the same unmarked text; what is marked lies between."""
    out = ""
    left, right = list(old.pieces), list(new.pieces)
    while left or right:
        if left and left[0][1]:
            out += f"[-{left.pop(0)[0]}-]"
        if right and right[0][1]:
            out += f"{{+{right.pop(0)[0]}+}}"
        if left and right and not left[0][1] and not right[0][1]:
            same = min(left[0][0], right[0][0], key=len)
            out += same
            for side in (left, right):
                rest = side[0][0][len(same) :]
                side[0:1] = [(rest, False)] if rest else []
    return out


@dataclass(frozen=True, slots=True)
class _Step:
    """One line of the edit script, with its number on either side, from 0."""

    kind: Kind
    text: str
    old: int
    new: int


def _lines(text: str) -> list[str]:
    """Lines with their newline; a carriage return is part of its line."""
    lines = text.split("\n")
    whole = [f"{line}\n" for line in lines[:-1]]
    return [*whole, lines[-1]] if lines[-1] else whole


def _script(before: Sequence[str], after: Sequence[str]) -> Iterator[_Step]:
    old = new = 0
    for kind in edits(before, after):
        if kind == "+":
            yield _Step("+", after[new], old, new)
            new += 1
        else:
            yield _Step(kind, before[old], old, new)
            old += 1
            new += kind == " "


def _spans(script: Sequence[_Step], context: int) -> Iterator[tuple[int, int]]:
    """Where hunks begin and end: changes, with so many lines around, joined where they touch."""
    start = end = -1
    for position, step in enumerate(script):
        if step.kind == " ":
            continue
        low, high = max(position - context, 0), min(position + context + 1, len(script))
        if start >= 0 and low > end:
            yield start, end
            start = low
        elif start < 0:
            start = low
        end = high
    if start >= 0:
        yield start, end


def _hunk(script: Sequence[_Step], start: int, end: int) -> Hunk:
    steps = script[start:end]
    old_count = sum(step.kind != "+" for step in steps)
    new_count = sum(step.kind != "-" for step in steps)
    lines = [_plain(step) for step in steps]
    _mark(lines)
    # An empty side is named by the line before it, as diff does.
    old, new = steps[0].old + bool(old_count), steps[0].new + bool(new_count)
    return Hunk(old, old_count, new, new_count, tuple(lines))


def _plain(step: _Step) -> Line:
    ends = step.text.endswith("\n")
    return Line(step.kind, ((step.text[:-1] if ends else step.text, False),), ends)


def _mark(lines: list[Line]) -> None:
    """Mark the words that differ, line by line, where as many lines came as went."""
    position = 0
    while position < len(lines):
        gone, come = _run(lines, position)
        if gone and len(gone) == len(come):
            pairs = [_words(a, b) for a, b in zip(gone, come, strict=True)]
            lines[position : position + len(gone)] = [a for a, _ in pairs]
            lines[position + len(gone) : position + 2 * len(gone)] = [b for _, b in pairs]
        position += max(len(gone) + len(come), 1)


def _run(lines: Sequence[Line], position: int) -> tuple[list[Line], list[Line]]:
    """The removed lines from here on, and the added ones right behind them."""
    end = position
    while end < len(lines) and lines[end].kind == "-":
        end += 1
    last = end
    while last < len(lines) and lines[last].kind == "+":
        last += 1
    return list(lines[position:end]), list(lines[end:last])


def _words(old: Line, new: Line) -> tuple[Line, Line]:
    """The two lines with their differing words marked; as they are where little is alike."""
    if max(len(old.text), len(new.text)) > _LONG:
        return old, new
    before, after = _WORD.findall(old.text), _WORD.findall(new.text)
    left, right, same = list[tuple[str, bool]](), list[tuple[str, bool]](), 0
    a = b = 0
    for kind in edits(before, after):
        if kind != "+":
            _append(left, before[a], kind == "-")
            a += 1
        if kind != "-":
            _append(right, after[b], kind == "+")
            b += 1
        if kind == " " and not before[a - 1].isspace():
            same += len(before[a - 1])
    if same < _ALIKE * max(_ink(old.text), _ink(new.text), 1):
        return old, new
    return Line("-", tuple(left), old.ends), Line("+", tuple(right), new.ends)


def _append(pieces: list[tuple[str, bool]], text: str, marked: bool) -> None:
    if pieces and pieces[-1][1] == marked:
        pieces[-1] = (pieces[-1][0] + text, marked)
    else:
        pieces.append((text, marked))


def _ink(text: str) -> int:
    return sum(not character.isspace() for character in text)


def _span(start: int, count: int) -> str:
    return str(start) if count == 1 else f"{start},{count}"
