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
    With NAME: who may read or write that skill, since when, and which versions were sealed to
    them. With `--of`: which of the skills that you can read a member or a group can read, through
    what, since when, and from which version on. With neither: the readers of every skill that you
    can read. What somebody could ever have read: `exposure`.
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
    from skillvault.services.accessing import access

    located, grants = access(run.context, name, vault=run.vault)
    if run.json:
        run.out.emit_json(
            words.vault_json(located.vault),
            skill={"name": located.found.summary.name, "id": located.found.skill},
            grants=[
                {
                    "name": grant.name,
                    "label": grant.label,
                    "kind": grant.kind,
                    "read": grant.read,
                    "write": grant.write,
                    "owner": grant.owner,
                    "since": grant.since,
                    "versions": list(grant.versions),
                    "since_time": grant.time,
                    "people": list(grant.people),
                    "closed": grant.closed,
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
        rows.append(
            [
                grant.label,
                grant.kind,
                may,
                _span(grant.versions, later=grant.closed is None),
                _day(grant.time),
                words.listed(grant.people, most=8),
            ]
        )
    run.out.table(rows, ["NAME", "KIND", "MAY", "VERSIONS", "SINCE", "PEOPLE"])
    for grant in grants:
        if grant.closed is not None:
            run.out.note(f"{grant.label}  {grant.closed}")


def _span(versions: tuple[int, ...], *, later: bool) -> str:
    from skillvault.services.reach import span

    return span(versions, later=later) if versions else "nothing sealed to it yet"


def _day(time: str | None) -> str:
    return "" if time is None else time[:10]


def _of_person(run: Run, who: str) -> None:
    from skillvault.services.accessing import access_of

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
                    "versions": list(line.versions),
                    "since_time": line.time,
                    "newest": line.newest,
                    "write": line.write,
                    "owner": line.owner,
                    "closed": line.closed,
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
                "owns" if line.owner else "reads and writes" if line.write else "reads",
                _span(line.versions, later=not line.closed),
                _day(line.time),
                ", ".join(group or "by name" for group in line.through),
            ]
            for line in lines
        ],
        ["NAME", "MAY", "VERSIONS", "SINCE", "THROUGH"],
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
                    "versions": None,
                    "since_time": None,
                    "newest": row.found.newest,
                    "write": None,
                    "owner": None,
                    "closed": None,
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
