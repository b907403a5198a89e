"""The table of figures: each beside its budget."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Unit = Literal["s", "ms", "B"]


@dataclass(frozen=True)
class Row:
    """One figure: its repetitions, and the budget in the same unit (None: there is none).

    CPU seconds are kept as seconds whether they are shown in `s` or `ms`.
    """

    what: str
    values: tuple[float, ...]
    budget: float | None
    unit: Unit

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def verdict(self) -> str:
        """`ok`, `over`, or `over*`: over by its median, within by its least."""
        if self.budget is None:
            return ""
        if self.median <= self.budget:
            return "ok"
        return "over*" if min(self.values) <= self.budget else "over"


def show(rows: Sequence[Row]) -> None:
    """Print one line a figure, aligned."""
    cells = [("", "budget", "median", "least", "")]
    cells += [
        (
            row.what,
            "" if row.budget is None else _text(row.budget, row.unit),
            _text(row.median, row.unit),
            _text(min(row.values), row.unit),
            row.verdict,
        )
        for row in rows
    ]
    widths = [max(len(line[i]) for line in cells) for i in range(5)]
    for what, *figures in cells:
        right = "  ".join(
            f"{text:>{width}}" for text, width in zip(figures, widths[1:], strict=True)
        )
        print(f"  {what:<{widths[0]}}  {right}".rstrip(), flush=True)


def _text(value: float, unit: Unit) -> str:
    if unit == "ms":
        return f"{value * 1_000:,.0f} ms"
    if unit == "s":
        return f"{value:.2f} s"
    return f"{value / 1e6:.2f} MB" if value >= 1e6 else f"{value / 1e3:.1f} kB"
