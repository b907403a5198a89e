"""What a change of a group will do, in the words that every face shows before it asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from skillvault.services.grouping import GroupPreview
from skillvault.services.reach import Reach, span
from skillvault.services.wording import count, listed

_MOST = 12


def lines(preview: GroupPreview) -> Iterator[str]:
    """Who gains or loses what, a line each."""
    for skill in preview.orphans:
        yield f"removed    {skill}: nobody is left who could own it"
    for skill, owner in preview.heirs:
        yield f"{skill} is owned by {owner} from then on"
    if preview.members:
        yield f"in it      {listed(preview.members, most=_MOST)}"
    for card in preview.admits:
        yield f"new member {card.name}   {card.fingerprint.words}"
    for who, verb in ((preview.gain, "gain"), (preview.lose, "lose")):
        if who:
            said = f"{verb}s" if len(who) == 1 else verb
            yield f"{count(len(who), 'keyholder')} {said}   {listed(who, most=_MOST)}"
    if preview.gain:
        yield from _reach(preview.reach)
    elif preview.reach:
        read = [f"{one.label} {span(one.versions)}" for one in preview.reach if one.versions]
        yield f"has read   {listed(read, most=_MOST) or 'nothing yet'}"
    yield from preview.notes


def _reach(reach: Sequence[Reach]) -> Iterator[str]:
    """The versions that somebody in the group reads: what it reads now, then what it once could."""
    for one in [one for one in reach if one.name is not None and one.now]:
        yield f"{one.label} {one.span}"
    for one in [one for one in reach if one.name is not None and not one.now]:
        yield f"{one.label} {one.span}, as the group could before"
    unknown = sum(one.name is None for one in reach)
    if unknown:
        yield f"and {count(unknown, 'skill')} that you cannot read yourself"
