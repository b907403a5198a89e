"""`skillvault member remove`: somebody leaves for good."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from skillvault.cli import ask, leaving, trust, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError

if TYPE_CHECKING:
    from skillvault.services.leaving import Leaving


@command(
    "member remove",
    """
    WHO reads nothing that is written from now on, and writes nothing more: every group that held
    them gets a new key, and what they could read is sealed anew. It is pushed first, ahead of
    whatever waits, and is final. You type their full name, or pass `--yes`. What they have read
    they may have kept: the receipt says what it was, and how to check that with git alone. For
    somebody who was removed before, it finishes what is left and writes the receipt again.
    """,
    examples=[
        "skillvault member remove 'Eve Stone'",
        "skillvault member remove 'Eve Stone' --receipt eve.txt",
        "skillvault member remove 'Eve Stone' --receipt eve.json --yes",
    ],
)
@click.argument("who", metavar="WHO")
@click.option("--lazy", is_flag=True, help="leave the re-sealing to a later `sync`")
@click.option(
    "--receipt",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="write what was readable and what ended it; JSON if it ends in .json",
)
def main(run: Run, who: str, lazy: bool, receipt: Path | None) -> None:
    from skillvault.services.leaving import remove

    def approve(removal: Leaving) -> bool:
        leaving.tell(run, removal)
        ask.confirm(run, removal.label, f"type {removal.label} to remove", removal.label)
        return True

    done = remove(
        run.context,
        who,
        approve=approve,
        lazy=lazy,
        receipt=receipt,
        vault=run.vault,
        stdin=trust.card_on_stdin((who,)),
    )
    if done is None:
        raise CheckError(who, "not confirmed, nothing changed")
    if run.json:
        run.out.emit_json(
            words.vault_json(done.vault),
            **leaving.removal_json(done),
            receipt=None if receipt is None else str(receipt),
        )
        return
    leaving.say(run, done)
    if receipt is not None:
        run.out.said(f"receipt  {receipt}")
