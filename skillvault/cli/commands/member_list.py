"""`skillvault member list`: who is in the vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skillvault.cli import words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.services.people import MemberLine


@command(
    "member list",
    """
    Name, role, fingerprint and groups of every active member. Compare the 8 words with the person,
    by voice or on paper, before you share with them.
    """,
    examples=["skillvault member list"],
)
def main(run: Run) -> None:
    from skillvault.services.opening import open_vault
    from skillvault.services.people import list_members

    vault = open_vault(run.context, run.vault)
    lines = list_members(vault)
    if run.json:
        run.out.emit_json(words.vault_json(vault), members=[_json(line) for line in lines])
        return
    run.out.table(
        [
            [
                line.label,
                line.role,
                "you" if line.me else "",
                line.fingerprint,
                ", ".join(line.groups),
                line.expires or "",
            ]
            for line in lines
        ],
        ["NAME", "ROLE", "", "FINGERPRINT", "GROUPS", "EXPIRES"],
    )


def _json(line: MemberLine) -> words.Json:
    return {
        "name": line.name,
        "id": line.member,
        "role": line.role,
        "me": line.me,
        "fingerprint": line.fingerprint,
        "groups": list(line.groups),
        "expires": line.expires,
    }
