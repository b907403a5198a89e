"""The evaluation that is under way: it belongs to the app, so that one may leave it running."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Literal

from textual.message import Message

from skillvault.errors import SkillvaultError
from skillvault.tui.place import Place
from skillvault.tui.work import Job

# What measures is imported by who begins: the app starts without it.
if TYPE_CHECKING:
    from skillvault.evals.result import Sample
    from skillvault.evals.so_far import SoFar
    from skillvault.services.browsing import Key
    from skillvault.services.context import Context
    from skillvault.services.evaluating import Evaluated, How, Stop
    from skillvault.services.preparing import Prepared
    from skillvault.services.references import Reference
    from skillvault.tui.app import Skillvault

State = Literal["running", "stopping", "stopped", "halted", "failed", "done"]


class Answered(Message):
    """A call came back. Posted by the evaluation's thread."""

    def __init__(self, evaluation: Evaluation, stop: Stop, sample: Sample) -> None:
        super().__init__()
        self.evaluation = evaluation
        self.attempt = stop
        self.sample = sample


@dataclass(frozen=True)
class Wish:
    """What is to be measured, as one chose it. `label`: the skill and its version."""

    key: Key
    label: str
    reference: Reference
    how: How
    command: str


@dataclass(eq=False)
class Evaluation:
    """One evaluation and how far it is. Only handlers on the loop write it.

    `seen`: somebody looked at it since it ended.
    """

    wish: Wish
    prepared: Prepared
    stop: Stop
    state: State = "running"
    samples: list[Sample] = field(default_factory=list)
    counted: SoFar | None = None
    error: SkillvaultError | None = None
    done: Evaluated | None = None
    began: float = field(default_factory=monotonic)
    ended: float | None = None
    seen: bool = False
    fresh: bool = True

    @property
    def is_running(self) -> bool:
        """Whether calls are under way."""
        return self.state in {"running", "stopping"}

    @property
    def is_open(self) -> bool:
        """Whether there is something to come back to."""
        return self.is_running or self.state == "halted" or not self.seen

    @property
    def title(self) -> str:
        """`code-review@2 against @1`."""
        plan = self.prepared.plan
        if plan.reference == "baseline":
            return self.wish.label
        return f"{self.wish.label} against {plan.reference}"

    @property
    def short(self) -> str:
        """For the header of every screen."""
        name, total = self.wish.reference.name, self.prepared.calls
        if self.state == "halted":
            return f"eval {name} paused: v"
        return f"eval {name} {len(self.samples)} of {total}"

    @property
    def clock(self) -> str:
        """`0:27 of about 0:41`; the time it took, once it is over."""
        spent = (self.ended or monotonic()) - self.began
        asked = sum(not sample.cached for sample in self.samples)
        if not self.is_running or not asked:
            return minutes(spent)
        left = self.prepared.calls - len(self.samples)
        return f"{minutes(spent)} of about {minutes(spent + spent / asked * left)}"


class Evaluations:
    """The one evaluation that there may be at a time, and the threads behind it."""

    def __init__(self, app: Skillvault) -> None:
        self.app = app
        self.current: Evaluation | None = None
        self.last: How | None = None
        self._counting = False

    @property
    def running(self) -> Evaluation | None:
        """The one whose calls are under way."""
        return self.current if self.current is not None and self.current.is_running else None

    @property
    def header(self) -> str:
        """What every screen says of it; empty if there is nothing to say."""
        now = self.current
        if now is None or not (now.is_running or now.state == "halted"):
            return ""
        return now.short

    def start(self, wish: Wish, prepared: Prepared) -> Evaluation:
        """Begin; there must be none running."""
        from skillvault.services.evaluating import Stop

        self.current = Evaluation(wish, prepared, Stop())
        self.last = wish.how
        self._begin(self.current)
        return self.current

    def again(self) -> None:
        """Go on with what was stopped, halted or failed: what was answered is not asked again."""
        from skillvault.services.evaluating import Stop

        now = self.current
        if now is None or now.is_running or now.state == "done":
            return
        now.state, now.error, now.ended, now.seen = "running", None, None, False
        now.samples, now.counted, now.stop, now.began = [], None, Stop(), monotonic()
        self._begin(now)

    def stop(self) -> None:
        """End it: what ran is kept, and there is no verdict."""
        now = self.current
        if now is None:
            return
        if now.state == "halted":
            now.state = "stopped"
            self._tell()
        elif now.state == "running":
            now.state = "stopping"
            now.stop.now()
            self._tell()

    def _begin(self, now: Evaluation) -> None:
        from skillvault.services import evaluating

        wish, stop, app = now.wish, now.stop, self.app
        app.log_command(wish.command, "running ...")

        def run(ctx: Context) -> tuple[Evaluated, SoFar]:
            done = evaluating.evaluate(
                ctx,
                wish.reference,
                wish.how,
                heard=lambda sample: _post(app, Answered(now, stop, sample)),
                stop=stop,
            )
            return done, _count(now.prepared, done.result.calls)

        app.jobs.start(
            Job(
                f"measuring {wish.label}",
                run,
                partial(self._done, now),
                partial(self._failed, now),
                background=True,
                quiet=True,
            ),
            app,
        )
        self._tell()

    def hear(self, event: Answered) -> None:
        """Take an answer in; one of a run that was stopped meanwhile comes too late."""
        now = event.evaluation
        if event.attempt is now.stop:
            now.samples.append(event.sample)
            now.fresh = True

    def tick(self) -> None:
        """Now and then: count what came in, off the loop."""
        now = self.current
        if now is None or not now.fresh or self._counting or not now.is_running:
            return
        now.fresh = False
        self._counting = True
        calls = tuple(now.samples)

        def counted(found: SoFar) -> None:
            self._counting = False
            if now.is_running and now.samples:
                now.counted = found
                self._tell()

        def failed(_error: SkillvaultError) -> None:
            self._counting = False

        self.app.jobs.start(
            Job(
                "counting",
                lambda _ctx: _count(now.prepared, calls),
                counted,
                failed,
                background=True,
                quiet=True,
            ),
            self.app,
        )

    def _done(self, now: Evaluation, found: tuple[Evaluated, SoFar]) -> None:
        now.done, now.counted = found
        now.samples = list(now.done.result.calls)
        now.state, now.ended = "done", monotonic()
        verdict = str(now.done.result.finding.verdict)
        kept = f", run {now.done.run}" if now.done.run else ""
        self._end(now, f"{verdict}{kept}")

    def _failed(self, now: Evaluation, error: SkillvaultError) -> None:
        from skillvault.evals.patience import HaltedError
        from skillvault.services.evaluating import StoppedError

        now.ended = monotonic()
        now.error = error
        if isinstance(error, StoppedError):
            now.state = "stopped"
        else:
            now.state = "halted" if isinstance(error, HaltedError) else "failed"
        if len(now.prepared.tasks) < _MANY:
            now.counted = _count(now.prepared, now.samples)
        outcome = "incomplete: stopped" if now.state == "stopped" else error.problem
        self._end(now, outcome, bad=now.state != "stopped")

    def _end(self, now: Evaluation, outcome: str, *, bad: bool = False) -> None:
        self.app.log_command(now.wish.command, outcome, bad=bad)
        watched = self.app.screen is not None and getattr(self.app.screen, "watches", None) is now
        now.seen = watched
        if not watched:
            self.app.notify(f"{now.title}: {outcome}", title="evaluation", timeout=10, markup=False)
        self._tell()
        if now.state == "done":
            self.app.vaults_changed()

    def _tell(self) -> None:
        for screen in self.app.screen_stack:
            if isinstance(screen, Place):
                screen.evaluation_moved()
        self.app.update_frame()


_MANY = 200
"""Tasks from which on nothing is counted on the loop."""


def _post(app: Skillvault, message: Answered) -> None:
    app.post_message(message)


def _count(prepared: Prepared, calls: Sequence[Sample]) -> SoFar:
    from skillvault.evals.so_far import so_far

    plan = prepared.plan
    return so_far(prepared.tasks, plan.arms, plan.k, calls, (plan.subject, plan.reference))


def minutes(seconds: float) -> str:
    """`0:27`, `12:03`, `1:02:03`."""
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    if hours:
        return f"{hours}:{rest // 60:02}:{rest % 60:02}"
    return f"{rest // 60}:{rest % 60:02}"
