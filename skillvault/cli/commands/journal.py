"""`skillvault journal`: what went to which agent, where and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.catalog.journal import Event


@command(
    "journal",
    """
    The newest first: what was injected, installed, taken away again or given to a program, of all
    skills or of those called NAME. It is kept on this machine alone, sealed to you.

    Piped, the columns are separated by tabs: time, what was done, agent, where to, skills.
    """,
    examples=["skillvault journal", "skillvault journal code-review"],
    vault=False,
)
@click.argument("name", metavar="[NAME]", required=False)
def main(run: Run, name: str | None) -> None:
    from skillvault.services.journaling import about, read

    events = read(run.context)
    if name is not None:
        events = about(events, name)
    if run.json:
        run.out.emit_json(events=[_json(event) for event in events])
        return
    now = run.context.now()
    with run.out.paged():
        run.out.table(
            [_cells(run, event, now) for event in events],
            ["WHEN", "WHAT", "AGENT", "WHERE TO", "SKILLS"],
        )
    if not events:
        what = "nothing" if name is None else f"no skill called {name}"
        run.out.note(f"{what} went to an agent from this machine yet")


def _cells(run: Run, event: Event, now: float) -> list[str]:
    names = [f"{skill.name}@{skill.version}" for skill in event.skills]
    when = words.ago(event.time, now) if run.out.terminal else event.time
    skills = words.listed(names) if run.out.terminal else ", ".join(names)
    return [when, event.action, event.agent or "", event.target or "", skills]


def _json(event: Event) -> words.Json:
    return {
        "id": event.id,
        "time": event.time,
        "action": event.action,
        "agent": event.agent,
        "target": event.target,
        "skills": [
            {
                "vault": {"id": skill.vault, "name": skill.vault_name},
                "name": skill.name,
                "id": skill.skill,
                "version": skill.version,
                "content": skill.content,
            }
            for skill in event.skills
        ],
    }
