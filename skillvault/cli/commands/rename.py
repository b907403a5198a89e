"""`skillvault rename`: another name for a skill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import reference, revised
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.services.references import Reference


@command(
    "rename",
    """
    The next version has the new name, and `name:` in its SKILL.md follows; nothing else changes.
    Folders that were made by `get` keep their names.
    """,
    examples=["skillvault rename code-review review-code"],
)
@click.argument("name", metavar="NAME", callback=reference.one)
@click.argument("new", metavar="NEW")
@click.option("-m", "--message", help="what `log` says of it; `rename NAME to NEW` if not given")
def main(run: Run, name: Reference, new: str, message: str | None) -> None:
    from skillvault.services.revising import rename

    done = rename(run.context, name, new, message=message, vault=run.vault)
    revised.tell(run, done, f"renamed from {done.located.found.summary.name}")
