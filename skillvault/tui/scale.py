"""Numbers as one sees them at a glance: a bar, and an interval on an axis with its zero."""

from __future__ import annotations

from math import ceil

_STEPS = (0.2, 0.4, 0.6, 0.8, 1.0)
_LEAST = 15


def bar(done: int, total: int, width: int) -> str:
    """`████░░`: never full before the end, never empty after the beginning."""
    full = done * width // total if total else 0
    if done and not full:
        full = 1
    return "█" * full + "░" * (width - full)


def axis(low: float, mean: float, high: float, width: int) -> str:
    """`-0.4 · · 0 · ├──●──┤ · +0.6`, in at most `width` columns; empty where that is too narrow."""
    left = next(s for s in _STEPS if -s <= min(low, 0.0) or s == _STEPS[-1])
    right = next(s for s in _STEPS if s >= max(high, 0.0) or s == _STEPS[-1])
    before, after = f"-{left:.1f} ", f" +{right:.1f}"
    room = width - len(before) - len(after)
    if room < _LEAST:
        return ""
    span = left + right

    def place(value: float) -> int:
        return max(0, min(room - 1, round((value + left) / span * (room - 1))))

    cells = [" " if at % 2 else "·" for at in range(room)]
    cells[place(0.0)] = "0"
    start, end = place(low), max(place(high), place(low))
    cells[start : end + 1] = ["─"] * (end + 1 - start)
    if end > start:
        cells[start], cells[end] = "├", "┤"
    if start < place(0.0) < end:
        cells[place(0.0)] = "┼"
    cells[place(mean)] = "●"
    return before + "".join(cells) + after


def width_for(room: int) -> int:
    """Columns of a bar where a line has so many."""
    return max(8, min(40, ceil(room * 0.25)))
