"""The tabs of a place on one line: number, title, and what there is to say of each."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from skillvault.skill.text import cell_width


class Label(NamedTuple):
    """A tab. `note`: how much there is; `look`: warn or bad where it should be looked at."""

    title: str
    note: str = ""
    look: str = ""


class Tabs(Widget):
    """One line; a click chooses. Where it is narrow the notes go first."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"tabs--{look}" for look in ("title", "current", "key", "note", "warn", "bad")
    }
    DEFAULT_CSS = """
    Tabs { height: 1; padding: 0 1; background: $background; }
    Tabs > .tabs--title { color: $foreground; }
    Tabs > .tabs--current { color: $primary; text-style: bold underline; }
    Tabs > .tabs--key { color: $accent; }
    Tabs > .tabs--note { color: $quiet; }
    Tabs > .tabs--warn { color: $warning; }
    Tabs > .tabs--bad { color: $error; text-style: bold; }
    """

    labels: reactive[tuple[Label, ...]] = reactive(tuple)
    current: reactive[int] = reactive(0)

    class Chosen(Message):
        """A tab was clicked; numbers begin at 0."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def _parts(self) -> list[list[tuple[str, str]]]:
        """(text, look) of each tab, as they fit."""
        made = []
        for number, label in enumerate(self.labels):
            title = "current" if number == self.current else "title"
            parts = [(f"{number + 1} ", "key"), (label.title, title)]
            if label.note:
                parts.append((f" {label.note}", label.look or "note"))
            made.append(parts)
        sizes = [sum(cell_width(text) for text, _ in parts) for parts in made]
        gap = 3 if sum(sizes) + 3 * len(sizes) <= self.size.width + 3 else 2
        if sum(sizes) + gap * len(sizes) > self.size.width + gap:
            made = [parts if n == self.current else parts[:2] for n, parts in enumerate(made)]
        return [[*parts, (" " * gap, "title")] for parts in made]

    def render_line(self, y: int) -> Strip:
        """All of them."""
        base = self.rich_style
        if y:
            return Strip.blank(self.size.width, base)
        segments = [
            Segment(text, base + self.get_component_rich_style(f"tabs--{look}", partial=True))
            for parts in self._parts()
            for text, look in parts
        ]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def on_click(self, event: events.Click) -> None:
        """Go to the tab that was clicked."""
        offset = event.get_content_offset(self)
        x = 0
        for number, parts in enumerate(self._parts()):
            x += sum(cell_width(text) for text, _ in parts)
            if offset is not None and offset.x < x:
                self.post_message(self.Chosen(number))
                return
