"""`skillvault share`: let people read skills."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import ask, reference, trust, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError

if TYPE_CHECKING:
    from skillvault.services.references import Reference
    from skillvault.services.sharing import Preview, Shared, SkillChange


@command(
    "share",
    """
    WHO is a member's or a group's full name, or the path of a card of somebody new (with a / in
    it or ending in .card; - is standard input): who may admit members admits and shares in one
    entry. Only a skill's owner may share it.

    A direct reader gets the current version and every later one, a member of a group whatever the
    group could ever read. It is pushed at once. What was read cannot be taken back.
    """,
    examples=[
        "skillvault share code-review --with payments --with 'Bob Barker'",
        "skillvault share code-review --with ./bob.card --write",
    ],
)
@click.argument("names", metavar="NAME...", nargs=-1, required=True, callback=reference.many)
@click.option(
    "--with", "who", metavar="WHO", multiple=True, required=True, help="whom; repeat it for more"
)
@click.option("--write", is_flag=True, help="they may write new versions too")
def main(run: Run, names: tuple[Reference, ...], who: tuple[str, ...], write: bool) -> None:
    from skillvault.services.sharing import share

    def approve(preview: Preview) -> bool:
        trust.tell(run, preview, "share", "gains" if len(preview.people) == 1 else "gain")
        for change in preview.skills:
            run.out.preview(f"  {_gains(change)}")
        for note in preview.notes:
            run.out.preview(f"  {note}")
        if write:
            run.out.preview("  and may write new versions")
        trust.tell_push(run, preview.vault, preview.goes_along)
        ask.confirm(run, "share", "type yes to share")
        return True

    done = share(
        run.context,
        names,
        who,
        approve=approve,
        write=write,
        vault=run.vault,
        stdin=trust.card_on_stdin(who),
    )
    if done is None:
        raise CheckError("share", "not confirmed, nothing changed")
    if run.json:
        run.out.emit_json(words.vault_json(done.preview.vault), **change_json(done), write=write)
        return
    skills = [change.name for change in done.preview.skills]
    people = done.preview.labels
    run.out.said(
        f"shared    {', '.join(skills)} with {', '.join(people)}   {trust.outcome(done.published)}"
    )
    trust.say_invitation(run, [card.name for card in done.preview.admits], done.clone)
    if done.published.entry is not None:
        typed = [words.typed(change.name, change.skill) for change in done.preview.skills]
        undo = " ".join([*typed, *(f"--from {words.quoted(name)}" for name in people)])
        run.out.hint(f"`skillvault unshare {undo}` takes it back; it may have been read")


def _gains(change: SkillChange) -> str:
    from skillvault.services.reach import span

    earlier = [version for version in change.sealed if version < change.from_version]
    said = f"{change.name} @{change.from_version} and later"
    if earlier:
        return f"{said}, and {span(earlier)} as before"
    return said if change.from_version == 1 else f"{said}, not earlier ones"


def change_json(done: Shared) -> words.Json:
    """What a change of readers did, for `share` and `unshare`."""
    preview = done.preview
    return {
        **trust.published_json(done.published),
        "who": [{"name": one.name, "id": one.id} for one in preview.who],
        "people": list(preview.people),
        "skills": [
            {
                "name": one.name,
                "id": one.skill,
                "from_version": one.from_version,
                "sealed": list(one.sealed),
            }
            for one in preview.skills
        ],
        "notes": list(preview.notes),
        "admitted": [trust.card_json(card) for card in preview.admits],
        "clone": done.clone,
    }
