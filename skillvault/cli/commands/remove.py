"""`skillvault remove`: a skill goes out of the vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import ask, reference, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError

if TYPE_CHECKING:
    from skillvault.services.references import Reference
    from skillvault.services.removing import Removal


@command(
    "remove",
    """
    All versions of it, for everybody; its owner and admins may. You type its name, or pass `--yes`.
    What others took out they keep, and so does the host its sealed bytes. If somebody writes it
    before you `sync`, it is not removed, and you are told.
    """,
    examples=["skillvault remove code-review"],
)
@click.argument("name", metavar="NAME", callback=reference.one)
def main(run: Run, name: Reference) -> None:
    from skillvault.services.removing import remove

    def approve(removal: Removal) -> bool:
        _tell(run, removal)
        ask.confirm(run, removal.name, f"type {removal.name} to remove", removal.name)
        return True

    done = remove(run.context, name, approve=approve, vault=run.vault)
    if done is None:
        raise CheckError("remove", "not confirmed, nothing changed")
    removal = done.removal
    home = removal.located.vault
    if run.json:
        run.out.emit_json(
            words.vault_json(home),
            entry=words.entry_json(done.entry),
            unpushed=done.unpushed,
            skill={
                "name": removal.name,
                "id": removal.located.found.skill,
                "versions": removal.versions,
                "evidence": removal.evidence,
            },
            people=list(removal.people),
        )
        return
    run.out.said(f"removed  {removal.located.label}")
    words.say_entry(run, home, done.entry)
    run.out.hint("`skillvault undo` brings it back")


def _tell(run: Run, removal: Removal) -> None:
    count = words.count(removal.versions, "version")
    if removal.evidence:
        count += f", {words.count(removal.evidence, 'evaluation result')}"
    run.out.preview(f"remove {removal.located.label}: {count}")
    who = words.count(len(removal.people), "keyholder")
    verb = "loses it" if len(removal.people) == 1 else "lose it"
    run.out.preview(f"  {who} {verb}   {words.listed(removal.people, most=12)}")
    if removal.pushed:
        run.out.preview("  not ours   copies that were taken out, and the sealed bytes at the host")
    run.out.preview(f"  final      `skillvault get {removal.located.label}` keeps a copy, before")
