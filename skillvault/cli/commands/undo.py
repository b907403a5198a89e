"""`skillvault undo`: a change of mine is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import ask, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError

if TYPE_CHECKING:
    from skillvault.services.undoing import Undoing, Undone


@command(
    "undo",
    """
    Your newest change, or the one of entry N, whatever it was. One that was never sent anywhere
    vanishes, as if it had never been. Any other stays in the history, because others may have it:
    it gets an entry that does the opposite, which is shown first. A version goes back to what stood
    before it, also where others wrote on, if the two do not overlap (6). What was read stays read,
    and a removed member stays removed. Taking back an undo brings the change back.
    """,
    examples=["skillvault undo", "skillvault undo 212"],
)
@click.argument("number", metavar="[N]", required=False, type=click.IntRange(0))
def main(run: Run, number: int | None) -> None:
    from skillvault.services.undoing import undo

    def approve(undoing: Undoing) -> bool:
        _tell(run, undoing)
        subject = f"entry {undoing.seq}"
        if undoing.final:
            ask.confirm(run, subject, f"type {undoing.final} to take it back", undoing.final)
        else:
            ask.confirm(run, subject, "type yes to take it back")
        return True

    done = undo(run.context, number, approve=approve, vault=run.vault)
    if done is None:
        raise CheckError("undo", "not confirmed, nothing changed")
    if run.json:
        _emit(run, done)
        return
    _say(run, done)


def _tell(run: Run, undoing: Undoing) -> None:
    home = undoing.vault
    age = words.ago(undoing.time, run.context.now())
    run.out.preview(f"undo entry {undoing.seq} of {home.name}, {age}")
    for line in undoing.did:
        run.out.preview(f"  did    {line}")
    for line in undoing.back:
        run.out.preview(f"  now    {line}")
    for line in undoing.stays:
        run.out.preview(f"  stays  {line}")
    if undoing.pushed:
        run.out.preview("  pushed at once")


def _say(run: Run, done: Undone) -> None:
    home, undoing = done.undoing.vault, done.undoing
    if undoing.vanishes:
        run.out.said(f"undone  entry {undoing.seq} is gone")
        words.say_entry(run, home, None)
        return
    run.out.said(f"undone  entry {undoing.seq}")
    if done.pushed and done.entry is not None:
        run.out.said(f"entry {done.entry.seq}, pushed")
    else:
        words.say_entry(run, home, done.entry)
    if not undoing.final and done.entry is not None:
        run.out.hint(f"`skillvault undo {done.entry.seq}` brings it back")


def _emit(run: Run, done: Undone) -> None:
    undoing = done.undoing
    run.out.emit_json(
        words.vault_json(undoing.vault),
        undone={
            "seq": undoing.seq,
            "time": undoing.time,
            "vanished": undoing.vanishes,
            "did": list(undoing.did),
            "back": list(undoing.back),
            "stays": list(undoing.stays),
        },
        entry=words.entry_json(done.entry),
        pushed=done.pushed,
        unpushed=done.unpushed,
    )
