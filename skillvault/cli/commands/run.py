"""`skillvault run`: skills for one process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import reference, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.agents.running import Wiring
    from skillvault.services.references import Reference


_STDERR = 2


@command(
    "run",
    """
    The skills lie in a private folder, in memory where the system can, while COMMAND runs, and are
    gone when it ends, or at the next start of skillvault if this one is killed. How COMMAND hears
    of them: `claude` by `--add-dir`; `agents` by the environment that Codex, OpenCode and Copilot
    read; `plain` by $SKILLVAULT_SKILLS, a folder of skill folders, which the others get too.
    Without `--agent` the name of the program decides. Other agents read fixed folders only:
    `skillvault install`.

    Ends with COMMAND's exit code (128 and the signal's number where one ended it). None of
    SKILLVAULT_KEY and SKILLVAULT_PASSPHRASE reaches it. With `--json` what COMMAND prints goes to
    stderr.
    """,
    examples=[
        "skillvault run -s code-review -- claude",
        "skillvault run -s refunds -s incident@2 -- sh -c 'ls $SKILLVAULT_SKILLS'",
    ],
)
@click.option(
    "-s",
    "--skill",
    "names",
    metavar="NAME",
    multiple=True,
    required=True,
    callback=reference.many,
    help="a skill; repeat it for more",
)
@click.option(
    "--agent",
    type=click.Choice(["claude", "agents", "plain"]),
    help="how COMMAND hears of the skills",
)
@click.option("--allow", metavar="CODE", multiple=True, help="let this rule of `lint` pass")
@click.argument("program", metavar="-- COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
def main(
    run: Run,
    names: tuple[Reference, ...],
    agent: Wiring | None,
    allow: tuple[str, ...],
    program: tuple[str, ...],
) -> None:
    from skillvault.services.running import run as start

    ran = start(
        run.context,
        names,
        program,
        agent,
        vault=run.vault,
        allow=allow,
        before=run.out.progress.clear,
        stdout=_STDERR if run.json else None,
    )
    if run.json:
        run.out.emit_json(
            None,
            skills=[
                {"vault": located.vault.name, **words.version_json(located, bundle)}
                for located, bundle in ran.skills
            ],
            agent=ran.agent,
            program=program[0],
            exit_code=ran.code,
        )
    click.get_current_context().exit(ran.code)


main.allow_interspersed_args = False  # the options behind the command's first word are its own
