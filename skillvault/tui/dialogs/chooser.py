"""Choosing one of many by typing a few of its letters: the palette, vaults, themes, orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from textual import events, on
from textual.widget import Widget

from skillvault.skill import fuzzy
from skillvault.tui.dialog import Dialog, Text
from skillvault.tui.widgets.field import Field
from skillvault.tui.widgets.grid import Cell, Column, Grid


class Choice(NamedTuple):
    """Something to choose. `note`: a word on it; `key`: what one may press instead.

    `about`: a sentence, said below while the cursor is on it.
    """

    id: str
    title: str
    note: str = ""
    key: str = ""
    about: str = ""


class Found(NamedTuple):
    """A choice that the typed letters left."""

    choice: Choice
    hits: tuple[int, ...]


class Chooser(Dialog[str]):
    """A line to type on and the choices below; gives the id of the one chosen.

    `look` is called with each one that the cursor comes to (a live preview), and with None when
    nothing was chosen.
    """

    CSS = """
    Chooser { align: center top; }
    Chooser > #box { margin-top: 2; width: 76; }
    Chooser #choices { height: auto; max-height: 24; }
    Chooser Field { margin: 0 0 1 0; }
    Chooser #about { margin: 1 0 0 0; color: $foreground; height: auto; }
    """
    keys_line = "enter choose   ↑↓ move   esc cancel"

    def __init__(
        self,
        heading: str,
        choices: Sequence[Choice],
        *,
        current: str | None = None,
        look: Callable[[str | None], None] | None = None,
    ) -> None:
        super().__init__()
        self.heading = heading
        self.choices = tuple(choices)
        self.first = current
        self.look = look

    def body(self) -> Iterable[Widget]:
        """The line and the list."""
        widest = max((len(choice.title) for choice in self.choices), default=10)
        keys = max((len(choice.key) for choice in self.choices), default=0)
        yield Field(placeholder="type to find")
        grid: Grid[Found] = Grid(
            [
                *([Column("key", "", keys, right=True)] if keys else []),
                Column("title", "", min(widest, 40)),
                Column("note", "", 20, grow=1, drop=1),
            ],
            lambda found: [
                *([Cell(found.choice.key, "warn")] if keys else []),
                Cell(found.choice.title, hits=found.hits),
                Cell(found.choice.note, "quiet"),
            ],
            key=lambda found: found.choice.id,
            head=False,
            id="choices",
        )
        grid.can_focus = False
        yield grid
        if any(choice.about for choice in self.choices):
            yield Text(id="about")

    @property
    def grid(self) -> Grid[Found]:
        """The list."""
        return self.query_one("#choices", Grid)

    def on_mount(self) -> None:
        """Everything, the cursor on what holds now."""
        self.grid.show([Found(choice, ()) for choice in self.choices])
        places = [n for n, choice in enumerate(self.choices) if choice.id == self.first]
        self.grid.cursor = places[0] if places else 0
        self.grid.styles.height = max(1, min(len(self.choices), 24, self.app.size.height - 10))

    @on(Field.Changed)
    def _typed(self, event: Field.Changed) -> None:
        found: list[tuple[float, Found]] = []
        for choice in self.choices:
            match = fuzzy.match(event.value, choice.title)
            if match is not None:
                found.append((match.score, Found(choice, match.positions)))
            elif (noted := fuzzy.match(event.value, choice.note)) is not None:
                found.append((noted.score - 100, Found(choice, ())))
        if event.value:
            found.sort(key=lambda pair: -pair[0])
        self.grid.rows = ()
        self.grid.show([one for _, one in found])

    def on_key(self, event: events.Key) -> None:
        """The cursor moves while one types."""
        move = {"down": self.grid.action_down, "up": self.grid.action_up}.get(event.key)
        if move is not None:
            event.stop()
            event.prevent_default()
            move()

    @on(Grid.Moved)
    def _moved(self, event: Grid.Moved) -> None:
        choice = event.row.choice if isinstance(event.row, Found) else None
        for about in self.query("#about").results(Text):
            about.update(choice.about if choice else "nothing of that name")
        if self.look is not None and choice is not None:
            self.look(choice.id)

    @on(Field.Submitted)
    @on(Grid.Opened)
    def _chosen(self) -> None:
        if self.grid.current is not None:
            self.dismiss(self.grid.current.choice.id)

    def action_back(self) -> None:
        """Nothing is chosen; what was looked at is as before."""
        if self.look is not None:
            self.look(None)
        self.dismiss(None)
