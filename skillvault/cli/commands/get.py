"""`skillvault get`: a version becomes a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from skillvault.cli import reference, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.services.references import Reference


@command(
    "get",
    """
    Writes PARENT/NAME/ with the skill's files, byte for byte; PARENT is the current folder if it
    is not given. A folder with edits that no version holds is left alone (6) without `--force`.
    Which version the folder holds is remembered outside of it, for `put`.
    """,
    examples=["skillvault get code-review", "skillvault get acme/code-review@2 /tmp"],
)
@click.argument("name", metavar="NAME", callback=reference.one)
@click.argument("parent", metavar="[PARENT]", default=".", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="overwrite edits that no version holds")
def main(run: Run, name: Reference, parent: Path, force: bool) -> None:
    from skillvault.services.get import get

    done = get(run.context, name, parent, vault=run.vault, force=force)
    manifest, vault = done.bundle.manifest, done.located.vault
    total = sum(file.size for file in manifest.files)
    if run.json:
        run.out.emit_json(
            words.vault_json(vault),
            skill=words.version_json(done.located, done.bundle),
            folder=str(done.folder.absolute()),
            changed=done.changed,
        )
        return
    what = "written" if done.changed else "unchanged"
    files = words.count(len(manifest.files), "file")
    label = f"{vault.name}/{manifest.name}@{manifest.version}"
    run.out.table([[label, what, files, words.size(total), str(done.folder)]])
