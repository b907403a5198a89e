"""`skillvault vaults use`: choose the default vault."""

from __future__ import annotations

import click

from skillvault.cli.frame import command
from skillvault.cli.run import Run


@command(
    "vaults use",
    "SKILLVAULT_VAULT and `--vault` are stronger.",
    examples=["skillvault vaults use acme"],
    vault=False,
)
@click.argument("name", metavar="NAME")
def main(run: Run, name: str) -> None:
    from skillvault.services.vaults import use

    use(run.context, name)
    if run.json:
        run.out.emit_json(default=name)
    run.out.said(f"default   {name}")
