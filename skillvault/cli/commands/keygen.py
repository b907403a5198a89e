"""`skillvault keygen`: make or restore an identity."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from skillvault.cli import ask, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import NotFoundError, RefusedError, UsageError

_LIMIT = 1 << 20
BACKUP = "no copy of this key, no skills: `skillvault id --backup sheet.txt`"


@command(
    "keygen",
    """
    An identity is one line that opens whatever is sealed to you; your signing key is derived from
    it. `init` makes one by itself. It is kept in your configuration folder, mode 0600, and never
    overwritten; `age -i` takes the file as it is.

    `--import` restores one from an identity file or from the sheet that `id --backup` wrote, whose
    vaults' heads are remembered: an older history of them is refused.
    """,
    examples=[
        "skillvault keygen --name 'Ada Lovelace'",
        "skillvault keygen --import sheet.txt",
    ],
    vault=False,
)
@click.option("--name", help="your name on cards (default: git's user.name)")
@click.option("--passphrase", is_flag=True, help="keep it under a passphrase, which is asked for")
@click.option("--import", "sheet", metavar="FILE", help="restore this one; - is standard input")
@click.option("--as", "file", metavar="NAME", default="default", help="keep it as NAME.key")
@click.option("--classic", is_flag=True, help="X25519 alone, for classic vaults: not post-quantum")
def main(
    run: Run, name: str | None, passphrase: bool, sheet: str | None, file: str, classic: bool
) -> None:
    from skillvault.services import identities, vaults
    from skillvault.vault.identity import DEFAULT_SUITE

    ctx = run.context
    if sheet is not None:
        if name is not None or passphrase or classic:
            raise UsageError(
                "keygen", "`--import` takes neither --name nor --passphrase nor --classic"
            )
        made = identities.restore(ctx, _read(sheet), file=file, subject=sheet)
        vaults.restore_pins(ctx, made.pinned)
    else:
        name = ask.own_name(name)
        secret = ask.new_passphrase(ctx.environ) if passphrase else None
        suite = "x25519" if classic else DEFAULT_SUITE
        made = identities.make(ctx, name, suite=suite, passphrase=secret, file=file)
    held = made.held
    if run.json:
        run.out.emit_json(
            identity=words.identity_json(held),
            pinned=[
                {"vault": note.vault, "seq": note.seq, "head": note.head, "remote": note.url}
                for note in made.pinned
            ],
        )
    for line in words.identity_lines(held, "restored" if sheet is not None else "made"):
        run.out.said(line)
    for note in made.pinned:
        run.out.said(f"pinned    {note.vault} at entry {note.seq}: `skillvault clone {note.url}`")
    if sheet is None:
        run.out.hint(BACKUP)


def _read(sheet: str) -> bytes:
    try:
        if sheet == "-":
            data = sys.stdin.buffer.read(_LIMIT)
        else:
            with Path(sheet).open("rb") as file:
                data = file.read(_LIMIT)
    except FileNotFoundError:
        raise NotFoundError(sheet, "no such file") from None
    except OSError as error:
        raise RefusedError(sheet, f"cannot be read: {(error.strerror or '').lower()}") from None
    if len(data) == _LIMIT:
        raise RefusedError(sheet, "too large for an identity file")
    return data
