"""`skillvault inject`: skills as a model receives them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from skillvault.cli import reference, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import UsageError

if TYPE_CHECKING:
    from skillvault.agents.inject import Format
    from skillvault.services.references import Reference


@command(
    "inject",
    """
    Prints the skills with the tags and the list of files that the Agent Skills guide has, or
    writes them to a file of mode 0600. Over the budget nothing is printed, and it ends with 1.

    With `--for` the names (none: every skill that you can read) are candidates. Those that fit the
    task best are taken, at most 5, as many as the budget has room for, and the reasons said on
    standard error.

    What `lint` finds hostile in them is warned of, and an error refused (8).

    Give it to a program by a pipe or a file, never within its command line, where `ps` shows it.
    """,
    examples=[
        "skillvault inject code-review --into prompt.txt",
        "skillvault inject code-review incident --budget 8000 | my-agent --system-from -",
        'skillvault inject --for "review a pull request" --budget 4000 --into prompt.txt',
    ],
)
@click.argument("names", metavar="[NAME...]", nargs=-1, callback=reference.many)
@click.option("--for", "task", metavar="TASK", help="take those that fit this task")
@click.option("--into", metavar="FILE", type=click.Path(path_type=Path), help="write it there")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "xml", "json", "openai", "anthropic"]),
    default="text",
    help="text for a prompt (the default), xml or json for a program, or a part of a request",
)
@click.option("--index-only", is_flag=True, help="names and descriptions alone")
@click.option(
    "--budget", metavar="TOKENS", type=click.IntRange(min=1), help="how many tokens it may cost"
)
@click.option("--allow", metavar="CODE", multiple=True, help="let this rule of `lint` pass")
def main(
    run: Run,
    names: tuple[Reference, ...],
    task: str | None,
    into: Path | None,
    form: Format,
    index_only: bool,
    budget: int | None,
    allow: tuple[str, ...],
) -> None:
    if not names and task is None:
        raise UsageError("inject", "no skill is named", "skillvault inject NAME, or --for TASK")
    from skillvault.services.injecting import inject

    done = inject(
        run.context,
        names,
        format=form,
        index_only=index_only,
        budget=budget,
        into=into,
        vault=run.vault,
        allow=allow,
        task=task,
    )
    for choice in done.choices if not run.json else ():
        has = f"has {', '.join(choice.words)}"
        left = f"left out: {choice.reason}; " if choice.reason else "taken: "
        run.out.note(f"{choice.label}: {left}{has}")
    homes = {located.vault.name: located.vault for located, _ in done.skills}
    if run.json:
        run.out.emit_json(
            words.vault_json(next(iter(homes.values()))) if len(homes) == 1 else None,
            skills=[
                {"vault": located.vault.name, **words.version_json(located, bundle)}
                for located, bundle in done.skills
            ],
            choices=[
                {
                    "name": choice.label,
                    "taken": choice.is_taken,
                    "score": round(choice.score, 6),
                    "words": list(choice.words),
                    "reason": choice.reason,
                }
                for choice in done.choices
            ],
            format=form,
            tokens=done.wrapped.tokens,
            into=None if into is None else str(into),
            text=done.wrapped.text if into is None else None,
        )
    elif into is None:
        run.out.raw(done.wrapped.text.encode("utf-8", "surrogatepass"))
    else:
        run.out.said(
            f"{words.short(into)}: {', '.join(done.wrapped.names)}, "
            f"about {done.wrapped.tokens:,} tokens"
        )
