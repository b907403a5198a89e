"""`skillvault unshare`: take access away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import ask, reference, trust, words
from skillvault.cli.commands.share import change_json
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError

if TYPE_CHECKING:
    from skillvault.services.references import Reference
    from skillvault.services.sharing import Preview


@command(
    "unshare",
    """
    They read nothing that is written from now on; the current version is sealed anew without them.
    What they have read they may have kept. It is pushed at once, ahead of whatever waits for
    `sync`.
    """,
    examples=["skillvault unshare code-review --from 'Bob Barker'"],
)
@click.argument("names", metavar="NAME...", nargs=-1, required=True, callback=reference.many)
@click.option(
    "--from", "who", metavar="WHO", multiple=True, required=True, help="whom; repeat it for more"
)
def main(run: Run, names: tuple[Reference, ...], who: tuple[str, ...]) -> None:
    from skillvault.services.reach import span
    from skillvault.services.sharing import unshare

    def approve(preview: Preview) -> bool:
        trust.tell(run, preview, "unshare", "loses" if len(preview.people) == 1 else "lose")
        for change in preview.skills:
            read = f"may have read and kept {span(change.sealed)}"
            run.out.preview(f"  {change.name}: {read if change.sealed else 'nothing sealed yet'}")
        trust.tell_push(run, preview.vault, 0)
        ask.confirm(run, "unshare", "type yes to unshare")
        return True

    done = unshare(run.context, names, who, approve=approve, vault=run.vault)
    if done is None:
        raise CheckError("unshare", "not confirmed, nothing changed")
    if run.json:
        run.out.emit_json(words.vault_json(done.preview.vault), **change_json(done))
        return
    skills = [change.name for change in done.preview.skills]
    people = done.preview.labels
    run.out.said(
        f"unshared  {', '.join(skills)} from {', '.join(people)}   {trust.outcome(done.published)}"
    )
    if done.published.entry is not None:
        typed = [words.typed(change.name, change.skill) for change in done.preview.skills]
        undo = " ".join([*typed, *(f"--with {words.quoted(name)}" for name in people)])
        run.out.hint(f"`skillvault share {undo}` gives it back")
