"""`uninstall` and `wipe`: copies in the clear go away, with or without a vault or a key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from skillvault.agents import folders, placements
from skillvault.agents.placements import Condition, Placement
from skillvault.services import copies, installing
from skillvault.services.context import Context
from skillvault.services.copies import Taken
from skillvault.services.references import Reference
from skillvault.skill.files import recover


@dataclass(frozen=True, slots=True)
class Plan:
    """What `wipe` would remove, and how each stands; with edits only if it is forced to."""

    copies: tuple[tuple[Placement, Condition], ...]
    force: bool


def uninstall(
    ctx: Context,
    references: Sequence[Reference],
    agents: Collection[str] = (),
    *,
    vault: str | None = None,
    force: bool = False,
) -> Taken:
    """Remove the copies that `install` made of these skills, for these agents (all by default).

    NotFoundError for a name that is not installed: nothing is removed then.
    """
    installed = [p for p in placements.load(ctx.paths) if p.kind == "install"]
    chosen = installing.select(installed, references, vault, agents)
    return copies.take_away(ctx, "uninstall", {p.place for p in chosen}, force=force)


def wipe(ctx: Context, *, approve: Callable[[Plan], bool], force: bool = False) -> Taken | None:
    """Remove every copy that we made on this machine, if `approve` says so; None if not.

    Also what killed processes of ours left behind, which nobody is asked about.
    """
    found = placements.load(ctx.paths)
    tops = {folders.skills_folder(agent, ctx.environ) for agent in folders.AGENTS}
    for parent in tops | {p.place.parent for p in found}:
        if parent.is_dir():
            recover(parent)
    plan = Plan(tuple((p, p.look()) for p in found), force)
    if plan.copies and not approve(plan):
        return None
    return copies.take_away(ctx, "wipe", {p.place for p in found}, force=force)
