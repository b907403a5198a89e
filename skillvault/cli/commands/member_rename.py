"""`skillvault member rename`: another name for a member."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import ask, changed, trust
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError

if TYPE_CHECKING:
    from skillvault.services.members import MemberPreview


@command(
    "member rename",
    """
    A name takes its holder's signature: NEW is a card that they make with
    `skillvault id --name NAME -o me.card`, or, of yourself, the name. Admins rename members and
    machines, owners everybody. Keys and access stay, and every client reports it.
    """,
    examples=[
        "skillvault member rename 'Bob Barker' ./bob.card",
        "skillvault member rename Ada 'Ada Lovelace'",
    ],
)
@click.argument("who", metavar="WHO")
@click.argument("new", metavar="NEW")
def main(run: Run, who: str, new: str) -> None:
    from skillvault.services.members import rename

    def approve(preview: MemberPreview) -> bool:
        home = preview.vault.name
        changed.tell(run, preview, f"{preview.name} of {home} is called {preview.wanted}")
        ask.confirm(run, preview.name, "type yes to rename")
        return True

    done = rename(
        run.context,
        who,
        new,
        approve=approve,
        vault=run.vault,
        stdin=trust.card_on_stdin((new,)),
    )
    if done is None:
        raise CheckError(who, "not confirmed, nothing changed")
    if run.json:
        changed.emit(run, done)
        return
    changed.said(run, done, f"renamed   {done.preview.name} to {done.name}", None)
    if done.published.entry is not None:
        run.out.hint("a card with the old name goes back in the same way")
