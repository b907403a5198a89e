"""`skillvault eval`: what a skill is worth on a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from skillvault.cli import reference, words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from skillvault.evals.result import ArmTotals, EvalResult
    from skillvault.evals.run import Step
    from skillvault.evals.statistics import Estimate
    from skillvault.services.evaluating import Evaluated
    from skillvault.services.references import Reference


@command(
    "eval",
    """
    Asks the model every task of the skill's own suite (evals/evals.json) with and without the
    skill, and with an inert text of the same length (`sham`), which tells knowledge from length.
    The uplift stands beside its 95% interval; a p above 0.05 is never called "no effect".

    It ends with 0 whatever the verdict; with 1 where there is no suite, or nothing to score.
    """,
    examples=[
        "skillvault eval code-review",
        "skillvault eval code-review@2 --model local:qwen2.5-coder-0.5b --arm sham",
    ],
)
@click.argument("name", metavar="NAME", callback=reference.one)
@click.option("--model", metavar="M", help="`skillvault models` lists them (default: a small one)")
@click.option(
    "--samples",
    metavar="K",
    type=click.IntRange(min=1, max=1000),
    help="answers a task and arm (default: 1 where the model repeats itself, else 3)",
)
@click.option("--arm", "arms", metavar="ARM", multiple=True, help="beside baseline and skill: sham")
@click.option("--tasks", is_flag=True, help="show every task's scores")
def main(
    run: Run,
    name: Reference,
    model: str | None,
    samples: int | None,
    arms: tuple[str, ...],
    tasks: bool,
) -> None:
    from skillvault.evals.report import lines, per_task
    from skillvault.services.evaluating import evaluate

    out = run.out

    def progress(step: Step) -> None:
        out.progress(f"{step.arm}: {step.task}", step.done, step.total)

    done = evaluate(
        run.context,
        name,
        model=model,
        samples=samples,
        arms=arms,
        vault=run.vault,
        told=out.note,
        progress=progress,
    )
    result = done.result
    if done.demo:
        out.note(f"no model was named: measured on {result.model.name}, a small demo model")
    if run.json:
        out.emit_json(words.vault_json(done.located.vault), **_json(done))
        return
    if tasks:
        out.table(per_task(result), ["TASK", *(totals.arm.name.upper() for totals in result.arms)])
    for line in lines(result):
        out.data(line)


def _json(done: Evaluated) -> words.Json:
    result, finding, model = done.result, done.result.finding, done.result.model
    return {
        "skill": words.version_json(done.located, done.bundle),
        "suite": result.suite,
        "model": {"name": model.name, "digest": model.digest, "demo": model.demo},
        "model_named": not done.demo,
        "samples": result.samples,
        "temperature": result.temperature,
        "seed": result.seed,
        "verdict": str(finding.verdict),
        "reason": None if finding.reason is None else str(finding.reason),
        "margin": finding.margin,
        "uplift": _estimate(finding.uplift),
        "over_sham": _estimate(finding.over_sham),
        "p_no_effect": result.p_no_effect,
        "missing": finding.missing,
        "ungraded": list(result.ungraded),
        "lower": {
            "tasks": [{"task": task, "difference": float(d)} for task, d in result.lower.tasks],
            "by_chance": float(result.lower.by_chance),
        },
        "constant": None if result.constant is None else float(result.constant),
        "arms": [_arm(totals) for totals in result.arms],
        "tasks": _tasks(result),
        "seconds": round(result.seconds, 3),
    }


def _estimate(value: Estimate | None) -> words.Json | None:
    if value is None:
        return None
    return {
        "n": value.n,
        "mean": float(value.mean),
        "low": value.interval.low,
        "high": value.interval.high,
        "p": value.p.two_sided,
    }


def _arm(totals: ArmTotals) -> words.Json:
    return {
        "name": totals.arm.name,
        "digest": totals.arm.digest,
        "tokens": totals.arm.tokens,
        "mean": None if totals.mean is None else float(totals.mean),
        "calls": totals.calls,
        "prompt_tokens": totals.prompt_tokens,
        "cached_tokens": totals.cached_tokens,
        "completion_tokens": totals.completion_tokens,
        "seconds": round(totals.seconds, 3),
        "notes": dict(totals.notes),
    }


def _tasks(result: EvalResult) -> list[words.Json]:
    return [
        {
            "task": task.task,
            "group": task.group,
            "scores": {
                arm: None if score is None else float(score) for arm, score in task.scores.items()
            },
        }
        for task in result.tasks
    ]
