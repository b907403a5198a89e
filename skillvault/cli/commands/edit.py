"""`skillvault edit`: a skill in the user's editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import reference, revised
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError

if TYPE_CHECKING:
    from skillvault.services.references import Reference


@command(
    "edit",
    """
    Opens SKILL.md, or FILE, in `VISUAL` or `EDITOR`; what you save is the next version. The skill's
    files lie in a private folder meanwhile, in memory where the system has that, and vim, neovim,
    nano, emacs and micro are told to leave no swap, backup or history elsewhere; editors with
    windows are told to wait. If lint finds something new you are asked: edit again, keep or
    discard.
    """,
    examples=["skillvault edit code-review", "EDITOR='code' skillvault edit code-review run.sh"],
)
@click.argument("name", metavar="NAME", callback=reference.one)
@click.argument("file", metavar="[FILE]", required=False)
@click.option("-m", "--message", default="", help="what changed, for `log`; never asked for")
def main(run: Run, name: Reference, file: str | None, message: str) -> None:
    from skillvault.cli.saved import decide
    from skillvault.services.editing import edit

    done = edit(
        run.context,
        name,
        file,
        decide=lambda saved: decide(run, str(name), saved),
        message=message,
        vault=run.vault,
    )
    if done is None:
        raise CheckError(str(name), "discarded, nothing changed")
    revised.tell(run, done, "edited")
