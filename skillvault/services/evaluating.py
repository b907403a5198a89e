"""`eval`: what a skill is worth on a model, or one version against another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from skillvault.errors import UsageError
from skillvault.evals.evaluate import ARMS, Plan
from skillvault.evals.evaluate import evaluate as compare
from skillvault.evals.memory import NoMemory
from skillvault.evals.patience import HaltedError
from skillvault.evals.result import EvalResult
from skillvault.evals.run import Progress, nobody
from skillvault.evals.suite import Suite, suite_of
from skillvault.evals.uplift import BASELINE, SKILL
from skillvault.evals.verdict import MARGIN
from skillvault.models import registry
from skillvault.models.base import Model
from skillvault.models.reach import KINDS, Reach
from skillvault.models.remote import SECONDS
from skillvault.services import config, reading, runs
from skillvault.services.context import Context
from skillvault.services.finding import Located
from skillvault.services.references import Reference
from skillvault.services.references import parse as parse_reference
from skillvault.services.remembering import CatalogMemory, memory_of
from skillvault.skill.frontmatter import parse_skill
from skillvault.vault.bundle import Bundle

CONCURRENCY = 8


@dataclass(frozen=True, slots=True)
class How:
    """How to measure.

    `arms` beside the two that are compared: `sham`, or `baseline` against a version. `against` is
    what the skill is held against instead of no skill: `@N`, or another skill. `temperature`: None
    means 0 on a model that repeats itself, and its service's own elsewhere. `seconds` limit a
    call, `thinking` tokens are allowed beside each task's own. `fresh`: kept answers are not used.
    """

    model: str | None = None
    base_url: str | None = None
    against: str | None = None
    arms: tuple[str, ...] = ()
    samples: int | None = None
    temperature: float | None = None
    margin: float = MARGIN
    concurrency: int = CONCURRENCY
    seconds: float = SECONDS
    thinking: int = 0
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A comparison of a version of a skill.

    `demo`: no model was named, so the embedded one ran. `run` is the id that it is kept under,
    None where it could not be kept.
    """

    located: Located
    bundle: Bundle
    result: EvalResult
    demo: bool
    run: str | None


@dataclass(frozen=True, slots=True)
class _Side:
    """A version of a skill: its arm's name and its text."""

    name: str
    text: str


def evaluate(
    ctx: Context,
    reference: Reference,
    how: How = How(),
    *,
    vault: str | None = None,
    told: Callable[[str], None] = lambda _plan: None,
    progress: Progress = nobody,
) -> Evaluated:
    """Measure the uplift of a skill with its own suite, and keep the run.

    Arms are baseline, skill and sham, the sham only if nothing else was asked for; with `against`,
    the two versions. `told` hears the plan before anything is spent. CheckError (1): no suite, or
    nothing in it that can be scored. ServiceError (7): the model cannot be reached, or three calls
    in a row failed; what was answered until then is kept.
    """
    located, opened = reading.open_reference(ctx, reference, vault=vault)
    files = {file.path: file.data for file in opened.files}
    suite = suite_of(f"{opened.manifest.name}@{opened.manifest.version}", files)
    suite.require_graded()
    body = parse_skill(files.get(reading.MAIN, b"")).body
    other = _against(ctx, reference, located, opened, how, vault)
    named = how.model or config.get(ctx.paths, "model")
    backend = _open_model(ctx, named or registry.DEFAULT, how)
    try:
        plan = _plan(how, opened, other, backend)
        told(plan.in_words(suite))
    except BaseException:
        asyncio.run(backend.close())
        raise
    with memory_of(ctx, located.vault.identity, fresh=how.fresh) as memory:
        result = _measure(ctx, body, suite, backend, plan, memory, progress)
        run = None
        if isinstance(memory, CatalogMemory):
            run = runs.record(ctx, memory.catalog, located, opened, result)
    return Evaluated(located, opened, result, named is None, run)


def _measure(
    ctx: Context,
    body: str,
    suite: Suite,
    backend: Model,
    plan: Plan,
    memory: CatalogMemory | NoMemory,
    progress: Progress,
) -> EvalResult:
    async def run() -> EvalResult:
        try:
            return await compare(body, suite, backend, plan, progress, memory=memory)
        finally:
            await backend.close()

    try:
        return asyncio.run(run())
    except HaltedError as error:
        if isinstance(memory, CatalogMemory):
            error.hint = f"{error.done} of {error.total} answers are kept: {_GO_ON}"
        raise
    except KeyboardInterrupt:
        if isinstance(memory, CatalogMemory) and memory.kept:
            ctx.warn(f"{memory.kept} answers of this run are kept: {_GO_ON}")
        raise


_GO_ON = "the same command goes on from there"


def _open_model(ctx: Context, name: str, how: How) -> Model:
    kind = name.partition(":")[0]
    if how.base_url is not None and kind not in KINDS:
        raise UsageError("--base-url", f"{name} is not a service: it has no address")
    reach = Reach(
        environ=ctx.environ,
        base_url=how.base_url,
        configured={kind: config.get(ctx.paths, known.setting) for kind, known in KINDS.items()},
        seconds=how.seconds,
        connections=max(how.concurrency, CONCURRENCY),
        thinking=how.thinking,
        warn=ctx.warn,
    )
    return registry.open_model(name, ctx.paths.models, reach=reach)


def _plan(how: How, opened: Bundle, other: _Side | None, backend: Model) -> Plan:
    can = backend.info.capabilities
    temperature = how.temperature
    if temperature is None and can.seed:
        temperature = 0.0
    common = Plan(
        samples=how.samples,
        temperature=temperature,
        margin=how.margin,
        concurrency=how.concurrency,
    )
    if other is None:
        wanted = {BASELINE, SKILL, *how.arms} if how.arms else set(ARMS)
        known = tuple(arm for arm in ARMS if arm in wanted)
        return replace(common, arms=(*known, *sorted(wanted - set(ARMS))))
    subject = f"@{opened.manifest.version}"
    if not other.name.startswith("@"):
        subject = f"{opened.manifest.name}{subject}"
    beside = tuple(arm for arm in how.arms if arm not in {SKILL, subject, other.name})
    return replace(
        common,
        arms=(other.name, subject, *dict.fromkeys(beside)),
        others={other.name: other.text},
        subject=subject,
        reference=other.name,
    )


def _against(
    ctx: Context,
    reference: Reference,
    located: Located,
    opened: Bundle,
    how: How,
    vault: str | None,
) -> _Side | None:
    """The version that the skill is held against. UsageError: it is the same one."""
    if how.against is None:
        return None
    same = how.against.startswith("@")
    named = parse_reference(
        f"{replace(reference, version=None)}{how.against}" if same else how.against
    )
    there, other = reading.open_reference(ctx, named, vault=vault)
    if other.content == opened.content:
        problem = (
            f"it is the version that is measured ({opened.manifest.name}@{opened.manifest.version})"
        )
        raise UsageError(
            f"--against {how.against}", problem, "name two versions, as in NAME@2 --against @1"
        )
    files = {file.path: file.data for file in other.files}
    name = f"@{other.manifest.version}"
    if (there.vault.notes.vault, there.found.skill) != (
        located.vault.notes.vault,
        located.found.skill,
    ):
        name = f"{other.manifest.name}{name}"
        if name == f"{opened.manifest.name}@{opened.manifest.version}":
            name = f"{there.vault.name}/{name}"
    return _Side(name, parse_skill(files.get(reading.MAIN, b"")).body)
