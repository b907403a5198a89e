"""What the commands that put skills into agents have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

from skillvault.cli import words
from skillvault.errors import ConflictError, RefusedError

if TYPE_CHECKING:
    from skillvault.agents.placements import Placement
    from skillvault.cli.run import Run
    from skillvault.services.copies import Taken

Function = TypeVar("Function", bound=Callable[..., None])

agents = click.option(
    "--agent",
    "agents",
    type=click.Choice(["claude", "agents"]),
    multiple=True,
    help="whose folder: claude (~/.claude/skills), agents (~/.agents/skills: Codex and most)",
)


def label(placement: Placement) -> str:
    """`acme/review@2`, or several of them."""
    return ", ".join(f"{s.vault_name}/{s.name}@{s.version}" for s in placement.sources)


def copy_json(placement: Placement) -> words.Json:
    """A copy on record. Where several skills went into one file, `skills` has them all."""
    return {
        "path": str(placement.place),
        "kind": placement.kind,
        "agent": placement.agent,
        "pinned": placement.pinned,
        "time": placement.time,
        "skills": [
            {
                "vault": {"id": s.vault, "name": s.vault_name},
                "name": s.name,
                "id": s.skill,
                "version": s.version,
                "content": s.content,
            }
            for s in placement.sources
        ],
    }


def tell_taken(run: Run, command: str, done: Taken) -> None:
    """What was removed; an error (6) where edits kept a copy, (8) where the system did."""
    if run.json:
        run.out.emit_json(
            None,
            removed=[copy_json(p) for p in done.removed],
            kept=[copy_json(p) for p in done.kept],
            failed=[copy_json(p) for p in done.failed],
        )
    else:
        rows = [(p, "removed") for p in done.removed] + [(p, "kept: edited") for p in done.kept]
        run.out.table([[label(p), said, words.short(p.place)] for p, said in rows])
    if done.failed:
        count = words.count(len(done.failed), "copy", "copies")
        raise RefusedError(command, f"{count} could not be removed")
    if done.kept:
        count = words.count(len(done.kept), "copy has", "copies have")
        hint = "`skillvault put FOLDER` keeps them as a version; --force throws them away"
        raise ConflictError(command, f"{count} edits that no version holds", hint)
