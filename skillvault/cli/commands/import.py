"""`skillvault import`: skills of others, with where they came from."""  # noqa: N999 the command is called so

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.services.importing import Imported


@command(
    "import",
    """
    SOURCE is a folder, a .zip or .skill file, or a git repository: an address that git knows, or
    one that a browser shows (https://HOST/OWNER/REPO/tree/REF/FOLDER). Every folder with a SKILL.md
    in it is a skill. Where it came from (address and commit, or the hash of the archive) and its
    licence stand in the signed manifest. A source is read as a stranger's: links, odd paths and
    what `lint` calls an error are refused (8), and nothing in it is run.

    Importing again makes the next version, if nobody changed the skill since; else (6) `--new` or
    `--name`. Nothing leaves this machine before `skillvault sync`.
    """,
    examples=[
        "skillvault import https://github.com/anthropics/skills --skill pdf",
        "skillvault import ./review.skill",
        "skillvault import ssh://git@host/team/skills.git --path skills --all --ref v2",
    ],
)
@click.argument("source", metavar="SOURCE")
@click.option("--path", metavar="FOLDER", help="look below this folder of the source")
@click.option("--ref", metavar="REF", help="a branch or a tag; the default branch if not given")
@click.option("--commit", metavar="ID", help="just this commit: all 40 digits")
@click.option("--skill", "skills", metavar="NAME", multiple=True, help="this one; repeat for more")
@click.option("--all", "everything", is_flag=True, help="all skills that are there")
@click.option("--name", help="the name to keep it under")
@click.option("-m", "--message", default="", help="what changed, for `log`; never asked for")
@click.option("--new", is_flag=True, help="a second skill, even if you can read one of this name")
@click.option("--allow", metavar="CODE", multiple=True, help="let this rule of `lint` pass")
def main(
    run: Run,
    source: str,
    path: str | None,
    ref: str | None,
    commit: str | None,
    skills: tuple[str, ...],
    everything: bool,
    name: str | None,
    message: str,
    new: bool,
    allow: tuple[str, ...],
) -> None:
    from skillvault.services.importing import import_skills
    from skillvault.services.sources import Wanted

    done = import_skills(
        run.context,
        Wanted(source, path, ref, commit),
        skills=skills,
        everything=everything,
        vault=run.vault,
        name=name,
        message=message,
        new=new,
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
    run.out.table([_row(done.vault.name, one) for one in done.skills])
    words.say_entry(run, done.vault, done.entry)
    if done.entry is not None:
        run.out.hint("`skillvault undo` takes it back")


def _row(vault: str, one: Imported) -> list[str]:
    faults = [f for f in one.findings if f.severity != "advice"]
    return [
        f"{vault}/{one.name}@{one.version}",
        one.change,
        words.count(one.files, "file"),
        words.size(one.size),
        one.licence or "no licence",
        one.origin.get("commit", "")[:12],
        words.count(len(faults), "warning") if faults else "",
    ]


def _json(one: Imported) -> words.Json:
    return {
        "name": one.name,
        "id": one.skill,
        "version": one.version,
        "content": one.content,
        "change": one.change,
        "files": one.files,
        "size": one.size,
        "license": one.licence,
        "origin": {
            key: one.origin.get(key) for key in ("kind", "source", "path", "commit", "sha256")
        },
        "warnings": [f"{f.code}: {f.message}" for f in one.findings if f.severity != "advice"],
    }
