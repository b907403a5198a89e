"""History: every version, what it changed, and going back to one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from skillvault.errors import SkillvaultError
from skillvault.services import leafing
from skillvault.services.comparing import Difference
from skillvault.services.context import Context
from skillvault.services.leafing import Leaf, Measured
from skillvault.services.reading import VersionLine
from skillvault.services.wording import ago, count, size
from skillvault.skill.layout import Line, Span
from skillvault.skill.render import Laid
from skillvault.tui import rows
from skillvault.tui.laying import BOLD, QUIET, beside, columns, fold, inline, words
from skillvault.tui.screens.skill_tab import Tab
from skillvault.tui.widgets.bars import Bar
from skillvault.tui.widgets.grid import Cell, Column, Grid
from skillvault.tui.widgets.page import Page
from skillvault.tui.work import Job, told

if TYPE_CHECKING:
    from skillvault.services.browsing import Result

REST = 0.08
"""Seconds that the cursor rests on a version before two are compared."""
Mode = Literal["", "inline", "beside"]
NOT_MINE = "sealed before you could read it"


class Version(NamedTuple):
    """A line of the table. `result`: the newest of this very version."""

    line: VersionLine
    result: Result | None = None


class History(Tab):
    """The versions, the newest first; below, the one under the cursor, or what it changed."""

    title = "History"
    actions: ClassVar[frozenset[str]] = frozenset(
        {"diff", "diff-beside", "restore", "find", "widen", "copy"}
    )

    class Chosen(Message):
        """A version is to be read."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    class Restore(Message):
        """A version is to be the newest again; `changes` is what that does to the newest."""

        def __init__(self, line: VersionLine, name: str, changes: Sequence[Difference]) -> None:
            super().__init__()
            self.line = line
            self.name = name
            self.changes = changes

    def compose(self) -> ComposeResult:
        """Table and text."""
        columns_ = [
            Column("version", "@", 3, right=True),
            Column("author", "BY", 12, grow=1),
            Column("when", "WHEN", 14),
            Column("message", "WHAT", 16, grow=5),
            Column("result", "RESULT", 16, drop=1),
        ]
        yield Grid[Version](columns_, self._cells, key=lambda v: v.line.number, id="versions")
        with Vertical(classes="main"):
            yield Bar(id="version-head")
            yield Page(id="version")

    def on_mount(self) -> None:
        """Nothing yet."""
        self.lines: list[VersionLine] = []
        self.measured: Sequence[Measured] = ()
        self.mode: Mode = ""
        self._resting: Timer | None = None

    @cached_property
    def grid(self) -> Grid[Version]:
        """The versions."""
        return self.query_one("#versions", Grid)

    @property
    def first(self) -> Widget:
        """The versions."""
        return self.grid

    @property
    def is_resting(self) -> bool:
        """Whether two versions are compared in a moment."""
        return self._resting is not None

    def _cells(self, version: Version) -> list[Cell]:
        line, now = version.line, self.tui.session.context.now()
        read = self.leaf is not None and self.leaf.version == line.number
        what = Cell(line.message) if line.message is not None else Cell(NOT_MINE, "quiet")
        result = Cell("") if version.result is None else self._result(version.result)
        return [
            Cell(f"▸{line.number}" if read else str(line.number), "good" if read else ""),
            Cell(line.author),
            Cell(ago(line.time, now), "quiet"),
            what,
            result,
        ]

    def _result(self, found: Result) -> Cell:
        return rows.difference(found, wide=False)

    # Reading it

    def load(self) -> None:
        """All versions."""
        desk, key = self.tui.session.desk, self.key
        self.work(
            Job(
                "reading the history",
                lambda ctx: leafing.versions(ctx, desk, key),
                self._read,
                self._unread,
                group="history",
                quiet=True,
            )
        )

    def _read(self, lines: list[VersionLine]) -> None:
        self.lines = lines
        self.say(str(len(lines)))
        self._list()

    def _unread(self, error: SkillvaultError) -> None:
        self.lines = []
        self.grid.show(())
        self._head("does not open", bad=True)
        self.page.say(*told(error).splitlines())

    def open(self, leaf: Leaf) -> None:
        """The version that is read is marked."""
        super().open(leaf)
        self.grid.refresh()

    def know(self, measured: Sequence[Measured]) -> None:
        """What was measured of which version."""
        self.measured = measured
        self._list()

    def _list(self) -> None:
        newest: dict[int, Result] = {}
        for one in self.measured:
            newest.setdefault(one.run.version, one.result)
        self.grid.show([Version(line, newest.get(line.number)) for line in self.lines])
        self.fit(self.grid)

    # The version under the cursor

    @on(Grid.Moved, "#versions")
    def _moved(self) -> None:
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(REST, self._show)
        self.post_message(self.Told())

    @on(Grid.Opened, "#versions")
    def _opened(self) -> None:
        version = self.grid.current
        if version is not None:
            self.post_message(self.Chosen(version.line.number))

    def _show(self) -> None:
        self._resting = None
        version = self.grid.current
        if version is None:
            return
        if self.mode and version.line.is_readable:
            self._compare(version.line)
        else:
            self._describe(version)

    def _head(self, strong: str, left: str = "", right: str = "", *, bad: bool = False) -> None:
        head = self.query_one("#version-head", Bar)
        head.strong, head.left, head.right, head.bad = strong, left, right, bad

    def _describe(self, version: Version) -> None:
        line = version.line
        self._head(f"@{line.number}", f"  by {line.author}, {line.time}", f"entry {line.entry}")
        said = [words(line.message or NOT_MINE)]
        said.append([])
        if line.files is not None and line.size is not None:
            said.append(
                words(Span("holds     ", QUIET), f"{count(line.files, 'file')}, {size(line.size)}")
            )
        if line.origin:
            came = " ".join(line.origin.values())
            said.append(words(Span("came from ", QUIET), came))
        if line.licence:
            said.append(words(Span("licence   ", QUIET), line.licence))
        said.append(words(Span("content   ", QUIET), line.content))
        said += [self._measured(one) for one in self.measured if one.run.version == line.number]
        said.append([])
        if line.is_readable:
            before = f"@{line.number - 1}" if line.number > 1 else "nothing"
            said.append(words(Span(f"d diff with {before}, D side by side, enter reads it", QUIET)))
        self._draw(said)

    def _measured(self, one: Measured) -> Line:
        result = f"  {self._result(one.result).text} on {one.run.model}, {one.run.time[:10]}"
        return words(Span("measured  ", QUIET), Span(one.result.verdict, BOLD), result)

    def _draw(self, said: Sequence[Line]) -> None:
        self.page.draw_new(
            lambda width, _ctx: Laid(
                [p for line in said for p in fold(line, width)], (), rendered=True
            )
        )

    # What it changed

    def _compare(self, line: VersionLine) -> None:
        desk, key, old = self.tui.session.desk, self.key, line.number - 1
        self._head(f"@{old} → @{line.number}" if old else f"@{line.number}", "  comparing ...")
        self.work(
            Job(
                f"comparing @{line.number}",
                lambda ctx: leafing.changes(ctx, desk, key, old, line.number),
                partial(self._compared, line),
                self._not_compared,
                group="compare",
            )
        )

    def _compared(self, line: VersionLine, found: tuple[Difference, ...]) -> None:
        old = line.number - 1
        files = count(len(found), "file") + (" differs" if len(found) == 1 else " differ")
        how = "D side by side" if self.mode == "inline" else "d inline"
        self._head(
            f"@{old} → @{line.number}" if old else f"@{line.number}",
            f"  {files if found else 'nothing differs'}",
            f"{how} · esc closes",
        )
        mode = self.mode

        def draw(width: int, _ctx: Context) -> Laid:
            if mode == "beside":
                return Laid(columns(beside(found), width), (), rendered=True)
            lines = [part for one in inline(found) for part in fold(one, width, 2)]
            return Laid(lines, (), rendered=True)

        self.page.draw_new(draw)

    def _not_compared(self, error: SkillvaultError) -> None:
        self._head("cannot be compared", bad=True)
        self.page.say(*told(error).splitlines())

    def diff(self, mode: Mode) -> None:
        """What the version changed, in that way; the same way again closes it."""
        self.mode = "" if self.mode == mode else mode
        self.set_class(bool(self.mode), "comparing")
        self._show()

    def back(self) -> bool:
        """From the comparison to the version."""
        if super().back():
            return True
        if self.mode:
            self.diff(self.mode)
            self.grid.focus()
            return True
        return False

    def can(self, action: str) -> bool:
        """What is about a version needs one that opens."""
        version = self.grid.current
        readable = version is not None and version.line.is_readable
        if action in {"diff", "diff-beside"}:
            return readable
        if action == "restore":
            leaf = self.leaf
            return bool(
                version and leaf and readable and leaf.writes and version.line.number < leaf.newest
            )
        return super().can(action)

    # Going back to it

    def restore(self) -> None:
        """Find out what that would change."""
        version, leaf = self.grid.current, self.leaf
        if version is None or leaf is None:
            return
        desk, key, number = self.tui.session.desk, self.key, version.line.number

        def run(ctx: Context) -> tuple[str, tuple[Difference, ...]]:
            old = leafing.leaf(ctx, desk, key, number)
            return old.name, leafing.changes(ctx, desk, key, leaf.newest, number)

        def done(found: tuple[str, tuple[Difference, ...]]) -> None:
            self.post_message(self.Restore(version.line, *found))

        self.work(Job(f"comparing @{number}", run, done, group="restore"))
