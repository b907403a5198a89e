"""`skillvault install`: skills into the folders of agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import placed, reference, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.agents.folders import Agent
    from skillvault.services.installing import Installed
    from skillvault.services.references import Reference


@command(
    "install",
    """
    Copies skills, readable, to where agents of this user look: for `claude` ~/.claude/skills (or
    $CLAUDE_CONFIG_DIR/skills), for `agents` ~/.agents/skills, which Codex and most others read.
    Without `--agent`: those of the two that are on this machine. Each copy is remembered, for
    `status`, `update`, `uninstall` and `wipe`; NAME@N stays at that version. A folder that is there
    and not of our making, or that has edits, is left alone (6) without `--force`.

    `skillvault run` gives skills to one process only.
    """,
    examples=[
        "skillvault install code-review --agent claude",
        "skillvault install acme/incident@2 refunds --agent claude --agent agents",
    ],
)
@click.argument("names", metavar="NAME...", nargs=-1, required=True, callback=reference.many)
@placed.agents
@click.option("--force", is_flag=True, help="replace what is there, edits too")
@click.option("--allow", metavar="CODE", multiple=True, help="let this rule of `lint` pass")
def main(
    run: Run,
    names: tuple[Reference, ...],
    agents: tuple[Agent, ...],
    force: bool,
    allow: tuple[str, ...],
) -> None:
    from skillvault.services.installing import install

    done = install(run.context, names, agents, vault=run.vault, force=force, allow=allow)
    if run.json:
        homes = {one.located.vault.name: one.located.vault for one in done}
        run.out.emit_json(
            words.vault_json(next(iter(homes.values()))) if len(homes) == 1 else None,
            skills=[_json(one) for one in done],
        )
        return
    run.out.table([_row(one) for one in done])
    run.out.hint("`skillvault wipe` removes every copy that was made here")


def _row(one: Installed) -> list[str]:
    said = one.bundle.manifest
    pinned = ", stays at it" if one.located.version is not None else ""
    return [
        f"{one.located.vault.name}/{said.name}@{said.version}",
        one.agent,
        one.change + pinned,
        words.short(one.folder),
    ]


def _json(one: Installed) -> words.Json:
    return {
        "vault": one.located.vault.name,
        **words.version_json(one.located, one.bundle),
        "agent": one.agent,
        "folder": str(one.folder),
        "change": one.change,
        "pinned": one.located.version is not None,
    }
