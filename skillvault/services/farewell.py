"""What a removal will do, in the words that every face shows before it asks."""

from __future__ import annotations

from collections.abc import Iterator

from skillvault.services.exposure import Report
from skillvault.services.leaving import GroupLeft, Leaving
from skillvault.services.reach import span
from skillvault.services.wording import count, listed

_MOST = 12


def lines(leaving: Leaving) -> Iterator[tuple[str, str]]:
    """The lines below the head, as (word, what it says)."""
    if leaving.orphans:
        them = "it" if len(leaving.orphans) == 1 else "them"
        lost = listed([one.label for one in leaving.orphans], most=_MOST)
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
        how += f" and ahead of {count(leaving.unpushed, 'change')} not pushed"
    again = anew(leaving.skills, leaving.results)
    if not again:
        entries = f"1 entry: removal, {how}"
    elif leaving.lazy:
        entries = f"1 entry: removal, {how}; re-sealing of {again} is left to a later `sync`"
    else:
        entries = f"2 entries: removal, {how}; then re-sealing of {again}"
    if leaving.others:
        more = count(leaving.others, "skill")
        entries += f"; {more} by others who read {'it' if leaving.others == 1 else 'them'}"
    return entries


def anew(skills: int, results: int) -> str:
    """What is sealed anew: `2 skills, 1 result`; empty for nothing."""
    parts = [count(skills, "skill")] if skills else []
    return ", ".join([*parts, *([count(results, "result")] if results else [])])


def read(report: Report) -> str:
    """`code-review @1-@4, refund @1      since 2026-09-02`."""
    named = [f"{one.label} {span(one.numbers)}" for one in report.skills if one.name is not None]
    said = [listed(named, most=_MOST)] if named else []
    if report.unnamed:
        said.append(f"{count(report.unnamed, 'skill')} that you cannot read")
    if not said:
        return "nothing: no skill was ever sealed to them"
    since = min(one.found.since for one in report.skills)
    return f"{' and '.join(said)}      since {since.time[:10]}"


def not_ours(report: Report) -> str:
    """What a removal does not do."""
    if report.remote is None:
        return "what they copied"
    return f"what they copied; their access to {report.remote}: remove it there too"
