"""The lines around every place: the header above; the command line and the keys below."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from skillvault.skill.text import cell_width, cut, visible

if TYPE_CHECKING:
    from skillvault.tui.actions import Action


class Bar(Widget):
    """A line with something on its left and something on its right; the left gives way."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"bar--left", "bar--right", "bar--strong", "bar--bad"}
    DEFAULT_CSS = """
    Bar { height: 1; background: $bar; padding: 0 1; }
    Bar > .bar--left { color: $foreground; }
    Bar > .bar--right { color: $quiet; }
    Bar > .bar--strong { color: $primary; text-style: bold; }
    Bar > .bar--bad { color: $error; text-style: bold; }
    """

    left: reactive[str] = reactive("")
    right: reactive[str] = reactive("")
    strong: reactive[str] = reactive("")
    bad: reactive[bool] = reactive(default=False)

    def render_line(self, y: int) -> Strip:
        """`strong` and `left` from the left, `right` at the right."""
        width = self.size.width
        base = self.rich_style
        if y:
            return Strip.blank(width, base)
        head = visible(self.strong, lines=False)
        right = cut(visible(self.right, lines=False), max(0, width - cell_width(head) - 1))
        room = width - cell_width(right) - (1 if right else 0)
        head = cut(head, room)
        text = visible(self.left, lines=False)
        room -= cell_width(head)
        if cell_width(text) > room:
            text = cut(text, max(0, room - 1)) + "…" if room > 1 else ""
        gap = " " * (width - cell_width(head) - cell_width(text) - cell_width(right))
        strong = self._look("bar--bad" if self.bad else "bar--strong")
        return Strip(
            [
                Segment(head, base + strong),
                Segment(text, base + self._look("bar--left")),
                Segment(gap, base),
                Segment(right, base + self._look("bar--right")),
            ]
        ).adjust_cell_length(width, base)

    def _look(self, name: str) -> Style:
        return self.get_component_rich_style(name, partial=True)


class Header(Bar):
    """Which vault, how it stands, who one is."""


class Log(Bar):
    """`$ skillvault ...`: the command that does what was done, or is about to be done."""

    DEFAULT_CSS = """
    Log { background: $surface; }
    """


class Keys(Widget):
    """What can be done here, with its keys; each may be clicked. `hint` takes their place.

    Two lines where one is too narrow for all, never more.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys--key", "keys--title", "keys--hint"}
    DEFAULT_CSS = """
    Keys { height: auto; max-height: 2; background: $bar; padding: 0 1; }
    Keys > .keys--key { color: $accent; text-style: bold; }
    Keys > .keys--title { color: $foreground; }
    Keys > .keys--hint { color: $accent; }
    """

    hint: reactive[str] = reactive("")
    actions: reactive[tuple[tuple[str, Action], ...]] = reactive(tuple, layout=True)

    class Chosen(Message):
        """An action was clicked."""

        def __init__(self, action: Action) -> None:
            super().__init__()
            self.action = action

    def lines(self, width: int) -> list[list[tuple[str, Action]]]:
        """The actions by line; what fits on no second line is left to the palette."""
        made: list[list[tuple[str, Action]]] = [[]]
        used = 0
        for key, action in self.actions:
            size = len(key) + 1 + len(action.title) + 2
            if used + size > width + 2:
                if len(made) == 2:  # noqa: PLR2004 - lines at most
                    break
                made.append([])
                used = 0
            made[-1].append((key, action))
            used += size
        return made

    def get_content_height(self, _container: object, _viewport: object, width: int) -> int:
        """One line, or two."""
        return 1 if self.hint else len(self.lines(width))

    def render_line(self, y: int) -> Strip:
        """Key and title of each."""
        width = self.size.width
        base = self.rich_style
        if self.hint:
            style = base + self.get_component_rich_style("keys--hint", partial=True)
            return Strip(
                [Segment(cut(self.hint if not y else "", width), style)]
            ).adjust_cell_length(width, base)
        rows = self.lines(width)
        key_style = base + self.get_component_rich_style("keys--key", partial=True)
        title_style = base + self.get_component_rich_style("keys--title", partial=True)
        segments = []
        for key, action in rows[y] if y < len(rows) else []:
            segments.append(Segment(f"{key} ", key_style))
            segments.append(Segment(f"{action.title}  ", title_style))
        return Strip(segments).adjust_cell_length(width, base)

    def on_click(self, event: events.Click) -> None:
        """A click on an action does it."""
        offset = event.get_content_offset(self)
        if offset is None or self.hint:
            return
        rows = self.lines(self.size.width)
        x = 0
        for key, action in rows[offset.y] if offset.y < len(rows) else []:
            x += len(key) + len(action.title) + 3
            if offset.x < x:
                self.post_message(self.Chosen(action))
                return
