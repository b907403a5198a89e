"""What an evaluation is going to be: what is compared, by which tasks, on which model, how much."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from skillvault.errors import UsageError
from skillvault.evals import power
from skillvault.evals.evaluate import ARMS, Plan
from skillvault.evals.run import SYSTEM
from skillvault.evals.suite import Suite, Task, suite_of
from skillvault.evals.uplift import BASELINE, SHAM, SKILL
from skillvault.evals.verdict import MARGIN, MIN_TASKS
from skillvault.models import registry
from skillvault.models.base import Capabilities, Model, ModelInfo
from skillvault.models.reach import KINDS, Reach
from skillvault.models.remote import SECONDS
from skillvault.services import config, reading
from skillvault.services.context import Context
from skillvault.services.finding import Located
from skillvault.services.references import Reference
from skillvault.services.references import parse as parse_reference
from skillvault.skill.frontmatter import parse_skill
from skillvault.skill.text import estimate_tokens
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
class Side:
    """A version of a skill: its arm's name and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is compared, before a model is asked anything. `demo`: no model was named."""

    located: Located
    bundle: Bundle
    suite: Suite
    text: str
    other: Side | None
    model: str
    demo: bool

    def plan(self, how: How, can: Capabilities) -> Plan:
        """What is going to happen, on a model that can do this. UsageError: nothing can."""
        return _plan(how, self.bundle, self.other, can)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan with what it takes and what it can show.

    `units`: tasks, related ones counted once. `prompt_tokens` are estimated, `answer_tokens` the
    most that can come. `detects`: the uplift that is found in 4 runs of 5, None for none; `gains`:
    the tasks that must at least improve for `improves`, where none gets worse.
    """

    gathered: Gathered
    plan: Plan
    model: ModelInfo
    tasks: tuple[Task, ...]
    units: int
    calls: int
    prompt_tokens: int
    answer_tokens: int
    detects: float | None
    gains: int

    @property
    def is_enough(self) -> bool:
        """Whether the suite can end as anything but inconclusive."""
        return self.units >= MIN_TASKS

    @property
    def words(self) -> str:
        """What the plan takes and can show, in sentences."""
        return self.plan.in_words(self.gathered.suite)


def gather(ctx: Context, reference: Reference, how: How, *, vault: str | None = None) -> Gathered:
    """Open what is compared. CheckError (1): no suite, or nothing in it that can be scored."""
    located, opened = reading.open_reference(ctx, reference, vault=vault)
    files = {file.path: file.data for file in opened.files}
    suite = suite_of(f"{opened.manifest.name}@{opened.manifest.version}", files)
    suite.require_graded()
    named = how.model or config.get(ctx.paths, "model")
    return Gathered(
        located=located,
        bundle=opened,
        suite=suite,
        text=parse_skill(files.get(reading.MAIN, b"")).body,
        other=_against(ctx, reference, located, opened, how, vault),
        model=named or registry.DEFAULT,
        demo=named is None,
    )


def prepare(
    ctx: Context, reference: Reference, how: How = How(), *, vault: str | None = None
) -> Prepared:
    """The plan, and nothing asked. Raises what `gather` and opening a model raise."""
    gathered = gather(ctx, reference, how, vault=vault)
    backend = open_model(ctx, gathered.model, how)
    info = backend.info
    asyncio.run(backend.close())
    plan = gathered.plan(how, info.capabilities)
    tasks = gathered.suite.require_graded()
    units = len({task.group or (task.id,) for task in tasks})
    return Prepared(
        gathered=gathered,
        plan=plan,
        model=info,
        tasks=tasks,
        units=units,
        calls=plan.calls(gathered.suite),
        prompt_tokens=_prompt_tokens(gathered, plan, tasks),
        answer_tokens=sum(task.max_tokens for task in tasks) * len(plan.arms) * plan.k,
        detects=power.least_noticed(units),
        gains=power.gains_needed(0),
    )


def _prompt_tokens(gathered: Gathered, plan: Plan, tasks: Sequence[Task]) -> int:
    """About how many: the sham is as long as the skill."""
    texts = {BASELINE: "", plan.subject: gathered.text, SHAM: gathered.text, **plan.others}
    asked = sum(estimate_tokens(task.prompt + task.prefill) for task in tasks)
    system = estimate_tokens(gathered.suite.system or SYSTEM)
    said = sum(estimate_tokens(texts[arm]) + system for arm in plan.arms)
    return (said * len(tasks) + asked * len(plan.arms)) * plan.k


def open_model(ctx: Context, name: str, how: How) -> Model:
    """The backend of that name, reached as `how` says."""
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


def _plan(how: How, opened: Bundle, other: Side | None, can: Capabilities) -> Plan:
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
) -> Side | None:
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
    return Side(name, parse_skill(files.get(reading.MAIN, b"")).body)
