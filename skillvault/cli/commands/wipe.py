"""`skillvault wipe`: no copy of ours is left in the clear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import ask, placed, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError

if TYPE_CHECKING:
    from skillvault.services.uninstalling import Plan


@command(
    "wipe",
    """
    Removes every readable copy that skillvault made on this machine: what `install` and `get`
    wrote, the files of `inject --into`, and what killed processes left. It shows them and asks
    first, and needs neither a vault nor a key. A copy with edits that no version holds is kept (6)
    without `--force`.

    Not in its reach: folders that you wrote yourself and `put`, copies of copies, what agents keep
    of their sessions, and what a disk keeps of removed files.
    """,
    examples=["skillvault wipe", "skillvault wipe --force --yes"],
    vault=False,
)
@click.option("--force", is_flag=True, help="copies with edits too")
def main(run: Run, force: bool) -> None:
    from skillvault.services.uninstalling import wipe

    def approve(plan: Plan) -> bool:
        _tell(run, plan)
        ask.confirm(run, "wipe", "type wipe to remove them", "wipe")
        return True

    done = wipe(run.context, approve=approve, force=force)
    if done is None:
        raise CheckError("wipe", "not confirmed, nothing changed")
    if not (done.removed or done.kept or done.failed) and not run.json:
        run.out.said("no copies of skillvault's making are on record")
        return
    placed.tell_taken(run, "wipe", done)


def _tell(run: Run, plan: Plan) -> None:
    count = words.count(len(plan.copies), "copy", "copies")
    run.out.preview(f"wipe {count} in the clear")
    for placement, condition in plan.copies:
        edited = "edited, thrown away" if plan.force else "edited, kept"
        said = {"ours": "", "gone": "   gone already", "edited": f"   {edited}"}[condition]
        run.out.preview(f"  {words.short(placement.place)}   {placed.label(placement)}{said}")
