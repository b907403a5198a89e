"""`skillvault eval`: what a skill is worth on a model."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from skillvault.cli import reference, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skillvault.evals.run import Step
    from skillvault.services.evaluating import Evaluated
    from skillvault.services.references import Reference


@command(
    "eval",
    """
    Asks the model every task of the skill's own suite (evals/evals.json) with and without the
    skill, and with an inert text of the same length (`sham`), which tells knowledge from length.
    The uplift stands beside its 95% interval; a p above 0.05 is never called "no effect".

    Models are `local:` (in this process), `openai:MODEL` at any address that speaks OpenAI's chat
    completions, and `anthropic:MODEL`. A service's key is OPENAI_API_KEY or ANTHROPIC_API_KEY, else
    in the keyring under `skillvault` and the service's host. Answers are kept, sealed to you: an
    interrupted run goes on where it was, a repeated one is free.

    A skill without a suite gets one by `--init`: six tasks to write over. What it prints is what
    `edit` prints, under `--json` too.

    It ends with 0 whatever the verdict; with 1 where there is no suite, or nothing to score.
    """,
    examples=[
        "skillvault eval code-review",
        "skillvault eval code-review@2 --against @1 --model openai:gpt-5-mini",
        "skillvault eval code-review --init",
        "skillvault eval code-review --model openai:qwen3 --base-url http://localhost:11434/v1",
    ],
)
@click.argument("name", metavar="NAME", callback=reference.one)
@click.option("--model", metavar="M", help="`skillvault models` lists them (default: a small one)")
@click.option("--against", metavar="REF", help="another version (@N), or another skill")
@click.option(
    "--samples",
    metavar="K",
    type=click.IntRange(min=1, max=1000),
    help="answers a task and arm (default: 1 where the model repeats itself, else 3)",
)
@click.option("--arm", "arms", metavar="ARM", multiple=True, help="one more: sham, baseline")
@click.option(
    "--margin",
    metavar="D",
    type=click.FloatRange(min=0, max=1, min_open=True),
    help="the smallest uplift that matters (default: 0.10)",
)
@click.option(
    "--temperature", metavar="T", type=click.FloatRange(min=0), help="default: the model's"
)
@click.option("--base-url", metavar="URL", help="where the model's service is")
@click.option(
    "--concurrency", metavar="N", type=click.IntRange(min=1, max=1000), help="calls at once (8)"
)
@click.option(
    "--timeout",
    "seconds",
    metavar="S",
    type=click.FloatRange(min=0, min_open=True),
    help="seconds that a call to a service may take (300)",
)
@click.option(
    "--thinking",
    metavar="TOKENS",
    type=click.IntRange(min=0, max=1_000_000),
    help="for a model that thinks first: tokens beside each task's own limit (0)",
)
@click.option("--fresh", is_flag=True, help="ask again what was answered before")
@click.option("--tasks", is_flag=True, help="show every task's scores")
@click.option("--init", is_flag=True, help="begin a suite: six tasks to write over, in your editor")
def main(run: Run, name: Reference, tasks: bool, init: bool, **how: object) -> None:
    # Not by equality: 0 is a temperature, and equal to False.
    given = {k: value for k, value in how.items() if not (value is None or value is False)}
    if given.get("arms") == ():
        del given["arms"]
    if init:
        if given or tasks:
            raise UsageError("--init", "it begins a suite and measures nothing: no other option")
        _init(run, name)
    else:
        _measure(run, name, given, tasks)


def _init(run: Run, name: Reference) -> None:
    from skillvault.cli import revised
    from skillvault.cli.saved import decide
    from skillvault.services.starting import start_suite

    done = start_suite(
        run.context,
        name,
        decide=lambda saved: decide(run, str(name), saved),
        message="begin a suite",
        vault=run.vault,
    )
    if done is None:
        raise CheckError(str(name), "discarded, nothing changed")
    revised.tell(run, done, "edited")


def _measure(run: Run, name: Reference, given: Mapping[str, object], tasks: bool) -> None:
    from skillvault.evals.report import lines, per_task
    from skillvault.services.evaluating import How, evaluate

    out = run.out

    def progress(step: Step) -> None:
        out.progress(f"{step.arm}: {step.task}", step.done, step.total)

    done = evaluate(
        run.context,
        name,
        How(**given),  # type: ignore[arg-type]  # click checked and named them
        vault=run.vault,
        told=out.note,
        progress=progress,
    )
    result = done.result
    if done.demo:
        out.note("no model was named: `--model M` measures on another")
    if run.json:
        out.emit_json(words.vault_json(done.located.vault), **_json(done))
        return
    if tasks:
        out.table(per_task(result), ["TASK", *(totals.arm.name.upper() for totals in result.arms)])
    for line in lines(result):
        out.data(line)
    if done.run is not None:
        lower = result.lower.tasks
        task = f" {shlex.quote(lower[0][0])}" if lower else ""
        out.hint(f"`skillvault runs last{task}`")


def _json(done: Evaluated) -> words.Json:
    from skillvault.evals.report_json import as_json

    return {
        "skill": words.version_json(done.located, done.bundle),
        "run": done.run,
        "model_named": not done.demo,
        **as_json(done.result),
    }
