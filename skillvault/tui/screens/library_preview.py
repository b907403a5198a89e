"""What stands beside the table: the skill under the cursor, opened once the cursor rests."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer

from skillvault.errors import SkillvaultError
from skillvault.services import browsing
from skillvault.services.browsing import Key, Line, Opened
from skillvault.tui import rows
from skillvault.tui.widgets.bars import Bar
from skillvault.tui.widgets.page import Page
from skillvault.tui.work import Job, told

if TYPE_CHECKING:
    from skillvault.tui.app import Skillvault

REST = 0.08
"""Seconds that the cursor rests on a skill before it is opened."""


class Preview(Vertical):
    """Which version, by whom; and its text, rendered."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._resting: Timer | None = None
        self._shown: tuple[Key, int] | None = None
        self._line: Line | None = None

    def compose(self) -> ComposeResult:
        """A line about it, and the text."""
        yield Bar(id="about")
        yield Page(id="preview")

    @property
    def page(self) -> Page:
        """The text."""
        return self.query_one(Page)

    @property
    def is_resting(self) -> bool:
        """Whether a skill will be opened in a moment."""
        return self._resting is not None

    def rest_on(self, line: Line | None) -> None:
        """The cursor came to this skill, or there is none."""
        self._line = line
        if self._resting is not None:
            self._resting.stop()
            self._resting = None
        if line is None:
            self._shown = None
            about = self.query_one(Bar)
            about.strong, about.left = "", ""
            self.page.say("")
        elif self._wanted(line) != self._shown:
            self._resting = self.set_timer(REST, self._open)

    def _wanted(self, line: Line) -> tuple[Key, int]:
        return line.key, line.row.found.summary.version

    def _open(self) -> None:
        self._resting = None
        line = self._line
        if line is None:
            return
        self._shown = self._wanted(line)
        tui = cast("Skillvault", self.app)
        tui.jobs.start(
            Job(
                f"opening {line.name}",
                lambda ctx: browsing.preview(ctx, tui.session.desk, line.key),
                partial(self._opened, line),
                partial(self._not_opened, line),
                group="preview",
            ),
            self,
        )

    def _opened(self, line: Line, opened: Opened) -> None:
        about = self.query_one(Bar)
        now = cast("Skillvault", self.app).session.context.now()
        about.strong, about.left = rows.about(line, opened, now)
        about.bad = False
        self.page.show(browsing.introduction(opened.bundle))

    def _not_opened(self, line: Line, error: SkillvaultError) -> None:
        about = self.query_one(Bar)
        about.strong, about.left, about.bad = line.name, "  does not open", True
        self.page.say(*told(error).splitlines())
