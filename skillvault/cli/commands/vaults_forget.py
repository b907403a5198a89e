"""`skillvault vaults forget`: remove a vault from this machine."""

from __future__ import annotations

import click

from skillvault.cli import ask
from skillvault.cli.frame import command
from skillvault.cli.run import Run


@command(
    "vaults forget",
    """
    Deletes this machine's copy; the host and the others keep theirs. How far the vault had come
    stays remembered, so that cloning it again is safe.
    """,
    examples=["skillvault vaults forget acme"],
    vault=False,
)
@click.argument("name", metavar="NAME")
@click.option("--force", is_flag=True, help="even if something was never pushed: it is lost")
def main(run: Run, name: str, force: bool) -> None:
    from skillvault.services.vaults import forget, require_here

    require_here(run.context, name)
    run.out.preview(f"{name}: its copy on this machine is deleted")
    if force:
        run.out.preview("  what was never pushed is lost")
    ask.confirm(run, name, f"type {name} to forget it", name)
    forget(run.context, name, force=force)
    if run.json:
        run.out.emit_json(forgot=name)
    run.out.said(f"forgot    {name}")
