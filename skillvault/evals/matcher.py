"""Regular expressions of a suite, in a process of their own with a limit on time and memory.

A suite is text from outside: `(a+)+$` takes Python's `re` longer than the universe lasts on a
short answer, cannot be interrupted from another thread, and holds the lock of the interpreter.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

SECONDS = 1.0
"""CPU time for one search."""

MAX_PATTERN = 1000

_CHILD = Path(__file__).with_name("matcher_child.py")
_PATIENCE = 30.0  # wall time, for a child that was stopped or whose machine is very busy


class PatternError(ValueError):
    """The pattern is none."""


class SlowPatternError(Exception):
    """The search did not end within its time."""


class Matcher:
    """Searches by asking a child process, which is started at the first question."""

    def __init__(self, *, seconds: float = SECONDS, patience: float = _PATIENCE) -> None:
        self._seconds = seconds
        self._patience = patience
        self._child: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()

    def search(self, pattern: str, text: str, *, ignore_case: bool = False) -> bool:
        """Whether `pattern` is found in `text`. PatternError, SlowPatternError."""
        if len(pattern) > MAX_PATTERN:
            raise PatternError(f"longer than {MAX_PATTERN:,} characters")
        answer, _, why = self._ask(
            {
                "pattern": pattern,
                "text": text,
                "ignore_case": ignore_case,
                "seconds": self._seconds,
            }
        ).partition(" ")
        match answer:
            case "yes" | "no":
                return answer == "yes"
            case "bad":
                raise PatternError(why)
        raise SlowPatternError(pattern)

    def _ask(self, question: dict[str, object]) -> str:
        child = self._started()
        assert child.stdin is not None  # noqa: S101 - both are pipes
        assert child.stdout is not None  # noqa: S101
        try:
            child.stdin.write(json.dumps(question) + "\n")
            child.stdin.flush()
            ready, _, _ = select.select([child.stdout], [], [], self._patience)
            line = child.stdout.readline() if ready else ""
        except BrokenPipeError:
            line = ""
        if not line:  # it was killed, or had to be
            self.close()
            return "slow"
        return str(json.loads(line))

    def _started(self) -> subprocess.Popen[str]:
        if self._child is None or self._child.poll() is not None:
            self.close()
            # -I -S: nothing of the environment, no site-packages: 10 ms, and no code of others.
            self._child = subprocess.Popen(
                [sys.executable, "-I", "-S", "-X", "utf8", str(_CHILD)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                env={},
            )
        return self._child
