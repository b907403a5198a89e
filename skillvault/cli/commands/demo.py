"""`skillvault demo`: the whole life of a skill, for real."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import click

from skillvault.cli import words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.services.demo import Heading, Ran


@command(
    "demo",
    """
    Two keyholders with folders of their own and a bare git repository as their host, in a private
    folder that is removed afterwards: a skill is sealed, shared, opened, put into a prompt, and
    measured on the small model, whose weights are fetched once. Your own vaults are not touched.
    """,
    examples=["skillvault demo"],
    vault=False,
)
@click.option("--no-eval", is_flag=True, help="leave the measurement out: no weights are fetched")
def main(run: Run, no_eval: bool) -> None:
    from skillvault.services import demo
    from skillvault.services.demo import Heading

    acts: list[words.Json] = []
    commands: list[words.Json] = []

    def say(event: Heading | Ran) -> None:
        nonlocal commands
        if isinstance(event, Heading):
            commands = []
            acts.append({"heading": event.text, "commands": commands})
            run.out.data("")
            run.out.heading(event.text)
            return
        commands.append(
            {
                "who": event.who,
                "command": event.command,
                "output": event.output,
                "seconds": round(event.seconds, 3),
            }
        )
        run.out.data(f"{event.who}$ {event.command}")
        _show(run, event.output.rstrip("\n").splitlines())

    demo.run(run.context, say, measure=not no_eval)
    if run.json:
        run.out.emit_json(acts=acts)


def _show(run: Run, lines: list[str]) -> None:
    """What a command printed: rows with tabs as a table, as they are at a terminal."""
    for tabbed, group in groupby(lines, key=lambda line: "\t" in line):
        if tabbed:
            run.out.table([line.split("\t") for line in group])
        else:
            run.out.data("\n".join(group))
