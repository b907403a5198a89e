"""How the library says what it knows of a skill."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import NamedTuple

from skillvault.services import browsing
from skillvault.services.browsing import Audience, Line, Opened, Result, Shelf
from skillvault.services.wording import ago, count
from skillvault.tui.widgets.grid import Cell, Column

WIDE = 160
"""Columns of the terminal from which on intervals are written out."""

COLUMNS = (
    Column("name", "NAME", 14, grow=5),
    Column("version", "@", 2, right=True),
    Column("state", "STATE", 10, grow=1, drop=1),
    Column("readers", "READERS", 11, grow=2, drop=2),
    Column("result", "RESULT", 14, grow=1, drop=3),
)

FIRST_START = """\
no vault on this machine yet

: demo    look around in a sample first: a real vault, sealed,
          thrown away when you leave

or on the command line
  skillvault init         a vault of your own
  skillvault clone URL    one that somebody shares with you"""

NO_SKILLS = """\
no skills yet

p         put a folder that you have
n         begin one: a folder with a template
: demo    look around in a sample"""


class Entry(NamedTuple):
    """A row of the table: the skill, and which letters of its name the filter met."""

    line: Line
    hits: tuple[int, ...] = ()


def cells(entry: Entry, *, several: bool, wide: bool) -> Sequence[Cell | str]:
    """The cells of a row, in the order of `COLUMNS`."""
    line, hits = entry
    prefix = f"{line.row.vault}/" if several else ""
    state = browsing.state(line)
    return [
        Cell(prefix + line.name, hits=tuple(len(prefix) + at for at in hits)),
        Cell(str(line.row.found.summary.version), "quiet"),
        Cell(state, _STATE_LOOKS.get(state, "quiet" if state == "installed" else "warn")),
        readers(line.audience),
        result(line.result, wide=wide),
    ]


_STATE_LOOKS = {"taken away": "bad", "installed": "quiet", "": ""}
_VERDICT_LOOKS = {"improves": "good", "harms": "bad"}


def readers(audience: Audience) -> Cell:
    """`payments 6`, `payments 6 +1`, `2 people`, `only me`."""
    groups = ", ".join(f"{name} {size}" for name, size in audience.groups)
    if groups:
        return Cell(f"{groups} +{audience.people}" if audience.people else groups)
    if audience.people:
        return Cell(count(audience.people, "person", "people"))
    return Cell("only me", "quiet")


def result(found: Result | None, *, wide: bool) -> Cell:
    """`+.41 [.22,.57]`, with signs and zeros where there is room; never a zero for no result."""
    if found is None:
        return Cell("unmeasured", "quiet")
    if found.stale:
        return Cell("stale", "quiet")
    return difference(found, wide=wide)


def difference(found: Result, *, wide: bool) -> Cell:
    """The same of a version that need not be the newest."""
    if found.mean is None or found.low is None or found.high is None:
        return Cell(found.verdict, "quiet")
    look = verdict_look(found.verdict)
    if wide:
        return Cell(f"{found.mean:+.2f} [{found.low:+.2f}, {found.high:+.2f}]", look)
    return Cell(f"{_short(found.mean, '+')} [{_short(found.low)},{_short(found.high)}]", look)


def verdict_look(verdict: str) -> str:
    """Good or bad news; neither for what decides nothing."""
    return _VERDICT_LOOKS.get(verdict, "")


def _short(number: float, sign: str = "") -> str:
    text = f"{number:+.2f}" if sign else f"{number:.2f}"
    return text.replace("0.", ".", 1)


def about(line: Line, opened: Opened, now: float) -> tuple[str, str]:
    """The line above the preview: which version, by whom, when."""
    said = opened.bundle.manifest
    return f"{line.name}@{said.version}", f"  by {opened.author}, {ago(said.time, now)}"


def vault_note(shelf: Shelf | None) -> str:
    """A word on a vault that one may choose."""
    if shelf is None:
        return ""
    if shelf.problem is not None:
        return shelf.problem.problem
    return count(len(shelf.rows), "skill")


def search_command(query: str) -> str:
    """What searches on the command line."""
    return f"skillvault search {shlex.join(query.split())}"
