"""`eval`: what a skill is worth on a model, or one version against another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass

from skillvault.errors import CheckError
from skillvault.evals.evaluate import Plan
from skillvault.evals.evaluate import evaluate as compare
from skillvault.evals.memory import NoMemory
from skillvault.evals.patience import HaltedError
from skillvault.evals.result import EvalResult
from skillvault.evals.run import Heard, Progress, nobody, unheard
from skillvault.models.base import Model
from skillvault.services import preparing, runs
from skillvault.services.context import Context
from skillvault.services.finding import Located
from skillvault.services.preparing import Gathered, How
from skillvault.services.references import Reference
from skillvault.services.remembering import CatalogMemory, memory_of
from skillvault.vault.bundle import Bundle

__all__ = ["Evaluated", "How", "Stop", "StoppedError", "evaluate"]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A comparison of a version of a skill.

    `demo`: no model was named, so the embedded one ran. `run` is the id that it is kept under,
    None where it could not be kept.
    """

    located: Located
    bundle: Bundle
    result: EvalResult
    demo: bool
    run: str | None


class StoppedError(CheckError):
    """Somebody stopped the run before all its calls were in (1): there is no verdict."""

    @property
    def code(self) -> str:
        """As a check that did not hold; that is all that a caller needs to tell apart."""
        return "check"


class Stop:
    """A way out of a run for another thread: `now` ends it within a moment.

    What was answered until then is kept; the call that is under way is not.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._end: Callable[[], object] | None = None
        self.asked = False

    def now(self) -> None:
        """End the run, or keep it from beginning."""
        with self._lock:
            self.asked = True
            if self._end is not None:
                self._end()

    def watch(self) -> None:
        """Called within the run's own loop: from now on `now` cancels the current task."""
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        with self._lock:
            if task is not None:
                self._end = lambda: loop.call_soon_threadsafe(task.cancel)
            if self.asked and self._end is not None:
                self._end()

    def forget(self) -> None:
        """The run is at its end."""
        with self._lock:
            self._end = None


def evaluate(
    ctx: Context,
    reference: Reference,
    how: How = How(),  # noqa: B008 - frozen
    *,
    vault: str | None = None,
    told: Callable[[str], None] = lambda _plan: None,
    progress: Progress = nobody,
    heard: Heard = unheard,
    stop: Stop | None = None,
) -> Evaluated:
    """Measure the uplift of a skill with its own suite, and keep the run.

    Arms are baseline, skill and sham, the sham only if nothing else was asked for; with `against`,
    the two versions. `told` hears the plan before anything is spent, `heard` each answer; both are
    called in this thread. CheckError (1): no suite, or nothing in it that can be scored.
    StoppedError (1): `stop` was asked. ServiceError (7): the model cannot be reached, or three
    calls in a row failed; what was answered until then is kept.
    """
    gathered = preparing.gather(ctx, reference, how, vault=vault)
    located, opened = gathered.located, gathered.bundle
    backend = preparing.open_model(ctx, gathered.model, how)
    try:
        plan = gathered.plan(how, backend.info.capabilities)
        told(plan.in_words(gathered.suite))
    except BaseException:
        asyncio.run(backend.close())
        raise
    with memory_of(ctx, located.vault.identity, fresh=how.fresh) as memory:
        result = _measure(ctx, gathered, backend, plan, memory, progress, heard, stop or Stop())
        run = None
        if isinstance(memory, CatalogMemory):
            run = runs.record(ctx, memory.catalog, located, opened, result)
    return Evaluated(located, opened, result, gathered.demo, run)


def _measure(
    ctx: Context,
    gathered: Gathered,
    backend: Model,
    plan: Plan,
    memory: CatalogMemory | NoMemory,
    progress: Progress,
    heard: Heard,
    stop: Stop,
) -> EvalResult:
    async def run() -> EvalResult:
        try:
            stop.watch()
            return await compare(
                gathered.text,
                gathered.suite,
                backend,
                plan,
                progress,
                heard=heard,
                memory=memory,
            )
        finally:
            stop.forget()
            await backend.close()

    try:
        return asyncio.run(run())
    except asyncio.CancelledError:
        if not stop.asked:
            raise
        kept = isinstance(memory, CatalogMemory)
        hint = f"what was answered is kept: {_GO_ON}" if kept else None
        raise StoppedError(gathered.suite.skill, "stopped before its end", hint) from None
    except HaltedError as error:
        if isinstance(memory, CatalogMemory):
            error.hint = f"{error.done} of {error.total} answers are kept: {_GO_ON}"
        raise
    except KeyboardInterrupt:
        if isinstance(memory, CatalogMemory) and memory.kept:
            ctx.warn(f"{memory.kept} answers of this run are kept: {_GO_ON}")
        raise


_GO_ON = "the same command goes on from there"
