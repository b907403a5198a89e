"""`skillvault sync`: fetch, verify, push."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import ask, expired, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError

if TYPE_CHECKING:
    from skillvault.services.checking import SyncReport
    from skillvault.services.repairing import Damage


@command(
    "sync",
    """
    Fetches what others did and verifies it, puts your changes behind it, pushes them, and seals
    anew what changed its readers. Says what others changed: people and access first, then new
    versions. Where both sides changed one skill the two are merged; where they conflict, content
    waits for `skillvault resolve` (6), and nothing else does. Where the remote has bad entries
    behind good ones, the good ones count (5), and an admin's `--repair` moves its branch back to
    them.
    """,
    examples=["skillvault sync", "skillvault sync --reseal code-review"],
)
@click.option("--reseal", metavar="NAME", help="seal this skill's current version anew in any case")
@click.option("--repair", is_flag=True, help="take bad entries off the remote's branch (admins)")
def main(run: Run, reseal: str | None, repair: bool) -> None:
    from skillvault.services.checking import sync

    if repair:
        _repair(run)
    sync(run.context, vault=run.vault, reseal=reseal, tell=lambda report: _tell(run, report))


def _repair(run: Run) -> None:
    """Show what is bad, ask, and move the branch back."""
    from skillvault.services import repairing

    def approve(damage: Damage) -> bool:
        good, bad = damage.good.state.seq, words.count(damage.commits, "commit")
        run.out.preview(f"repair {damage.vault.name} at {damage.where}")
        run.out.preview(f"  good     up to entry {good}   {damage.good.state.head}")
        run.out.preview(f"  bad      {damage.problem}")
        run.out.preview(f"  goes     {bad} behind it, for everybody: keep a copy if you want one")
        ask.confirm(run, "repair", "type yes to move the branch back")
        return True

    done = repairing.repair(run.context, approve=approve, vault=run.vault)
    if done is None:
        raise CheckError("repair", "not confirmed, nothing changed")
    if not run.json:
        run.out.said(f"repaired  the branch ends with entry {done.good.state.seq} again")


def _tell(run: Run, done: SyncReport) -> None:
    """What was done, also where not all of it could be."""
    synced, healed = done.synced, done.healed
    if run.json:
        run.out.emit_json(
            words.vault_json(done.vault),
            fetched=synced.fetched,
            pushed=synced.pushed,
            replayed=synced.replayed,
            news={"trust": list(done.news.trust), "skills": list(done.news.skills)},
            opened=list(healed.opened),
            bridged=list(healed.bridged),
            resealed=list(healed.resealed),
            results=healed.results,
            spoiled=list(healed.spoiled),
        )
        return
    entry = ("entry", "entries")
    moved = [f"{words.count(synced.fetched, *entry)} from others"] if synced.fetched else []
    if synced.pushed:
        again = f", {synced.replayed} made again on top of theirs" if synced.replayed else ""
        moved.append(f"{words.count(synced.pushed, *entry)} of yours pushed{again}")
    run.out.said(f"{done.vault.name}: {', '.join(moved) or 'nothing new'}")
    for line in (*done.news.trust, *done.news.skills):
        run.out.said(f"  {line}")
    if healed.opened:
        run.out.said(f"opened with a new key: {', '.join(healed.opened)}")
    if healed.bridged:
        run.out.said(f"older versions reachable again for all of: {', '.join(healed.bridged)}")
    if healed.resealed or healed.results:
        results = f"{words.count(healed.results, 'result')}" if healed.results else ""
        parts = [", ".join(healed.resealed), results]
        run.out.said(f"sealed anew: {' and '.join(part for part in parts if part)}")
    expired.offer(run, done.vault)
