"""What the commands of groups have in common: who gains or loses what, before the question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skillvault.cli import trust, words

if TYPE_CHECKING:
    from skillvault.cli.run import Run
    from skillvault.services.grouping import Grouped, GroupPreview
    from skillvault.services.reach import Reach


def tell(run: Run, preview: GroupPreview, head: str) -> None:
    """Print what will become of a group: on stderr, under `--yes` and `-q` too."""
    from skillvault.services.regrouping import lines

    run.out.preview(head)
    for line in lines(preview):
        run.out.preview(f"  {line}")


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
