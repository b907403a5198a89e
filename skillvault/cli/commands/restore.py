"""`skillvault restore`: an older version becomes the newest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import reference, revised
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.services.references import Reference


@command(
    "restore",
    """
    The next version holds what @N holds, byte for byte, its name too. Nothing is lost: what stood
    there in between stays in `skillvault log`.
    """,
    examples=["skillvault restore code-review@2"],
)
@click.argument("name", metavar="NAME@N", callback=reference.one)
@click.option("-m", "--message", help="what `log` says of it; `restore @N` if not given")
def main(run: Run, name: Reference, message: str | None) -> None:
    from skillvault.services.revising import restore

    done = restore(run.context, name, message=message, vault=run.vault)
    if done.name != done.located.found.summary.name:
        run.out.note(f"{done.located.label} is called {done.name} again, as it was then")
    revised.tell(run, done, f"restored from @{name.version}")
