"""Every command that is built: where its code stands and what `--help` says of it.

A static table, so that `--help`, completion of commands and did-you-mean import no command.
A command that is not built does not stand here. `member add` is `add` within the group `member`;
the order is the order shown, and `tests/cli/test_table.py` holds the table to the code.
"""

from __future__ import annotations

from typing import NamedTuple

HEADINGS = ("start", "skills", "people", "use", "measure", "vault", "tool")


class Row(NamedTuple):
    """One command: its words, the heading it stands under, one line of help.

    A hidden one is documented, but not listed by `--help`. `alone`: the bare name of a group is a
    command too, as `models` beside `models pull`.
    """

    name: str
    heading: str
    help: str
    hidden: bool = False
    alone: bool = False

    @property
    def word(self) -> str:
        """What one types within its group."""
        return self.name.rpartition(" ")[2]

    @property
    def module(self) -> str:
        """The module whose `command` this is: `member add` is `member_add`."""
        return "skillvault.cli.commands." + self.name.replace(" ", "_").replace("-", "_")


ROWS: tuple[Row, ...] = (
    Row("help", "tool", "explain a topic or a command"),
)  # fmt: skip


def row(name: str) -> Row:
    """The row of the command called `name`, which must be there (KeyError)."""
    for candidate in ROWS:
        if candidate.name == name:
            return candidate
    raise KeyError(name)


def inside(group: str) -> list[Row]:
    """The commands directly within `group` (`""`: the top), in their order."""
    prefix = f"{group} " if group else ""
    return [r for r in ROWS if r.name.startswith(prefix) and " " not in r.name[len(prefix) :]]
