"""`?`: the keys of a place, with what they do and the command that does the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from textual.widget import Widget

from skillvault.tui.actions import Action
from skillvault.tui.dialog import Dialog
from skillvault.tui.widgets.grid import Cell, Column, Grid


class KeyLine(NamedTuple):
    """An action and the keys that it has now."""

    keys: str
    action: Action


class Help(Dialog[str]):
    """The keys, as a table; enter does the action. Gives its id."""

    CSS = """
    Help > #box { width: 90%; max-width: 130; height: 90%; }
    """
    keys_line = "enter do it   esc close"

    def __init__(self, heading: str, lines: Sequence[KeyLine]) -> None:
        super().__init__()
        self.heading = heading
        self.lines = tuple(lines)

    def body(self) -> Iterable[Widget]:
        """Key, what it does, and how else."""
        widest = max((len(line.action.command) for line in self.lines), default=0)
        keys = max((len(line.keys) for line in self.lines), default=3)
        yield Grid[KeyLine](
            [
                Column("key", "KEY", min(keys, 13)),
                Column("title", "", 12, drop=2),
                Column("help", "WHAT IT DOES", 30, grow=1),
                Column("command", "ON THE COMMAND LINE", widest, drop=3),
            ],
            lambda line: [
                Cell(line.keys, "warn"),
                line.action.title,
                Cell(line.action.help),
                Cell(line.action.command, "quiet"),
            ],
            id="keys",
        )

    def on_mount(self) -> None:
        """All of them."""
        self.query_one(Grid).show(self.lines)

    def on_grid_opened(self, event: Grid.Opened) -> None:
        """Do what stands there."""
        if isinstance(event.row, KeyLine):
            self.dismiss(event.row.action.id)
