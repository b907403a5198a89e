"""On what one can measure: the models that are configured, known, or were measured with before."""

from __future__ import annotations

from typing import NamedTuple

from skillvault.models import known, store
from skillvault.models.registry import DEFAULT
from skillvault.services import config, runs
from skillvault.services.context import Context

ECHO = "echo:"


class Measurable(NamedTuple):
    """A model that one may choose. `ready`: nothing is missing on this machine, as far as known."""

    name: str
    note: str
    ready: bool = True


def models(ctx: Context) -> list[Measurable]:
    """The models to offer, each once: the configured one first, the demo model among them."""
    found: dict[str, Measurable] = {}
    configured = config.get(ctx.paths, "model")
    if configured:
        found[configured] = Measurable(configured, "configured")
    for name in dict.fromkeys(run.model for run in runs.listed(ctx)):
        if name != ECHO:
            found.setdefault(name, Measurable(name, "measured with before"))
    for model in sorted(known.KNOWN, key=lambda one: not one.demo):
        name = f"local:{model.name}"
        ready = store.state(model, ctx.paths.models) == "ready"
        what = "demo model (135M)" if name == DEFAULT else model.title
        where = "" if ready else f", not on this machine: skillvault models pull {model.name}"
        before = found.get(name)
        found[name] = Measurable(name, f"{what}{where}", ready)
        if before is not None and before.note == "configured":
            found[name] = found[name]._replace(note=f"configured, {found[name].note}")
    found.setdefault(ECHO, Measurable(ECHO, "only repeats what it is told: to try things out"))
    return list(found.values())


def default(ctx: Context) -> str:
    """The model that measures where none is named."""
    return config.get(ctx.paths, "model") or DEFAULT
