"""`skillvault help [TOPIC | COMMAND...]`."""

from __future__ import annotations

from pathlib import Path

import click

from skillvault.cli import table
from skillvault.cli.frame import TOPICS, command, find
from skillvault.cli.run import Run

_TEXTS = Path(__file__).resolve().parents[2] / "data" / "help"


def topic_text(topic: str) -> str:
    """The text of one of `TOPICS`, as it is printed."""
    return (_TEXTS / f"{topic}.txt").read_text(encoding="utf-8")


def overview() -> str:
    """Every command there is, also those that `--help` leaves out, in their groups."""
    width = max(len(row.name) for row in table.ROWS)
    parts = []
    for heading in table.HEADINGS:
        rows = [row for row in table.ROWS if row.heading == heading]
        listed = "".join(f"  {row.name:<{width}}  {row.help}\n" for row in rows)
        parts.append(f"{heading}:\n{listed}")
    return "\n".join(parts)


@command(
    "help",
    f"""
    Topics: {", ".join(TOPICS)}; `commands` lists every command. The words of a command print what
    its `--help` prints.
    """,
    examples=["skillvault help exit-codes", "skillvault help put"],
    vault=False,
)
@click.argument("words", metavar="[TOPIC]", nargs=-1)
def main(run: Run, words: tuple[str, ...]) -> None:
    if words == ("commands",):
        text = overview()
    elif len(words) == 1 and words[0] in TOPICS:
        text = topic_text(words[0])
    else:
        found, ctx = find(words)
        text = found.get_help(ctx) + "\n"
    if run.json:
        run.out.emit_json(topic=" ".join(words) or None, text=text)
    else:
        click.echo(text, nl=False)
