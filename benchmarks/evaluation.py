"""What one call costs us: CPU time beside a service that answers at once, 50 calls at a time.

`python -m benchmarks.evaluation`. Counted is this process alone: question, SDK, HTTP, grading, and
in the second row keeping the answer sealed on disk; the third row is the same run again.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import load
from benchmarks.table import Row, show
from skillvault.evals.memory import Memory, NoMemory
from skillvault.evals.result import Arm
from skillvault.evals.run import Settings, run
from skillvault.evals.suite import Suite, parse
from skillvault.models.reach import Reach
from skillvault.models.registry import open_model
from skillvault.paths import Paths
from skillvault.services.context import Context
from skillvault.services.remembering import memory_of
from skillvault.vault import identity

BUDGET = 0.005
CONCURRENCY = 50
TASKS = 250
ARMS = (Arm("baseline", "", "", 0), Arm("skill", "The flag is orange.\n" * 200, "", 1000))


@contextmanager
def instant() -> Iterator[str]:
    """The address of a service of its own that answers at once."""
    with counted() as (url, _):
        yield url


@contextmanager
def counted() -> Iterator[tuple[str, list[int]]]:
    """That address, and how many calls were answered there: one number, once it has ended."""
    answered: list[int] = []
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.instant"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1", answered
    finally:
        process.stdin.close()
        answered.append(int(process.stdout.readline() or 0))
        process.wait(10)


def suite(tasks: int) -> Suite:
    """So many tasks with a check each."""
    check = {"type": "contains", "value": "orange"}
    evals = [
        {"id": f"t{i}", "prompt": f"Task {i}: which?", "checks": [check]} for i in range(tasks)
    ]
    return parse("bench", json.dumps({"evals": evals}).encode())


def per_call(url: str, tasks: int, memory: Memory) -> float:
    """CPU seconds a call of one run, connections made beforehand."""
    wanted = suite(tasks)
    reach = Reach({"OPENAI_API_KEY": "sk-0123456789"}, url, connections=CONCURRENCY)

    async def measured() -> float:
        model = open_model("openai:instant", Path(), reach=reach)
        settings = Settings(1, concurrency=CONCURRENCY)
        await run(suite(CONCURRENCY), ARMS, model, settings)
        before = time.process_time()
        calls = await run(wanted, ARMS, model, settings, memory=memory)
        spent = time.process_time() - before
        await model.close()
        assert all(call.score == 1 for call in calls)
        return spent / len(calls)

    return asyncio.run(measured())


def rows(reps: int = 3, tasks: int = TASKS) -> list[Row]:
    """Three figures against the budget, and one beside it."""
    own = identity.generate(identity.DEFAULT_SUITE)
    with instant() as url, tempfile.TemporaryDirectory(prefix="skillvault-bench-") as folder:
        bare = tuple(per_call(url, tasks, NoMemory()) for _ in range(reps))
        kept: list[float] = []
        again: list[float] = []
        for number in range(reps):
            state = Path(folder) / str(number)
            context = Context(Paths(state, state, state), {})
            for figures in (kept, again):
                with memory_of(context, own) as memory:
                    figures.append(per_call(url, tasks, memory))
    return [
        Row("a call, nothing kept", bare, BUDGET, "ms"),
        Row("a call, its answer kept", tuple(kept), BUDGET, "ms"),
        Row("an answer that was kept", tuple(again), None, "ms"),
    ]


def main() -> None:
    """Print the figures."""
    print(f"evaluation at concurrency {CONCURRENCY}, CPU of this process a call; {load()}")
    show(rows())


if __name__ == "__main__":
    main()
