"""`skillvault sync`: fetch, verify, push."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import expired, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.services.checking import SyncReport


@command(
    "sync",
    """
    Fetches what others did and verifies it, puts your changes behind it, pushes them, and seals
    anew what changed its readers. Says what others changed: people and access first, then new
    versions. Where both sides changed one skill the two are merged; where they conflict, content
    waits for `skillvault resolve` (6), and nothing else does.
    """,
    examples=["skillvault sync"],
)
@click.option("--reseal", metavar="NAME", help="seal this skill's current version anew in any case")
def main(run: Run, reseal: str | None) -> None:
    from skillvault.services.checking import sync

    sync(run.context, vault=run.vault, reseal=reseal, tell=lambda report: _tell(run, report))


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
