"""The table of figures: each beside its budget; for the terminal and for `docs/benchmarks.md`."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Unit = Literal["s", "ms", "B"]


@dataclass(frozen=True)
class Row:
    """One figure: its repetitions, and the budget in the same unit (None: there is none).

    CPU seconds are kept as seconds whether they are shown in `s` or `ms`. `remark` says why it is
    what it is, where that needs a word.
    """

    what: str
    values: tuple[float, ...]
    budget: float | None
    unit: Unit
    remark: str = ""

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


@dataclass(frozen=True)
class Table:
    """Cells under a head, and sentences below them."""

    title: str
    head: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """Aligned, as a terminal shows it."""
        cells = [self.head, *self.lines] if self.lines else []
        widths = [max(len(line[i]) for line in cells) for i in range(len(self.head))]
        shown = [self._aligned(line, widths) for line in cells]
        return "\n".join([self.title, *shown, *(f"  - {note}" for note in self.notes)])

    def markdown(self, level: int = 2) -> str:
        """As a page shows it."""
        blocks = [f"{'#' * level} {self.title}"]
        if self.lines:
            rule = ["---", *("---:" for _ in self.head[1:])]
            rows = [self.head, tuple(rule), *self.lines]
            blocks.append("\n".join(f"| {' | '.join(map(_escaped, row))} |" for row in rows))
        if self.notes:
            blocks.append("\n".join(f"* {note}" for note in self.notes))
        return "\n\n".join(blocks)

    @staticmethod
    def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
        first, *others = zip(line, widths, strict=True)
        right = (f"{cell:>{width}}" for cell, width in others)
        return "  ".join([f"  {first[0]:<{first[1]}}", *right]).rstrip()


def table_of(title: str, rows: Iterable[Row]) -> Table:
    """Figures beside their budgets."""
    rows = list(rows)
    head = ("", "budget", "median", "least", "")
    lines = tuple(
        (
            row.what,
            "" if row.budget is None else shown(row.budget, row.unit),
            shown(row.median, row.unit),
            shown(min(row.values), row.unit),
            row.verdict,
        )
        for row in rows
    )
    notes = tuple(f"{row.what.strip()}: {row.remark}" for row in rows if row.remark)
    return Table(title, head, lines, notes)


def show(rows: Sequence[Row]) -> None:
    """Print one line a figure, aligned."""
    print(table_of("", rows).text().lstrip("\n"), flush=True)


def shown(value: float, unit: Unit) -> str:
    """A figure as it is read."""
    if unit == "ms":
        return f"{value * 1_000:,.0f} ms" if value >= 0.01 else f"{value * 1_000:.1f} ms"
    if unit == "s":
        return f"{value:.2f} s"
    return f"{value / 1e6:.2f} MB" if value >= 1e6 else f"{value / 1e3:.1f} kB"


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")
