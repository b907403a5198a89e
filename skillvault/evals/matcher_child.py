"""The program of `matcher.Matcher`: reads patterns and texts, answers, never runs for long.

Run as a script by a bare interpreter; it imports nothing of this package. One JSON line in,
`{"pattern", "text", "ignore_case", "seconds"}`, one word out: `yes`, `no`, `slow`, or `bad` and
why the pattern is none.
"""

from __future__ import annotations

import contextlib
import json
import re
import resource
import signal
import sys
import warnings

_MEMORY = 1 << 29


class _SlowError(Exception):
    """The time is up. `re` looks for signals while it matches."""


def _time_is_up(_signal: int, _frame: object) -> None:
    raise _SlowError


def _answer(line: str) -> str:
    question = json.loads(line)
    flags = re.IGNORECASE if question["ignore_case"] else 0
    try:
        # CPU time, so that a busy machine judges as an idle one does.
        signal.setitimer(signal.ITIMER_VIRTUAL, question["seconds"])
        found = re.compile(question["pattern"], flags).search(question["text"])
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except (_SlowError, MemoryError):
        return "slow"
    except (re.error, RecursionError, OverflowError, ValueError) as error:
        return f"bad {error}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return "no" if found is None else "yes"


def main() -> None:
    """Answer until standard input ends."""
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGVTALRM, _time_is_up)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says when to end
    with contextlib.suppress(OSError, ValueError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(line)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
