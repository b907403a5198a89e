"""`remove`: a skill goes out of the vault, for everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from skillvault.errors import AccessError, UsageError
from skillvault.services import finding, people, reopening
from skillvault.services.context import Context
from skillvault.services.finding import Located
from skillvault.services.references import Reference
from skillvault.vault import operations
from skillvault.vault.draft import Draft
from skillvault.vault.entry import Entry
from skillvault.vault.state import expand, owns


@dataclass(frozen=True, slots=True)
class Removal:
    """What goes: how many versions and evaluation results; `people` lose it, me too, by name.

    `pushed`: the host has versions of it already, and keeps their sealed bytes.
    """

    located: Located
    name: str
    versions: int
    evidence: int
    people: tuple[str, ...]
    pushed: bool


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed, by which entry. `unpushed`: entries that wait for `sync`."""

    removal: Removal
    entry: Entry
    unpushed: int


def remove(
    ctx: Context,
    reference: Reference,
    *,
    approve: Callable[[Removal], bool],
    vault: str | None = None,
) -> Removed | None:
    """Remove a skill whole, once `approve` has seen what goes; None if it said no.

    UsageError for one version of it; AccessError (4) unless I own it or am an admin.
    """
    if reference.version is not None:
        hint = "`skillvault restore NAME@N` makes an older version the newest"
        raise UsageError(str(reference), "a skill is removed whole, not by versions", hint)
    located = finding.locate(ctx, reference, vault=vault, changing=True)
    home, skill = located.vault, located.found.skill
    with home.changing():
        reopening.before_write(ctx, home)
        record = home.state.skills.get(skill)
        if record is None:
            raise finding.missing(reference, len(finding.readable(ctx, home)), home.name)
        me = home.require_me()
        if not (owns(home.state, record, me) or home.state.members[me].is_admin):
            owner = people.owner_to_ask(home, skill)
            hint = f"ask {owner}"
            raise AccessError(located.label, "only its owner and admins may remove it", hint)
        removal = Removal(
            located=located,
            name=located.found.summary.name,
            versions=len(record.versions),
            evidence=len(record.evidence),
            people=people.names_of(home, expand(home.state, record.readers)),
            pushed=record.versions[0].seq <= home.pushed_seq,
        )
        if not approve(removal):
            return None
        draft = Draft()
        operations.remove_skill(draft, home.state, skill)
        entry = home.commit(draft, ctx.now())
    return Removed(removal, entry, home.unpushed)
