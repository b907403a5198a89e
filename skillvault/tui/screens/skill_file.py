"""One file of a skill in a pane: rendered, as it stands, or what there is to say of a binary."""

from __future__ import annotations

import hashlib
from functools import cached_property

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from skillvault.errors import SkillvaultError
from skillvault.services import leafing
from skillvault.services.leafing import Leaf
from skillvault.services.wording import ago, count, size
from skillvault.skill.files import SkillFile
from skillvault.skill.layout import Line, Span
from skillvault.skill.render import Laid
from skillvault.tui.laying import QUIET, fold, words
from skillvault.tui.widgets.bars import Bar
from skillvault.tui.widgets.page import Page
from skillvault.tui.work import told

MEASURE = 100
"""Columns of a line that one reads with ease."""
LIMIT = 1_250_000
"""Characters of Markdown that are rendered: off the loop, and the first screen at once."""
_SEEN = 256


class FileView(Vertical):
    """A line that says which file of which version, and the file."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.path = ""
        self.as_is = False
        self.now = 0.0
        self._leaf: Leaf | None = None

    def compose(self) -> ComposeResult:
        """Both."""
        yield Bar()
        yield Page(most=MEASURE, limit=LIMIT)

    @cached_property
    def page(self) -> Page:
        """The text."""
        return self.query_one(Page)

    def show(self, leaf: Leaf, file: SkillFile, *, at: float = 0.0, line: int = 0) -> None:
        """Show a file, from the laid out line `at` on, or as it stands at its line `line`."""
        self._leaf, self.path = leaf, file.path
        text = leafing.text_of(file)
        self.page.find("")
        if text is None:
            self.page.draw_new(lambda width, _ctx: Laid(_binary(file, width), (), rendered=True))
        else:
            raw = self.as_is or bool(line) or not leafing.is_markdown(file.path)
            self.page.show(text, raw=raw, at=at, line=line)
        self.say_head()

    def fail(self, error: SkillvaultError) -> None:
        """Say why there is nothing to show."""
        head = self.query_one(Bar)
        head.strong, head.left, head.right, head.bad = "does not open", "", "", True
        self.page.say(*told(error).splitlines())

    def turn(self) -> None:
        """As it stands, or rendered."""
        self.as_is = not self.page.raw
        self.page.turn()
        self.say_head()

    @property
    def turns(self) -> bool:
        """Whether there are two ways to show it."""
        return bool(self.page.text) and leafing.is_markdown(self.path)

    @on(Page.LaidOut)
    def say_head(self) -> None:
        """Which file, by whom, how it is shown."""
        leaf, head = self._leaf, self.query_one(Bar)
        file = leaf.file(self.path) if leaf is not None else None
        if leaf is None or file is None:
            return
        said = leaf.bundle.manifest
        message = f" · {said.message}" if said.message else ""
        head.bad = False
        head.strong = self.path
        head.left = f"  @{said.version} by {leaf.author}, {ago(said.time, self.now)}{message}"
        how = "as it stands · " if self.turns and not self.page.rendered else ""
        head.right = f"{how}{size(len(file.data))}"


def _binary(file: SkillFile, width: int) -> list[Line]:
    """What can be said of a file that is no text, and how it begins."""
    data = file.data
    lines: list[Line] = [
        words(f"{file.path}: {count(len(data), 'byte')}, binary"),
        words(Span("sha256 ", QUIET), hashlib.sha256(data).hexdigest()),
        [],
    ]
    step = 16 if width >= 70 else 8  # noqa: PLR2004 - columns that sixteen bytes take
    for at in range(0, min(len(data), _SEEN), step):
        piece = data[at : at + step]
        shown = "".join(chr(b) if 32 <= b < 127 else "·" for b in piece)  # noqa: PLR2004 - ASCII
        lines.append(
            [Span(f"{at:06x}  ", QUIET), Span(f"{piece.hex(' '):<{3 * step}} "), Span(shown, QUIET)]
        )
    if len(data) > _SEEN:
        lines.append([Span(f"and {count(len(data) - _SEEN, 'byte')} more", QUIET)])
    return [part for line in lines for part in fold(line, width)]
