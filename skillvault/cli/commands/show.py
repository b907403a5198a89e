"""`skillvault show`: one file of a skill, to read."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import click

from skillvault.cli import reference, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.services.references import Reference
    from skillvault.skill.files import SkillFile


@command(
    "show",
    """
    SKILL.md, or the FILE of the skill that is named. At a terminal Markdown is rendered, hidden
    characters are shown, and the pager opens; piped, the bytes come as they are. Where an imported
    skill came from, and its licence, is said on standard error.
    """,
    examples=["skillvault show code-review", "skillvault show code-review@1 references/layers.md"],
)
@click.argument("name", metavar="NAME", callback=reference.one)
@click.argument("file", metavar="[FILE]", required=False)
@click.option("--raw", is_flag=True, help="do not render Markdown at a terminal")
def main(run: Run, name: Reference, file: str | None, raw: bool) -> None:
    from skillvault.services.reading import MAIN, show

    shown = show(run.context, name, file or MAIN, vault=run.vault)
    said = shown.bundle.manifest
    if run.json:
        run.out.emit_json(
            words.vault_json(shown.located.vault),
            skill={
                **words.version_json(shown.located, shown.bundle),
                "origin": words.origin_json(said.origin),
                "license": said.licence,
            },
            file=_json(shown.file),
        )
        return
    if said.origin is not None:
        run.out.note(words.origin_line(said.origin, said.licence))
    if run.out.terminal:
        _page(run, shown.file, raw=raw)
    else:
        run.out.raw(shown.file.data)


def _page(run: Run, file: SkillFile, *, raw: bool) -> None:
    from skillvault.cli.pager import page
    from skillvault.skill.text import visible

    try:
        text = file.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        run.out.data(f"{file.path}: {words.size(len(file.data))} that are no text")
        run.out.hint("pipe it into a file: the bytes come as they are")
        return
    if raw or not file.path.casefold().endswith((".md", ".markdown")):
        page(visible(text).rstrip("\n") + "\n")
        return
    import shutil

    from skillvault.skill.render import render

    width = min(shutil.get_terminal_size().columns, 100)
    page(render(text, width=width, color=run.out.colored(run.out.stdout)))


def _json(file: SkillFile) -> words.Json:
    try:
        text = file.data.decode()
    except UnicodeDecodeError:
        text = None
    return {
        "path": file.path,
        "mode": file.mode,
        "size": len(file.data),
        "text": text,
        "base64": base64.b64encode(file.data).decode() if text is None else None,
    }
