"""Checks: what lint says of the version, where, and what to do about it."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from skillvault.errors import NotFoundError, SkillvaultError
from skillvault.services import leafing
from skillvault.services.leafing import Leaf
from skillvault.services.linting import Report
from skillvault.services.wording import count
from skillvault.skill import rules
from skillvault.skill.finding import Finding
from skillvault.skill.layout import Line, Span
from skillvault.skill.render import Laid
from skillvault.tui.laying import BOLD, MARK, QUIET, fold, words
from skillvault.tui.screens.skill_tab import Spot, Tab
from skillvault.tui.widgets.bars import Bar
from skillvault.tui.widgets.grid import Cell, Column, Grid
from skillvault.tui.widgets.page import Page
from skillvault.tui.work import Job, told

_LOOKS = {"error": "bad", "warning": "warn", "advice": "quiet"}
_AROUND = 3
"""Lines shown before and behind the one at fault."""


class Checks(Tab):
    """The findings, the worst first; below, the one under the cursor, with its lines."""

    title = "Checks"
    actions: ClassVar[frozenset[str]] = frozenset({"find", "widen", "copy"})

    class Open(Message):
        """A file is to be shown at a line."""

        def __init__(self, path: str, line: int | None) -> None:
            super().__init__()
            self.path = path
            self.line = line

    def compose(self) -> ComposeResult:
        """Table and text."""
        columns = [
            Column("severity", "", 7),
            Column("code", "CODE", 5),
            Column("where", "WHERE", 14, grow=1),
            Column("message", "WHAT", 20, grow=3),
        ]
        yield Grid[Finding](columns, _cells, id="findings")
        with Vertical(classes="main"):
            yield Bar(id="finding-head")
            yield Page(id="finding")

    @cached_property
    def grid(self) -> Grid[Finding]:
        """The findings."""
        return self.query_one("#findings", Grid)

    @property
    def first(self) -> Widget:
        """The findings, if there are any."""
        return self.grid if self.grid.rows else self.page

    def open(self, leaf: Leaf) -> None:
        """Look at a version."""
        super().open(leaf)
        self.work(
            Job(
                "looking for faults",
                lambda _ctx: leafing.checks(leaf),
                self._found,
                group="checks",
                quiet=True,
            )
        )

    def fail(self, error: SkillvaultError) -> None:
        """Say why nothing was looked at."""
        self.leaf = None
        self.grid.show(())
        self.set_class(True, "empty")
        self._head("does not open", bad=True)
        self.page.say(*told(error).splitlines())
        self.say("")

    def _found(self, report: Report) -> None:
        found = report.findings
        self.set_class(not found, "empty")
        self.grid.show(found)
        self.fit(self.grid)
        kinds = [f.severity for f in found]
        if errors := kinds.count("error"):
            self.say(count(errors, "error"), "bad")
        elif warnings := kinds.count("warning"):
            self.say(count(warnings, "warning"), "warn")
        else:
            self.say(f"{len(found)} advice" if found else "none")
        if not found:
            self._head("no findings")
            self.page.say("lint finds nothing; a skill without findings is not thereby harmless")

    def _head(self, strong: str, left: str = "", right: str = "", *, bad: bool = False) -> None:
        head = self.query_one("#finding-head", Bar)
        head.strong, head.left, head.right, head.bad = strong, left, right, bad

    @on(Grid.Moved, "#findings")
    def _moved(self) -> None:
        finding, leaf = self.grid.current, self.leaf
        if finding is None or leaf is None:
            return
        said = _about(finding, leaf)
        self._head(finding.code, f"  {where(finding)}", "e edit there · enter shows the file")
        self.page.draw_new(
            lambda width, _ctx: Laid(
                [p for line in said for p in fold(line, width)], (), rendered=True
            )
        )

    @on(Grid.Opened, "#findings")
    def _opened(self) -> None:
        if (finding := self.grid.current) is not None:
            self.post_message(self.Open(finding.path, finding.line))

    def spot(self) -> Spot:
        """Where the finding is."""
        finding, leaf = self.grid.current, self.leaf
        if finding is None or leaf is None or leaf.file(finding.path) is None:
            return Spot()
        return Spot(finding.path, finding.line)

    def copied(self) -> str:
        """The finding as compilers say it."""
        finding = self.grid.current
        if finding is None:
            return ""
        return f"{where(finding)}: {finding.severity}: {finding.code}: {finding.message}"


def where(finding: Finding) -> str:
    """`SKILL.md:12`."""
    return finding.path if finding.line is None else f"{finding.path}:{finding.line}"


def _cells(finding: Finding) -> list[Cell]:
    look = _LOOKS[finding.severity]
    return [
        Cell(finding.severity, look),
        Cell(finding.code, look),
        Cell(where(finding)),
        Cell(finding.message),
    ]


def _about(finding: Finding, leaf: Leaf) -> list[Line]:
    """What it says, what to do, the lines, and what the rule is for."""
    said = [words(Span(finding.message, BOLD)), words(finding.hint), [], *_source(finding, leaf)]
    try:
        rule = rules.find(finding.code)
    except NotFoundError:
        return said
    more = [words(Span(f"{rule.code}: {rule.title}", QUIET)), words(Span(rule.why, QUIET))]
    return [*said, *more]


def _source(finding: Finding, leaf: Leaf) -> list[Line]:
    file = leaf.file(finding.path)
    text = leafing.text_of(file) if file is not None else None
    if text is None or finding.line is None:
        return []
    lines = text.split("\n")
    first, last = max(1, finding.line - _AROUND), min(len(lines), finding.line + _AROUND)
    shown: list[Line] = []
    for number in range(first, last + 1):
        here = number == finding.line
        content = lines[number - 1].rstrip("\r").replace("\t", "    ")
        mark = Span(f"{'▸' if here else ' '}{number:>5} ", "" if here else QUIET)
        shown.append(words(mark, Span(content, MARK if here else "")))
    return [*shown, []]
