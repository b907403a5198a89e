"""`skillvault clone`: get a vault that somebody shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import ask, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.vault.fingerprint import Fingerprint


@command(
    "clone",
    """
    Fetches a vault, verifies every entry and remembers how far it had come: an older history is
    refused from then on. `--id` says which vault it must be; whoever let you in has sent it.
    Without it the vault's fingerprint is shown and asked about; a script needs `--id` or `--yes`.

    Who is no member yet gets the vault all the same, and can read nothing in it.
    """,
    examples=[
        "skillvault clone git@host:acme/skills.git --id sha256:6ad9...",
        "skillvault clone https://host/acme/skills.git acme",
    ],
    vault=False,
)
@click.argument("url", metavar="URL")
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--id", "vault_id", metavar="ID", help="the vault's id, sha256:...")
def main(run: Run, url: str, name: str | None, vault_id: str | None) -> None:
    from skillvault.services.vaults import clone

    def approve(found: str, words_of: Fingerprint, entries: int) -> bool:
        run.out.preview(f"{url}: {words.count(entries, 'entry', 'entries')}, verified")
        run.out.preview(f"  id      {found}")
        run.out.preview(f"  words   {words_of.words}     (compare them with a member)")
        ask.confirm(run, url, "type yes if that is the vault you mean")
        return True

    done = clone(run.context, url, name, vault_id=vault_id, approve=approve)
    vault = done.vault
    if run.json:
        run.out.emit_json(words.vault_json(vault), remote=url, member=done.member, role=done.role)
    entries = words.count(vault.state.seq + 1, "entry", "entries")
    run.out.said(f"vault     {vault.name}, {entries}, verified")
    if done.member is not None:
        run.out.said(f"you       {done.member}, {done.role}")
    elif vault.identity is None:
        run.out.warning(f"{vault.name}: there is no identity on this machine to read it with")
        run.out.hint("`skillvault keygen`, then `skillvault id -o me.card` for an admin")
    else:
        run.out.warning(f"{vault.name}: you are not a member, and can read nothing in it yet")
        run.out.hint("send your card to an admin: `skillvault id -o me.card`")
