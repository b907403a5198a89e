"""`skillvault update`: installed skills at their newest version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import placed, reference, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import ConflictError

if TYPE_CHECKING:
    from skillvault.services.installing import Updated
    from skillvault.services.references import Reference


@command(
    "update",
    """
    Brings the copies that `install` made, all or those of NAME, to the newest version that this
    machine has; `skillvault sync` fetches what others wrote. A copy with edits is asked about, and
    kept (6) where nobody says yes. A copy whose skill was taken away is said, and stays until
    `uninstall`.
    """,
    examples=["skillvault sync && skillvault update", "skillvault update code-review"],
)
@click.argument("names", metavar="[NAME...]", nargs=-1, callback=reference.many)
@click.option("--allow", metavar="CODE", multiple=True, help="let this rule of `lint` pass")
def main(run: Run, names: tuple[Reference, ...], allow: tuple[str, ...]) -> None:
    from skillvault.services.installing import update

    done = update(run.context, names, vault=run.vault, allow=allow)
    if run.json:
        run.out.emit_json(None, copies=[_json(one) for one in done])
    elif done:
        run.out.table([_row(one) for one in done])
    else:
        run.out.said("nothing is installed")
    if any(one.outcome == "taken away" for one in done):
        run.out.hint("`skillvault uninstall NAME` removes what was taken away")
    for one in done:
        if one.error is not None:
            raise one.error
    kept = [one for one in done if one.outcome == "kept"]
    if kept:
        count = words.count(len(kept), "copy has", "copies have")
        hint = "`skillvault put FOLDER` keeps them as a version; `install --force` throws them away"
        raise ConflictError("update", f"{count} edits that no version holds", hint)


def _row(one: Updated) -> list[str]:
    known = one.placement.source
    outcomes = {"kept": "kept: edited", "no vault": "its vault is not on this machine"}
    said = outcomes.get(one.outcome, one.outcome)
    if one.outcome == "updated" and one.version != known.version:
        said += f" to @{one.version}"
    return [
        placed.label(one.placement),
        one.placement.agent or "",
        said,
        words.short(one.placement.place),
    ]


def _json(one: Updated) -> words.Json:
    error = one.error
    return {
        **placed.copy_json(one.placement),
        "outcome": one.outcome,
        "version": one.version,
        "problem": None if error is None else f"{error.subject}: {error.problem}",
    }
