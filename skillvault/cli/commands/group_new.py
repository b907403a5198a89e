"""`skillvault group new`: a set of members under one name."""

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
    "group new",
    """
    A skill that is shared with a group is read by whoever is in it, now or later: people come and
    go without any skill being touched. Admins make groups. You are in it, for nobody lets anybody
    in to what they do not read themselves.

    `--without-me` takes three entries: made with you, closed without you, opened by one of them at
    their next sync. Until then nothing is sealed to the group.
    """,
    examples=[
        "skillvault group new payments --with 'Bob Barker' --with ci",
        "skillvault group new legal --with ./eve.card --without-me",
    ],
)
@click.argument("name", metavar="G")
@click.option(
    "--with", "who", metavar="WHO", multiple=True, help="a member, or a card; repeat it for more"
)
@click.option("--without-me", is_flag=True, help="you are not in it once it is made")
def main(run: Run, name: str, who: tuple[str, ...], without_me: bool) -> None:
    from skillvault.services.grouping import new

    def approve(preview: GroupPreview) -> bool:
        grouped.tell(run, preview, f"group {preview.name} is made in {preview.vault.name}")
        trust.tell_push(run, preview.vault, preview.goes_along)
        ask.confirm(run, preview.name, "type yes to make it")
        return True

    done = new(
        run.context,
        name,
        who,
        approve=approve,
        without_me=without_me,
        vault=run.vault,
        stdin=trust.card_on_stdin(who),
    )
    if done is None:
        raise CheckError(name, "not confirmed, nothing changed")
    if run.json:
        grouped.emit(run, done)
        return
    grouped.said(run, done, f"made      group {done.preview.name}")
    run.out.hint(f"`skillvault group remove {words.quoted(done.preview.name)}` deletes it")
