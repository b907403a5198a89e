"""`python -m benchmarks`: CPU time and bytes of the real command, against the budgets.

CPU seconds are user and system time of a whole process tree. They still depend on the machine and
on what else it does: the load is printed with the figures, and nothing here ever fails a build.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

from benchmarks import history
from benchmarks.measure import load
from benchmarks.people import Keyholder
from benchmarks.table import Row, show
from benchmarks.vault import Scene
from skillvault.models.known import by_name
from skillvault.models.store import state
from skillvault.paths import Paths


def main() -> None:
    """Measure everything, and print a table a subject."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--n", type=int, action="append", help="skills in the vault (default: 100 and 1000)"
    )
    parser.add_argument("--reps", type=int, default=5, help="repetitions of each figure")
    parser.add_argument("--entries", type=int, default=10_000, help="entries of the long history")
    parser.add_argument(
        "--only",
        choices=["start", "vault", "history", "prefix"],
        action="append",
        help="repeatable",
    )
    asked = parser.parse_args()
    parts = asked.only or ["start", "vault", "history", "prefix"]
    work = Path(tempfile.mkdtemp(prefix="skillvault-bench-"))
    try:
        print(f"medians of {asked.reps}, CPU time of whole process trees; {load()}")
        if "start" in parts:
            _print("start-up", _start(work, asked.reps))
        for count in (asked.n or [100, 1_000]) if "vault" in parts else []:
            _print(f"a vault of {count:,} skills", list(Scene(work, count, asked.reps).rows()))
        if "history" in parts:
            _print("a long history", history.rows(work, asked.entries, asked.reps))
        if "prefix" in parts:
            _prefix()
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _start(work: Path, reps: int) -> list[Row]:
    ada = Keyholder(work / "start")
    rows = []
    for option in ("--help", "--version"):
        costs = [ada.skillvault(option).cpu for _ in range(reps + 1)][1:]
        rows.append(Row(option, tuple(costs), 0.060, "ms"))
    return rows


def _print(title: str, rows: list[Row]) -> None:
    print(f"\n{title} ({load()})")
    show(rows)


def _prefix() -> None:
    """What computing a skill once an arm saves the local model, where that model is here."""
    print(f"\na common prefix ({load()})")
    known = by_name("smollm2-135m")
    if find_spec("xllamacpp") is None:
        print("  skipped: the extra `local` is not installed (xllamacpp)")
    elif known is None or state(known, Paths.from_environment().models) != "ready":
        print("  skipped: no weights here; `skillvault models pull smollm2-135m`")
    else:
        from benchmarks import prefix

        prefix.main()


if __name__ == "__main__":
    main()
