"""`python -m benchmarks`: CPU time and bytes of the real command, against budgets and peers.

CPU seconds are user and system time of a whole process tree. They still depend on the machine and
on what else it does: the load is printed with the figures, and nothing here ever fails a build.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from benchmarks import beside, evaluation, history, kept, page, rivals, scan
from benchmarks.measure import load
from benchmarks.peers import Figures
from benchmarks.people import Keyholder
from benchmarks.table import Row, Table, table_of
from benchmarks.vault import Scene
from skillvault.models.known import by_name
from skillvault.models.store import state
from skillvault.paths import Paths

PARTS = ("start", "vault", "beside", "history", "evaluation", "rivals", "scan", "prefix", "screen")


def main() -> None:
    """Measure what was asked for, and print a table a subject."""
    asked = _options().parse_args()
    parts = asked.only or PARTS
    work = Path(tempfile.mkdtemp(prefix="skillvault-bench-"))
    try:
        print(f"medians of {asked.reps}, CPU time of whole process trees; {load()}")
        for part in parts:
            if part != "none":
                _PARTS[part](work, asked)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if asked.write:
        page.write()
        print(f"\nwritten: {page.PAGE.relative_to(Path(__file__).resolve().parent.parent)}")


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--n", type=int, action="append", help="skills in the vault (default: 1000); repeatable"
    )
    parser.add_argument(
        "--m", type=int, action="append", help="members beside the peers (default: 5); repeatable"
    )
    parser.add_argument("--reps", type=int, default=3, help="repetitions of each figure")
    parser.add_argument("--entries", type=int, default=10_000, help="entries of the long history")
    parser.add_argument(
        "--only", choices=[*PARTS, "none"], action="append", help="one part; repeatable"
    )
    parser.add_argument(
        "--write", action="store_true", help="docs/benchmarks.md, of all that was measured here"
    )
    return parser


def _start(work: Path, asked: argparse.Namespace) -> None:
    ada = Keyholder(work / "start")
    rows = []
    for option in ("--help", "--version"):
        costs = [ada.skillvault(option).cpu for _ in range(asked.reps + 3)][1:]
        rows.append(Row(option, tuple(costs), 0.060, "ms"))
    _tell("start", table_of("Start-up", rows))


def _vault(work: Path, asked: argparse.Namespace) -> None:
    for count in asked.n or [1_000]:
        rows = list(Scene(work, count, asked.reps).rows())
        _tell(f"vault-{count}", table_of(f"A vault of {count:,} skills, one keyholder", rows))


def _beside(work: Path, asked: argparse.Namespace) -> None:
    for count in asked.n or [1_000]:
        for members in asked.m or [5]:
            found = beside.measure(work / f"beside-{count}-{members}", count, members, asked.reps)
            _tell(f"beside-{count}-{members}", beside.table(found, count, members), found)
    if (grown := page.grown()) is not None:
        print(f"\n{grown.text()}")


def _history(work: Path, asked: argparse.Namespace) -> None:
    rows = history.rows(work, asked.entries, asked.reps)
    _tell("history", table_of("A long history", rows))


def _evaluation(_: Path, asked: argparse.Namespace) -> None:
    title = "Evaluation at concurrency 50, this process alone, a call"
    _tell("evaluation", table_of(title, evaluation.rows(asked.reps)))


def _rivals(work: Path, asked: argparse.Namespace) -> None:
    _tell("rivals", rivals.table(rivals.measure(work / "rivals", max(1, asked.reps // 3))))


def _scan(_: Path, asked: argparse.Namespace) -> None:
    _tell("scan", table_of("Reading 1 MB for hostile content", scan.rows(asked.reps)))


def _prefix(_: Path, __: argparse.Namespace) -> None:
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


def _tell(key: str, table: Table, figures: Sequence[Figures] = ()) -> None:
    """Print a table and keep it for the page."""
    kept.keep(key, table, figures)
    print(f"\n{table.text()}\n  ({load()})", flush=True)


def _screen(work: Path, asked: argparse.Namespace) -> None:
    from benchmarks import screen

    for count in asked.n or [1_000]:
        title = f"The terminal UI over {count:,} skills"
        _tell(f"screen-{count}", table_of(title, list(screen.rows(work, count, asked.reps))))


_PARTS: dict[str, Callable[[Path, argparse.Namespace], None]] = {
    "start": _start,
    "vault": _vault,
    "beside": _beside,
    "history": _history,
    "evaluation": _evaluation,
    "rivals": _rivals,
    "scan": _scan,
    "prefix": _prefix,
    "screen": _screen,
}


if __name__ == "__main__":
    main()
