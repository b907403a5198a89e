"""The command line that does what a dialog is about to do."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from skillvault.services.browsing import Line
from skillvault.services.wording import quoted, short

if TYPE_CHECKING:
    from skillvault.services.preparing import How
    from skillvault.services.references import Reference


def skills(lines: Sequence[Line], *, several: bool) -> str:
    """The skills as a command names them."""
    return " ".join(
        shlex.quote(f"{line.row.vault}/{line.name}" if several else line.name) for line in lines
    )


def share(lines: Sequence[Line], who: Sequence[str], *, write: bool, several: bool) -> str:
    """`skillvault share ... --with ...`."""
    said = f"skillvault share {skills(lines, several=several)}"
    said += "".join(f" --with {shlex.quote(name)}" for name in who)
    return said + (" --write" if write else "")


def unshare(lines: Sequence[Line], who: Sequence[str], *, several: bool) -> str:
    """`skillvault unshare ... --from ...`."""
    said = f"skillvault unshare {skills(lines, several=several)}"
    return said + "".join(f" --from {shlex.quote(name)}" for name in who)


def evaluate(reference: Reference, how: How) -> str:
    """`skillvault eval ...`."""
    said = f"skillvault eval {shlex.quote(str(reference))}"
    said += f" --against {shlex.quote(how.against)}" if how.against else ""
    said += "".join(f" --arm {arm}" for arm in how.arms)
    said += f" --model {shlex.quote(how.model)}" if how.model else ""
    return said + (f" --samples {how.samples}" if how.samples else "")


def path(place: Path) -> str:
    """A path as one types it."""
    said = short(place)
    return said if said.startswith("~/") and quoted(said[2:]) == said[2:] else quoted(str(place))
