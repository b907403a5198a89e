"""`member role`, `rename`, `expires`: what an admin changes of somebody who stays."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from skillvault.errors import RefusedError, UsageError
from skillvault.services import groups, opening, people, trust
from skillvault.services.context import Context
from skillvault.services.labels import either, label, labels
from skillvault.services.trust import Published
from skillvault.vault import card as cards
from skillvault.vault import membership
from skillvault.vault.card import Card
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.ids import format_time
from skillvault.vault.reader import Reader
from skillvault.vault.state import Member
from skillvault.vault.syntax import Role

_RANK: Final = {"member": 0, "admin": 1, "owner": 2}
_MEANS: Final = {
    "owner": "owners admit and remove anybody, you too, and give roles",
    "admin": "admins admit and remove members and machines, and take access away",
    "member": "a member reads and writes what is shared with them",
}
_SPAN = re.compile(r"([1-9][0-9]{0,4})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}


@dataclass(frozen=True, slots=True)
class MemberPreview:
    """What will be changed of whom. `before`: their record; `name`: theirs till then.

    `wanted`: the new role, name or time, as it is shown; `notes`: to be read before one agrees.
    """

    vault: Vault
    member: str
    name: str
    before: Member
    wanted: str
    notes: tuple[str, ...]
    goes_along: int


@dataclass(frozen=True, slots=True)
class MemberChanged:
    """What was done. `after`: their record now; `name`: their name now."""

    preview: MemberPreview
    published: Published
    after: Member
    name: str


Approve = Callable[[MemberPreview], bool]


def set_role(
    ctx: Context, who: str, role: Role, *, approve: Approve, vault: str | None = None
) -> MemberChanged | None:
    """Give somebody another role, pushed at once. None if `approve` said no.

    AccessError (4) unless I am an owner, or step down myself.
    """
    opened = opening.open_vault(ctx, vault)
    with opened.changing():
        trust.before(ctx, opened)
        member = people.resolve_member(ctx, opened, who)
        _check_role(opened, member, role)
        preview = _preview(opened, member, role, _notes_of_role(opened, member, role))
        if not approve(preview):
            return None

        def build(reader: Reader) -> Draft:
            draft = Draft()
            if reader.state.members[member].role != role:
                membership.set_role(draft, reader.state, member, role)
            return draft

        return _done(opened, preview, trust.publish(ctx, opened, build))


def set_expiry(
    ctx: Context, who: str, when: str, *, approve: Approve, vault: str | None = None
) -> MemberChanged | None:
    """Say from when on a machine writes nothing more: `90d`, or `never`. None if not approved."""
    opened = opening.open_vault(ctx, vault)
    expires = moment(when, ctx.now())
    with opened.changing():
        trust.before(ctx, opened)
        people.require_admin(opened, "say when a machine expires")
        machine = people.resolve_member(ctx, opened, who)
        if opened.state.members[machine].role != "machine":
            problem = "only a machine expires; people are removed"
            raise UsageError(label(opened, machine), problem, "`skillvault member remove WHO`")
        preview = _preview(opened, machine, expires or "never", ())
        if not approve(preview):
            return None

        def build(reader: Reader) -> Draft:
            draft = Draft()
            if reader.state.members[machine].expires != expires:
                membership.set_expiry(draft, reader.state, machine, expires)
            return draft

        return _done(opened, preview, trust.publish(ctx, opened, build))


def rename(
    ctx: Context,
    who: str,
    name: str,
    *,
    approve: Approve,
    vault: str | None = None,
    stdin: bytes | None = None,
) -> MemberChanged | None:
    """Give a member another name, pushed at once. None if `approve` said no.

    `name`: a card of theirs with the new name, for it takes their signature; of myself, the name.
    AccessError (4) where my role may not.
    """
    opened = opening.open_vault(ctx, vault)
    with opened.changing():
        trust.before(ctx, opened)
        member = people.resolve_member(ctx, opened, who)
        holder = _new_card(opened, member, name, stdin)
        _check_rename(opened, member)
        if holder.name == opened.reader.card(member).name:
            raise UsageError(holder.name, "is their name already")
        people.check_new_name(ctx, opened, holder.name, besides=member)
        preview = _preview(opened, member, holder.name, ())
        if not approve(preview):
            return None

        def build(reader: Reader) -> Draft:
            draft = Draft()
            membership.rename(draft, reader.state, member, holder)
            return draft

        return _done(opened, preview, trust.publish(ctx, opened, build))


def moment(text: str, now: float) -> str | None:
    """`90d`, `12w`, `36h` from now as a time of the line; None for `never`. UsageError else."""
    if text.casefold() == "never":
        return None
    match = _SPAN.fullmatch(text.casefold())
    if match is None:
        raise UsageError(text, "no span of time", "as in 90d, 12w, 36h; or never")
    return format_time(now + int(match[1]) * _HOURS[match[2]] * 3600)


def _check_role(vault: Vault, member: str, role: Role) -> None:
    me, record = vault.require_me(), vault.state.members[member]
    name = label(vault, member)
    if "machine" in {role, record.role}:
        problem = "a machine stays one" if record.role == "machine" else "nobody becomes a machine"
        raise UsageError(name, problem, "skillvault member new NAME --machine")
    if member != me or _RANK[role] > _RANK[record.role]:
        people.require_owner(vault, "give roles")
    owners = [i for i, m in vault.state.members.items() if m.is_active and m.role == "owner"]
    if owners == [member] and role != "owner":
        hint = "make somebody else an owner first: skillvault member role WHO owner"
        raise UsageError(name, f"no owner of {vault.name} would be left", hint)


def _notes_of_role(vault: Vault, member: str, role: Role) -> tuple[str, ...]:
    state = vault.state
    notes = [_MEANS[role]]
    if member == vault.me and _RANK[role] < _RANK[state.members[member].role]:
        owners = [labels(vault)[i] for i, m in state.members.items() if m.role == "owner"]
        others = [name for name in owners if name != label(vault, member)]
        notes.append(f"that is you: only an owner gives it back{_ask(others)}")
    if role == "member":
        for group, record in sorted(state.groups.items()):
            rest = [m for m in record.members if m != member]
            if member in record.members and groups.without_admin(state, rest):
                notes.append(groups.no_admin_words(labels(vault)[group]))
    return tuple(notes)


def _ask(names: list[str]) -> str:
    return f", {either(names)}" if names else ""


def _new_card(vault: Vault, member: str, name: str, stdin: bytes | None) -> Card:
    """The card with the new name. RefusedError for somebody else's."""
    record = vault.state.members[member]
    if name == "-" or "/" in name or name.casefold().endswith(".card"):
        holder = people.read_card(name, stdin)
        if (holder.recipient, holder.signing_key) != (record.recipient, record.signing_key):
            hint = f"{label(vault, member)} makes it: skillvault id --name NAME -o me.card"
            raise RefusedError(holder.name, "the card of another identity", hint)
        return holder
    if member != vault.require_me():
        hint = (
            f"they make a card: skillvault id --name {name!r} -o me.card; then "
            "`skillvault member rename WHO ./me.card`"
        )
        raise UsageError(label(vault, member), "a new name takes their own signature", hint)
    return cards.make(vault.signer().identity, cards.check_name(name))


def _check_rename(vault: Vault, member: str) -> None:
    """AccessError (4): owners rename all, admins members, machines and themselves."""
    me, members = vault.require_me(), vault.state.members
    people.require_admin(vault, "rename members")
    if member != me and members[member].role in {"owner", "admin"}:
        people.require_owner(vault, f"rename another {members[member].role}")


def _preview(vault: Vault, member: str, wanted: str, notes: tuple[str, ...]) -> MemberPreview:
    return MemberPreview(
        vault=vault,
        member=member,
        name=label(vault, member),
        before=vault.state.members[member],
        wanted=wanted,
        notes=notes,
        goes_along=vault.unpushed if vault.notes.remote is not None else 0,
    )


def _done(vault: Vault, preview: MemberPreview, published: Published) -> MemberChanged:
    after = vault.state.members[preview.member]
    return MemberChanged(preview, published, after, label(vault, preview.member))
