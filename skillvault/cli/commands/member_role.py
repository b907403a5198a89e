"""`skillvault member role`: what somebody may do in a vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import ask, changed, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError

if TYPE_CHECKING:
    from skillvault.services.members import MemberPreview
    from skillvault.vault.syntax import Role


@command(
    "member role",
    """
    Owners give roles. An admin admits people and takes access away, and reads nothing for it that
    is not shared with them. You may step down yourself; only an owner gives it back. A machine
    stays one.
    """,
    examples=["skillvault member role 'Bob Barker' admin"],
)
@click.argument("who", metavar="WHO")
@click.argument("role", metavar="ROLE", type=click.Choice(["owner", "admin", "member"]))
def main(run: Run, who: str, role: Role) -> None:
    from skillvault.services.members import set_role

    def approve(preview: MemberPreview) -> bool:
        was = preview.before.role
        changed.tell(run, preview, f"{preview.name} of {preview.vault.name}: {role}, was {was}")
        ask.confirm(run, preview.name, "type yes to give this role")
        return True

    done = set_role(run.context, who, role, approve=approve, vault=run.vault)
    if done is None:
        raise CheckError(who, "not confirmed, nothing changed")
    if run.json:
        changed.emit(run, done)
        return
    me = done.preview.member == done.preview.vault.me
    back = f"member role {words.quoted(done.name)} {done.preview.before.role}"
    changed.said(run, done, f"role      {done.name}: {role}", None if me else back)
