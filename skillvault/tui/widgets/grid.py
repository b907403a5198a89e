"""A table that draws the rows one sees and no other: ten thousand scroll like ten.

Rows are whatever objects the screen has; a function makes the cells of one when it is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from skillvault.skill.text import cell_width, cut, visible
from skillvault.tui import actions

T = TypeVar("T")


class Column(NamedTuple):
    """A column. `width`: its least; `grow`: its share of what is left over.

    `drop`: where the table is too narrow, the column with the highest goes first; 0 never goes.
    """

    key: str
    title: str
    width: int
    grow: int = 0
    right: bool = False
    drop: int = 0


class Cell(NamedTuple):
    """What stands in a cell. `look`: quiet, good, bad, warn or empty; `hits`: letters to mark."""

    text: str
    look: str = ""
    hits: tuple[int, ...] = ()


Cells = Callable[[T], Sequence[Cell | str]]


class Grid(ScrollView, Generic[T], can_focus=True):
    """Rows of `columns`, one line each. `Moved` tells of the cursor, `Opened` of enter."""

    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings(actions.MOVE)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"grid--{look}"
        for look in ("head", "row", "cursor", "marked", "hit", "quiet", "good", "bad", "warn")
    }
    DEFAULT_CSS = """
    Grid { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; overflow-y: auto; }
    Grid > .grid--head { color: $quiet; text-style: bold; }
    Grid > .grid--row { color: $foreground; }
    Grid > .grid--cursor { background: $panel; color: $foreground; }
    Grid:focus > .grid--cursor {
        background: $block-cursor-background; color: $block-cursor-foreground;
        text-style: $block-cursor-text-style;
    }
    Grid > .grid--marked { color: $accent; text-style: bold; }
    Grid > .grid--hit { color: $accent; text-style: bold underline; }
    Grid > .grid--quiet { color: $quiet; }
    Grid > .grid--good { color: $success; }
    Grid > .grid--bad { color: $error; }
    Grid > .grid--warn { color: $warning; }
    """

    cursor: reactive[int] = reactive(0)

    class Moved(Message):
        """The cursor is on another row now, or none."""

        def __init__(self, grid: Grid[Any], row: object | None) -> None:
            super().__init__()
            self.grid = grid
            self.row = row

        @property
        def control(self) -> Grid[Any]:
            """The table, for `@on(..., "#id")`."""
            return self.grid

    class Opened(Moved):
        """Enter, or a second click, on a row."""

    def __init__(
        self,
        columns: Sequence[Column],
        cells: Cells[T],
        *,
        key: Callable[[T], object] = lambda row: row,
        head: bool = True,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.columns = tuple(columns)
        self.cells = cells
        self.key = key
        self.head = head
        self.rows: Sequence[T] = ()
        self.marked: set[object] = set()

    # What there is

    def show(self, rows: Sequence[T]) -> None:
        """Show these rows; the cursor stays on the row it is on, where that is still there."""
        here = self.key(self.current) if self.current is not None else None
        self.rows = rows
        place = 0
        if here is not None:
            place = next((n for n, row in enumerate(rows) if self.key(row) == here), 0)
        self.virtual_size = Size(self.size.width, len(rows) + self._top)
        self.set_reactive(Grid.cursor, min(place, max(len(rows) - 1, 0)))
        self._follow()
        self.refresh()
        self.post_message(self.Moved(self, self.current))

    @property
    def current(self) -> T | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def chosen(self) -> list[T]:
        """The marked rows in their order, else the one under the cursor."""
        marked = [row for row in self.rows if self.key(row) in self.marked]
        return marked or ([self.current] if self.current is not None else [])

    def toggle(self) -> None:
        """Mark the current row or take its mark away, and go on to the next."""
        if self.current is None:
            return
        self.marked ^= {self.key(self.current)}
        self.cursor += 1
        self.refresh()

    # Moving

    def validate_cursor(self, cursor: int) -> int:
        """Within the rows."""
        return max(0, min(cursor, len(self.rows) - 1))

    def watch_cursor(self) -> None:
        """Keep it in sight and tell."""
        self._follow()
        self.refresh()
        self.post_message(self.Moved(self, self.current))

    def _follow(self) -> None:
        height = self._page
        top = int(self.scroll_y)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, immediate=True)

    @property
    def _top(self) -> int:
        return 1 if self.head else 0

    @property
    def _page(self) -> int:
        """How many rows fit."""
        return max(1, self.size.height - self._top)

    def action_down(self) -> None:
        """One line down."""
        self.cursor += 1

    def action_up(self) -> None:
        """One line up."""
        self.cursor -= 1

    def action_top(self) -> None:
        """The first row."""
        self.cursor = 0

    def action_bottom(self) -> None:
        """The last row."""
        self.cursor = len(self.rows) - 1

    def action_page_down(self) -> None:
        """Half a page down."""
        self.cursor += max(1, self._page // 2)

    def action_page_up(self) -> None:
        """Half a page up."""
        self.cursor -= max(1, self._page // 2)

    def on_click(self, event: events.Click) -> None:
        """A click goes to a row, a second one opens it."""
        line = event.y - self._top
        place = int(self.scroll_y) + line
        if line < 0 or place >= len(self.rows):
            return
        self.cursor = place
        if event.chain > 1:
            self.post_message(self.Opened(self, self.current))

    def on_key(self, event: events.Key) -> None:
        """Enter opens."""
        if event.key == "enter" and self.current is not None and self.app.focused is self:
            event.stop()
            event.prevent_default()
            self.post_message(self.Opened(self, self.current))

    def on_resize(self) -> None:
        """The rows are as wide as we are."""
        self.virtual_size = Size(self.size.width, len(self.rows) + self._top)
        self._follow()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """The line `y` of what one sees: the head stays, rows pass below it."""
        width = self.scrollable_content_region.width
        if y < self._top:
            return self._line(
                [Cell(column.title) for column in self.columns],
                self.get_component_rich_style("grid--head"),
                width,
                mark=" ",
            )
        place = int(self.scroll_y) + y - self._top
        base = self.get_component_rich_style("grid--row")
        if not 0 <= place < len(self.rows):
            return Strip.blank(width, base)
        row = self.rows[place]
        if place == self.cursor:
            base = self.get_component_rich_style("grid--cursor")
        mark = "◆" if self.key(row) in self.marked else "▌" if place == self.cursor else " "
        cells = [cell if isinstance(cell, Cell) else Cell(cell) for cell in self.cells(row)]
        return self._line(cells, base, width, mark=mark)

    def _line(self, cells: Sequence[Cell], base: Style, width: int, *, mark: str) -> Strip:
        marked = self.get_component_rich_style("grid--marked", partial=True)
        segments = [Segment(f"{mark} ", base + marked if mark == "◆" else base)]
        for (column, size), cell in zip(self._widths(width), cells, strict=True):
            if size:
                segments += self._cell(cell, column, size, base)
        return Strip(segments).adjust_cell_length(width, base)

    def _cell(self, cell: Cell, column: Column, size: int, base: Style) -> list[Segment]:
        style = base
        if cell.look:
            style = base + self.get_component_rich_style(f"grid--{cell.look}", partial=True)
        text = visible(cell.text, lines=False)
        shown = text if cell_width(text) <= size else cut(text, size - 1) + "…"
        pad = " " * (size - cell_width(shown))
        gap = Segment("  ", base)
        if column.right:
            return [Segment(pad + shown, style), gap]
        if not cell.hits or text != cell.text:
            return [Segment(shown + pad, style), gap]
        hit = style + self.get_component_rich_style("grid--hit", partial=True)
        parts = [
            Segment(character, hit if place in cell.hits else style)
            for place, character in enumerate(shown)
        ]
        return [*parts, Segment(pad, style), gap]

    def _widths(self, width: int) -> list[tuple[Column, int]]:
        """Each column with its width now; 0 for those that there is no room for."""
        room = width - 2
        kept = list(self.columns)
        for column in sorted(self.columns, key=lambda c: -c.drop):
            if column.drop and sum(c.width + 2 for c in kept) > room + 2:
                kept.remove(column)
        left = max(0, room + 2 - sum(c.width + 2 for c in kept))
        shares = sum(c.grow for c in kept) or 1
        return [(c, c.width + left * c.grow // shares if c in kept else 0) for c in self.columns]
