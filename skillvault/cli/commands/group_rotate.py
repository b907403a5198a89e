"""`skillvault group rotate`: a new key for a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import ask, grouped, trust
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError

if TYPE_CHECKING:
    from skillvault.services.grouping import GroupPreview


@command(
    "group rotate",
    """
    The same members, another key: whoever got hold of the old one opens nothing that is sealed
    from then on. Its skills are sealed anew. `everyone` can be rotated too.
    """,
    examples=["skillvault group rotate payments"],
)
@click.argument("group", metavar="G")
def main(run: Run, group: str) -> None:
    from skillvault.services.grouping import rotate

    def approve(preview: GroupPreview) -> bool:
        grouped.tell(run, preview, f"a new key for {preview.name} of {preview.vault.name}")
        trust.tell_push(run, preview.vault, preview.goes_along)
        ask.confirm(run, preview.name, "type yes to change its key")
        return True

    done = rotate(run.context, group, approve=approve, vault=run.vault)
    if done is None:
        raise CheckError(group, "not confirmed, nothing changed")
    if run.json:
        grouped.emit(run, done)
        return
    grouped.said(run, done, f"rotated   {done.preview.name}")
    run.out.hint("the old key stays good for what was sealed to it")
