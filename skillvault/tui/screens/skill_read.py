"""Read: the text, its contents and the files that it names beside it."""

from __future__ import annotations

import re
from functools import cached_property
from typing import ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from skillvault.errors import SkillvaultError
from skillvault.services import leafing
from skillvault.services.context import Context
from skillvault.services.leafing import Leaf
from skillvault.services.reading import MAIN
from skillvault.skill.render import Heading
from skillvault.tui.dialogs.chooser import Choice, Chooser
from skillvault.tui.screens.skill_file import FileView
from skillvault.tui.screens.skill_tab import Spot, Tab
from skillvault.tui.widgets.bars import Bar
from skillvault.tui.widgets.grid import Cell, Column, Grid
from skillvault.tui.widgets.page import Page
from skillvault.tui.work import Job

_WORD = re.compile(r"[^\s()<>\[\]\"']+")


class Item(NamedTuple):
    """A line of the contents: a heading, or a file that the text names."""

    title: str
    level: int = 1
    heading: Heading | None = None
    path: str | None = None


def cells(item: Item) -> list[Cell]:
    """A heading by its depth; a file with an arrow."""
    if item.path is not None:
        return [Cell(f"→ {item.path}", "good")]
    indent = "  " * max(0, item.level - 2)
    return [Cell(indent + item.title, "quiet" if item.level > 2 else "")]  # noqa: PLR2004 - below sections


class Read(Tab):
    """SKILL.md first; enter follows what it names."""

    title = "Read"
    actions: ClassVar[frozenset[str]] = frozenset({"raw", "follow", "find", "widen", "copy"})

    def compose(self) -> ComposeResult:
        """Contents and text."""
        with Horizontal(classes="split"):
            with Vertical(classes="side"):
                yield Bar(id="contents-head")
                yield Grid[Item](
                    [Column("title", "", 12, grow=1)], cells, head=False, id="contents"
                )
            yield FileView(id="text")

    def on_mount(self) -> None:
        """Nothing yet."""
        self.path = MAIN
        self.named: list[str] = []
        self.trail: list[tuple[str, float]] = []
        self.query_one("#contents-head", Bar).strong = "CONTENTS"
        self.view.now = self.tui.session.context.now()

    @cached_property
    def contents(self) -> Grid[Item]:
        """Headings and files."""
        return self.query_one("#contents", Grid)

    @cached_property
    def view(self) -> FileView:
        """The text, and what is said of it."""
        return self.query_one("#text", FileView)

    def open(self, leaf: Leaf) -> None:
        """Read a version: the same file, if it has that."""
        same = self.leaf is not None and self.leaf.bundle.content == leaf.bundle.content
        super().open(leaf)
        if not same:
            self.trail = []
            self.read(self.path if leaf.file(self.path) else MAIN)

    def fail(self, error: SkillvaultError) -> None:
        """Say why it does not open."""
        self.leaf, self.named = None, []
        self.view.fail(error)
        self._list()

    def read(self, path: str, *, at: float = 0.0) -> None:
        """Show a file of the version."""
        leaf = self.leaf
        file = leaf.file(path) if leaf is not None else None
        if leaf is None or file is None:
            self.page.say(f"no {path} in this version")
            return
        self.path, self.named = path, []
        self.view.show(leaf, file, at=at)
        self._list()
        if (text := leafing.text_of(file)) is not None:
            self._look_for_files(leaf, path, text)

    def _look_for_files(self, leaf: Leaf, path: str, text: str) -> None:
        def run(_ctx: Context) -> list[str]:
            return leafing.named_files(leaf, path, text)

        def done(found: list[str]) -> None:
            if path == self.path:
                self.named = found
                self._list()
                self.post_message(self.Told())

        self.work(Job("looking for links", run, done, group="links", quiet=True))

    def _list(self) -> None:
        """The contents anew."""
        items = [Item(h.text, h.level, h) for h in self.page.headings]
        items += [Item(path, path=path) for path in self.named]
        self.contents.show(items)
        self.set_class(len(items) < 2, "bare")  # noqa: PLR2004 - a title alone is no contents
        self._in_step()

    # Between the contents and the text

    @on(Page.LaidOut)
    def _laid_out(self) -> None:
        self._list()

    @on(Page.Scrolled)
    def _in_step(self) -> None:
        """The cursor of the contents stands on the section in sight."""
        if self.contents.has_focus or not self.page.headings:
            return
        seen = int(self.page.scroll_y) + 1
        passed = [n for n, h in enumerate(self.page.headings) if h.line <= seen]
        self.contents.cursor = passed[-1] if passed else 0

    @on(Grid.Moved, "#contents")
    def _moved(self) -> None:
        item = self.contents.current
        if self.contents.has_focus and item is not None and item.heading is not None:
            self.page.go_to(item.heading)

    @on(Grid.Opened, "#contents")
    def _opened(self) -> None:
        item = self.contents.current
        if item is not None and item.path is not None:
            self.follow(item.path)
        else:
            self.page.focus()

    def enter(self) -> None:
        """Follow what the text names: the one file, or one of several."""
        if len(self.named) == 1:
            self.follow(self.named[0])
        elif self.named:
            choices = [Choice(path, path) for path in self.named]

            def chosen(path: str | None) -> None:
                if path is not None:
                    self.follow(path)

            chooser = Chooser("Open a file", choices, current=self._in_sight())
            self.app.push_screen(chooser, chosen)

    def _in_sight(self) -> str | None:
        """The first file whose name stands on the lines in sight."""
        top = int(self.page.scroll_y)
        lines = self.page.lines[top : top + self.page.size.height]
        text = "\n".join("".join(span.text for span in line) for line in lines)
        places = [(text.find(path), path) for path in self.named if path in text]
        return min(places, default=(0, None))[1]

    def follow(self, path: str) -> None:
        """Open a file that the text names; esc comes back here."""
        self.trail.append((self.path, self.page.scroll_y))
        self.read(path)
        self.page.focus()

    def on_click(self, event: events.Click) -> None:
        """A click on the name of a file opens it."""
        region, place = self.page.content_region, event.screen_offset
        number = int(self.page.scroll_y) + place.y - region.y
        if not region.contains_point(place) or number >= len(self.page.lines):
            return
        line = "".join(span.text for span in self.page.lines[number])
        word = _word(line, place.x - region.x)
        for path in self.named:
            if word and (word in {path, f"./{path}"} or path.endswith(f"/{word}")):
                self.follow(path)
                return

    def back(self) -> bool:
        """To the text that one came from."""
        if super().back():
            return True
        if self.trail:
            path, at = self.trail.pop()
            self.read(path, at=at)
            return True
        return False

    def can(self, action: str) -> bool:
        """A link needs one, and only Markdown is shown in two ways."""
        if action == "follow":
            return bool(self.named)
        return self.view.turns if action == "raw" else super().can(action)

    def turn(self) -> None:
        """As it stands, or rendered."""
        self.view.turn()

    def spot(self) -> Spot:
        """The file that is read."""
        return Spot(self.path)


def _word(line: str, column: int) -> str:
    """The run without blanks at a column, without what stands around a link."""
    for match in _WORD.finditer(line):
        if match.start() <= column < match.end():
            return match[0].strip("`.,;:")
    return ""
