"""`skillvault put`: folders become versions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from skillvault.cli import reference, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.services.put import PutReport, PutSkill

_SHOWN = 2  # warnings of a skill on its line; skills whose way back is told


@command(
    "put",
    """
    A folder with a SKILL.md becomes a new skill, or the next version of the one that it came from;
    all folders in one entry, or none. An unchanged folder makes no version. Nothing leaves this
    machine before `skillvault sync`.

    Where somebody wrote a version since the one that the folder came from, the two are merged, and
    the folder gets the result; where they conflict, it is refused (6) and nothing changes. `--onto`
    says which version you made it from. What `lint` calls an error is refused too (8).
    """,
    examples=[
        "skillvault put ~/.claude/skills/*",
        "skillvault put ./code-review -m 'shorter, and the five questions first'",
        "skillvault put ./refund --for payments",
    ],
)
@click.argument(
    "folders", metavar="FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("-m", "--message", default="", help="what changed, for `log`; never asked for")
@click.option("--name", help="the skill's name, where SKILL.md and the folder have none that fits")
@click.option(
    "--onto",
    metavar="@N",
    callback=reference.version,
    help="the version that the folder was made from",
)
@click.option(
    "--for", "for_", metavar="GROUP", help="a group that you are in owns, reads and writes it"
)
@click.option("--allow", metavar="CODE", multiple=True, help="let this rule of `lint` pass")
@click.option("--new", is_flag=True, help="a second skill, even if you can read one of this name")
def main(
    run: Run,
    folders: tuple[Path, ...],
    message: str,
    name: str | None,
    onto: int | None,
    new: bool,
    for_: str | None,
    allow: tuple[str, ...],
) -> None:
    from skillvault.services.put import put

    done = put(
        run.context,
        folders,
        vault=run.vault,
        message=message,
        name=name,
        onto=onto,
        new=new,
        for_=for_,
        allow=allow,
    )
    if run.json:
        run.out.emit_json(
            words.vault_json(done.vault),
            entry=words.entry_json(done.entry),
            unpushed=done.unpushed,
            skills=[_json(one) for one in done.skills],
        )
        return
    run.out.table([_row(done, one) for one in done.skills])
    words.say_entry(run, done.vault, done.entry)
    changed = [one for one in done.skills if one.change == "changed"]
    if done.entry is not None and not changed:
        run.out.hint("`skillvault undo` takes it back")
    for one in changed[:_SHOWN]:
        before = f"{done.vault.name}/{one.name}@{one.version - 1}"
        run.out.hint(f"`skillvault get {before}` has what stood there before")
    if len(changed) > _SHOWN:
        more = words.count(len(changed) - _SHOWN, "other has", "others have")
        run.out.hint(f"{more} a version before too: `skillvault log NAME`")


def _row(done: PutReport, one: PutSkill) -> list[str]:
    faults = [f for f in one.findings if f.severity != "advice"]
    shown = ", ".join(f"{f.code}: {f.message}" for f in faults[:_SHOWN])
    if len(faults) > _SHOWN:
        shown += f", {len(faults) - _SHOWN} more: `skillvault lint {words.quoted(str(one.folder))}`"
    return [
        f"{done.vault.name}/{one.name}@{one.version}",
        one.change if one.merged is None else f"merged with @{one.merged}",
        words.count(one.files, "file"),
        words.size(one.size),
        f"{words.count(len(faults), 'warning')} ({shown})" if faults else "",
    ]


def _json(one: PutSkill) -> words.Json:
    return {
        "name": one.name,
        "id": one.skill,
        "version": one.version,
        "content": one.content,
        "change": one.change,
        "folder": str(one.folder),
        "files": one.files,
        "size": one.size,
        "merged": one.merged,
        "findings": [words.finding_json(finding) for finding in one.findings],
    }
