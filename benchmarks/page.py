"""`docs/benchmarks.md`, made of what was measured on one machine."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks import beside
from benchmarks.kept import Kept, kept, keys, machine
from benchmarks.table import Table

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
_ORDER: Final = ("beside", "start", "vault", "history", "evaluation", "rivals", "scan", "prefix")

_INTRO: Final = """\
# Benchmarks

Made by `make bench`; do not edit. CPU seconds are user and system time of a whole process tree, the
median of the repetitions; bytes are those of a pack as a clone or a push has it. Ratios are taken
within one run on one machine: the others are measured between the same minutes, on the same texts.
`over*`: over its budget by the median, within it by the least. Where another tool takes less, the
list below its table says which, and why.

Machine: {machine}.

```
make bench                                                 # everything at N = 1,000, M = 5
.venv/bin/python -m benchmarks --only beside --n 100 --m 5  # with the slow peers, too
.venv/bin/python -m benchmarks --only beside --n 1000 --m 20
.venv/bin/python -m benchmarks --only beside --n 10000 --m 5 --reps 1
.venv/bin/python -m benchmarks --only none --write         # this page, of all that was measured
```
"""


def write() -> None:
    """Write the page."""
    names = keys()
    blocks = [_INTRO.format(machine=machine())]
    for part in _ORDER:
        wanted = [name for name in names if name.partition("-")[0] == part]
        wanted.sort(key=lambda name: [int(n) for n in name.split("-")[1:]])
        blocks += [_block(found) for name in wanted if (found := kept(name))]
        if part == "beside" and (table := grown()) is not None:
            blocks.append(table.markdown())
    PAGE.write_text("\n\n".join(block.strip() for block in blocks) + "\n", encoding="utf-8")


def grown() -> Table | None:
    """10,000 skills beside 1,000, where both were measured."""
    small, large = kept("beside-1000-5"), kept("beside-10000-5")
    if small is None or large is None:
        return None
    return beside.growth(small.figures, large.figures, 10)


def _block(found: Kept) -> str:
    return f"{found.table.markdown()}\n\n({found.circumstances})"
