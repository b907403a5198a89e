"""`skillvault search`: find skills by what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.services.searching import Hit, Searched


@command(
    "search",
    """
    Looks through names, descriptions and bodies of all that you can read: skills with every word
    first, by how well they fit; if none has them all, those with some. Case, accents and English
    endings do not matter. Nothing of it lies on disk but sealed.

    Piped, the columns are separated by tabs: name, version, what it is for, the passage.
    """,
    examples=["skillvault search null pointer", "skillvault search refund --json"],
)
@click.argument("query", metavar="WORDS...", nargs=-1, required=True)
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    default=20,
    help="at most so many (20 by default)",
)
def main(run: Run, query: tuple[str, ...], limit: int) -> None:
    from skillvault.services.searching import search

    found = search(run.context, query, vault=run.vault, limit=limit)
    if run.json:
        vaults = found.vaults
        run.out.emit_json(
            words.vault_json(vaults[0]) if len(vaults) == 1 else None,
            words=list(found.words),
            partly=found.partly,
            readable=found.readable,
            skills=[_json(hit) for hit in found.hits],
        )
        return
    if run.out.terminal:
        with run.out.paged():
            for hit in found.hits:
                _tell(run, hit)
    else:
        run.out.table([_cells(hit) for hit in found.hits])
    _remark(run, found)


def _tell(run: Run, hit: Hit) -> None:
    summary = hit.found.summary
    run.out.heading(f"{hit.label}@{summary.version}")
    run.out.passage([(summary.description, False)], indent=2)
    if "".join(piece.text for piece in hit.snippet).strip(".") not in summary.description:
        run.out.passage(hit.snippet, indent=4)


def _remark(run: Run, found: Searched) -> None:
    where = " and ".join(vault.name for vault in found.vaults)
    if not found.hits:
        skills = words.count(found.readable, "skill")
        run.out.note(f"none of these words in the {skills} you can read in {where}")
    elif found.partly:
        run.out.note(f"no skill in {where} has all of these words; these have some")


def _cells(hit: Hit) -> list[str]:
    summary = hit.found.summary
    said = "".join(piece.text for piece in hit.snippet)
    return [hit.label, str(summary.version), " ".join(summary.description.split()), said]


def _json(hit: Hit) -> words.Json:
    summary = hit.found.summary
    spans, at = [], 0
    for piece in hit.snippet:
        if piece.hit:
            spans.append([at, at + len(piece.text)])
        at += len(piece.text)
    return {
        "vault": hit.vault.name,
        "name": summary.name,
        "id": hit.found.skill,
        "version": summary.version,
        "newest": hit.found.newest,
        "description": summary.description,
        "exact": hit.exact,
        "score": hit.score,
        "words": list(hit.words),
        "snippet": "".join(piece.text for piece in hit.snippet),
        "hits": spans,
    }
