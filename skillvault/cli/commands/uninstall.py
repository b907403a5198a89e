"""`skillvault uninstall`: skills out of the folders of agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import placed, reference
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.agents.folders import Agent
    from skillvault.services.references import Reference


@command(
    "uninstall",
    """
    Removes the copies that `install` made of these skills: for all agents, or for those named. It
    needs neither the vault nor a key. A copy with edits that no version holds is kept (6) without
    `--force`.
    """,
    examples=["skillvault uninstall code-review", "skillvault uninstall incident --agent claude"],
)
@click.argument("names", metavar="NAME...", nargs=-1, required=True, callback=reference.many)
@placed.agents
@click.option("--force", is_flag=True, help="edits too")
def main(run: Run, names: tuple[Reference, ...], agents: tuple[Agent, ...], force: bool) -> None:
    from skillvault.services.uninstalling import uninstall

    done = uninstall(run.context, names, agents, vault=run.vault, force=force)
    placed.tell_taken(run, "uninstall", done)
