"""Styled text on lines of a terminal: wrapped by columns, joined, coloured last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from skillvault.skill.text import cell_width, cut, visible

_PIECES = re.compile(r" +|[^ ]+")


class Span(NamedTuple):
    """Text of one style. `style` is the parameter of an SGR sequence, as `1;4`, or empty."""

    text: str
    style: str = ""


Line = list[Span]
BREAK = Span("\n")


def width_of(spans: Iterable[Span]) -> int:
    """Columns of the spans on one line."""
    return sum(cell_width(span.text) for span in spans)


def wrap(spans: Iterable[Span], width: int) -> list[Line]:
    """Break at spaces into lines of at most `width` columns; a longer word is cut, not lost."""
    lines: list[Line] = [[]]
    used, gap = 0, ""
    for word in _words(spans):
        if word == [BREAK]:
            lines.append([])
            used, gap = 0, ""
            continue
        if not word[0].text.strip(" "):
            gap = " " if used else ""
            continue
        size = width_of(word)
        if used and used + len(gap) + size > width:
            lines.append([])
            used, gap = 0, ""
        if gap:
            last = lines[-1][-1].style
            lines[-1].append(Span(gap, last if last == word[0].style else ""))
        for piece in _fitting(word, max(width, 1)):
            if used and used + len(gap) + width_of(piece) > width:
                lines.append([])
                used = 0
            lines[-1].extend(piece)
            used += len(gap) + width_of(piece)
            gap = ""
    return lines


def _words(spans: Iterable[Span]) -> Iterator[Line]:
    """Runs without a space, which may change style within; a run of spaces; a break."""
    word: Line = []
    for span in spans:
        for text in _PIECES.findall(span.text):
            if text[0] in " \n":
                if word:
                    yield word
                yield [Span(text, span.style)] if text[0] == " " else [BREAK]
                word = []
            else:
                word.append(Span(text, span.style))
    if word:
        yield word


def _fitting(word: Line, width: int) -> Iterator[Line]:
    """The word whole if it fits a line, else in parts that do."""
    if width_of(word) <= width:
        yield word
        return
    for text, style in word:
        rest = text
        while rest:
            part = cut(rest, width) or rest[0]
            yield [Span(part, style)]
            rest = rest[len(part) :]


def indent(lines: Iterable[Line], first: Span, rest: Span) -> list[Line]:
    """The lines with a prefix: `first` on the first, `rest` on the others."""
    return [[first if number == 0 else rest, *line] for number, line in enumerate(lines)]


def plain(lines: Iterable[Line]) -> str:
    """The text alone."""
    return "\n".join("".join(span.text for span in line).rstrip() for line in lines)


def coloured(lines: Iterable[Line]) -> str:
    """The text with an SGR sequence around each styled stretch, and no other escape."""
    return "\n".join(_coloured(line) for line in lines)


def _coloured(line: Line) -> str:
    parts: list[str] = []
    for style, spans in groupby(line, key=lambda span: span.style):
        text = visible("".join(span.text for span in spans), lines=False)
        parts.append(f"\x1b[{style}m{text}\x1b[0m" if style and text.strip() else text)
    return "".join(parts).rstrip(" ")
