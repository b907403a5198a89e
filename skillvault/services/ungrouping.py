"""`group remove`: taking members out of a group, or deleting it; alone, ahead of what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skillvault.errors import UsageError
from skillvault.services import groups, opening, people, reach, resealing, trust
from skillvault.services.context import Context
from skillvault.services.grouping import Approve, Grouped, GroupPreview
from skillvault.services.labels import labels, labels_of
from skillvault.vault import epochs, succession
from skillvault.vault.client import REMOTE, Vault
from skillvault.vault.draft import Draft
from skillvault.vault.reader import Reader
from skillvault.vault.repository import read_ref
from skillvault.vault.state import State, includes, reads
from skillvault.vault.succession import Succession

Gone = frozenset[str] | None
"""Members who are taken out; None: the group is deleted."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the entry would do to this vault, as it is here."""

    left: epochs.Left
    said: Succession
    after: State


def remove(
    ctx: Context,
    group: str,
    whom: Sequence[str] = (),
    *,
    approve: Approve,
    vault: str | None = None,
) -> Grouped | None:
    """Take members out of a group; without `whom`, delete it. None if `approve` said no.

    Whoever is taken out reads nothing that is sealed to it from then on; what is pending and mine
    to read is sealed anew in a second entry. AccessError (4) unless I am an admin, in it or not.
    """
    opened = opening.open_vault(ctx, vault)
    with opened.changing():
        trust.before(ctx, opened, removal=True)
        target = people.resolve_group(ctx, opened, group)
        people.require_admin(opened, "take members out of a group, or delete it")
        if target == opened.state.everyone:
            hint = "`skillvault member remove` takes them out of the vault"
            raise UsageError(group, "holds all members", hint)
        gone = _gone(ctx, opened, target, whom)
        plan = _fill(Draft(), opened.reader, target, gone)
        preview = _preview(opened, target, gone, plan)
        if not approve(preview):
            return None

        def build(reader: Reader) -> Draft:
            draft = Draft()
            if target in reader.state.groups:
                _fill(draft, reader, target, gone)
            return draft

        if _at_remote(opened, target):
            published = trust.publish_alone(ctx, opened, build, "skillvault sync, then this again")
        else:
            published = trust.publish(ctx, opened, build)
        resealed = resealing.seal_first(ctx, opened)[0].names
        now = opened.state.groups.get(target)
        closed = None
        if now is not None and not now.is_open:
            closed = groups.closed_words(opened, now.members)
        return Grouped(preview, published, target, closed, resealed)


def _gone(ctx: Context, vault: Vault, group: str, whom: Sequence[str]) -> Gone:
    """Who is named, None for the group itself. UsageError for somebody who is not in it."""
    if not whom:
        return None
    members = vault.state.groups[group].members
    gone = frozenset(people.resolve_member(ctx, vault, text) for text in whom)
    for member in gone:
        if member not in members:
            name = labels(vault)[member]
            raise UsageError(name, f"not in {labels(vault)[group]}", "`skillvault group list`")
    return gone


def _fill(draft: Draft, reader: Reader, group: str, gone: Gone) -> _Plan:
    """The draft of the entry, and what it does."""
    state = reader.state
    left: epochs.Left = "deleted"
    if gone is None:
        epochs.delete_group(draft, state, group)
    else:
        left = epochs.take_out(draft, reader, group, gone, reader.me or "")
    said = succession.strike(draft, state)
    return _Plan(left, said, succession.projected(draft, state))


def _preview(vault: Vault, group: str, named: Gone, plan: _Plan) -> GroupPreview:
    state, known = vault.state, labels(vault)
    members = state.groups[group].members
    gone = frozenset(members) if named is None else named
    rest = [m for m in members if m not in gone]
    losers = {
        member
        for member in gone
        for skill, record in state.skills.items()
        if reads(state, record, member)
        and (skill in plan.said.orphans or not _reads_after(plan, state, skill, member))
    }
    return GroupPreview(
        vault=vault,
        group=group,
        name=known[group],
        members=labels_of(vault, rest),
        named=labels_of(vault, named or ()),
        lose=labels_of(vault, losers),
        reach=reach.of_name(vault, group),
        notes=_notes(vault, group, rest, plan.left),
        orphans=tuple(_skill(vault, skill) for skill in plan.said.orphans),
        heirs=tuple((_skill(vault, s), known[new]) for s, (_, new) in plan.said.heirs.items()),
    )


def _reads_after(plan: _Plan, before: State, skill: str, member: str) -> bool:
    """Whether somebody reads a skill by the names that stay in its access file."""
    record = before.skills[skill]
    struck = plan.said.struck.get(skill, ())
    heir = plan.said.heirs[skill][1:] if skill in plan.said.heirs else ()
    names = [name for name in record.readers if name not in struck]
    return includes(plan.after, [*names, *heir], member)


def _notes(vault: Vault, group: str, rest: Sequence[str], left: epochs.Left) -> tuple[str, ...]:
    name = labels(vault)[group]
    if left == "deleted":
        return (f"{name} is deleted: it cannot be brought back, only made anew",)
    notes = []
    if left == "closed":
        notes.append(groups.closed_words(vault, rest))
    if groups.without_admin(vault.state, rest):
        notes.append(groups.no_admin_words(name))
    return tuple(notes)


def _skill(vault: Vault, skill: str) -> str:
    return reach.skill_name(vault, skill) or f"a skill that you cannot read (~{skill[:8]})"


def _at_remote(vault: Vault, group: str) -> bool:
    """Whether the remote has this group, so that its change can go ahead of the rest."""
    tip = read_ref(vault.path, REMOTE) if vault.unpushed else None
    return tip is None or group in vault.verified_at(tip).state.groups
