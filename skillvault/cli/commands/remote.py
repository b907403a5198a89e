"""`skillvault remote`: where a vault is pushed to."""

from __future__ import annotations

import click

from skillvault.cli.frame import command
from skillvault.cli.run import Run


@command(
    "remote",
    """
    With URL the vault is fetched from and pushed to there from the next `sync` on: an empty
    repository, or a copy of this vault.
    """,
    examples=["skillvault remote", "skillvault remote git@host:ada/skills-sealed.git"],
)
@click.argument("url", metavar="[URL]", required=False)
def main(run: Run, url: str | None) -> None:
    from skillvault.services.vaults import set_remote

    name, remote = set_remote(run.context, run.vault, url)
    if run.json:
        run.out.emit_json(name=name, remote=remote)
        return
    if url is not None:
        run.out.said(f"remote    {name}: {remote}")
        run.out.hint("`skillvault sync` pushes there")
    elif remote is not None:
        run.out.data(remote)
    else:
        run.out.note(f"{name} has no remote")
        run.out.hint("`skillvault remote URL`, with the URL of an empty repository")
