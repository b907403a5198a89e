"""A few lines of ours in several looks: what stands above a table and does not scroll."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from skillvault.skill.text import cell_width, cut, visible


class Piece(NamedTuple):
    """Some words. `look`: quiet, good, bad, warn, strong or empty."""

    text: str
    look: str = ""


Row = Sequence[Piece]


class Board(Widget):
    """`rows` of pieces, one line each; what is too long is cut and says so."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"board--{look}" for look in ("plain", "quiet", "good", "bad", "warn", "strong")
    }
    DEFAULT_CSS = """
    Board { height: auto; padding: 0 1; }
    Board > .board--plain { color: $foreground; }
    Board > .board--quiet { color: $quiet; }
    Board > .board--good { color: $success; }
    Board > .board--bad { color: $error; }
    Board > .board--warn { color: $warning; }
    Board > .board--strong { color: $primary; text-style: bold; }
    """

    rows: Sequence[Row] = ()

    def show(self, rows: Sequence[Row]) -> None:
        """Show these lines."""
        other = len(rows) != len(self.rows)
        self.rows = rows
        self.refresh(layout=other)

    def get_content_height(self, _container: object, _viewport: object, _width: int) -> int:
        """As many lines as there are."""
        return max(1, len(self.rows))

    def render_line(self, y: int) -> Strip:
        """One of them."""
        width, base = self.size.width, self.rich_style
        segments, room = [], width
        for text, look in self.rows[y] if y < len(self.rows) else ():
            said = visible(text, lines=False)
            if cell_width(said) > room:
                said = cut(said, max(0, room - 1)) + "…" if room else ""
            style = self.get_component_rich_style(f"board--{look or 'plain'}", partial=True)
            segments.append(Segment(said, base + style))
            room -= cell_width(said)
        return Strip(segments).adjust_cell_length(width, base)
