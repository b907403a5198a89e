"""A removal in words: what it will do, and what it did. Shared by `member remove` and `replace`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skillvault.cli import trust, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from skillvault.cli.run import Run
    from skillvault.services.exposure import Report
    from skillvault.services.leaving import GroupLeft, Leaving, Removed

_MOST = 12


def tell(run: Run, leaving: Leaving) -> None:
    """Print what a removal will do: on stderr, under `--yes` and `-q` too."""
    report = leaving.report
    head = f"{leaving.label} ({report.fingerprint.words}) leaves {leaving.vault.name}"
    run.out.preview(head)
    for name, value in lines(leaving):
        run.out.preview(f"  {name:<9}  {value}")


def lines(leaving: Leaving) -> Iterator[tuple[str, str]]:
    """The lines below the head, as (word, what it says)."""
    if leaving.orphans:
        them = "it" if len(leaving.orphans) == 1 else "them"
        lost = words.listed([one.label for one in leaving.orphans], most=_MOST)
        yield "goes", f"{lost}: nobody is left to own {them}; `skillvault get` before keeps a copy"
    for one in leaving.heirs:
        yield "passes on", f"{one.label} to {one.heir}"
    anew = [group.name for group in leaving.groups if group.became == "anew"]
    if anew:
        yield "re-key", ", ".join(sorted(anew))
    for group in leaving.groups:
        yield from _group(group)
    yield "writes", _writes(leaving)
    yield "has read", read(leaving.report)
    yield "final", "to come back they need a new identity"
    yield "not ours", not_ours(leaving.report)


def _group(group: GroupLeft) -> Iterator[tuple[str, str]]:
    if group.became == "closed":
        until = (
            "until a person is in it: only machines are left"
            if group.stuck
            else "until one of its members syncs"
        )
        yield "closed", f"{group.name}: nothing is sealed to it {until}"
    elif group.became == "deleted":
        yield "deleted", f"{group.name}: nobody is left in it"
    if group.leaderless:
        yield "no admin", f"is left in {group.name}: it cannot grow until one of them is promoted"


def _writes(leaving: Leaving) -> str:
    how = "pushed at once" if leaving.vault.notes.remote is not None else "local only"
    if leaving.unpushed:
        how += f" and ahead of {words.count(leaving.unpushed, 'change')} not pushed"
    again = _anew(leaving.skills, leaving.results)
    if not again:
        entries = f"1 entry: removal, {how}"
    elif leaving.lazy:
        entries = f"1 entry: removal, {how}; re-sealing of {again} is left to a later `sync`"
    else:
        entries = f"2 entries: removal, {how}; then re-sealing of {again}"
    if leaving.others:
        more = words.count(leaving.others, "skill")
        entries += f"; {more} by others who read {'it' if leaving.others == 1 else 'them'}"
    return entries


def _anew(skills: int, results: int) -> str:
    parts = [words.count(skills, "skill")] if skills else []
    return ", ".join([*parts, *([words.count(results, "result")] if results else [])])


def read(report: Report) -> str:
    """`code-review @1-@4, refund @1      since 2026-09-02`."""
    from skillvault.services.reach import span

    named = [f"{one.label} {span(one.numbers)}" for one in report.skills if one.name is not None]
    said = [words.listed(named, most=_MOST)] if named else []
    if report.unnamed:
        said.append(f"{words.count(report.unnamed, 'skill')} that you cannot read")
    if not said:
        return "nothing: no skill was ever sealed to them"
    since = min(one.found.since for one in report.skills)
    return f"{' and '.join(said)}      since {since.time[:10]}"


def not_ours(report: Report) -> str:
    """What a removal does not do."""
    if report.remote is None:
        return "what they copied"
    return f"what they copied; their access to {report.remote}: remove it there too"


def say(run: Run, done: Removed, *, replaced: bool = False) -> None:
    """What a removal did; `replaced`: they are there with another identity already."""
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
        what = _anew(len(sealed.skills), sealed.results)
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
