"""`skillvault group add`: let members into a group."""

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
    "group add",
    """
    Whoever comes into a group reads all that it reads and ever could, old versions too. An admin
    who is in it adds, and nobody else can.
    """,
    examples=["skillvault group add payments 'Bob Barker' ./eve.card"],
)
@click.argument("group", metavar="G")
@click.argument("who", metavar="WHO...", nargs=-1, required=True)
def main(run: Run, group: str, who: tuple[str, ...]) -> None:
    from skillvault.services.grouping import add

    def approve(preview: GroupPreview) -> bool:
        grouped.tell(run, preview, f"add to {preview.name} of {preview.vault.name}")
        trust.tell_push(run, preview.vault, preview.goes_along)
        ask.confirm(run, preview.name, "type yes to add")
        return True

    done = add(
        run.context,
        group,
        who,
        approve=approve,
        vault=run.vault,
        stdin=trust.card_on_stdin(who),
    )
    if done is None:
        raise CheckError(group, "not confirmed, nothing changed")
    if run.json:
        grouped.emit(run, done)
        return
    name, added = done.preview.name, done.preview.gain
    grouped.said(run, done, f"added     {', '.join(added) or 'nobody'} to {name}")
    if done.published.entry is not None:
        back = " ".join(words.quoted(one) for one in (name, *added))
        run.out.hint(f"`skillvault group remove {back}` takes them out; it may have been read")
