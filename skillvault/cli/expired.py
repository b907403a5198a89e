"""Machines whose time is over, in words: told by `status`, asked about at an admin's `sync`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skillvault.cli import ask, leaving, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skillvault.cli.run import Run
    from skillvault.services.expiring import Expiring
    from skillvault.services.leaving import Leaving
    from skillvault.vault.client import Vault


def lines(found: Sequence[Expiring], now: float) -> list[tuple[str, str]]:
    """What `status` says of them."""
    from skillvault.services.expiring import days_left

    said = []
    for one in found:
        if one.over:
            text = f"{one.label}, {words.ago(one.expires, now)}: it reads until an admin removes it"
        else:
            text = f"{one.label} in {words.count(days_left(one.expires, now), 'day')}"
        said.append(("expired" if one.over else "expires", text))
    return said


def json(found: Sequence[Expiring]) -> list[words.Json]:
    """The same for `status --json`."""
    return [
        {"name": one.label, "id": one.member, "expires": one.expires, "over": one.over}
        for one in found
    ]


def offer(run: Run, vault: Vault) -> None:
    """Ask an admin at a terminal to remove what has expired; elsewhere say how.

    `--yes` was said to the sync, and answers nothing here.
    """
    from skillvault.services.expiring import to_remove

    if run.json:
        return
    for one in to_remove(vault, run.context.now()):
        if run.yes or run.quiet or not ask.at_terminal():
            again = f"`skillvault member remove {words.quoted(one.label)}`"
            run.out.hint(f"{one.label} expired at {one.expires} and still reads: {again}")
        else:
            _ask(run, one)


def _ask(run: Run, one: Expiring) -> None:
    from skillvault.services.leaving import remove

    def approve(removal: Leaving) -> bool:
        run.out.note(f"{one.label} expired at {one.expires} and still reads")
        leaving.tell(run, removal)
        question = f"type {removal.label} to remove it, anything else to leave it"
        return ask.typed(run, question, removal.label)

    done = remove(run.context, one.label, approve=approve, vault=run.vault)
    if done is not None:
        leaving.say(run, done)
    else:
        run.out.hint(f"`skillvault member expires {words.quoted(one.label)} 90d` gives it more")
