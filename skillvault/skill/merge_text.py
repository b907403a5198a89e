"""Two edits of one text, merged by lines, as diff3 does it (Khanna, Kunal and Pierce 2007).

Changes of the two sides that neither overlap nor touch are both taken; where they do, the lines are
marked, with those of the base between. Lines are bytes: nothing is decoded but to tell a text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Final, NamedTuple

from skillvault.skill.diffing import is_text
from skillvault.skill.edits import EFFORT, edits

MINE: Final = b"yours"
BASE: Final = b"before"
THEIRS: Final = b"theirs"
# Work grows with the square of what differs: so much in all, about two seconds.
_WORK: Final = 4 * EFFORT * EFFORT
_WIDTH: Final = 7
_WIDEST: Final = 80
_MARKS: Final = (b"<", b"|", b"=", b">")


@dataclass(slots=True)
class Effort:
    """How much work is left for a merge of many texts."""

    left: int = _WORK

    def edits(self, before: Sequence[bytes], after: Sequence[bytes]) -> list[str]:
        """The edit script, with what effort is left; beyond it all is replaced."""
        most = min(EFFORT, isqrt(self.left))
        script = edits(before, after, most)
        differing = len(script) - script.count(" ")
        self.left = max(self.left - min(differing, most) ** 2, 0)
        return [*script]


class MergedText(NamedTuple):
    """The text, and in how many places it is marked."""

    data: bytes
    conflicts: int


def merge_text(base: bytes, mine: bytes, theirs: bytes, effort: Effort) -> MergedText | None:
    """The merged text; None where a side is no text, or has lines longer than marks can be."""
    if not all(map(is_text, (base, mine, theirs))):
        return None
    was, one, other = (data.split(b"\n") for data in (base, mine, theirs))
    width = _width((*was, *one, *other))
    if width is None:
        return None
    old, new, there = _lines(was), _lines(one), _lines(other)
    marks = _Marks(width, b"\r\n" if one[0].endswith(b"\r") else b"\n")
    out, conflicts = list[bytes](), 0
    done = 0
    for region in _regions(old, new, there, effort):
        out += old[done : region.base.start]
        done = region.base.stop
        ours, others = new[region.mine], there[region.theirs]
        if ours == others or not region.by_theirs:
            out += ours
        elif not region.by_mine:
            out += others
        else:
            out += marks.around(ours, old[region.base], others)
            conflicts += 1
    out += old[done:]
    return MergedText(b"".join(out), conflicts)


def is_marked(data: bytes, *sides: bytes) -> bool:
    """Whether a text still has a line that begins or ends a conflict, as none of `sides` has."""
    known = {line.rstrip(b"\r") for side in sides for line in side.split(b"\n")}
    lines = (line.rstrip(b"\r") for line in data.split(b"\n"))
    return any(_is_mark(line) and line not in known for line in lines)


class _Region(NamedTuple):
    """A stretch of the base that a side changed, and what stands for it in each side."""

    base: slice
    mine: slice
    theirs: slice
    by_mine: bool
    by_theirs: bool


class _Change(NamedTuple):
    """Lines `start` to `end` of the base are lines `new` to `new_end` of a side."""

    start: int
    end: int
    new: int
    new_end: int


def _regions(
    old: Sequence[bytes], new: Sequence[bytes], there: Sequence[bytes], effort: Effort
) -> Iterator[_Region]:
    """What either side changed, those that overlap or touch as one, in order."""
    ours = [(c, True) for c in _changes(effort.edits(old, new))]
    others = [(c, False) for c in _changes(effort.edits(old, there))]
    waiting = sorted([*ours, *others])
    mine_ahead = theirs_ahead = 0  # how far a side's line numbers are ahead of the base's
    position = 0
    while position < len(waiting):
        start, end = waiting[position][0][:2]
        mine_grows = theirs_grows = 0
        by_mine = by_theirs = False
        while position < len(waiting) and waiting[position][0].start <= end:
            change, is_mine = waiting[position]
            end = max(end, change.end)
            grows = (change.new_end - change.new) - (change.end - change.start)
            if is_mine:
                mine_grows, by_mine = mine_grows + grows, True
            else:
                theirs_grows, by_theirs = theirs_grows + grows, True
            position += 1
        yield _Region(
            slice(start, end),
            slice(start + mine_ahead, end + mine_ahead + mine_grows),
            slice(start + theirs_ahead, end + theirs_ahead + theirs_grows),
            by_mine,
            by_theirs,
        )
        mine_ahead += mine_grows
        theirs_ahead += theirs_grows


def _changes(script: Sequence[str]) -> Iterator[_Change]:
    old = new = 0
    position = 0
    while position < len(script):
        if script[position] == " ":
            old, new, position = old + 1, new + 1, position + 1
            continue
        start, begin = old, new
        while position < len(script) and script[position] != " ":
            old += script[position] == "-"
            new += script[position] == "+"
            position += 1
        yield _Change(start, old, begin, new)


class _Marks:
    """The lines around a conflict."""

    def __init__(self, width: int, newline: bytes) -> None:
        self.width = width
        self.newline = newline

    def around(self, mine: list[bytes], base: list[bytes], theirs: list[bytes]) -> Iterator[bytes]:
        """Both sides and the base, marked; what both sides begin or end with stands outside."""
        low, most = 0, min(len(mine), len(theirs))
        while low < most and mine[low] == theirs[low]:
            low += 1
        high = 0
        while high < most - low and mine[-1 - high] == theirs[-1 - high]:
            high += 1
        yield from mine[:low]
        yield self._mark(b"<", MINE)
        yield from self._ended(mine[low : len(mine) - high])
        yield self._mark(b"|", BASE)
        yield from self._ended(base)
        yield self._mark(b"=", b"")
        yield from self._ended(theirs[low : len(theirs) - high])
        yield self._mark(b">", THEIRS)
        yield from mine[len(mine) - high :]

    def _mark(self, sign: bytes, label: bytes) -> bytes:
        return sign * self.width + (b" " + label if label else b"") + self.newline

    def _ended(self, lines: list[bytes]) -> Iterator[bytes]:
        """Lines that all end: a mark stands in a line of its own."""
        yield from lines[:-1]
        if lines:
            yield lines[-1] if lines[-1].endswith(b"\n") else lines[-1] + self.newline


def _is_mark(line: bytes) -> bool:
    for sign, label in ((b"<", MINE), (b"|", BASE), (b">", THEIRS)):
        if line.endswith(b" " + label) and not line.removesuffix(b" " + label).strip(sign):
            return len(line) - len(label) > _WIDTH
    return False


def _lines(pieces: Sequence[bytes]) -> list[bytes]:
    whole = [piece + b"\n" for piece in pieces[:-1]]
    return [*whole, pieces[-1]] if pieces[-1] else whole


def _width(lines: Sequence[bytes]) -> int | None:
    """Marks longer than any run of such signs at the head of a line; None where that is absurd."""
    longest = 0
    for line in lines:
        if line[:1] in _MARKS:
            longest = max(longest, len(line) - len(line.lstrip(line[:1])))
    return max(_WIDTH, longest + 1) if longest < _WIDEST else None
