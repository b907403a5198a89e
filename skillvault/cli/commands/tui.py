"""`skillvault tui`: the terminal UI."""

from __future__ import annotations

import sys

import click

from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import UsageError


@command(
    "tui",
    """
    Browse, share, inject and measure skills on one screen; plain `skillvault` on a terminal opens
    it too. Whatever it does it shows as a command line, which does the same. `?` lists the keys,
    `:` finds anything by its name, `q` leaves.
    """,
    examples=["skillvault tui", "skillvault tui --vault acme"],
)
def main(run: Run) -> None:
    if run.json:
        raise UsageError("tui", "has no JSON", "each thing that it does is a command: use that")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("tui", "there is no terminal", "`skillvault --help` lists the commands")
    from skillvault.tui.app import start

    code = start(run.context, run.vault)
    if code:
        click.get_current_context().exit(code)
