"""`skillvault log`: the versions of a skill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import reference, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.services.reading import VersionLine
    from skillvault.services.references import Reference


@command(
    "log",
    """
    The newest first: author, time, size, what the author said of it, and where it came from if it
    was imported. Versions from before you
    could read the skill are listed too, and say that they are not sealed to you.
    """,
    examples=["skillvault log code-review"],
)
@click.argument("name", metavar="NAME", callback=reference.one)
def main(run: Run, name: Reference) -> None:
    from skillvault.services.reading import log

    located, lines = log(run.context, name, vault=run.vault)
    if run.json:
        run.out.emit_json(
            words.vault_json(located.vault),
            skill={"name": located.found.summary.name, "id": located.found.skill},
            versions=[_json(line) for line in lines],
        )
        return
    skill, now = located.found.summary.name, run.context.now()
    with run.out.paged():
        run.out.table(
            [_cells(skill, line, now) for line in lines],
            ["VERSION", "AUTHOR", "WHEN", "ENTRY", "FILES", "SIZE", "WHAT"],
            right=["ENTRY", "FILES", "SIZE"],
        )


def _cells(name: str, line: VersionLine, now: float) -> list[str]:
    told = [
        str(line.files) if line.files is not None else "",
        words.size(line.size) if line.size is not None else "",
        _what(line) if line.message is not None else "sealed before you could read it",
    ]
    when = words.ago(line.time, now)
    return [f"{name}@{line.number}", line.author, when, str(line.entry), *told]


def _what(line: VersionLine) -> str:
    came = words.origin_line(line.origin, line.licence)
    return f"{line.message} ({came})" if line.message and came else line.message or came


def _json(line: VersionLine) -> words.Json:
    return {
        "version": line.number,
        "content": line.content,
        "author": line.author,
        "time": line.time,
        "seq": line.entry,
        "readable": line.is_readable,
        "message": line.message,
        "files": line.files,
        "size": line.size,
        "origin": words.origin_json(line.origin),
        "license": line.licence,
    }
