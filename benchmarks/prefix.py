"""What it is worth to compute a skill once an arm instead of once a task.

The embedded model, a skill of 1,000 tokens, 24 short tasks: the skill's arm with the prefix cache
and without it. CPU seconds of all threads, and wall seconds, which a busy machine spoils.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from skillvault.evals import sham
from skillvault.evals.result import Arm
from skillvault.evals.run import Settings, run
from skillvault.evals.suite import Suite, suite_of
from skillvault.models.known import by_name
from skillvault.models.local import LocalModel
from skillvault.paths import Paths

SKILL = Path(__file__).resolve().parent.parent / "skills" / "using-skillvault"
TOKENS = 1000
TASKS = 24
AT_LEAST = 5.0


@dataclass(frozen=True, slots=True)
class Measured:
    """One arm: seconds, tokens of its prompts, and how many of them were not computed again."""

    cpu: float
    wall: float
    prompt_tokens: int
    cached_tokens: int


def measure(*, prefix_cache: bool) -> Measured:
    """Run the arm once, on a model of its own that is loaded beforehand."""
    known = by_name("smollm2-135m")
    assert known is not None
    path = Paths.from_environment().models / known.file
    model = LocalModel(
        "bench", path, known.digest, context=known.context, prefix_cache=prefix_cache
    )
    return asyncio.run(_measure(model))


async def _measure(model: LocalModel) -> Measured:
    files = {
        path.relative_to(SKILL).as_posix(): path.read_bytes()
        for path in SKILL.rglob("*")
        if path.is_file()
    }
    whole = suite_of("using-skillvault", files)
    suite = Suite(whole.skill, whole.digest, whole.system, whole.require_graded()[:TASKS])
    arm = Arm("skill", await sham.fit(model, TOKENS), "", TOKENS)  # counting tokens loads it
    cpu, wall = time.process_time(), time.perf_counter()
    calls = await run(suite, [arm], model, Settings(1))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    await model.close()
    assert len(calls) == TASKS
    return Measured(
        cpu=cpu,
        wall=wall,
        prompt_tokens=sum(call.completion.prompt_tokens for call in calls),
        cached_tokens=sum(call.completion.cached_tokens for call in calls),
    )


def main() -> bool:
    """Print both and the gain; whether it is at least what is promised."""
    reuse, none = measure(prefix_cache=True), measure(prefix_cache=False)
    print(f"prefix reuse: {TASKS} tasks, a skill of {TOKENS:,} tokens, smollm2-135m")
    for name, got in (("reused", reuse), ("computed each time", none)):
        print(
            f"  {name:<20} {got.cpu:6.1f} s CPU  {got.wall:6.1f} s  "
            f"{got.prompt_tokens - got.cached_tokens:>7,} of {got.prompt_tokens:,} tokens computed"
        )
    gain = none.cpu / reuse.cpu
    print(
        f"  gain                 {gain:6.1f} x CPU  {none.wall / reuse.wall:4.1f} x  (at least 5)"
    )
    return gain >= AT_LEAST


if __name__ == "__main__":
    main()
