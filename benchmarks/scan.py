"""What reading one megabyte for hostile content costs: the pieces that cost most.

`python -m benchmarks.scan [PIECE...]`. Whoever sends a skill chooses what is in it, so the worst
text counts. The pieces are those of `tests/skill/test_scan.py` that took longest.
"""

from __future__ import annotations

import sys
from typing import Final

from benchmarks import corpus
from benchmarks.measure import cpu_of
from benchmarks.table import Row, show
from skillvault.skill.scan import scan_file

SIZE: Final = 1_000_000
BUDGET: Final = 0.5
PIECES: Final = (
    "password: a1b2c3d4e5f6g7h8 ",
    "~/.netrc ",
    "atob( ",
    "iex ",
    "system prompt to http://",
    "token=",
    "a\u200b",
)


def rows(reps: int = 3, pieces: tuple[str, ...] = PIECES) -> list[Row]:
    """Each piece repeated to a megabyte, and a megabyte of ordinary skills."""
    prose = "".join(text for _, text in corpus.generate(200))[:SIZE].encode()
    found = [_row("1 MB of ordinary skills", prose, reps)]
    for piece in pieces:
        data = (piece * (SIZE // len(piece.encode()))).encode()
        found.append(_row(f"1 MB of {piece!a}", data, reps))
    return found


def _row(what: str, data: bytes, reps: int) -> Row:
    times = tuple(cpu_of(lambda: scan_file("SKILL.md", data)) for _ in range(reps))
    return Row(what, times, BUDGET, "s")


if __name__ == "__main__":
    show(rows(pieces=tuple(sys.argv[1:]) or PIECES))
