"""`skillvault group rename`: another name for a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import ask, grouped, trust, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError

if TYPE_CHECKING:
    from skillvault.services.grouping import GroupPreview


@command(
    "group rename",
    """
    Nobody's access changes. Every client reports it at its next sync. An admin who is in the group
    renames it.
    """,
    examples=["skillvault group rename payments billing"],
)
@click.argument("group", metavar="G")
@click.argument("name", metavar="NAME")
def main(run: Run, group: str, name: str) -> None:
    from skillvault.services.grouping import rename

    def approve(preview: GroupPreview) -> bool:
        home = preview.vault
        run.out.preview(f"group {preview.name} of {home.name} is called {name}")
        trust.tell_push(run, home, preview.goes_along)
        ask.confirm(run, preview.name, "type yes to rename it")
        return True

    done = rename(run.context, group, name, approve=approve, vault=run.vault)
    if done is None:
        raise CheckError(group, "not confirmed, nothing changed")
    if run.json:
        grouped.emit(run, done)
        return
    was = done.preview.name
    grouped.said(run, done, f"renamed   {was} to {name}")
    back = f"{words.quoted(name)} {words.quoted(was)}"
    run.out.hint(f"`skillvault group rename {back}` goes back")
