"""`skillvault list`: the skills that I can read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from skillvault.cli import words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.services.reading import Row


@command(
    "list",
    """
    Every skill that is sealed to you, of all vaults of this machine or of the one that `--vault`
    names. Piped, the columns are separated by tabs: name, version, owner, readers, state, and
    what it is for.
    """,
    examples=["skillvault list", "skillvault list --json | jq -r '.skills[].name'"],
)
def main(run: Run) -> None:
    from skillvault.services.reading import list_skills, open_for_list

    ctx = run.context
    vaults = open_for_list(ctx, run.vault)
    rows = [row for vault in vaults for row in list_skills(ctx, vault)]
    if run.json:
        run.out.emit_json(
            words.vault_json(vaults[0]) if len(vaults) == 1 else None,
            skills=[_json(row) for row in rows],
        )
        return
    twice = _shared_names(rows)
    run.out.table(
        [_cells(row, with_vault=len(vaults) > 1, twice=twice) for row in rows],
        ["NAME", "@", "OWNER", "READERS", "STATE", "FOR"],
        right=["@"],
    )
    if not rows:
        where = " and ".join(vault.name for vault in vaults)
        run.out.note(f"no skill in {where} is sealed to you yet")
        run.out.hint("`skillvault put FOLDER`, or ask an owner to share one with you")


def _cells(row: Row, *, with_vault: bool, twice: set[tuple[str, str]]) -> list[str]:
    summary = row.found.summary
    name = f"{row.vault}/{summary.name}" if with_vault else summary.name
    if (row.vault, summary.name) in twice:
        name += f"~{row.skill[:8]}"
    readers = "only me" if row.mine else words.listed(row.readers)
    state = ", ".join(
        said
        for said, holds in (
            ("not pushed", row.unpushed),
            (f"@{row.found.newest} not sealed to you", row.found.is_behind),
            ("to be re-sealed", row.pending),
        )
        if holds
    )
    return [name, str(summary.version), row.owner, readers, state, summary.description]


def _shared_names(rows: list[Row]) -> set[tuple[str, str]]:
    """Names that two skills of one vault have."""
    names = Counter((row.vault, row.found.summary.name) for row in rows)
    return {name for name, number in names.items() if number > 1}


def _json(row: Row) -> words.Json:
    summary = row.found.summary
    return {
        "vault": row.vault,
        "name": summary.name,
        "id": row.skill,
        "version": summary.version,
        "newest": row.found.newest,
        "description": summary.description,
        "owner": row.owner,
        "readers": list(row.readers),
        "author": summary.author,
        "time": summary.time,
        "files": summary.files,
        "size": summary.size,
        "pushed": not row.unpushed,
        "pending": row.pending,
    }
