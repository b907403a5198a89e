"""Evaluation runs of this machine: kept with every call, listed, read back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from skillvault.errors import NotFoundError
from skillvault.evals import report
from skillvault.evals.report_json import as_json
from skillvault.services import identities
from skillvault.services.context import Context

if TYPE_CHECKING:
    from skillvault.catalog.runs import Call, Run
    from skillvault.catalog.store import Catalog
    from skillvault.evals.result import EvalResult, Sample
    from skillvault.services.finding import Located
    from skillvault.vault.bundle import Bundle


def record(
    ctx: Context, catalog: Catalog, located: Located, opened: Bundle, result: EvalResult
) -> str | None:
    """Keep a run and give its id; None, with a warning, where that fails."""
    from skillvault.catalog import runs

    said = opened.manifest
    run = runs.Run(
        id=runs.new_id(),
        time=datetime.fromtimestamp(ctx.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        label=result.skill,
        vault=located.vault.notes.vault,
        vault_name=located.vault.name,
        skill=said.skill,
        version=said.version,
        content=opened.content,
        suite=result.suite,
        model=result.model.name,
        digest=result.model.digest,
        parameters=result.model.parameters,
        samples=result.samples,
        temperature=result.temperature,
        seed=result.seed,
        seconds=result.seconds,
        verdict=str(result.finding.verdict),
        arms=tuple(
            runs.Arm(
                name=totals.arm.name,
                digest=totals.arm.digest,
                tokens=totals.arm.tokens,
                mean=totals.mean,
            )
            for totals in result.arms
        ),
        tasks=tuple(
            runs.Task(id=task.task, scores=task.scores, group=task.group) for task in result.tasks
        ),
        report=as_json(result),
        lines=tuple(report.lines(result)),
        calls=tuple(call_of(sample) for sample in result.calls),
    )
    try:
        runs.record(catalog, run)
    except OSError as error:
        ctx.warn(f"catalog: the run is not kept: {error.strerror}")
        return None
    return run.id


def call_of(sample: Sample) -> Call:
    """An answer as it is kept."""
    from skillvault.catalog import runs

    asked, said = sample.request, sample.completion
    return runs.Call(
        task=sample.task,
        arm=sample.arm,
        index=sample.index,
        system=asked.system,
        prompt=asked.prompt,
        prefill=asked.prefill,
        answer=said.text,
        finish=said.finish,
        score=sample.score,
        note=sample.note,
        retries=sample.retries,
        cached=sample.cached,
        prompt_tokens=said.prompt_tokens,
        cached_tokens=said.cached_tokens,
        completion_tokens=said.completion_tokens,
        seconds=said.seconds,
        served=said.served,
        checks=tuple(
            runs.Check(check=checked.check, score=checked.score, saw=checked.saw)
            for checked in sample.checks
        ),
    )


def listed(ctx: Context) -> list[Run]:
    """The runs of all identities of this machine, without their calls, the newest first."""
    from skillvault.catalog import runs
    from skillvault.catalog.store import Catalog

    found: list[Run] = []
    for held in identities.load(ctx):
        with Catalog(ctx.paths.state, held.identity, ctx.warn) as catalog:
            found += runs.listed(catalog)
    return sorted(found, key=lambda run: run.time, reverse=True)


def of_skill(ctx: Context, vault: str, skill: str) -> list[Run]:
    """The runs of one skill, the newest first; `vault` is an id, as `skill` is."""
    return [run for run in listed(ctx) if (run.vault, run.skill) == (vault, skill)]


def read(ctx: Context, wanted: str, task: str | None = None) -> Run:
    """A run with its calls, or with those of one task.

    `wanted` is an id, the beginning of one, or `last`. NotFoundError: none or several are called
    so, or it has no such task.
    """
    from skillvault.catalog import runs
    from skillvault.catalog.store import Catalog

    if wanted == runs.LAST and (known := listed(ctx)):
        wanted = known[0].id
    missing = NotFoundError(wanted, "no run yet", "`skillvault eval NAME`")
    for held in identities.load(ctx):
        with Catalog(ctx.paths.state, held.identity, ctx.warn) as catalog:
            try:
                return runs.read(catalog, wanted, task)
            except NotFoundError as error:
                missing = error
                if error.problem != "no such run":
                    raise
    raise missing
