"""`member remove`: somebody leaves, told before, pushed first, sealed anew after."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from skillvault.errors import (
    AccessError,
    ConflictError,
    NotFoundError,
    ServiceError,
    VerificationError,
)
from skillvault.services import exposure, opening, people, receipts, resealing, trust
from skillvault.services.context import Context
from skillvault.services.exposure import Report
from skillvault.services.labels import label
from skillvault.services.resealing import Resealing
from skillvault.services.trust import Published
from skillvault.vault import membership
from skillvault.vault.client import REMOTE, Vault
from skillvault.vault.draft import Draft
from skillvault.vault.epochs import Left
from skillvault.vault.reader import Reader
from skillvault.vault.repository import read_ref
from skillvault.vault.rules import apply
from skillvault.vault.state import Pending, State, has_person, pending, reads


@dataclass(frozen=True, slots=True)
class GroupLeft:
    """What becomes of a group that held them.

    `leaderless`: no admin is left in it, so that it cannot grow. `stuck`: it is closed, and only
    machines are left in it, which may be unable to push.
    """

    name: str
    became: Left
    leaderless: bool
    stuck: bool


class SkillLeft(NamedTuple):
    """A skill whose owner goes. `heir`: the name of the next one; None where the skill goes too."""

    skill: str
    label: str
    heir: str | None


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a removal will do. `label` is what one types to say yes: their full name.

    `orphans`: skills that go, since nobody is left to own them; `heirs`: that get another owner.
    `skills` and `results` are what this client seals anew after; `others`: how many skills wait
    for another reader's. `unpushed`: entries that it goes ahead of.
    """

    vault: Vault
    report: Report
    label: str
    groups: tuple[GroupLeft, ...]
    orphans: tuple[SkillLeft, ...]
    heirs: tuple[SkillLeft, ...]
    skills: int
    results: int
    others: int
    lazy: bool
    unpushed: int

    def without(self, skills: Iterable[str]) -> Leaving:
        """The same where these skills are given away before."""
        given = set(skills)
        return replace(
            self,
            orphans=tuple(one for one in self.orphans if one.skill not in given),
            heirs=tuple(one for one in self.heirs if one.skill not in given),
        )


@dataclass(frozen=True, slots=True)
class Removed:
    """What was done. `leaving` is None for somebody who was removed before.

    `resealed` is None with `lazy`, and where it failed: then `failed` says why, and a later `sync`
    does it. `waiting`: how many skills of the vault are still to be sealed anew. `exposed` makes
    the `report`, once: few ask, and it takes a walk through the line.
    """

    vault: Vault
    name: str
    exposed: Callable[[], Report]
    leaving: Leaving | None
    published: Published
    resealed: Resealing | None
    resealing: Published
    failed: ServiceError | None
    waiting: int

    @property
    def report(self) -> Report:
        """What they could ever have read, the removal included."""
        return self.exposed()


Approve = Callable[[Leaving], bool]


def remove(
    ctx: Context,
    who: str,
    *,
    approve: Approve,
    lazy: bool = False,
    receipt: Path | None = None,
    vault: str | None = None,
    stdin: bytes | None = None,
) -> Removed | None:
    """Remove a member for good, pushed at once, ahead of all else; then seal anew what they read.

    Somebody who was removed before is no error: the rest is done, and the `receipt` written. None
    if `approve` said no. AccessError (4) unless my role allows it; ServiceError (7), `not
    confirmed`, if the push fails.
    """
    if receipt is not None:
        receipts.check_place(receipt)
    opened = opening.open_vault(ctx, vault)
    with opened.changing():
        trust.before(ctx, opened, removal=True)
        seen, member = find(ctx, opened, who, stdin)
        leaving, published = None, Published(None, pushed=False)
        if seen.state.members[member].is_active:
            check_rights(seen, member)
            leaving = preview(ctx, seen, member, lazy=lazy, unpushed=waiting(opened))
            if not approve(leaving):
                return None
            published = carry_out(ctx, opened, leaving)
        done = finish(ctx, opened, member, leaving, published, lazy=lazy)
        if receipt is not None:
            receipts.write(done.report, receipt)
    return done


def standing(vault: Vault) -> Vault:
    """The vault as the remote has it, where something was not pushed: a removal goes on that."""
    tip = read_ref(vault.path, REMOTE) if vault.notes.remote is not None else None
    if tip is None or tip == vault.local.commit:
        return vault
    return vault.at(vault.verified_at(tip))


def waiting(vault: Vault) -> int:
    """How many entries wait for a push."""
    return vault.unpushed if vault.notes.remote is not None else 0


def find(ctx: Context, vault: Vault, who: str, stdin: bytes | None = None) -> tuple[Vault, str]:
    """Who is meant, and the line that their removal goes on: the remote's, if they are there."""
    seen = standing(vault)
    try:
        return seen, exposure.resolve_ever(ctx, seen, who, stdin)
    except NotFoundError:
        if seen is vault:
            raise
        return vault, exposure.resolve_ever(ctx, vault, who, stdin)


def check_rights(vault: Vault, member: str) -> None:
    """AccessError (4), which says whom to ask, unless I may remove this member."""
    people.require_admin(vault, "remove members")
    state, me = vault.state, vault.require_me()
    name, role = vault.reader.name(member), state.members[member].role
    owners = [i for i, m in state.members.items() if m.is_admin and m.role == "owner" and i != me]
    admins = [i for i, m in state.members.items() if m.is_admin and i != me]
    if member == me:
        may = owners if role in {"owner", "admin"} else admins
        hint = f"ask {' or '.join(people.names_of(vault, may))}" if may else _ALONE
        raise AccessError(name, "nobody removes themselves", hint)
    if role in {"owner", "admin"} and state.members[me].role != "owner":
        hint = f"ask {' or '.join(people.names_of(vault, owners))}"
        raise AccessError(name, f"only an owner can remove an {role}", hint)


_ALONE = "admit another owner first: skillvault member add CARD --role owner"


def preview(
    ctx: Context,
    vault: Vault,
    member: str,
    *,
    lazy: bool,
    unpushed: int = 0,
    prefer: Collection[str] = (),
) -> Leaving:
    """What the removal of an active member will do. AccessError if it is not allowed."""
    state, draft = vault.state, Draft()
    left = membership.expel(draft, vault.reader, [member], vault.require_me(), prefer)
    try:
        after = apply(state, draft.entry(state, vault.require_me(), ctx.now()), draft.control())
    except VerificationError as error:
        raise AccessError(vault.name, f"not allowed here: {error.problem}") from error
    report = exposure.report(ctx, vault, member)
    known = {line.skill: line.label for line in report.skills}
    mine, others = _reseals(vault, state, after)
    orphans = [SkillLeft(skill, _label(known, skill), None) for skill in left.orphans]
    heirs = [
        SkillLeft(skill, _label(known, skill), label(vault, new))
        for skill, (_, new) in left.heirs.items()
    ]
    groups = [group for group, record in state.groups.items() if member in record.members]
    return Leaving(
        vault=vault,
        report=report,
        label=label(vault, member),
        groups=tuple(_group(vault, after, group) for group in sorted(groups)),
        orphans=tuple(sorted(orphans, key=lambda one: one.label)),
        heirs=tuple(sorted(heirs, key=lambda one: one.label)),
        skills=sum(one.path.endswith("/skill.age") for one in mine),
        results=sum("/evidence/" in one.path for one in mine),
        others=len(others),
        lazy=lazy,
        unpushed=unpushed,
    )


def carry_out(
    ctx: Context, vault: Vault, leaving: Leaving, prefer: Collection[str] = ()
) -> Published:
    """Write the control entry and push it, ahead of what was not pushed.

    ConflictError if more would go with them, by what others did just now, than was shown.
    """
    member = leaving.report.member

    def build(reader: Reader) -> Draft:
        draft, known = Draft(), reader.state.members.get(member)
        if known is None or not known.is_active:
            return draft
        left = membership.expel(draft, reader, [member], reader.me or "", prefer)
        if len(left.orphans) > len(leaving.orphans):
            hint = "look again: skillvault member remove"
            raise ConflictError(leaving.label, "others changed just now what goes with them", hint)
        return draft

    if leaving.vault is vault and vault.unpushed:  # not known to the remote yet
        return trust.publish(ctx, vault, build)
    again = f"skillvault sync; if {leaving.label} is still a member then, run this again"
    return trust.publish_alone(ctx, vault, build, again)


def finish(
    ctx: Context,
    vault: Vault,
    member: str,
    leaving: Leaving | None,
    published: Published,
    *,
    lazy: bool,
) -> Removed:
    """Seal anew what they could read, unless `lazy`; say what that left."""
    resealed, again, failed = None, Published(None, pushed=False), None
    if not lazy:
        try:
            resealed, again = resealing.seal_first(ctx, vault)
        except ServiceError as error:
            failed = error
    vault.notebook.save()
    seen, walk = standing(vault), leaving.report.walk if leaving is not None else None
    return Removed(
        vault=seen,
        name=seen.reader.name(member),
        exposed=cache(lambda: exposure.report(ctx, seen, member, walk)),
        leaving=leaving,
        published=published,
        resealed=resealed,
        resealing=again,
        failed=failed,
        waiting=len({one.skill for one in pending(seen.state)}),
    )


def _label(known: dict[str, str], skill: str) -> str:
    return known.get(skill, f"~{skill[:8]}")


def _group(vault: Vault, after: State, group: str) -> GroupLeft:
    record = after.groups.get(group)
    members = () if record is None else record.members
    became: Left = "deleted" if record is None else "anew" if record.is_open else "closed"
    return GroupLeft(
        name=vault.reader.name(group),
        became=became,
        leaderless=bool(members) and not any(after.members[m].is_admin for m in members),
        stuck=became == "closed" and not any(has_person(after, m) for m in members),
    )


def _reseals(vault: Vault, before: State, after: State) -> tuple[list[Pending], set[str]]:
    """What the removal makes pending: the files that I can seal anew, and the skills of others."""
    known, reader, me = set(pending(before)), vault.reader, vault.require_me()
    mine, others = [], set()
    for one in pending(after):
        if one in known:
            continue
        skill = before.skills[one.skill]
        name = one.path.rpartition("/")[2].removesuffix(".age")
        file = skill.files[-1] if name == "skill" else skill.evidence[name].files[-1]
        if (
            reads(after, after.skills[one.skill], me)
            and reader.can_open(file)
            and not resealing.waits(after, one.skill)
        ):
            mine.append(one)
        else:
            others.add(one.skill)
    return mine, others
