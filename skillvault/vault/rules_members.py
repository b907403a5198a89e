"""Who is in the vault, with which role, and under which name."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from skillvault.vault.records import MemberRecord
from skillvault.vault.rules_change import Change
from skillvault.vault.state import Member, NameFile, State
from skillvault.vault.syntax import is_recipient

_RANK: Final = {"member": 0, "admin": 1, "owner": 2}
_BELOW_ADMIN: Final = frozenset({"member", "machine"})


def change_members(change: Change, after: State) -> State:
    """Judge every changed member file. An active owner must remain."""
    if not change.members:
        return after
    if not change.actor.is_admin:
        raise change.fault("only admins change members")
    members = dict(after.members)
    keys = set(after.keys)
    for identifier, record in change.members.items():
        path = f"members/{identifier}.json"
        before = members.get(identifier)
        if record.expires is not None and record.role != "machine":
            raise change.fault("only a machine expires", path)
        if before is None:
            _check_admission(change, record, path, keys)
        elif not before.is_active:
            raise change.fault("a removal is final", path)
        elif (before.recipient, before.signing_key) != (record.recipient, record.signing_key):
            raise change.fault("keys never change", path)
        elif record.state == "removed":
            _check_removal(change, identifier, before, record, path)
        else:
            _check_change(change, identifier, before, record, path)
        members[identifier] = Member(**record.to_fields())
    if not any(m.is_active and m.role == "owner" for m in members.values()):
        raise change.fault("no active owner would remain")
    return replace(after, members=members, keys=frozenset(keys))


def _check_admission(change: Change, record: MemberRecord, path: str, keys: set[str]) -> None:
    """A new member: by an admin, with keys never seen. Slot and name are checked with groups'."""
    if record.state != "active":
        raise change.fault("admitted, but not active", path)
    if change.actor.role != "owner" and record.role not in _BELOW_ADMIN:
        raise change.fault(f"only an owner admits with the role {record.role}", path)
    if not is_recipient(change.before.suite, record.recipient):
        raise change.fault("its recipient is not of the vault's suite", path)
    for key in (record.recipient, record.signing_key):
        if key in keys:
            raise change.fault("one of its keys is used already: none is used twice", path)
        keys.add(key)


def _check_removal(
    change: Change, identifier: str, before: Member, record: MemberRecord, path: str
) -> None:
    if replace(before, state="removed") != Member(**record.to_fields()):
        raise change.fault("a removal changes the state alone", path)
    if identifier == change.member:
        raise change.fault("nobody removes themselves", path)
    if change.actor.role != "owner" and before.role not in _BELOW_ADMIN:
        raise change.fault(f"only an owner removes an {before.role}", path)


def _check_change(
    change: Change, identifier: str, before: Member, record: MemberRecord, path: str
) -> None:
    is_owner, is_self = change.actor.role == "owner", identifier == change.member
    if record.role != before.role:
        if "machine" in {record.role, before.role}:
            raise change.fault("a machine stays one, and nobody becomes one", path)
        if is_self and _RANK[record.role] > _RANK[before.role]:
            raise change.fault("nobody raises their own role", path)
        if not is_self and not is_owner:
            raise change.fault("only an owner sets roles", path)
    if record.name != before.name and not (is_owner or is_self or before.role in _BELOW_ADMIN):
        raise change.fault(f"only an owner renames another {before.role}", path)


def change_names(change: Change, after: State) -> State:
    """Judge `names/`: a record and the `name` that hashes it change together, and only so."""
    wanted = _renamed(change, after)
    for identifier in sorted(change.names.keys() | wanted.keys()):
        path = f"names/{identifier}.age"
        if identifier not in wanted:
            raise change.fault("a name record whose name does not change", path)
        digest = change.names.get(identifier)
        if identifier not in change.names or (digest is None) != (wanted[identifier] is None):
            raise change.fault("a name that changes without the record behind it", path)
    if not wanted:
        return after
    names = dict(after.names)
    epoch = after.groups[after.everyone].epoch
    for identifier, record in wanted.items():
        digest = change.names[identifier]
        if digest is not None and record is not None:
            file = NameFile(digest, change.entry.seq, record, epoch)
            names[identifier] = (*names.get(identifier, ()), file)
    return replace(after, names=names)


def _renamed(change: Change, after: State) -> dict[str, str | None]:
    """Whose `name` is another one after the entry: id to its hash, None for a deleted group."""
    found: dict[str, str | None] = {}
    for identifier in change.members:
        old = change.before.members.get(identifier)
        name = after.members[identifier].name
        if old is None or old.name != name:
            found[identifier] = name
    for identifier in change.groups:
        group, was = after.groups.get(identifier), change.before.groups.get(identifier)
        if group is None:
            found[identifier] = None
        elif was is None or was.name != group.name:
            found[identifier] = group.name
    return found
