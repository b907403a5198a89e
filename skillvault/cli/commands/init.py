"""`skillvault init`: make a vault."""

from __future__ import annotations

import click

from skillvault.cli import ask, words
from skillvault.cli.commands.keygen import BACKUP
from skillvault.cli.frame import command
from skillvault.cli.run import Run


@command(
    "init",
    """
    You own the vault, alone until you let somebody in. NAME is what this machine calls it
    (`default` without one); the host never learns it. An identity is made if there is none.

    URL is an empty repository that you can push to, by ssh, https or a path: make it without
    README, licence or .gitignore. The host sees counts, sizes and times, no name and no text.

    While you are the only owner, nobody can open the vault for you if your key is lost.
    """,
    examples=[
        "skillvault init",
        "skillvault init mine --remote git@host:ada/skills-sealed.git",
    ],
    vault=False,
)
@click.argument("name", metavar="[NAME]", default="default")
@click.option("--remote", metavar="URL", help="an empty repository to push to")
@click.option("--name", "holder", metavar="YOU", help="your name (default: git's user.name)")
@click.option("--classic", is_flag=True, help="X25519 alone, for tools of old: not post-quantum")
def main(run: Run, name: str, remote: str | None, holder: str | None, classic: bool) -> None:
    from skillvault.services.vaults import init

    done = init(
        run.context,
        name,
        holder=lambda: ask.own_name(holder),
        remote=remote,
        suite="x25519" if classic else None,
    )
    suite = done.vault.state.suite
    if run.json:
        run.out.emit_json(
            words.vault_json(done.vault),
            identity=words.identity_json(done.held),
            made_identity=done.made is not None,
            suite=suite,
            remote=remote,
            pushed=done.pushed,
        )
    if done.made is not None:
        for line in words.identity_lines(done.held, "made"):
            run.out.said(line)
    kind = "classic" if suite == "x25519" else "post-quantum"
    where = "pushed" if done.pushed else "local only"
    run.out.said(f"vault     {done.vault.name}, {kind}, {where}")
    if done.made is not None:
        run.out.hint(BACKUP)
