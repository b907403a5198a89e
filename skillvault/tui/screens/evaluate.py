"""An evaluation under way or at its end: each arm, what there is so far, every task, every answer.

There is no verdict before all planned calls are in; one that was stopped is `incomplete`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from skillvault.services.wording import count
from skillvault.skill.layout import Line as Laid_line
from skillvault.skill.layout import Span
from skillvault.skill.render import Laid
from skillvault.tui import actions, transcripts
from skillvault.tui.actions import Action
from skillvault.tui.doing import Doing
from skillvault.tui.laying import BOLD, GONE, QUIET, TITLE, WARN, fold, lines_of, words
from skillvault.tui.screens import evaluate_board
from skillvault.tui.widgets.bars import Bar
from skillvault.tui.widgets.board import Board
from skillvault.tui.widgets.grid import Cell, Column, Grid
from skillvault.tui.widgets.page import Page

if TYPE_CHECKING:
    from skillvault.evals.result import Sample
    from skillvault.evals.so_far import TaskSoFar
    from skillvault.services.browsing import Line
    from skillvault.tui.evaluation import Evaluation

ALL = ""
"""The id of the first row, which is about all tasks."""


class Entry(NamedTuple):
    """A row: a task, or all of them."""

    id: str
    task: TaskSoFar | None


class Evaluate(Doing):
    """The evaluation `watches`."""

    place = "evaluate"
    CSS_PATH = "evaluate.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("evaluate")]

    def __init__(self, watches: Evaluation) -> None:
        super().__init__()
        self.watches = watches
        self._shown: tuple[object, ...] = ()

    def body(self) -> Iterable[Widget]:
        """Arms and estimate; below, the tasks and what was answered."""
        yield Board(id="board")
        yield Horizontal(
            Grid[Entry](self._columns(), self._cells, key=lambda entry: entry.id, id="tasks"),
            Vertical(Bar(id="answers-head"), Page(id="answers"), id="side"),
            id="panes",
        )

    @property
    def tasks(self) -> Grid[Entry]:
        """The tasks."""
        return self.query_one("#tasks", Grid)

    @property
    def page(self) -> Page:
        """The answers."""
        return self.query_one("#answers", Page)

    def chosen(self) -> list[Line]:
        """The skill."""
        wanted = self.watches.wish.key
        return [line for line in self.tui.session.lines() if line.key == wanted]

    def on_mount(self) -> None:
        """As far as it is."""
        super().on_mount()
        self.watches.seen = not self.watches.is_running
        self.tasks.focus()
        self.show()

    # The frame

    def title_line(self) -> tuple[str, str]:
        """What is measured, on what, by how much."""
        now = self.watches
        plan, tasks = now.prepared.plan, len(now.prepared.tasks)
        shape = f"{count(tasks, 'task')} x {plan.k}"
        return f"Evaluate {now.title}", f"· {now.prepared.model.name} · {shape}"

    def corner(self) -> str:
        """How long it takes."""
        return self.watches.clock

    def footer(self) -> Iterable[tuple[str, Action]]:
        """What can be done with it, and what esc does to it."""
        back = actions.named("back")
        found = list(super().footer())
        own = [one for one in found if one[1].id not in {"palette", "help"}]
        said = "leave it running" if self.watches.is_running else "back"
        yield from own
        yield self.tui.key_of(back), _titled(back, said)
        yield from (one for one in found if one not in own)

    def can(self, action: str) -> bool:
        """What its state allows."""
        state = self.watches.state
        if action == "stop":
            return state in {"running", "halted"}
        if action == "retry":
            return state in {"stopped", "halted", "failed"}
        if action == "evaluate":
            return state in {"done", "stopped", "failed"} and bool(self.chosen())
        if action == "transcript":
            return self.watches.counted is not None
        return super().can(action)

    # Showing

    def evaluation_moved(self) -> None:
        """It came further."""
        if self.is_mounted:
            self.show()

    def on_resize(self) -> None:
        """Other widths of bars."""
        self.show()

    def show(self) -> None:
        """All of it, as far as it is."""
        now = self.watches
        self.query_one("#board", Board).show(evaluate_board.rows(now, self.size.width - 2))
        found = now.counted.rows if now.counted is not None else ()
        entries = [Entry(ALL, None), *(Entry(task.id, task) for task in found)]
        if entries != list(self.tasks.rows):
            self.tasks.show(entries)
        else:
            self.tasks.refresh()
        self._show_side()
        self.update_frame()

    @on(Grid.Moved, "#tasks")
    def _moved(self) -> None:
        self._show_side()

    def _show_side(self) -> None:
        entry, now = self.tasks.current, self.watches
        if entry is None:
            return
        if entry.id == ALL:
            self._show_all()
            return
        calls = [sample for sample in now.samples if sample.task == entry.id]
        wanted = (entry.id, len(calls), now.state)
        if wanted == self._shown:
            return
        again = self._shown[:1] == wanted[:1]
        self._shown = wanted
        plan = now.prepared.plan
        head = self.query_one("#answers-head", Bar)
        head.strong = entry.id
        samples = f" · {plan.k} samples" if plan.k > 1 else ""
        head.left = f"{samples} · {plan.reference} left, {plan.subject} right"
        head.bad = False
        names = [plan.reference, plan.subject]
        names += [arm for arm in plan.arms if arm not in names]

        def draw(width: int, _ctx: object) -> Laid:
            from skillvault.services.runs import call_of

            made = [call_of(sample) for sample in calls]
            lines = transcripts.beside(names, made, plan.k, width)
            return Laid(lines or [words(Span("not asked yet", QUIET))], (), rendered=True)

        (self.page.draw if again else self.page.draw_new)(draw)

    def _show_all(self) -> None:
        now = self.watches
        failed = now.counted.failed if now.counted is not None else None
        wanted = (ALL, now.state, failed)
        if wanted == self._shown:
            return
        self._shown = wanted
        head = self.query_one("#answers-head", Bar)
        head.strong, head.left, head.bad = _head(now, failed)
        lines = _about(now, failed)
        self.page.draw_new(
            lambda width, _ctx: Laid(
                [part for line in lines for part in fold(line, width)], (), rendered=True
            )
        )

    # The table

    def _columns(self) -> list[Column]:
        plan = self.watches.prepared.plan
        found = [Column("task", "TASK", 12, grow=1)]
        for number, name in enumerate(self._arms()):
            width = max(4, min(len(name), 8))
            found.append(Column(name, name, width, right=True, drop=max(0, number - 1)))
        assert plan.arms  # noqa: S101 - a plan has arms
        return [*found, Column("difference", "DIFF", 7, right=True)]

    def _arms(self) -> list[str]:
        plan = self.watches.prepared.plan
        first = [plan.reference, plan.subject]
        return [*first, *(arm for arm in plan.arms if arm not in first)]

    def _cells(self, entry: Entry) -> Sequence[Cell]:
        plan, counted = self.watches.prepared.plan, self.watches.counted
        if entry.task is None:
            means = {arm.name: arm.mean for arm in counted.arms} if counted else {}
            said = [_score(means.get(arm)) for arm in self._arms()]
            mean = counted.estimate.mean if counted and counted.estimate else None
            return [
                Cell(f"all {len(self.watches.prepared.tasks)}"),
                *said,
                _difference(mean, flag=True),
            ]
        scores = dict(zip(plan.arms, entry.task.scores, strict=True))
        said = [_score(scores[arm]) for arm in self._arms()]
        name = Cell(entry.id, "" if entry.task.whole else "quiet")
        if entry.task.missing:
            return [name, *said, Cell("missing", "bad")]
        return [name, *said, _difference(entry.task.difference, flag=True)]

    # Doing

    def action_stop(self) -> None:
        """Stop; what ran is kept."""
        self.tui.evaluations.stop()

    def action_retry(self) -> None:
        """Go on."""
        if self.tui.evaluations.current is not self.watches:
            self.notify("another evaluation was begun since", severity="warning")
            return
        self.tui.evaluations.again()

    def action_evaluate(self) -> None:
        """Another plan for the same skill."""
        from skillvault.tui.screens.plan import Planning

        for line in self.chosen():
            self.app.switch_screen(Planning(line))

    def action_transcript(self) -> None:
        """The answers over the whole width."""
        self.query_one("#panes").add_class("wide")
        self.page.focus()

    @on(Grid.Opened, "#tasks")
    def _open(self) -> None:
        self.action_transcript()

    def action_widen(self) -> None:
        """The answers over the whole width, or beside the tasks again."""
        panes = self.query_one("#panes")
        panes.toggle_class("wide")
        (self.page if panes.has_class("wide") else self.tasks).focus()

    def action_preview_down(self) -> None:
        """Scroll the answers."""
        self.page.action_page_down()

    def action_preview_up(self) -> None:
        """Scroll them back."""
        self.page.action_page_up()

    def action_next_pane(self) -> None:
        """Between tasks and answers."""
        (self.tasks if self.page.has_focus else self.page).focus()

    def leave(self) -> None:
        """From the answers to the tasks; then back, and what runs goes on."""
        panes = self.query_one("#panes")
        if panes.has_class("wide"):
            panes.remove_class("wide")
            self.tasks.focus()
            return
        super().leave()


def _titled(action: Action, title: str) -> Action:
    from dataclasses import replace

    return replace(action, title=title)


def _score(value: object) -> Cell:
    return Cell("·", "quiet") if value is None else Cell(f"{float(value):.2f}")  # type: ignore[arg-type]


def _difference(value: object, *, flag: bool = False) -> Cell:
    if value is None:
        return Cell("·", "quiet")
    number = float(value)  # type: ignore[arg-type]
    mark = (" !" if number < 0 else "  ") if flag else ""
    look = "bad" if number < 0 else "good" if number > 0 else "quiet"
    return Cell(f"{number:+.2f}{mark}", look)


def _head(now: Evaluation, failed: Sample | None) -> tuple[str, str, bool]:
    if now.state in {"halted", "failed"}:
        return "what failed", "", True
    if now.done is not None:
        return "the result", f" · run {now.done.run}" if now.done.run else "", False
    if failed is not None:
        return "a call failed", "", True
    return "the plan", " · fixed beforehand", False


def _about(now: Evaluation, failed: Sample | None) -> list[Laid_line]:
    """What is said of all tasks: the result, or what failed, or the plan."""
    lines: list[Laid_line] = []
    if now.done is not None:
        from skillvault.evals import report

        result = now.done.result
        return [line for text in report.lines(result) for line in lines_of(text)]
    if now.error is not None and now.state != "stopped":
        if failed is not None:
            lines += [*_call(failed), []]
        lines += [words(Span(now.error.subject, BOLD)), words(Span(now.error.problem, GONE))]
        lines += lines_of(now.error.hint) if now.error.hint else []
    elif failed is not None and now.state != "stopped":
        lines += _call(failed)
    elif now.error is None or now.state == "stopped":
        lines += [*lines_of(now.prepared.words), []]
        lines += lines_of("no verdict before all of them are in: looking on changes nothing")
    return lines


def _call(sample: Sample) -> list[Laid_line]:
    """A call that failed, in full."""
    where = f"  {sample.arm}, answer {sample.index + 1}, tried {sample.retries + 1} times"
    return [
        words(Span("the first call that failed", TITLE)),
        words(Span(sample.task, BOLD), Span(where, QUIET)),
        *(words(Span(text, WARN)) for text in sample.note.splitlines()),
        [],
        words(Span("asked", QUIET)),
        *lines_of(sample.request.prompt),
        [],
        words(Span("system", QUIET)),
        *lines_of(sample.request.system),
    ]
