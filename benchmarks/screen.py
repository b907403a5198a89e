"""The terminal UI on many skills: first paint, first rows, and what a key costs then.

`python -m benchmarks.screen HOME` is the process that is measured: it opens the UI of that home
without a terminal, and prints CPU seconds since it was started as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import corpus
from benchmarks.measure import run
from benchmarks.people import Keyholder
from benchmarks.table import Row

KEYS = 50


def rows(work: Path, count: int, reps: int) -> Iterator[Row]:
    """The figures at `count` skills."""
    ada = Keyholder(work / f"screen-{count}")
    folders = corpus.write(ada.home / "skills", count)
    ada.skillvault("init", "acme", "--name", "Ada")
    for start in range(0, count, 2_000):
        ada.skillvault("put", *map(str, folders[start : start + 2_000]), "-q")
    ada.skillvault("list", "-q")
    found = [_measured(ada) for _ in range(reps)]
    budget = 0.5 if count <= 1_000 else None
    yield Row("the frame is painted", tuple(f["frame"] for f in found), budget, "ms")
    yield Row("the first rows are painted", tuple(f["rows"] for f in found), budget, "ms")
    yield Row("one step of the cursor", tuple(f["step"] for f in found), 0.016, "ms")
    yield Row("to the end and back", tuple(f["ends"] for f in found), 0.016, "ms")
    yield Row("one letter of a filter", tuple(f["filter"] for f in found), 0.1, "ms")


def _measured(ada: Keyholder) -> dict[str, float]:
    argv = [sys.executable, "-m", "benchmarks.screen", str(ada.home)]
    root = Path(__file__).resolve().parent.parent
    env = {"HOME": str(ada.home), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(root)}
    found: dict[str, float] = json.loads(run(argv, env=env, cwd=root).output)
    return found


async def _play() -> dict[str, float]:
    from skillvault.services.context import from_process
    from skillvault.tui.app import Skillvault
    from skillvault.tui.screens.library import Library

    app = Skillvault(from_process())
    told: dict[str, float] = {}
    async with app.run_test(size=(120, 40)) as pilot:
        told["frame"] = time.process_time()
        place = app.screen
        assert isinstance(place, Library)
        table = place.table
        painted = asyncio.Event()
        for _ in range(10_000):
            await asyncio.sleep(0.002)
            if table.rows:
                break
        place.call_after_refresh(painted.set)
        await painted.wait()
        told["rows"] = time.process_time()
        for _ in range(10_000):
            await asyncio.sleep(0.01)
            if not app.jobs.running and not place.is_resting:
                break
        await pilot.pause()

        async def cost(times: int, *keys: str) -> float:
            before = time.process_time()
            for _ in range(times):
                for key in keys:
                    await pilot.press(key)
            return (time.process_time() - before) / times / len(keys)

        told["step"] = await cost(KEYS, "j")
        told["ends"] = await cost(5, "G", "g")
        table.cursor = 0
        await pilot.press("slash")
        told["filter"] = await cost(1, "k", "a")
    return told


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_play())))
