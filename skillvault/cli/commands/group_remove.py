"""`skillvault group remove`: take members out of a group, or delete it."""

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
    "group remove",
    """
    Whoever is taken out opens nothing that is sealed to the group from then on; what they have
    read they may have kept. Without WHO the group itself is deleted. Admins may, in it or not: one
    who is in it gives it a new key, any other closes it until a member opens it.

    It goes alone, ahead of whatever waits for `sync`; then the skills are sealed anew.
    """,
    examples=["skillvault group remove payments 'Bob Barker'", "skillvault group remove payments"],
)
@click.argument("group", metavar="G")
@click.argument("who", metavar="WHO...", nargs=-1)
def main(run: Run, group: str, who: tuple[str, ...]) -> None:
    from skillvault.services.ungrouping import remove

    def approve(preview: GroupPreview) -> bool:
        name, home = preview.name, preview.vault
        head = f"take {', '.join(preview.named)} out of {name} of {home.name}" if who else None
        grouped.tell(run, preview, head or f"delete group {name} of {home.name}")
        trust.tell_push(run, home, 0)
        ask.confirm(run, name, f"type {name} to {'take them out' if who else 'delete it'}", name)
        return True

    done = remove(run.context, group, who, approve=approve, vault=run.vault)
    if done is None:
        raise CheckError(group, "not confirmed, nothing changed")
    if run.json:
        grouped.emit(run, done)
        return
    name = done.preview.name
    if not who:
        grouped.said(run, done, f"deleted   group {name}")
        return
    grouped.said(run, done, f"removed   {', '.join(done.preview.named)} from {name}")
    if done.published.entry is not None:
        back = " ".join(words.quoted(one) for one in (name, *done.preview.named))
        run.out.hint(f"`skillvault group add {back}` lets them in again, by an admin in it")
