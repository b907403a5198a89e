"""Results: what the skill was measured to be worth, task by task, down to every answer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget

from skillvault.errors import SkillvaultError
from skillvault.services import leafing, runs
from skillvault.services.leafing import Leaf, Measured
from skillvault.services.wording import ago, count
from skillvault.skill.layout import Line, Span
from skillvault.skill.render import Laid
from skillvault.tui import actions, rows, transcripts
from skillvault.tui.laying import QUIET, fold, words
from skillvault.tui.screens.skill_tab import Tab
from skillvault.tui.transcripts import Task
from skillvault.tui.widgets.bars import Bar
from skillvault.tui.widgets.grid import Cell, Column, Grid
from skillvault.tui.widgets.page import Page
from skillvault.tui.work import Job, told

if TYPE_CHECKING:
    from skillvault.catalog.runs import Run

_SUITE = "evals/evals.json"


class Results(Tab):
    """The runs above; below, the tasks of one of them, and what was answered beside them."""

    title = "Results"
    actions: ClassVar[frozenset[str]] = frozenset({"find", "widen", "copy"})

    class Found(Message):
        """The runs were read."""

        def __init__(self, measured: Sequence[Measured]) -> None:
            super().__init__()
            self.measured = measured

    def compose(self) -> ComposeResult:
        """Runs, tasks, answers."""
        yield Grid[Measured](_RUNS, self._cells, key=lambda one: one.run.id, id="runs")
        with Horizontal(classes="split"):
            yield Grid[Task](_columns(()), _task_cells, key=lambda task: task.id, id="tasks")
            with Vertical(classes="main"):
                yield Bar(id="answers-head")
                yield Page(id="answers")

    def on_mount(self) -> None:
        """Nothing yet."""
        self.measured: Sequence[Measured] | None = None
        self._shown = ""

    @cached_property
    def runs(self) -> Grid[Measured]:
        """The runs."""
        return self.query_one("#runs", Grid)

    @cached_property
    def tasks(self) -> Grid[Task]:
        """The tasks of the run under the cursor."""
        return self.query_one("#tasks", Grid)

    @property
    def first(self) -> Widget:
        """The runs, if there are any."""
        return self.runs if self.measured else self.page

    def _cells(self, one: Measured) -> list[Cell]:
        run = one.run
        shape = f"{len(run.tasks)} x {run.samples}"
        found = one.result
        wide = self.size.width >= rows.WIDE
        return [
            Cell(ago(run.time, self.tui.session.context.now()), "quiet"),
            Cell(f"@{run.version}", "quiet" if found.stale else ""),
            Cell(run.model),
            Cell(shape, "quiet"),
            Cell(run.verdict, rows.verdict_look(run.verdict)),
            rows.difference(found, wide=wide),
        ]

    def load(self) -> None:
        """The runs of this skill on this machine."""
        desk, key = self.tui.session.desk, self.key
        self.work(
            Job(
                "reading results",
                lambda ctx: leafing.runs(ctx, desk, key),
                self._read,
                self._unread,
                group="runs",
                quiet=True,
            )
        )

    def _read(self, measured: list[Measured]) -> None:
        self.measured = measured
        self.set_class(not measured, "empty")
        self.say(str(len(measured)) if measured else "")
        self.runs.show(measured)
        self.fit(self.runs)
        self.post_message(self.Found(measured))
        if not measured:
            self._say_nothing()

    def _unread(self, error: SkillvaultError) -> None:
        self.measured = []
        self.add_class("empty")
        self._head("cannot be read", bad=True)
        self.page.say(*told(error).splitlines())

    def open(self, leaf: Leaf) -> None:
        """Whether it has a suite is known now."""
        super().open(leaf)
        if self.measured is not None and not self.measured:
            self._say_nothing()

    def _say_nothing(self) -> None:
        """Not measured, and how to do that."""
        name = self.leaf.name if self.leaf is not None else "NAME"
        how = self.tui.key_of(actions.named("evaluate"))
        lines = [words(f"not measured: {how}", Span(f"   skillvault eval {name}", QUIET))]
        if self.leaf is not None and self.leaf.file(_SUITE) is None:
            lines += [[], words("it has no suite yet, so nothing could be scored")]
            lines.append(words(Span(f"$ skillvault eval {name} --tasks   begins one", QUIET)))
        self._head("")
        self._draw(lines)

    def _head(self, strong: str, left: str = "", right: str = "", *, bad: bool = False) -> None:
        head = self.query_one("#answers-head", Bar)
        head.strong, head.left, head.right, head.bad = strong, left, right, bad

    def _draw(self, lines: Sequence[Line]) -> None:
        self.page.draw_new(
            lambda width, _ctx: Laid(
                [p for line in lines for p in fold(line, width)], (), rendered=True
            )
        )

    # A run

    @property
    def run(self) -> Run | None:
        """The run under the cursor."""
        return self.runs.current.run if self.runs.current is not None else None

    @on(Grid.Moved, "#runs")
    def _moved(self) -> None:
        run = self.run
        if run is None or run.id == self._shown:
            return
        self._shown = run.id
        self.tasks.columns = tuple(_columns(transcripts.arms(run)))
        self.tasks.rows = ()
        self.tasks.show(transcripts.tasks(run))
        self._report(run)

    def _report(self, run: Run) -> None:
        self._head(
            f"{run.label} on {run.model}", f"  {count(len(run.tasks), 'task')}", "enter tasks"
        )
        self._draw(transcripts.report(run))

    @on(Grid.Opened, "#runs")
    def _to_the_tasks(self) -> None:
        self.tasks.focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The report belongs to the runs, the answers to the tasks."""
        run = self.run
        if event.widget is self.runs and run is not None:
            self._report(run)
        elif event.widget is self.tasks:
            self._ask()

    # A task

    @on(Grid.Moved, "#tasks")
    def _task_moved(self) -> None:
        if self.tasks.has_focus:
            self._ask()

    @on(Grid.Opened, "#tasks")
    def _to_the_answers(self) -> None:
        self.page.focus()

    def _ask(self) -> None:
        task, run = self.tasks.current, self.run
        if task is None or run is None:
            return
        self._head(task.id, "  ...")
        self.work(
            Job(
                f"reading {task.id}",
                lambda ctx: runs.read(ctx, run.id, task.id),
                self._answered,
                self._not_answered,
                group="calls",
            )
        )

    def _answered(self, run: Run) -> None:
        task = self.tasks.current
        left, right = transcripts.compared(run)
        samples = f" · {run.samples} samples" if run.samples > 1 else ""
        self._head(task.id if task is not None else "", f"{samples} · {left} left, {right} right")
        self.page.draw_new(
            lambda width, _ctx: Laid(transcripts.transcript(run, width), (), rendered=True)
        )

    def _not_answered(self, error: SkillvaultError) -> None:
        self._head("does not open", bad=True)
        self.page.say(*told(error).splitlines())

    def back(self) -> bool:
        """From the answers to the tasks, from there to the runs."""
        if super().back():
            return True
        if self.measured and (self.page.has_focus or self.tasks.has_focus):
            (self.tasks if self.page.has_focus else self.runs).focus()
            return True
        return False


_RUNS = (
    Column("when", "WHEN", 14),
    Column("version", "@", 4),
    Column("model", "MODEL", 14, grow=3),
    Column("shape", "TASKS", 7, drop=1),
    Column("verdict", "VERDICT", 12, grow=1),
    Column("difference", "DIFFERENCE", 22),
)


def _columns(names: Sequence[str]) -> list[Column]:
    """A column for each arm, the two that are compared last to go."""
    found = [Column("task", "TASK", 12, grow=1)]
    found += [
        Column(name, name, max(5, min(len(name), 8)), right=True, drop=max(0, number - 1))
        for number, name in enumerate(names)
    ]
    return [*found, Column("difference", "DIFF", 7, right=True)]


def _task_cells(task: Task) -> list[Cell]:
    cells = [Cell(task.id)]
    cells += [
        Cell("-" if s is None else transcripts.score(s), "quiet" if s is None else "")
        for s in task.scores
    ]
    if task.difference is None:
        return [*cells, Cell("-", "quiet")]
    said = f"{float(task.difference):+.2f}" if task.difference else "0.00"
    if task.difference < 0:
        return [*cells, Cell(f"{said} !", "bad")]
    return [*cells, Cell(f"{said}  ", "good" if task.difference else "quiet")]
