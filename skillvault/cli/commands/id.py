"""`skillvault id`: who I am, my card, my backup sheet."""

from __future__ import annotations

from pathlib import Path

import click

from skillvault import atomic
from skillvault.cli import words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import RefusedError


@command(
    "id",
    """
    Without options: name, fingerprint and place of each identity of this machine. The 8 words are
    what people compare, by voice or on paper, before they share.

    A card is your public half: send it to whoever shall share skills with you. The backup sheet
    holds the secret itself, with the ids, heads and remotes of your vaults: print it, or keep it
    where your passwords are. It is written with mode 0600 and never over another file.
    """,
    examples=["skillvault id -o me.card", "skillvault id --backup sheet.txt"],
    vault=False,
)
@click.option("-o", "card_file", metavar="CARD", help="write your card there; - is standard output")
@click.option("--name", help="the name on the card, if not the identity's")
@click.option("--backup", metavar="FILE", help="write the backup sheet there: it holds the key")
def main(run: Run, card_file: str | None, name: str | None, backup: str | None) -> None:
    from skillvault.services import identities, vaults

    ctx = run.context
    held = identities.require(ctx)
    card = identities.make_card(held[0], name) if card_file is not None or name else None
    if backup is not None:
        identities.write_backup(
            run.context, held[0], Path(backup), vaults.backup_notes(ctx, held[0].identity.recipient)
        )
    if card is not None and card_file not in {None, "-"}:
        _write(Path(str(card_file)), card.to_text())
    if run.json:
        run.out.emit_json(
            identities=[words.identity_json(one) for one in held],
            card=card.to_text() if card else None,
            backup=backup,
        )
        return
    if card is not None and card_file == "-":
        click.echo(card.to_text(), nl=False)
        return
    if card is not None:
        run.out.said(f"card      {card_file}: {card.name}, {card.fingerprint.words}")
    if backup is not None:
        run.out.said(f"backup    {backup}: keep it where nobody else reads it")
    if card is None and backup is None:
        for one in held:
            for line in words.identity_lines(one):
                run.out.data(line)


def _write(path: Path, text: str) -> None:
    """A card is public, and may be written over an older one."""
    try:
        atomic.write(path, text.encode(), mode=0o644)
    except OSError as error:
        raise RefusedError(
            str(path), f"cannot be written: {(error.strerror or '').lower()}"
        ) from None
