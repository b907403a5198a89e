"""`skillvault member add`: admit the holder of a card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import ask, trust, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError

if TYPE_CHECKING:
    from skillvault.vault.card import Card
    from skillvault.vault.client import Vault
    from skillvault.vault.syntax import Role


@command(
    "member add",
    """
    CARD is a file, or - for standard input. A new member belongs to `everyone`, and reads what is
    shared with it; nobody lets anybody in to what they do not read themselves. It is pushed at
    once, and ends with the line to send to them.
    """,
    examples=["skillvault member add bob.card", "skillvault member add ci.card --role machine"],
)
@click.argument("card", metavar="CARD")
@click.option(
    "--role",
    type=click.Choice(["owner", "admin", "member", "machine"]),
    default="member",
    help="what they may do (default: member)",
)
def main(run: Run, card: str, role: Role) -> None:
    from skillvault.services.sharing import admit

    def approve(vault: Vault, holder: Card, wanted: Role) -> bool:
        run.out.preview(f"{holder.name} joins {vault.name} as {wanted}")
        run.out.preview(
            f"  {holder.fingerprint.words}     (8 words: compare them with {holder.name})"
        )
        trust.tell_push(run, vault, vault.unpushed)
        ask.confirm(run, holder.name, "type yes to admit")
        return True

    text = card if card == "-" or "/" in card or card.casefold().endswith(".card") else f"./{card}"
    done = admit(
        run.context,
        text,
        approve=approve,
        role=role,
        vault=run.vault,
        stdin=trust.card_on_stdin((card,)),
    )
    if done is None:
        raise CheckError(card, "not confirmed, nothing changed")
    if run.json:
        run.out.emit_json(
            words.vault_json(done.vault),
            **trust.published_json(done.published),
            member={**trust.card_json(done.card), "role": done.role},
            clone=done.clone,
        )
        return
    run.out.said(f"admitted  {done.card.name} as {done.role}   {trust.outcome(done.published)}")
    trust.say_invitation(run, [done.card.name], done.clone)
    if done.published.entry is not None:
        who = words.quoted(done.card.name)
        run.out.hint(f"`skillvault member remove {who}` takes it back, and is final")
