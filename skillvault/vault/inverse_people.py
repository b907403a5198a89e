"""What takes back what an entry did to members and groups: the other half of `inverse`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from skillvault.errors import AccessError, ConflictError
from skillvault.vault import epochs, membership, succession
from skillvault.vault.deeds import GroupChange, MemberChange

if TYPE_CHECKING:
    from skillvault.vault.inverse import Inverter


def take_back(it: Inverter) -> None:
    """Members, admissions, new and deleted groups, and changes of groups, in that order.

    ConflictError (6) where skills came to belong to what would go.
    """
    for member, change in it.made.members.items():
        _member(it, member, change)
    _admissions(it)
    for group, changed in it.made.groups.items():
        _group(it, group, changed)


def _admissions(it: Inverter) -> None:
    state, draft = it.reader.state, it.out.draft
    gone = it.leaving()
    for member in it.made.admitted:
        name = it.name(member)
        it.out.did.append(f"{name}: admitted")
        if member in gone:
            it.out.back.append(f"{name}: removed; to come back takes a new identity")
            it.out.final.append(name)
        else:
            it.out.stays.append(f"{name}: removed since")
    groups = [group for group in it.made.founded if group in state.groups]
    for group in groups:
        name = it.name(group)
        it.out.did.append(f"group {name}: made")
        epochs.delete_group(draft, state, group)
        it.out.back.append(f"group {name}: deleted; it can only be made anew")
        it.out.final.append(name)
    for group in it.made.founded.keys() - groups:
        it.out.did.append(f"group {it.name(group)}: made")
        it.out.stays.append("the group was deleted since")
    for group in it.made.dissolved:
        name = it.before.group_name(group)
        members = it.named(it.before.state.groups[group].members)
        hint = f"`skillvault group new {name}` makes it anew; in it were {members}"
        it.stays(f"group {name}: deleted", hint)
    if gone:
        said = membership.expel(draft, it.reader, gone, it.signer.member)
    elif groups:
        said = succession.strike(draft, state)
    else:
        return
    if said.orphans or said.heirs:
        problem = "skills belong to them by now"
        hint = "`skillvault member remove` or `group remove` says what becomes of those"
        raise ConflictError(", ".join(it.out.final), problem, hint)


def _member(it: Inverter, member: str, change: MemberChange) -> None:
    state, draft, name = it.reader.state, it.out.draft, it.name(member)
    now = state.members[member]
    if change.role is not None:
        it.out.did.append(f"{name}: {change.role.after}, was {change.role.before}")
    if change.card is not None:
        it.out.did.append(f"{name}: renamed from {it.before.card(member).name}")
    if change.expires is not None:
        it.out.did.append(f"{name}: expires {change.expires.after or 'never'}")
    if not now.is_active:
        it.out.stays.append(f"{name}: removed since")
        return
    if change.role is not None and now.role == change.role.after:
        membership.set_role(draft, state, member, change.role.before)
        it.out.back.append(f"{name}: {change.role.before} again")
    elif change.role is not None:
        it.out.stays.append(f"{name}: {now.role} since")
    if change.card is not None and it.reader.card(member) == change.card:
        card = it.before.card(member)
        membership.rename(draft, state, member, card)
        it.out.back.append(f"{name}: called {card.name} again")
    elif change.card is not None:
        it.out.stays.append(f"{name}: renamed since")
    if change.expires is not None and now.expires == change.expires.after:
        membership.set_expiry(draft, state, member, change.expires.before)
        it.out.back.append(f"{name}: expires {change.expires.before or 'never'} again")


def _group(it: Inverter, group: str, change: GroupChange) -> None:
    state, name = it.reader.state, it.name(group)
    if change.anew:
        it.stays(f"group {name}: got a new key", "a key is not taken back: nothing is lost")
    if change.closed:
        it.stays(f"group {name}: closed", "one of its members opens it, at their next sync")
    if change.joined:
        it.out.did.append(f"group {name}: {it.named(change.joined)} came in")
    if change.gone:
        it.out.did.append(f"group {name}: {it.named(change.gone)} taken out")
    if change.name is not None:
        it.out.did.append(f"group {name}: renamed from {it.before.group_name(group)}")
    if group not in state.groups:
        it.out.stays.append(f"group {name}: deleted since")
        return
    members = set(state.groups[group].members)
    out = change.joined & members
    active = {i for i, m in state.members.items() if m.is_active}
    again = (change.gone & active) - members
    if out and again:
        it.stays(f"group {name}", "who came and who went at once: do it by `group`")
    elif out:
        _take_out(it, group, name, out)
    elif again:
        _let_in(it, group, name, again)
    if lost := change.gone - active:
        it.out.stays.append(f"group {name}: {it.named(lost)} left meanwhile")
    if change.name is not None and it.reader.group_name(group) == change.name:
        epochs.rename_group(it.out.draft, it.reader, group, it.before.group_name(group))
        it.out.back.append(f"group {name}: called {it.before.group_name(group)} again")


def _take_out(it: Inverter, group: str, name: str, out: frozenset[str] | set[str]) -> None:
    left = epochs.take_out(it.out.draft, it.reader, group, out, it.signer.member)
    said = succession.strike(it.out.draft, it.reader.state)
    if left == "deleted" or said.orphans or said.heirs:
        hint = f"`skillvault group remove {name}` says what becomes of its skills"
        raise ConflictError(name, "nobody else is in it by now", hint)
    it.out.back.append(
        f"group {name}: without {it.named(out)}; what it could read they may have read"
    )


def _let_in(it: Inverter, group: str, name: str, again: Iterable[str]) -> None:
    state, me = it.reader.state, it.signer.member
    record = state.groups[group]
    if me not in record.members or not state.members[me].is_admin:
        hint = "`skillvault group list` says who that is"
        raise AccessError(name, "only an admin who is in it lets them in again", hint)
    if record.is_open:
        epochs.grow(it.out.draft, it.reader, group, again)
    else:
        epochs.open_closed(it.out.draft, it.reader, group, {*record.members, *again})
    it.out.back.append(f"group {name}: {it.named(again)} in it again")
