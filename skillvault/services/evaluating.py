"""`eval`: how much a skill improves on the baseline, on a real model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from skillvault.evals.evaluate import ARMS, Plan
from skillvault.evals.evaluate import evaluate as compare
from skillvault.evals.result import EvalResult
from skillvault.evals.run import Progress, nobody
from skillvault.evals.suite import suite_of
from skillvault.evals.uplift import BASELINE, SKILL
from skillvault.evals.verdict import MARGIN
from skillvault.models import registry
from skillvault.services import config, reading
from skillvault.services.context import Context
from skillvault.services.finding import Located
from skillvault.services.references import Reference
from skillvault.skill.frontmatter import parse_skill
from skillvault.vault.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A comparison of a version of a skill. `demo`: no model was named, so the embedded one ran."""

    located: Located
    bundle: Bundle
    result: EvalResult
    demo: bool


def evaluate(
    ctx: Context,
    reference: Reference,
    *,
    model: str | None = None,
    samples: int | None = None,
    arms: Sequence[str] = (),
    margin: float = MARGIN,
    vault: str | None = None,
    told: Callable[[str], None] = lambda _plan: None,
    progress: Progress = nobody,
) -> Evaluated:
    """Measure the uplift of a skill with its own suite.

    Arms are baseline, skill and sham; with `arms`, baseline, skill and those. `told` hears the plan
    before anything is spent. CheckError (1): no suite, or nothing in it that can be scored.
    """
    located, bundle = reading.open_reference(ctx, reference, vault=vault)
    files = {file.path: file.data for file in bundle.files}
    label = f"{bundle.manifest.name}@{bundle.manifest.version}"
    suite = suite_of(label, files)
    wanted = {BASELINE, SKILL, *arms} if arms else set(ARMS)
    known = tuple(arm for arm in ARMS if arm in wanted)
    strange = tuple(sorted(wanted - set(ARMS)))
    plan = Plan(arms=(*known, *strange), samples=samples, margin=margin)
    named = model or config.get(ctx.paths, "model")
    backend = registry.open_model(named or registry.DEFAULT, ctx.paths.models)
    told(plan.in_words(suite))
    body = parse_skill(files.get(reading.MAIN, b"")).body

    async def run() -> EvalResult:
        try:
            return await compare(body, suite, backend, plan, progress)
        finally:
            await backend.close()

    return Evaluated(located, bundle, asyncio.run(run()), named is None)
