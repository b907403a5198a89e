"""The shortest edit script between two sequences, with a bound on the work.

The algorithm is Myers' greedy one (1986), as in git; texts come from strangers, so where more
differs than the bound, all of one side is taken for replaced.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterator, Sequence
from itertools import groupby
from typing import Final, Literal

Kind = Literal[" ", "-", "+"]
# So many items may differ: about half a second of work, and some MB.
EFFORT: Final = 1000


def edits(
    before: Sequence[Hashable], after: Sequence[Hashable], effort: int = EFFORT
) -> list[Kind]:
    """The edit script: kept, removed and added items; removed ones first where both are.

    Where more than `effort` items differ, all of the differing middle is replaced.
    """
    low, most = 0, min(len(before), len(after))
    while low < most and before[low] == after[low]:
        low += 1
    high = 0
    while high < most - low and before[-1 - high] == after[-1 - high]:
        high += 1
    middle = _tidy(_myers(before[low : len(before) - high], after[low : len(after) - high], effort))
    begin: list[Kind] = [" "] * low
    end: list[Kind] = [" "] * high
    return [*begin, *middle, *end]


def _myers(before: Sequence[Hashable], after: Sequence[Hashable], effort: int) -> list[Kind]:
    """The shortest script, or all of one side for all of the other beyond the effort.

    `reached[mid + k]` is how far diagonal k got; `trace` keeps, for each cost, what was reached
    before on the diagonals that it may come from.
    """
    rows, columns = len(before), len(after)
    most = min(rows + columns, effort)
    mid = most + 1
    reached = array("i", bytes(4 * (2 * mid + 1)))
    trace: list[array[int]] = []
    for cost in range(most + 1):
        trace.append(reached[mid - cost - 1 : mid + cost + 2])
        for diagonal in range(-cost, cost + 1, 2):
            left, right = reached[mid + diagonal - 1], reached[mid + diagonal + 1]
            down = _goes_down(diagonal, cost, left, right)
            x = right if down else left + 1
            y = x - diagonal
            while x < rows and y < columns and before[x] == after[y]:
                x, y = x + 1, y + 1
            reached[mid + diagonal] = x
            if x >= rows and y >= columns:
                return _walk_back(trace, rows, columns)
    gone: list[Kind] = ["-"] * rows
    come: list[Kind] = ["+"] * columns
    return gone + come


def _goes_down(diagonal: int, cost: int, left: int, right: int) -> bool:
    """Whether an item of the new side is added here, rather than one of the old removed."""
    return diagonal == -cost or (diagonal != cost and left < right)


def _walk_back(trace: Sequence[array[int]], x: int, y: int) -> list[Kind]:
    script: list[Kind] = []
    for cost in range(len(trace) - 1, 0, -1):
        mid, diagonal = cost + 1, x - y
        left, right = trace[cost][mid + diagonal - 1], trace[cost][mid + diagonal + 1]
        down = _goes_down(diagonal, cost, left, right)
        from_x = right if down else left
        from_y = from_x - (diagonal + 1 if down else diagonal - 1)
        kept = min(x - from_x, y - from_y)
        script += [" "] * kept
        script.append("+" if down else "-")
        x, y = from_x, from_y
    script += [" "] * x
    return script[::-1]


def _tidy(script: Sequence[Kind]) -> Iterator[Kind]:
    """Within a run of changes all that goes before all that comes."""
    for kept, run in groupby(script, lambda kind: kind == " "):
        steps = list(run)
        yield from steps if kept else sorted(steps, reverse=True)
