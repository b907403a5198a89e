"""`skillvault new`: the beginning of a skill."""

from __future__ import annotations

from pathlib import Path

import click

from skillvault.cli import words
from skillvault.cli.frame import command
from skillvault.cli.run import Run


@command(
    "new",
    """
    Writes PARENT/NAME/SKILL.md with a template to fill in; PARENT is the current folder if it is
    not given. It touches no vault: `skillvault put` keeps it once it says something.
    """,
    examples=["skillvault new code-review", "skillvault new code-review ~/.claude/skills"],
    vault=False,
)
@click.argument("name", metavar="NAME")
@click.argument("parent", metavar="[PARENT]", default=".", type=click.Path(path_type=Path))
def main(run: Run, name: str, parent: Path) -> None:
    from skillvault.services.creating import create

    folder, files = create(name, parent)
    if run.json:
        run.out.emit_json(
            None,
            name=folder.name,
            folder=str(folder.absolute()),
            files=[{"path": f.path, "mode": f.mode, "size": len(f.data)} for f in files],
        )
        return
    run.out.data(str(folder / files[0].path))
    run.out.hint(f"fill it in, then `skillvault put {words.quoted(str(folder))}`")
