"""`put --for`: which group may own what is put. Apart from `owning`, which loads what pushes."""

from __future__ import annotations

import shlex

from skillvault.errors import AccessError, UsageError
from skillvault.services import finding, groups, people
from skillvault.services.context import Context
from skillvault.services.finding import Found
from skillvault.services.labels import labels, labels_of
from skillvault.vault.client import Vault


def group_for(ctx: Context, vault: Vault, text: str) -> str:
    """A group that may own what I add. AccessError (4) unless it is open and I am in it."""
    group = people.resolve_group(ctx, vault, text)
    found = vault.state.groups[group]
    name = labels(vault)[group]
    if group == vault.state.everyone:
        hint = f"put it without --for, then `skillvault share NAME --with {name}`"
        raise UsageError(name, "owns nothing: a skill belongs to a person or a smaller group", hint)
    if vault.require_me() not in found.members:
        inside = ", ".join(labels_of(vault, found.members))
        raise AccessError(name, "only who is in a group puts for it", f"in it: {inside}")
    if not found.is_open:
        raise AccessError(name, groups.closed_words(vault, found.members), "skillvault sync")
    return group


def check_owner(vault: Vault, found: Found, owner: str) -> None:
    """UsageError where `put --for` names another owner than a skill has already."""
    if owner in vault.state.groups and vault.state.skills[found.skill].owner != owner:
        name = found.summary.name
        problem = f"is there already, and belongs to {finding.owner_name(vault, found.skill)}"
        by = shlex.quote(labels(vault)[owner])
        hint = f"`skillvault own {name} --by {by}` gives it away; --new makes a second one"
        raise UsageError(name, problem, hint)
