"""`skillvault group list`: the groups of a vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skillvault.cli import words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.services.groups import GroupLine


@command(
    "group list",
    """
    Every group, how many skills it reads, and who is in it. Nothing new reaches a closed group
    until one of its members opens it, which their client does by itself.
    """,
    examples=["skillvault group list"],
)
def main(run: Run) -> None:
    from skillvault.services.groups import list_groups
    from skillvault.services.opening import open_vault

    vault = open_vault(run.context, run.vault)
    lines = list_groups(vault)
    if run.json:
        run.out.emit_json(words.vault_json(vault), groups=[_json(line) for line in lines])
        return
    run.out.table(
        [
            [
                line.label,
                words.count(len(line.members), "member"),
                "you" if line.me else "",
                words.count(line.skills, "skill"),
                "closed" if line.closed else "",
                words.listed(line.members, most=8),
            ]
            for line in lines
        ],
        ["NAME", "SIZE", "", "READS", "", "MEMBERS"],
    )
    for line in lines:
        if line.closed is not None:
            run.out.note(f"{line.label}  {line.closed}")


def _json(line: GroupLine) -> words.Json:
    return {
        "name": line.name,
        "id": line.group,
        "members": list(line.members),
        "admins": list(line.admins),
        "me": line.me,
        "reads": line.skills,
        "owns": line.owns,
        "epoch": line.epoch,
        "closed": line.closed,
    }
