"""What the commands of groups have in common: who gains or loses what, before the question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skillvault.cli import trust, words

if TYPE_CHECKING:
    from skillvault.cli.run import Run
    from skillvault.services.grouping import Grouped, GroupPreview
    from skillvault.services.reach import Reach

_MOST = 12


def tell(run: Run, preview: GroupPreview, head: str) -> None:
    """Print what will become of a group: on stderr, under `--yes` and `-q` too."""
    from skillvault.services.reach import span

    run.out.preview(head)
    for skill in preview.orphans:
        run.out.preview(f"  removed    {skill}: nobody is left who could own it")
    for skill, owner in preview.heirs:
        run.out.preview(f"  {skill} is owned by {owner} from then on")
    if preview.members:
        run.out.preview(f"  in it      {words.listed(preview.members, most=_MOST)}")
    for card in preview.admits:
        run.out.preview(f"  new member {card.name}   {card.fingerprint.words}")
    for who, verb in ((preview.gain, "gain"), (preview.lose, "lose")):
        if who:
            keyholders = words.count(len(who), "keyholder")
            said = f"{verb}s" if len(who) == 1 else verb
            run.out.preview(f"  {keyholders} {said}   {words.listed(who, most=_MOST)}")
    if preview.gain:
        _tell_reach(run, preview.reach)
    elif preview.reach:
        read = [f"{one.label} {span(one.versions)}" for one in preview.reach if one.versions]
        run.out.preview(f"  has read   {words.listed(read, most=_MOST) or 'nothing yet'}")
    for note in preview.notes:
        run.out.preview(f"  {note}")


def _tell_reach(run: Run, reach: tuple[Reach, ...]) -> None:
    """The versions that somebody in the group reads: what it reads now, then what it once could."""
    for one in [one for one in reach if one.name is not None and one.now]:
        run.out.preview(f"  {one.label} {one.span}")
    for one in [one for one in reach if one.name is not None and not one.now]:
        run.out.preview(f"  {one.label} {one.span}, as the group could before")
    unknown = sum(one.name is None for one in reach)
    if unknown:
        run.out.preview(f"  and {words.count(unknown, 'skill')} that you cannot read yourself")


def said(run: Run, done: Grouped, text: str) -> None:
    """What was done, and what is still to come."""
    run.out.said(f"{text}   {trust.outcome(done.published)}")
    if done.resealed:
        run.out.said(f"sealed    {words.count(len(done.resealed), 'skill')} anew")
    if done.closed is not None:
        run.out.said(f"{done.preview.name}  {done.closed}")
    trust.say_invitation(run, [card.name for card in done.preview.admits], done.clone)


def emit(run: Run, done: Grouped) -> None:
    """The one object of `group new`, `add`, `remove`, `rename` and `rotate`."""
    preview = done.preview
    run.out.emit_json(
        words.vault_json(preview.vault),
        **trust.published_json(done.published),
        earlier=[words.entry_json(entry) for entry in done.published.earlier],
        group={"name": preview.name, "id": done.group, "closed": done.closed},
        members=list(preview.members),
        gain=list(preview.gain),
        lose=list(preview.lose),
        reach=[reach_json(one) for one in preview.reach],
        notes=list(preview.notes),
        removed=list(preview.orphans),
        heirs=[{"skill": skill, "owner": owner} for skill, owner in preview.heirs],
        admitted=[trust.card_json(card) for card in preview.admits],
        resealed=list(done.resealed),
        clone=done.clone,
    )


def reach_json(one: Reach) -> words.Json:
    """A skill that a name reaches."""
    return {
        "name": one.name,
        "id": one.skill,
        "versions": list(one.versions),
        "later": one.now,
    }
