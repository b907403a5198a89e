"""Groups: who is in them, which epoch they are at, and who holds its key.

A group grows only by an admin who is in it. An open epoch keeps its recipient and only gains
members; everything else takes the next epoch: *anew*, *closed*, or *opened* again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from skillvault.vault.records import GroupRecord
from skillvault.vault.rules_change import Change
from skillvault.vault.rules_slots import check_links, check_slots
from skillvault.vault.state import Epoch, Group, State
from skillvault.vault.syntax import is_recipient


def change_groups(change: Change, after: State) -> State:
    """Judge every changed group, slot and `previous.age`, and what must hold of groups."""
    touched = change.groups.keys() | change.slots.keys() | change.previous.keys()
    if touched:
        groups = dict(after.groups)
        former = dict(after.former_groups)
        keys = set(after.keys)
        for identifier in sorted(touched):
            old = groups.get(identifier)
            new = _judge(change, identifier, old, keys)
            if new is not None:
                groups[identifier] = new
            elif old is not None:
                former[identifier] = groups.pop(identifier)
        after = replace(after, groups=groups, former_groups=former, keys=frozenset(keys))
    _check_members(change, after)
    return after


def _judge(change: Change, identifier: str, old: Group | None, keys: set[str]) -> Group | None:
    """The group after the entry, None if it is deleted."""
    path = f"groups/{identifier}/group.json"
    if identifier in change.groups:
        record = change.groups[identifier]
        if record is None:
            _check_deletion(change, identifier, path)
            return None
        new, admitted = _regroup(change, identifier, old, record, keys)
    elif old is not None:
        new, admitted = old, frozenset()
    else:
        raise change.fault("slots of a group that is not there", path)
    return _file(change, identifier, old, new, admitted)


def _regroup(
    change: Change, identifier: str, old: Group | None, record: GroupRecord, keys: set[str]
) -> tuple[Group, frozenset[str]]:
    """The group as its record has it, and who must get a slot in this entry."""
    path = f"groups/{identifier}/group.json"
    if old is None:
        _check_creation(change, record, path)
    else:
        if identifier == change.before.everyone:
            _check_everyone(change, old, record, path)
        _check_change(change, old, record, path)
    epochs = () if old is None else old.epochs
    admitted = frozenset[str]()
    if record.epoch > len(epochs):
        opener = None if record.recipient is None else change.member
        epochs = (*epochs, Epoch(record.recipient, opener, {}, ()))
        if record.recipient is not None:
            _check_new_key(change, record.recipient, keys, path)
            admitted = frozenset(record.members)
    elif old is not None:
        admitted = frozenset(record.members) - frozenset(old.members)
    new = Group(record.epoch, record.members, record.name, record.recipient, epochs)
    return new, admitted


def _file(
    change: Change, identifier: str, old: Group | None, new: Group, admitted: frozenset[str]
) -> Group:
    """The group with the slots and links of this entry filed under their epochs."""
    slots = change.slots.get(identifier, {})
    links = change.previous.get(identifier, {})
    check_slots(change, identifier, old, new, admitted)
    check_links(change, identifier, old, new)
    if not slots and not links:
        return new
    epochs = list(new.epochs)
    if slots:
        epochs[-1] = epochs[-1].with_slots({m: digest for (_, m), digest in slots.items()})
    for number, digest in links.items():
        epochs[number - 1] = epochs[number - 1].with_link(digest, change.entry.seq, change.member)
    return replace(new, epochs=tuple(epochs))


def _check_deletion(change: Change, identifier: str, path: str) -> None:
    if not change.actor.is_admin:
        raise change.fault("only admins delete a group", path)
    if identifier == change.before.everyone:
        raise change.fault("everyone is never deleted", path)
    if identifier in change.slots or identifier in change.previous:
        raise change.fault("deleted, and given slots", path)


def _check_creation(change: Change, record: GroupRecord, path: str) -> None:
    if not change.actor.is_admin:
        raise change.fault("only admins make a group", path)
    if change.member not in record.members:
        raise change.fault("made by an admin who is not in it", path)
    if record.epoch != 1 or record.recipient is None:
        raise change.fault("a new group is open, at epoch 1", path)


def _check_everyone(change: Change, old: Group, record: GroupRecord, path: str) -> None:
    if record.recipient is None:
        raise change.fault("everyone is never closed", path)
    if record.name != old.name:
        raise change.fault("everyone is never renamed", path)


def _check_change(change: Change, old: Group, record: GroupRecord, path: str) -> None:
    """One of the ways in which a group may change; all else is refused."""
    is_in = change.member in old.members
    if record.name != old.name and not (change.actor.is_admin and is_in):
        raise change.fault("renamed by somebody who is no admin in it", path)
    if record.epoch == old.epoch:
        _check_same_epoch(change, old, record, path)
    elif record.epoch != old.epoch + 1:
        raise change.fault(f"its epoch does not follow {old.epoch}", path)
    elif record.recipient is None:
        _check_closing(change, old, record, path)
    elif old.is_open:
        if not change.actor.is_admin or not is_in or change.member not in record.members:
            raise change.fault("started anew by no admin who is in it before and after", path)
    else:
        _check_opening(change, old, record, path)


def _check_same_epoch(change: Change, old: Group, record: GroupRecord, path: str) -> None:
    if record.recipient != old.recipient:
        problem = "keeps its recipient" if old.is_open else "stays closed"
        raise change.fault(f"within an epoch a group {problem}", path)
    was, now = set(old.members), set(record.members)
    if was == now:
        return
    if not change.actor.is_admin:
        raise change.fault("only admins change who is in a group", path)
    if not old.is_open:
        if not now < was:
            raise change.fault("a closed group takes nobody in", path)
    elif not was < now:
        raise change.fault("within an open epoch members are only added", path)
    elif change.member not in was:
        raise change.fault("grown by an admin who was not in it", path)


def _check_closing(change: Change, old: Group, record: GroupRecord, path: str) -> None:
    if not change.actor.is_admin:
        raise change.fault("only admins close a group", path)
    if not old.is_open:
        raise change.fault("while a group is closed its epoch stays", path)
    if not set(record.members) <= set(old.members):
        raise change.fault("closed with more members than before", path)


def _check_opening(change: Change, old: Group, record: GroupRecord, path: str) -> None:
    if change.member not in old.members or change.member not in record.members:
        raise change.fault("opened by somebody who is not in it", path)
    if record.members != old.members and not change.actor.is_admin:
        raise change.fault("opened with other members, by no admin in it", path)


def _check_new_key(change: Change, recipient: str, keys: set[str], path: str) -> None:
    if not is_recipient(change.before.suite, recipient):
        raise change.fault("its recipient is not of the vault's suite", path)
    if recipient in keys:
        raise change.fault("its recipient is used already: none is used twice", path)
    keys.add(recipient)


def _check_members(change: Change, after: State) -> None:
    """Groups hold active members only, and everyone holds all of them."""
    changed: Mapping[str, object] = after.groups if change.removed else change.groups
    for identifier in changed:
        group = after.groups.get(identifier)
        for member in () if group is None else group.members:
            if member not in after.members or not after.members[member].is_active:
                problem = f"{member} in it is no active member"
                raise change.fault(problem, f"groups/{identifier}/group.json")
    if change.members or after.everyone in change.groups:
        active = {key for key, member in after.members.items() if member.is_active}
        if active != set(after.groups[after.everyone].members):
            problem = "everyone does not hold exactly the active members"
            raise change.fault(problem, f"groups/{after.everyone}/group.json")
