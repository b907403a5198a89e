"""Texts on lines as wide as a pane: folded, side by side, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from skillvault.skill.layout import Line, Span, width_of
from skillvault.skill.render import Laid
from skillvault.skill.text import cell_width, cut, visible

if TYPE_CHECKING:
    from skillvault.services.comparing import Difference
    from skillvault.skill.diffing import Hunk
    from skillvault.skill.diffing import Line as Changed

# Looks, written as SGR codes like those of `skill/render.py`.
BOLD, QUIET, TITLE, GONE, COME, WARN, MARK = "1", "2", "1;4", "31", "32", "33", "7"
_GAP = " │ "
_NUMBERS = 5


class Row(NamedTuple):
    """One line of each column. `hang`: columns by which what is folded stands further right."""

    cells: tuple[Line, ...]
    hang: int = 0


def plain(text: str, width: int) -> list[Line]:
    """The text as it stands, in lines of at most `width` columns; nothing hidden, nothing lost."""
    lines: list[Line] = []
    for line in visible(text).expandtabs(4).split("\n"):
        rest = line
        while cell_width(rest) > width:
            part = cut(rest, width) or rest[0]
            lines.append([Span(part)])
            rest = rest[len(part) :]
        lines.append([Span(rest)])
    return lines


def first_lines(text: str, width: int, height: int) -> list[Line]:
    """Enough of the text for the first screen, at once."""
    return plain(text[: width * (height + 1)], width)[: height + 1]


def folded(laid: Laid, width: int) -> Laid:
    """Lines that the renderer leaves long (code, front matter) are folded: nothing is cut off."""
    lines: list[Line] = []
    places: dict[int, int] = {}
    for number, line in enumerate(laid.lines):
        places[number] = len(lines)
        lines += fold(line, width)
    headings = tuple(h._replace(line=places[h.line]) for h in laid.headings)
    return Laid(lines, headings, rendered=laid.rendered)


def fold(line: Line, width: int, hang: int = 0) -> list[Line]:
    """A line in lines of at most `width` columns, broken behind a space where one is near.

    All but the first stand `hang` columns further right.
    """
    if width_of(line) <= width:
        return [line]
    if 0 < hang < width // 2:
        first, *others = fold(line, width)
        behind = [span for part in others for span in part]
        return [first, *([Span(" " * hang), *part] for part in fold(behind, width - hang))]
    made: list[Line] = [[]]
    room = width
    for span in line:
        rest = span.text
        while rest:
            part = _part(rest, room, width)
            if not part:
                made.append([])
                room = width
                continue
            made[-1].append(Span(part, span.style))
            rest = rest[len(part) :]
            room -= cell_width(part)
            if rest:
                made.append([])
                room = width
    return [parts for parts in made if parts] or [[]]


def _part(rest: str, room: int, width: int) -> str:
    """As much of a text as goes on this line; nothing where it begins better on the next one."""
    part = cut(rest, room)
    if part == rest:
        return part
    space = part.rfind(" ") + 1
    if space > len(part) // 2:
        return part[:space]
    if room < width:
        return part if room > width // 2 else ""
    return part or rest[0]


def words(*parts: str | Span) -> Line:
    """A line of texts of ours or of strangers, made visible."""
    spans = (part if isinstance(part, Span) else Span(part) for part in parts)
    return [Span(visible(s.text, lines=False), s.style) for s in spans if s.text]


def lines_of(text: str, style: str = "") -> list[Line]:
    """The lines of a text, made visible, in one look."""
    return [[Span(line, style)] for line in visible(text).expandtabs(4).split("\n")]


def columns(rows: Iterable[Row | Line], width: int) -> list[Line]:
    """Rows of cells side by side, each folded within its column; a plain line over all of them."""
    made: list[Line] = []
    for row in rows:
        if not isinstance(row, Row):
            made += fold(row, width)
            continue
        count = len(row.cells)
        size = max(4, (width - cell_width(_GAP) * (count - 1)) // count)
        parts = [fold(cell, size, row.hang) for cell in row.cells]
        for beside in zip_longest(*parts, fillvalue=[]):
            line: Line = []
            for number, cell in enumerate(beside):
                last = number == count - 1
                pad = "" if last else " " * (size - width_of(cell)) + _GAP
                line += [*cell, Span(pad, QUIET)] if pad else [*cell]
            made.append(line)
    return made


# What differs


def inline(found: Sequence[Difference]) -> Iterator[Line]:
    """Each file that differs: its hunks, the old lines above the new ones, words marked."""
    for one in found:
        yield from _head(one)
        for hunk in one.hunks() or ():
            yield [Span(hunk.head, QUIET)]
            for line in hunk.lines:
                yield [Span(f"{line.kind} ", _SIGNS[line.kind]), *_pieces(line)]
                if not line.ends:
                    yield [Span("  no newline at the end", QUIET)]
        yield []


def beside(found: Sequence[Difference]) -> Iterator[Row | Line]:
    """Each file that differs: the old one on the left, the new one on the right."""
    for one in found:
        yield from _head(one)
        for hunk in one.hunks() or ():
            yield [Span(hunk.head, QUIET)]
            yield from _beside(hunk)
        yield []


_SIGNS = {" ": "", "-": GONE, "+": COME}
_CHANGES = {"mode": "only its mode differs", "added": "added", "removed": "removed", "changed": ""}


def _head(one: Difference) -> Iterator[Line]:
    binary = "" if one.hunks() is not None else "binary"
    said = ", ".join(filter(None, [_CHANGES[one.change], binary]))
    yield words(Span(one.path, TITLE), Span(f"  {said}" if said else "", QUIET))


def _pieces(line: Changed) -> Line:
    look = _SIGNS[line.kind]
    return words(
        *(
            Span(text.replace("\t", "    "), f"{look};{MARK}" if marked else look)
            for text, marked in line.pieces
        )
    )


def _beside(hunk: Hunk) -> Iterator[Row]:
    old, new = hunk.old_start, hunk.new_start
    left: list[Line] = []
    right: list[Line] = []

    def flush() -> Iterator[Row]:
        nothing: Line = []
        for pair in zip_longest(left, right, fillvalue=nothing):
            yield Row(pair, _NUMBERS + 3)
        left.clear()
        right.clear()

    for line in hunk.lines:
        if line.kind == " ":
            yield from flush()
            yield Row((_numbered(old, line), _numbered(new, line)), _NUMBERS + 3)
        elif line.kind == "-":
            left.append(_numbered(old, line))
        else:
            right.append(_numbered(new, line))
        old += line.kind != "+"
        new += line.kind != "-"
    yield from flush()


def _numbered(number: int, line: Changed) -> Line:
    sign = line.kind
    return [Span(f"{number:>{_NUMBERS}} ", QUIET), Span(f"{sign} ", _SIGNS[sign]), *_pieces(line)]
