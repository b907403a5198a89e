"""`skillvault runs`: what was measured on this machine, down to every call."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import click

from skillvault.cli import words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

if TYPE_CHECKING:
    from fractions import Fraction

    from skillvault.catalog.runs import Call
    from skillvault.catalog.runs import Run as Kept


@command(
    "runs",
    """
    The runs of `eval` on this machine, the newest first; one of them (an id, the beginning of one,
    or `last`) with the score of every task; one task of it with what was asked, what each arm
    answered, and what each check saw. They are kept sealed to you.

    Piped, the columns are separated by tabs: id, time, skill, model, verdict, difference.
    """,
    examples=["skillvault runs", "skillvault runs last", "skillvault runs last null-deref"],
    vault=False,
)
@click.argument("wanted", metavar="[RUN]", required=False)
@click.argument("task", metavar="[TASK]", required=False)
def main(run: Run, wanted: str | None, task: str | None) -> None:
    from skillvault.services import runs

    if wanted is None:
        _list(run, runs.listed(run.context))
        return
    kept = runs.read(run.context, wanted, task)
    if run.json:
        calls = None if task is None else [_call_json(call) for call in kept.calls]
        run.out.emit_json(runs=[{**_run_json(kept), "report": dict(kept.report)}], calls=calls)
        return
    with run.out.paged():
        run.out.heading(f"{kept.label} on {kept.model}")
        run.out.data(f"run {kept.id}, {kept.time}")
        if task is None:
            _show(run, kept)
        else:
            _show_task(run, kept)


def _list(run: Run, kept: list[Kept]) -> None:
    if run.json:
        run.out.emit_json(runs=[{**_run_json(each), "report": None} for each in kept], calls=None)
        return
    now = run.context.now()
    rows = [
        (
            each.id,
            words.ago(each.time, now) if run.out.terminal else each.time,
            each.label,
            each.model,
            each.verdict,
            _difference(each),
        )
        for each in kept
    ]
    with run.out.paged():
        run.out.table(rows, ["RUN", "WHEN", "SKILL", "MODEL", "VERDICT", "DIFFERENCE"])
    if not rows:
        run.out.note("nothing was measured on this machine yet: `skillvault eval NAME`")


def _difference(kept: Kept) -> str:
    uplift = kept.report.get("uplift")
    if not uplift:
        return ""
    return f"{uplift['mean']:+.2f} [{uplift['low']:+.2f}, {uplift['high']:+.2f}]"


def _show(run: Run, kept: Kept) -> None:
    names = [arm.name for arm in kept.arms]
    rows = [(task.id, *(_score(task.scores.get(name)) for name in names)) for task in kept.tasks]
    run.out.table(rows, ["TASK", *(name.upper() for name in names)])
    for line in kept.lines:
        run.out.data(line)


def _show_task(run: Run, kept: Kept) -> None:
    out = run.out
    for prompt, calls in groupby(kept.calls, key=lambda call: (call.prompt, call.prefill)):
        _block(run, "asked", " ".join(filter(None, prompt)) if prompt[1] else prompt[0])
        for call in calls:
            out.data("")
            cached = ", kept from before" if call.cached else ""
            number = f" {call.index + 1}" if kept.samples > 1 else ""
            out.heading(f"{call.arm}{number}: {_score(call.score)}{cached}")
            _block(run, "answered", call.answer or "nothing")
            if call.note:
                out.data(f"  {call.note}")
            for check in call.checks:
                out.data(f"  {float(check.score):.2f}  {check.check}: {check.saw}")


def _block(run: Run, what: str, text: str) -> None:
    lines = text.splitlines() or [""]
    if len(lines) == 1:
        run.out.data(f"  {what}: {lines[0]}")
        return
    run.out.data(f"  {what}:")
    for line in lines:
        run.out.data(f"    {line}")


def _score(value: Fraction | None) -> str:
    return "missing" if value is None else f"{float(value):.2f}"


def _run_json(kept: Kept) -> words.Json:
    return {
        "id": kept.id,
        "time": kept.time,
        "label": kept.label,
        "vault": {"id": kept.vault, "name": kept.vault_name},
        "skill": kept.skill,
        "version": kept.version,
        "content": kept.content,
        "model": kept.model,
        "verdict": kept.verdict,
        "lines": list(kept.lines),
    }


def _call_json(call: Call) -> words.Json:
    return {
        "task": call.task,
        "arm": call.arm,
        "index": call.index,
        "system": call.system,
        "prompt": call.prompt,
        "prefill": call.prefill,
        "answer": call.answer,
        "finish": call.finish,
        "score": None if call.score is None else float(call.score),
        "note": call.note,
        "retries": call.retries,
        "cached": call.cached,
        "prompt_tokens": call.prompt_tokens,
        "cached_tokens": call.cached_tokens,
        "completion_tokens": call.completion_tokens,
        "seconds": call.seconds,
        "served": call.served,
        "checks": [
            {"check": check.check, "score": float(check.score), "saw": check.saw}
            for check in call.checks
        ],
    }
