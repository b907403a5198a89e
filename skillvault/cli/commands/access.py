"""`skillvault access`: who may read and write what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import reference, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import UsageError

if TYPE_CHECKING:
    from skillvault.services.references import Reference


@command(
    "access",
    """
    With NAME: who may read or write that skill, and since which version. With `--of`: which of
    the skills that you can read somebody else can read, and through which group. With neither:
    the readers of every skill that you can read.
    """,
    examples=["skillvault access code-review", "skillvault access --of payments"],
)
@click.argument("name", metavar="[NAME]", required=False, callback=reference.optional)
@click.option("--of", "who", metavar="WHO", help="a member's or a group's full name")
def main(run: Run, name: Reference | None, who: str | None) -> None:
    if name is not None and who is not None:
        raise UsageError("access", "takes a skill's name or `--of`, not both")
    if name is not None:
        _of_skill(run, name)
    elif who is not None:
        _of_person(run, who)
    else:
        _of_all(run)


def _of_skill(run: Run, name: Reference) -> None:
    from skillvault.services.sharing import access

    located, grants = access(run.context, name, vault=run.vault)
    if run.json:
        run.out.emit_json(
            words.vault_json(located.vault),
            skill={"name": located.found.summary.name, "id": located.found.skill},
            grants=[
                {
                    "name": grant.name,
                    "kind": grant.kind,
                    "read": grant.read,
                    "write": grant.write,
                    "owner": grant.owner,
                    "since": grant.since,
                    "people": list(grant.people),
                }
                for grant in grants
            ],
            who=None,
            skills=None,
        )
        return
    rows = []
    for grant in grants:
        may = "owns" if grant.owner else "reads and writes" if grant.write else "reads"
        since = f"since @{grant.since}" if grant.since is not None else "nothing sealed to it yet"
        rows.append([grant.name, grant.kind, may, since, words.listed(grant.people, most=8)])
    run.out.table(rows, ["NAME", "KIND", "MAY", "SINCE", "PEOPLE"])


def _of_person(run: Run, who: str) -> None:
    from skillvault.services.sharing import access_of

    vault, found, lines = access_of(run.context, who, vault=run.vault)
    if run.json:
        run.out.emit_json(
            words.vault_json(vault),
            skill=None,
            grants=None,
            who={"name": found.name, "id": found.id},
            skills=[
                {
                    "name": line.name,
                    "id": line.skill,
                    "through": [group or None for group in line.through],
                    "since": line.since,
                    "newest": line.newest,
                    "readers": None,
                }
                for line in lines
            ],
        )
        return
    run.out.table(
        [
            [
                line.name,
                f"since @{line.since}" if line.since is not None else "nothing sealed to them yet",
                f"newest @{line.newest}",
                ", ".join(group or "by name" for group in line.through),
            ]
            for line in lines
        ],
        ["NAME", "SINCE", "NEWEST", "THROUGH"],
    )
    if not lines:
        run.out.note(f"{found.name} reads none of the skills that you can read in {vault.name}")


def _of_all(run: Run) -> None:
    from skillvault.services.reading import list_skills, open_for_list

    vaults = open_for_list(run.context, run.vault)
    rows = [row for vault in vaults for row in list_skills(run.context, vault)]
    if run.json:
        run.out.emit_json(
            words.vault_json(vaults[0]) if len(vaults) == 1 else None,
            skill=None,
            grants=None,
            who=None,
            skills=[
                {
                    "name": row.found.summary.name,
                    "id": row.skill,
                    "through": None,
                    "since": None,
                    "newest": row.found.newest,
                    "readers": list(row.readers),
                }
                for row in rows
            ],
        )
        return
    run.out.table(
        [
            [f"{row.vault}/{row.found.summary.name}", row.owner, ", ".join(row.readers)]
            for row in rows
        ],
        ["NAME", "OWNER", "READERS"],
    )
