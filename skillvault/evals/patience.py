"""How often a call is tried, how long is waited in between, and when a run is given up.

A service that asks to wait is obeyed by all calls, since it counts them together; one that says
nothing gets pauses that double, of random length, so that many callers do not return at once.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field

from skillvault.errors import ServiceError
from skillvault.models.base import Completion

IN_A_ROW = 3
"""So many failures one after another, each after all its tries, stop a run.

They must be of two tasks at least: a task that breaks every call that asks it, in all arms and
samples, is missing, and no reason to give the others up.
"""


@dataclass(frozen=True, slots=True)
class Patience:
    """At most `tries` of a call, the last one begun within `seconds` of the first.

    `pause` is the first of the doubling pauses, in seconds.
    """

    tries: int
    pause: float
    seconds: float = 120.0


HERE = Patience(tries=3, pause=0.05)
"""For a model in this process."""

REMOTE = Patience(tries=5, pause=0.5)
"""For a service: about eight seconds, if it does not ask for more."""


class HaltedError(ServiceError):
    """A run that was given up (7). `done` of `total` calls have their answers."""

    def __init__(self, subject: str, problem: str, done: int, total: int) -> None:
        super().__init__(subject, problem)
        self.done = done
        self.total = total

    @property
    def code(self) -> str:
        """A service failed; that is all that a caller needs to tell apart."""
        return "service"


@dataclass(slots=True)
class Waiting:
    """What all calls of a run share: until when to wait, and how many failed in a row."""

    patience: Patience
    failures: int = 0
    problem: str = ""
    _tasks: set[str] = field(default_factory=set)
    _not_before: float = 0.0

    @property
    def hopeless(self) -> bool:
        """Whether the run is to stop."""
        return self.failures >= IN_A_ROW and len(self._tasks) > 1

    async def turn(self) -> None:
        """Wait as long as the service asked for."""
        left = self._not_before - time.monotonic()
        if left > 0:
            await asyncio.sleep(left)
            await self.turn()  # somebody may have been told to wait longer meanwhile

    def note(self, task: str, completion: Completion) -> None:
        """Take down how a call ended, after its last try."""
        if completion.finish == "failed":
            self.failures += 1
            self._tasks.add(task)
            self.problem = completion.problem or "no reason given"
        else:
            self.failures = 0
            self._tasks.clear()

    def pause(self, completion: Completion, tried: int, since: float) -> float | None:
        """Seconds until the next try of a call that failed; None: there is none.

        It was `tried` so often, for the first time at `since` (monotonic).
        """
        if not completion.again or tried >= self.patience.tries or self.hopeless:
            return None
        if completion.wait is not None:
            pause = completion.wait
        else:
            # Nothing secret: it only spreads the calls.
            pause = self.patience.pause * 2 ** (tried - 1) * random.uniform(0.5, 1)  # noqa: S311
        now = time.monotonic()
        if now + pause - since > self.patience.seconds:
            return None
        if completion.wait is not None:
            self._not_before = max(self._not_before, now + pause)
        return pause
