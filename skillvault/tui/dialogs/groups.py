"""Groups: made, grown, shrunk; who gains or loses what is shown first."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from textual import events, on
from textual.containers import Horizontal
from textual.widget import Widget

from skillvault.services import grouping, regrouping, ungrouping
from skillvault.services.context import Context
from skillvault.services.grouping import Grouped, GroupPreview
from skillvault.skill import fuzzy
from skillvault.tui.dialog import Text
from skillvault.tui.dialogs.change import Change
from skillvault.tui.dialogs.members import entry, pushed
from skillvault.tui.dialogs.share import WhoField
from skillvault.tui.widgets.field import Field
from skillvault.tui.widgets.grid import Cell, Column, Grid

Service = Callable[[Context, Callable[[GroupPreview], bool]], Grouped | None]


class Candidate(NamedTuple):
    """Somebody to choose. `note`: their role; `hits`: the letters that were typed."""

    name: str
    note: str
    hits: tuple[int, ...] = ()


class Members(Change[GroupPreview, Grouped]):
    """A change of who is in a group: people are found by typing, chosen by space."""

    more_keys = "space choose"

    def __init__(self, vault: str, candidates: Sequence[tuple[str, str]]) -> None:
        super().__init__(vault)
        self.candidates = [Candidate(*one) for one in candidates]
        self.chosen: dict[str, None] = {}
        self.card: bytes | None = None

    def form(self) -> Iterable[Widget]:
        """Whom."""
        yield Horizontal(Text("who", classes="label"), WhoField(id="who"), classes="line")
        grid: Grid[Candidate] = Grid(
            [Column("name", "", 18, grow=1), Column("note", "", 10, grow=1)],
            self._cells,
            key=lambda one: one.name,
            head=False,
            id="people",
        )
        grid.can_focus = False
        yield grid

    def on_mount(self) -> None:
        """Everybody."""
        self._show()
        super().on_mount()

    @property
    def grid(self) -> Grid[Candidate]:
        """The people."""
        return self.query_one("#people", Grid)

    def _cells(self, one: Candidate) -> list[Cell]:
        box = "[x] " if one.name in self.chosen else "[ ] "
        hits = tuple(len(box) + at for at in one.hits)
        return [Cell(box + one.name, hits=hits), Cell(one.note, "quiet")]

    def _show(self) -> None:
        typed = self.query_one("#who", Field).value
        cards = [Candidate(who, "a card") for who in self.chosen if who == "-"]
        found = [
            (match.score, one._replace(hits=match.positions))
            for one in [*cards, *self.candidates]
            if (match := fuzzy.match(typed, one.name)) is not None
        ]
        if typed:
            found.sort(key=lambda pair: -pair[0])
        self.grid.show([one for _, one in found])
        self.grid.styles.height = max(1, min(len(found), 8, self.app.size.height - 16))

    @on(Field.Changed, "#who")
    def _typed(self) -> None:
        self.grid.rows = ()
        self._show()

    @on(WhoField.Card)
    def _pasted(self, event: WhoField.Card) -> None:
        self.card = event.text.encode()
        self._toggle("-")

    def on_key(self, event: events.Key) -> None:
        """Up and down move in the list while one types."""
        act = {"down": self.grid.action_down, "up": self.grid.action_up}.get(event.key)
        if act is not None:
            event.stop()
            event.prevent_default()
            act()

    def action_choose(self) -> None:
        """Take in who is under the cursor, or let them go."""
        if self.grid.current is not None:
            self._toggle(self.grid.current.name)

    @on(Grid.Opened, "#people")
    def _clicked(self) -> None:
        self.action_choose()

    def _toggle(self, who: str) -> None:
        if who in self.chosen:
            del self.chosen[who]
        else:
            self.chosen[who] = None
        self._show()
        self.touched()

    def lacks(self) -> str:
        """Somebody."""
        return "" if self.chosen else "choose somebody: type letters of the name, then space"

    @property
    def _who(self) -> str:
        return " ".join(shlex.quote(who) for who in self.chosen)

    def lines(self, preview: GroupPreview) -> Iterable[str]:
        """Who gains or loses what."""
        yield from regrouping.lines(preview)
        yield pushed(preview.vault, preview.goes_along)

    def outcome(self, done: Grouped) -> str:
        """Done."""
        return f"{done.preview.name}: {entry(done.published)}"

    def after(self, done: Grouped) -> None:
        """What is still to come."""
        if done.closed is not None:
            self.app.notify(f"{done.preview.name}: {done.closed}", timeout=15, markup=False)
        if done.clone is not None and done.preview.admits:
            self.app.notify(f"send them:\n{done.clone}", timeout=20, markup=False)


class NewGroup(Members):
    """A group of me and others."""

    verb = "make it"
    heading = "A new group"

    def form(self) -> Iterable[Widget]:
        """Its name, and whom."""
        field = Field(placeholder="as in: payments", id="name")
        yield Horizontal(Text("name", classes="label"), field, classes="line")
        yield from super().form()

    def _called(self) -> str:
        return self.query_one("#name", Field).value.strip()

    def lacks(self) -> str:
        """A name, and somebody."""
        return super().lacks() if self._called() else "a name for it, and whom it holds besides you"

    def command(self) -> str:
        """`skillvault group new NAME --with WHO`."""
        who = "".join(f" --with {shlex.quote(one)}" for one in self.chosen)
        return f"skillvault group new {shlex.quote(self._called())}{who}"

    def call(self) -> Service:
        """Make it."""
        name, who, vault, card = self._called(), tuple(self.chosen), self.vault, self.card
        return lambda ctx, approve: grouping.new(
            ctx, name, who, approve=approve, vault=vault, stdin=card
        )


class Grow(Members):
    """Members let into a group."""

    verb = "let them in"

    def __init__(self, vault: str, group: str, candidates: Sequence[tuple[str, str]]) -> None:
        super().__init__(vault, candidates)
        self.group = group
        self.heading = f"Let somebody into {group}"

    def command(self) -> str:
        """`skillvault group add GROUP WHO`."""
        return f"skillvault group add {shlex.quote(self.group)} {self._who}"

    def call(self) -> Service:
        """Let them in."""
        group, who, vault, card = self.group, tuple(self.chosen), self.vault, self.card
        return lambda ctx, approve: grouping.add(
            ctx, group, who, approve=approve, vault=vault, stdin=card
        )


class Shrink(Members):
    """Members taken out of a group: they lose something, so enter is not enough."""

    verb = "take them out"
    sure = "y"

    def __init__(self, vault: str, group: str, candidates: Sequence[tuple[str, str]]) -> None:
        super().__init__(vault, candidates)
        self.group = group
        self.heading = f"Take somebody out of {group}"

    def command(self) -> str:
        """`skillvault group remove GROUP WHO`."""
        return f"skillvault group remove {shlex.quote(self.group)} {self._who}"

    def call(self) -> Service:
        """Take them out."""
        group, who, vault = self.group, tuple(self.chosen), self.vault
        return lambda ctx, approve: ungrouping.remove(ctx, group, who, approve=approve, vault=vault)
