"""`skillvault own`: give a skill to another owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import ask, reference, trust, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError

if TYPE_CHECKING:
    from skillvault.services.owning import OwnPreview
    from skillvault.services.references import Reference


@command(
    "own",
    """
    A skill's owner alone decides who reads and writes it. WHO is a person, or a group: then
    everybody in it has these rights. They read and write it from then on, and you stay a writer.
    """,
    examples=["skillvault own refund-policy --by payments"],
)
@click.argument("names", metavar="NAME...", nargs=-1, required=True, callback=reference.many)
@click.option("--by", "who", metavar="WHO", required=True, help="the new owner")
def main(run: Run, names: tuple[Reference, ...], who: str) -> None:
    from skillvault.services.owning import own

    def approve(preview: OwnPreview) -> bool:
        for one in preview.skills:
            head = f"{one.name} of {preview.vault.name} is owned by {preview.name}"
            run.out.preview(f"{head} (till now: {one.before})")
        run.out.preview(f"  they decide who reads it   {words.listed(preview.people, most=12)}")
        for note in preview.notes:
            run.out.preview(f"  {note}")
        trust.tell_push(run, preview.vault, preview.goes_along)
        ask.confirm(run, preview.name, "type yes to give it away")
        return True

    done = own(run.context, names, who, approve=approve, vault=run.vault)
    if done is None:
        raise CheckError("own", "not confirmed, nothing changed")
    preview = done.preview
    if run.json:
        run.out.emit_json(
            words.vault_json(preview.vault),
            **trust.published_json(done.published),
            owner={"name": preview.name, "id": preview.owner},
            skills=[
                {"name": one.name, "id": one.skill, "before": one.before} for one in preview.skills
            ],
            people=list(preview.people),
            notes=list(preview.notes),
        )
        return
    skills = [one.name for one in preview.skills]
    run.out.said(
        f"owned     {', '.join(skills)} by {preview.name}   {trust.outcome(done.published)}"
    )
    if done.published.entry is None:
        return
    for one in preview.skills:
        back = (
            f"`skillvault own {words.typed(one.name, one.skill)} --by {words.quoted(one.before)}`"
        )
        who_may = "goes back" if done.mine else f"goes back, typed by {preview.name}"
        run.out.hint(f"{back} {who_may}")
