"""Work that takes time: services run in threads, which only post messages; handlers own the state.

A screen starts a `Job`. Its `run` gets a context whose progress, warnings and questions come back
as messages; what it returns is handed to `done`, on the loop, if the screen still waits. After
300 ms a line says what is waited for. `esc` lets go of it: a job that only reads stops at its next
step of progress, one that changes something goes on, and its end is told all the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from textual.message import Message

from skillvault.errors import AccessError, SkillvaultError

if TYPE_CHECKING:
    from textual.app import App
    from textual.dom import DOMNode

    from skillvault.services.context import Context

T = TypeVar("T")

OFTEN = 0.1
"""Seconds between two messages of how far a job is."""
SLOW = 0.3
"""Seconds after which a line says what is waited for."""


class Cancelled(BaseException):
    """Raised within a job's thread where nobody waits for it any more. Leaves no other trace."""


@dataclass(eq=False)
class Job(Generic[T]):
    """One call of a service.

    `what`: said while one waits, as `opening acme`. `failed`: told of the error that the service
    raised, `warned` of its warnings; without them toasts are shown. `group`: a newer job of the
    same owner and group takes its place. `changes`: it writes, so it is never stopped half-way,
    and `q` asks. `quiet`: never told about. `background`: it goes on whatever one does, and
    somebody else tells of it.
    """

    what: str
    run: Callable[[Context], T]
    done: Callable[[T], None]
    failed: Callable[[SkillvaultError], None] | None = None
    group: str = ""
    warned: Callable[[str], None] | None = None
    changes: bool = False
    quiet: bool = False
    background: bool = False
    owner: DOMNode | None = None
    began: float = field(default_factory=monotonic)
    progress: tuple[str, int, int] | None = None
    dropped: bool = False

    @property
    def line(self) -> str:
        """What is waited for, and how far it is."""
        if self.progress is None:
            return self.what
        what, done, total = self.progress
        far = f"{done:,} of {total:,}" if total else f"{done:,}"
        return f"{self.what}: {what} {far}"


class Ended(Message):
    """A job's thread is at its end. `error` is a SkillvaultError, or a bug to be told."""

    def __init__(
        self, job: Job[Any], result: object = None, error: BaseException | None = None
    ) -> None:
        super().__init__()
        self.job = job
        self.result = result
        self.error = error


class Progressed(Message):
    """A service said how far it is."""

    def __init__(self, job: Job[Any], what: str, done: int, total: int) -> None:
        super().__init__()
        self.job = job
        self.told = (what, done, total)


class Warned(Message):
    """A service warned of something."""

    def __init__(self, job: Job[Any], text: str) -> None:
        super().__init__()
        self.job = job
        self.text = text


class Asked(Message):
    """A service asks; its thread waits for `answer`. `secret`: a passphrase, for that file."""

    def __init__(self, question: str, *, secret: bool) -> None:
        super().__init__()
        self.question = question
        self.secret = secret
        self._event = threading.Event()
        self._answer: str | None = None

    def answer(self, text: str | None) -> None:
        """Let the thread go on; None is no."""
        self._answer = text
        self._event.set()

    def wait(self) -> str | None:
        """What was answered. For the thread."""
        self._event.wait()
        return self._answer


class Jobs:
    """The jobs of the app that are under way."""

    def __init__(self, app: App[Any], context: Context) -> None:
        self.app = app
        self.context = context
        self.running: list[Job[Any]] = []

    def start(self, job: Job[Any], owner: DOMNode) -> None:
        """Run it in a thread of its own; an older one of its group is let go."""
        job.owner = owner
        for other in self.running:
            if other.owner is owner and job.group and other.group == job.group:
                other.dropped = True
        self.running.append(job)
        threading.Thread(target=self._run, args=(job,), daemon=True, name=job.what).start()

    def waited_for(self) -> Job[Any] | None:
        """The job to tell about: the oldest that takes longer than it should."""
        now = monotonic()
        slow = [j for j in self.running if not j.dropped and not j.quiet and now - j.began > SLOW]
        return slow[0] if slow else None

    def changing(self) -> list[Job[Any]]:
        """Those that write, and must not be left half-way."""
        return [job for job in self.running if job.changes]

    def let_go(self) -> bool:
        """Stop waiting for what only reads; whether there was any to wait for."""
        waiting = [j for j in self.running if not j.dropped and not j.changes and not j.quiet]
        for job in waiting:
            job.dropped = True
        return bool(waiting)

    def end(self, message: Ended) -> None:
        """Hand on what a job came to, on the loop."""
        job = message.job
        if job in self.running:
            self.running.remove(job)
        if isinstance(message.error, Cancelled):
            return
        there = job.owner is not None and job.owner.is_attached
        if (job.dropped or not there) and not job.changes:
            return
        if message.error is None:
            job.done(message.result)
        elif isinstance(message.error, SkillvaultError):
            (job.failed or self._toast)(message.error)
        else:
            raise message.error

    def _toast(self, error: SkillvaultError) -> None:
        self.app.notify(told(error), severity="error", timeout=10, markup=False)

    def _run(self, job: Job[Any]) -> None:
        try:
            result = job.run(self._context_of(job))
        except OSError as error:
            subject = str(error.filename or job.what)
            refused = SkillvaultError(subject, error.strerror or str(error))
            self.app.post_message(Ended(job, error=refused))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the loop is told
            self.app.post_message(Ended(job, error=error))
        else:
            self.app.post_message(Ended(job, result))

    def _context_of(self, job: Job[Any]) -> Context:
        told = monotonic()

        def progress(what: str, done: int, total: int) -> None:
            nonlocal told
            if job.dropped and not job.changes:
                raise Cancelled
            if (now := monotonic()) - told > OFTEN:  # a message a skill would cost more than it
                told = now
                self.app.post_message(Progressed(job, what, done, total))

        def ask(question: str, *, secret: bool) -> str | None:
            asked = Asked(question, secret=secret)
            self.app.post_message(asked)
            return asked.wait()

        def warn(text: str) -> None:
            self.app.post_message(Warned(job, text))

        def passphrase(subject: str) -> str:
            said = ask(subject, secret=True)
            if said is None:
                raise AccessError(subject, "the passphrase was not given", "ctrl+l asks again")
            return said

        return replace(
            self.context,
            progress=progress,
            warn=warn,
            confirm=lambda question: ask(question, secret=False) is not None,
            ask_person=lambda question: ask(question, secret=False) is not None,
            passphrase=passphrase,
            interactive=False,
        )


class Look(Generic[T]):
    """An `approve` that keeps what it is shown and says no: a preview, and nothing is done."""

    def __init__(self) -> None:
        self.seen: T | None = None

    def __call__(self, preview: T) -> bool:
        """Keep it."""
        self.seen = preview
        return False

    @property
    def preview(self) -> T:
        """What the service showed; it must have shown something."""
        assert self.seen is not None  # noqa: S101 - a service that approves shows first
        return self.seen


def told(error: SkillvaultError) -> str:
    """An error as the UI says it: subject, problem, and what to do."""
    hint = f"\n{error.hint}" if error.hint else ""
    return f"{error.subject}: {error.problem}{hint}"
