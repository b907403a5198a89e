"""A text that scrolls: Markdown laid out off the loop, or as it stands; drawn line by line."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from skillvault.services.context import Context
from skillvault.skill.layout import Line, Span, width_of
from skillvault.skill.render import Heading, Laid, lay
from skillvault.skill.text import cell_width, cut, visible
from skillvault.tui import actions
from skillvault.tui.work import Job

# The styles that `skill/render.py` gives, as component classes of ours.
_LOOKS = {"1": "bold", "3": "italic", "9": "struck", "2": "quiet", "36": "code", "4": "link"}


class Page(ScrollView, can_focus=True):
    """One text. `text` is shown as Markdown, or with `raw` as it stands."""

    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings(actions.MOVE)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"page--{look}" for look in (*_LOOKS.values(), "text", "title")
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
    """

    class LaidOut(Message):
        """A text is on its lines; `page.headings` is new."""

        def __init__(self, page: Page) -> None:
            super().__init__()
            self.page = page

    def __init__(self, *, id: str | None = None, raw: bool = False) -> None:  # noqa: A002
        super().__init__(id=id)
        self.raw = raw
        self.text = ""
        self.lines: list[Line] = []
        self.headings: tuple[Heading, ...] = ()
        self._laid_for = (0, "", False)

    def show(self, text: str, *, raw: bool | None = None) -> None:
        """Show a text from its beginning. The first screen comes at once, the layout follows."""
        self.text = text
        self.raw = self.raw if raw is None else raw
        self.headings = ()
        self.scroll_to(y=0, animate=False, immediate=True)
        self._put(_first_lines(text, self._width, self.size.height))
        self._lay()

    def say(self, *lines: str) -> None:
        """Show a few words of ours in place of a text."""
        self.text = ""
        self.headings = ()
        self._laid_for = (0, "", False)
        self.scroll_to(y=0, animate=False, immediate=True)
        self._put(_plain("\n".join(lines), self._width))

    def go_to(self, heading: Heading) -> None:
        """Scroll to a heading."""
        self.scroll_to(y=heading.line, animate=False)

    @property
    def _width(self) -> int:
        return max(20, self.size.width - 1)

    def _lay(self) -> None:
        wanted = (self._width, self.text, self.raw)
        if not self.text or self._laid_for == wanted:
            return
        self._laid_for = wanted
        width, text, raw = wanted

        def run(_ctx: Context) -> Laid:
            if raw:
                return Laid(_plain(text, width), (), rendered=False)
            laid = lay(text, width=width)
            if not laid.rendered:
                return Laid(_plain(text, width), (), rendered=False)
            return _folded(laid, width)

        def done(laid: Laid) -> None:
            self.headings = laid.headings
            self._put(laid.lines)
            self.post_message(self.LaidOut(self))

        self.app.jobs.start(  # type: ignore[attr-defined]  # our app's
            Job("laying out the text", run, done, group="lay"), self
        )

    def _put(self, lines: list[Line]) -> None:
        self.lines = lines
        self.virtual_size = Size(self.size.width, len(lines))
        self.refresh()

    def on_resize(self) -> None:
        """Another width, another layout."""
        self._lay()

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
        return Strip(segments).adjust_cell_length(self.size.width, base)

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


def _plain(text: str, width: int) -> list[Line]:
    """The text as it stands, in lines of at most `width` columns; nothing hidden, nothing lost."""
    lines: list[Line] = []
    for line in visible(text).expandtabs(4).split("\n"):
        rest = line
        while cell_width(rest) > width:
            part = cut(rest, width) or rest[0]
            lines.append([Span(part)])
            rest = rest[len(part) :]
        lines.append([Span(rest)])
    return lines


def _folded(laid: Laid, width: int) -> Laid:
    """Lines that the renderer leaves long (code, front matter) are folded: nothing is cut off."""
    lines: list[Line] = []
    places: dict[int, int] = {}
    for number, line in enumerate(laid.lines):
        places[number] = len(lines)
        lines += _fold(line, width)
    headings = tuple(h._replace(line=places[h.line]) for h in laid.headings)
    return Laid(lines, headings, rendered=True)


def _fold(line: Line, width: int) -> list[Line]:
    if width_of(line) <= width:
        return [line]
    folded: list[Line] = [[]]
    room = width
    for span in line:
        rest = span.text
        while rest:
            part = cut(rest, room)
            if not part:
                folded.append([])
                room = width
                part = cut(rest, room) or rest[0]
            folded[-1].append(Span(part, span.style))
            rest = rest[len(part) :]
            room -= cell_width(part)
    return folded


def _first_lines(text: str, width: int, height: int) -> list[Line]:
    """Enough of the text for the first screen, at once."""
    return _plain(text[: width * (height + 1)], width)[: height + 1]
