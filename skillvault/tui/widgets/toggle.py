"""One of a few words, side by side: left, right and space choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from skillvault.skill.text import cell_width


class Toggle(Widget, can_focus=True):
    """`(x) read   ( ) read and write`. `index` is the one that holds."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,right,l", "step(1)", show=False),
        Binding("left,h", "step(-1)", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"toggle--on", "toggle--off", "toggle--focus"}
    DEFAULT_CSS = """
    Toggle { height: 1; }
    Toggle > .toggle--on { color: $foreground; text-style: bold; }
    Toggle > .toggle--off { color: $quiet; }
    Toggle > .toggle--focus {
        background: $block-cursor-background; color: $block-cursor-foreground;
    }
    """

    index: reactive[int] = reactive(0)

    class Changed(Message):
        """Another word holds."""

        def __init__(self, toggle: Toggle) -> None:
            super().__init__()
            self.toggle = toggle

        @property
        def control(self) -> Toggle:
            """For `@on(..., "#id")`."""
            return self.toggle

    def __init__(
        self,
        words: Sequence[str],
        *,
        index: int = 0,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id)
        self.words = tuple(words)
        self.set_reactive(Toggle.index, index)

    @property
    def word(self) -> str:
        """The word that holds."""
        return self.words[self.index]

    def watch_index(self) -> None:
        """Tell."""
        if self.is_mounted:
            self.post_message(self.Changed(self))

    def action_step(self, step: int) -> None:
        """The next word, or the one before."""
        self.index = (self.index + step) % len(self.words)

    def _spans(self) -> list[tuple[str, int]]:
        return [
            (f"({'x' if number == self.index else ' '}) {word}", number)
            for number, word in enumerate(self.words)
        ]

    def render_line(self, y: int) -> Strip:
        """All words."""
        base = self.rich_style
        segments = []
        for text, number in self._spans() if not y else []:
            look = "on" if number == self.index else "off"
            if number == self.index and self.has_focus:
                look = "focus"
            style = base + self.get_component_rich_style(f"toggle--{look}", partial=True)
            segments += [Segment(text, style), Segment("   ", base)]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def on_click(self, event: events.Click) -> None:
        """A click chooses."""
        x = 0
        for text, number in self._spans():
            x += cell_width(text) + 3
            if event.x < x:
                self.index = number
                return
