"""`skillvault member expires`: from when on a machine writes nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import ask, changed, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError

if TYPE_CHECKING:
    from skillvault.services.members import MemberPreview


@command(
    "member expires",
    """
    WHEN is a span from now, as 90d, 12w or 36h, or never. What a machine signs later is refused,
    by the time that it says itself; its key goes on opening what is sealed to it until an admin
    removes it, which `status` reminds of.
    """,
    examples=["skillvault member expires ci 90d", "skillvault member expires ci never"],
)
@click.argument("who", metavar="WHO")
@click.argument("when", metavar="WHEN")
def main(run: Run, who: str, when: str) -> None:
    from skillvault.services.members import set_expiry

    def approve(preview: MemberPreview) -> bool:
        was = preview.before.expires or "never"
        head = f"{preview.name} of {preview.vault.name} expires {preview.wanted} (till now: {was})"
        changed.tell(run, preview, head)
        ask.confirm(run, preview.name, "type yes to change it")
        return True

    done = set_expiry(run.context, who, when, approve=approve, vault=run.vault)
    if done is None:
        raise CheckError(who, "not confirmed, nothing changed")
    if run.json:
        changed.emit(run, done)
        return
    back = None
    if done.preview.before.expires is None:
        back = f"member expires {words.quoted(done.name)} never"
    changed.said(run, done, f"expires   {done.name}: {done.after.expires or 'never'}", back)
