"""A text that scrolls: Markdown laid out off the loop, or as it stands; drawn line by line."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from skillvault.services.context import Context
from skillvault.skill.layout import Line
from skillvault.skill.render import LIMIT, Heading, Laid, lay
from skillvault.skill.text import cell_width, visible
from skillvault.tui import actions
from skillvault.tui.laying import first_lines, folded, plain
from skillvault.tui.work import Job

# The styles that `skill/render.py` gives, as component classes of ours.
_LOOKS = {
    "1": "bold",
    "3": "italic",
    "9": "struck",
    "2": "quiet",
    "36": "code",
    "4": "link",
    "31": "gone",
    "32": "come",
    "33": "warn",
    "7": "mark",
}
Draw = Callable[[int, Context], Laid]
"""Lays something out for so many columns, in a job's thread."""


class Hit(NamedTuple):
    """Where something was found: a line, and its columns."""

    line: int
    start: int
    end: int


class Page(ScrollView, can_focus=True):
    """One text. `text` is shown as Markdown, or with `raw` as it stands."""

    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings(actions.MOVE)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"page--{look}" for look in (*_LOOKS.values(), "text", "title", "hit", "here")
    }
    DEFAULT_CSS = """
    Page { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; overflow-x: hidden; }
    Page > .page--text { color: $foreground; }
    Page > .page--title { color: $primary; text-style: bold; }
    Page > .page--bold { text-style: bold; }
    Page > .page--italic { text-style: italic; }
    Page > .page--struck { text-style: strike; }
    Page > .page--quiet { color: $quiet; }
    Page > .page--code { color: $success; }
    Page > .page--link { text-style: underline; }
    Page > .page--gone { color: $error; }
    Page > .page--come { color: $success; }
    Page > .page--warn { color: $warning; }
    Page > .page--mark { text-style: bold underline; }
    Page > .page--hit { background: $panel; color: $accent; text-style: bold underline; }
    Page > .page--here { background: $accent; color: $background; text-style: bold; }
    """

    class LaidOut(Message):
        """A text is on its lines; `page.headings` is new."""

        def __init__(self, page: Page) -> None:
            super().__init__()
            self.page = page

        @property
        def control(self) -> Page:
            """The page, for `@on(..., "#id")`."""
            return self.page

    class Scrolled(LaidOut):
        """Other lines are in sight."""

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
        raw: bool = False,
        most: int | None = None,
        limit: int = LIMIT,
    ) -> None:
        """`most`: columns that rendered text takes at most, however wide the pane is.

        `limit`: characters above which Markdown is shown as it stands.
        """
        super().__init__(id=id)
        self.raw = raw
        self.most = most
        self.limit = limit
        self.text = ""
        self.lines: list[Line] = []
        self.headings: tuple[Heading, ...] = ()
        self.rendered = False
        self.needle = ""
        self.hits: list[Hit] = []
        self.hit = 0
        self._draw: Draw | None = None
        self._laid_for: tuple[int, Draw | None] = (0, None)
        self._at, self._share, self._line = 0.0, 0.0, 0

    def show(self, text: str, *, raw: bool | None = None, at: float = 0.0, line: int = 0) -> None:
        """Show a text from its beginning. The first screen comes at once, the layout follows.

        `at`: the line to go to once it is laid out; or `line` of the source, from 1, if `raw`.
        """
        self.text = text
        self.raw = self.raw if raw is None else raw
        self._begin(first_lines(text, self._width, self.size.height))
        self._at, self._line = at, line
        self.draw(partial(_written if self.raw else self._rendered, text))

    def draw(self, draw: Draw) -> None:
        """Show what `draw` lays out, off the loop; again at every other width."""
        self._draw = draw
        self._lay()

    def draw_new(self, draw: Draw) -> None:
        """As `draw`, from the beginning."""
        self.text = ""
        self._begin([])
        self.draw(draw)

    def say(self, *lines: str) -> None:
        """Show a few words of ours in place of a text."""
        self.draw_new(partial(_written, "\n".join(lines)))

    def turn(self) -> None:
        """From rendered to as it stands, or back, at about the same place."""
        if not self.text:
            return
        self.raw = not self.raw
        share = self.scroll_y / max(1, len(self.lines))
        self.show(self.text)
        self._share = share

    def go_to(self, heading: Heading) -> None:
        """Scroll to a heading."""
        self.scroll_to(y=heading.line, animate=False)

    def go_to_line(self, number: int) -> None:
        """Scroll to a line of what is laid out, with a few above it."""
        self.scroll_to(y=max(0, number - self.size.height // 3), animate=False)

    def _begin(self, lines: list[Line]) -> None:
        self.headings = ()
        self.hits = []
        self._at, self._share, self._line = 0.0, 0.0, 0
        self.scroll_to(y=0, animate=False, immediate=True)
        self._put(lines)

    @property
    def _width(self) -> int:
        return max(20, self.size.width - 1)

    def _rendered(self, text: str, width: int, ctx: Context) -> Laid:
        def step(done: int, whole: int) -> None:
            if done % 256 == 0:
                ctx.progress("blocks", done, whole)

        narrow = min(width, self.most or width)
        laid = lay(text, width=narrow, limit=self.limit, step=step)
        return folded(laid, narrow) if laid.rendered else _written(text, width, ctx)

    def _lay(self) -> None:
        width, draw = self._width, self._draw
        if draw is None or self._laid_for == (width, draw) or not self.size.width:
            return
        self._laid_for = (width, draw)

        def done(laid: Laid) -> None:
            self.headings = laid.headings
            self.rendered = laid.rendered
            self._put(laid.lines)
            if at := self._wanted_line(laid, width):
                self.scroll_to(y=at, animate=False, immediate=True, force=True)
            self._at, self._share, self._line = 0.0, 0.0, 0
            self._look_for()
            self.post_message(self.LaidOut(self))

        self.app.jobs.start(  # type: ignore[attr-defined]  # our app's
            Job("laying out the text", lambda ctx: draw(width, ctx), done, group="lay"), self
        )

    def _wanted_line(self, laid: Laid, width: int) -> int:
        """The line that was asked for, now that all are laid out; a few lines stand above it."""
        if self._line > 1:
            before = "\n".join(self.text.split("\n")[: self._line - 1])
            return max(0, len(plain(before, width)) - 2)
        return int(self._at) or int(self._share * len(laid.lines))

    # Finding

    def find(self, needle: str) -> int:
        """Mark every place where the letters stand, and go to the first from here on; how many."""
        self.needle = needle
        self._look_for()
        if self.hits:
            here = int(self.scroll_y)
            self.hit = next((n for n, hit in enumerate(self.hits) if hit.line >= here), 0)
            self._show_hit()
        return len(self.hits)

    def find_next(self, step: int) -> None:
        """Go to the next place, or with -1 to the one before; round at the ends."""
        if self.hits:
            self.hit = (self.hit + step) % len(self.hits)
            self._show_hit()

    def _look_for(self) -> None:
        needle = visible(self.needle).casefold()
        self.hits = []
        for number, line in enumerate(self.lines if needle else ()):
            text = "".join(span.text for span in line)
            low = text.casefold()
            low = low if len(low) == len(text) else text
            at = low.find(needle)
            while at >= 0:
                start, end = cell_width(text[:at]), at + len(needle)
                self.hits.append(Hit(number, start, start + cell_width(text[at:end])))
                at = low.find(needle, end)
        self.hit = min(self.hit, max(0, len(self.hits) - 1))
        self.refresh()

    def _show_hit(self) -> None:
        line = self.hits[self.hit].line
        if not self.scroll_y <= line < self.scroll_y + self.size.height:
            self.go_to_line(line)
        self.refresh()

    def _marked(self, strip: Strip, place: int) -> Strip:
        """The line with what was found in it."""
        for hit in [h for h in self.hits if h.line == place]:
            look = "here" if hit == self.hits[self.hit] else "hit"
            style = self.get_component_rich_style(f"page--{look}")
            before, found, behind = strip.divide([hit.start, hit.end, strip.cell_length])
            lit = Strip(Segment.apply_style(found, post_style=style), found.cell_length)
            strip = Strip.join([before, lit, behind])
        return strip

    def _put(self, lines: list[Line]) -> None:
        self.lines = lines
        self.virtual_size = Size(self.size.width, len(lines))
        self.refresh()

    def on_resize(self) -> None:
        """Another width, another layout."""
        self._lay()

    def watch_scroll_y(self, old: float, new: float) -> None:
        """Tell which part is in sight."""
        super().watch_scroll_y(old, new)
        if self.headings and int(old) != int(new):
            self.post_message(self.Scrolled(self))

    def render_line(self, y: int) -> Strip:
        """One line of what one sees."""
        base = self.get_component_rich_style("page--text")
        place = int(self.scroll_y) + y
        if not 0 <= place < len(self.lines):
            return Strip.blank(self.size.width, base)
        segments = [
            Segment(visible(span.text, lines=False), base + self._style(span.style))
            for span in self.lines[place]
        ]
        strip = Strip(segments).adjust_cell_length(self.size.width, base)
        return self._marked(strip, place) if self.hits else strip

    def _style(self, codes: str) -> Style:
        """The theme's style for what the renderer wrote as SGR codes."""
        style = Style()
        parts = codes.split(";") if codes else []
        if {"1", "4"} <= set(parts):
            return self.get_component_rich_style("page--title", partial=True)
        for code in parts:
            if look := _LOOKS.get(code):
                style += self.get_component_rich_style(f"page--{look}", partial=True)
        return style

    def action_down(self) -> None:
        """One line down."""
        self.scroll_relative(y=1, animate=False)

    def action_up(self) -> None:
        """One line up."""
        self.scroll_relative(y=-1, animate=False)

    def action_top(self) -> None:
        """The beginning."""
        self.scroll_to(y=0, animate=False)

    def action_bottom(self) -> None:
        """The end."""
        self.scroll_to(y=len(self.lines), animate=False)

    def action_page_down(self) -> None:
        """Half a page down."""
        self.scroll_relative(y=max(1, self.size.height // 2), animate=False)

    def action_page_up(self) -> None:
        """Half a page up."""
        self.scroll_relative(y=-max(1, self.size.height // 2), animate=False)


def _written(text: str, width: int, _ctx: Context) -> Laid:
    return Laid(plain(text, width), (), rendered=False)
