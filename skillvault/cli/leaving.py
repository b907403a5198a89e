"""A removal in words: what it will do, and what it did. Shared by `member remove` and `replace`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skillvault.cli import trust, words

if TYPE_CHECKING:
    from skillvault.cli.run import Run
    from skillvault.services.leaving import Leaving, Removed


def tell(run: Run, leaving: Leaving) -> None:
    """Print what a removal will do: on stderr, under `--yes` and `-q` too."""
    from skillvault.services.farewell import lines

    report = leaving.report
    head = f"{leaving.label} ({report.fingerprint.words}) leaves {leaving.vault.name}"
    run.out.preview(head)
    for name, value in lines(leaving):
        run.out.preview(f"  {name:<9}  {value}")


def say(run: Run, done: Removed, *, replaced: bool = False) -> None:
    """What a removal did; `replaced`: they are there with another identity already."""
    from skillvault.services.farewell import anew

    name = done.name
    if done.leaving is None or done.published.entry is None:
        ended = done.report.found.removed
        run.out.said(f"removed already  {name}   entry {ended.seq if ended else '?'}")
    else:
        run.out.said(f"removed  {name}   {trust.outcome(done.published)}")
        if not replaced:
            back = f"`skillvault member replace {words.quoted(name)} CARD`"
            run.out.hint(f"nothing undoes it; with a card of a new identity they come back: {back}")
    sealed = done.resealed
    if sealed is not None and done.resealing.entry is not None:
        what = anew(len(sealed.skills), sealed.results)
        run.out.said(f"sealed anew  {what}   {trust.outcome(done.resealing)}")
    if done.failed is not None:
        run.out.warning(f"{name} is removed; sealing anew was {done.failed.problem}")
    if done.waiting:
        run.out.said(f"to re-seal  {words.count(done.waiting, 'skill')}, by whoever reads them")
        run.out.hint("`skillvault sync`, also of the others")


def removal_json(done: Removed) -> words.Json:
    """What a removal did, and what its exposure is."""
    from skillvault.services import receipts

    leaving, sealed = done.leaving, done.resealed
    return {
        **trust.published_json(done.published),
        "already": leaving is None,
        "regrouped": [
            {"name": group.name, "became": group.became}
            for group in (leaving.groups if leaving is not None else ())
        ],
        "orphans": [one.label for one in (leaving.orphans if leaving is not None else ())],
        "heirs": [
            {"skill": one.label, "owner": one.heir}
            for one in (leaving.heirs if leaving is not None else ())
        ],
        "resealed": {
            **trust.published_json(done.resealing),
            "skills": list(sealed.names) if sealed is not None else [],
            "results": sealed.results if sealed is not None else 0,
        },
        "waiting": done.waiting,
        "exposure": receipts.fields(done.report),
    }
