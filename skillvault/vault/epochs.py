"""Builders for groups: they fill a draft with epochs, slots and links, and decide nothing.

As those of `operations`: `apply` authorises the entry that comes of it. Members are given by id,
and may be admitted by the same draft.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Literal

from skillvault.vault import names, sealed
from skillvault.vault.draft import Draft
from skillvault.vault.identity import Identity, generate
from skillvault.vault.ids import new_id
from skillvault.vault.keyring import slot_line
from skillvault.vault.operations import group_record, recipient
from skillvault.vault.reader import Reader
from skillvault.vault.records import GroupRecord
from skillvault.vault.state import State

Left = Literal["anew", "closed", "deleted", "unchanged"]
"""What a group became when members were taken out of it."""


def make_group(
    draft: Draft, reader: Reader, name: str, members: Iterable[str], *, group: str | None = None
) -> str:
    """A new group, open at epoch 1, with its name and a slot for each of `members`. Its id.

    `group` gives it an id that was made before.
    """
    group, key = group or new_id(), generate(reader.state.suite)
    record = names.group_record(group, name)
    made = GroupRecord(
        epoch=1, members=tuple(sorted(set(members))), name=record.hash, recipient=key.recipient
    )
    draft.files[_path(group)] = made.to_bytes()
    _seal_name(draft, reader.state, group, record)
    _seal_slots(draft, reader.state, group, made, key)
    return group


def grow(draft: Draft, reader: Reader, group: str, members: Iterable[str]) -> None:
    """More members within the epoch of an open group. AccessError if I do not hold its key."""
    before = group_record(draft, reader.state, group)
    new = sorted(set(members) - set(before.members))
    after = replace(before, members=tuple(sorted({*before.members, *new})))
    draft.files[_path(group)] = after.to_bytes()
    for member in new:
        replace_slot(draft, reader, group, member)


def replace_slot(draft: Draft, reader: Reader, group: str, member: str) -> None:
    """The key of the current epoch, sealed to one member (once more). AccessError without it."""
    epoch = reader.state.groups[group].epoch
    line = slot_line(reader.group_key(group))
    _seal_slot(draft, reader.state, f"groups/{group}/{epoch}/{member}.age", member, line)


def start_anew(draft: Draft, reader: Reader, group: str, members: Iterable[str]) -> None:
    """The next epoch with a new key for `members`, and `previous.age` to those that I reach.

    Opens a closed group as well. Whoever is left out reads nothing that is sealed to it from now.
    """
    state, key = reader.state, generate(reader.state.suite)
    after = replace(
        group_record(draft, state, group),
        epoch=state.groups[group].epoch + 1,
        members=tuple(sorted(set(members))),
        recipient=key.recipient,
    )
    draft.files[_path(group)] = after.to_bytes()
    _seal_slots(draft, state, group, after, key)
    _link(draft, reader, group, after.epoch, key.recipient)


def open_closed(
    draft: Draft, reader: Reader, group: str, members: Iterable[str] | None = None
) -> None:
    """The next epoch of a closed group, with the same members if none are given."""
    start_anew(
        draft, reader, group, reader.state.groups[group].members if members is None else members
    )


def closed_of_mine(reader: Reader) -> list[str]:
    """The closed groups that I am in: my client opens them by itself."""
    groups = reader.state.groups.items()
    return sorted(g for g, record in groups if not record.is_open and reader.me in record.members)


def opening(reader: Reader) -> Draft:
    """The draft that opens them with the members that they have; empty where there are none."""
    draft = Draft()
    for group in closed_of_mine(reader):
        open_closed(draft, reader, group)
    return draft


def close(draft: Draft, state: State, group: str, members: Iterable[str]) -> None:
    """Nothing is sealed to it until one of `members` opens it. A closed one keeps its epoch."""
    before = state.groups[group]
    after = replace(
        group_record(draft, state, group),
        epoch=before.epoch + 1 if before.is_open else before.epoch,
        members=tuple(sorted(set(members))),
        recipient=None,
    )
    draft.files[_path(group)] = after.to_bytes()


def take_out(draft: Draft, reader: Reader, group: str, gone: Collection[str], by: str) -> Left:
    """A group without `gone`: anew where `by`, an admin, stays in it, else closed.

    Closed ones stay closed, and one that nobody is left in is deleted; who owns and reads skills
    instead of it, `succession` says.
    """
    state, record = reader.state, reader.state.groups[group]
    rest = set(record.members) - set(gone)
    if len(rest) == len(record.members):
        return "unchanged"
    if not rest:
        delete_group(draft, state, group)
        return "deleted"
    if record.is_open and by in rest and state.members[by].is_admin:
        start_anew(draft, reader, group, rest)
        return "anew"
    close(draft, state, group, rest)
    return "closed"


def rename_group(draft: Draft, reader: Reader, group: str, name: str) -> None:
    """Another name, sealed to everybody."""
    record = names.group_record(group, name)
    after = replace(group_record(draft, reader.state, group), name=record.hash)
    draft.files[_path(group)] = after.to_bytes()
    _seal_name(draft, reader.state, group, record)


def delete_group(draft: Draft, state: State, group: str) -> None:
    """Its record and its name go; its epochs stay. Access files: see `succession`."""
    assert group in state.groups  # noqa: S101 - else `apply` would refuse a removal of nothing
    draft.files[_path(group)] = None
    draft.files[f"names/{group}.age"] = None


def bridge(draft: Draft, reader: Reader, group: str, epoch: int) -> bool:
    """Write `previous.age` of an epoch once more, with what no file there leads to.

    False if there is nothing that I could add, or if I do not hold the epoch's key.
    """
    record = reader.state.groups[group].epochs[epoch - 1]
    if epoch not in reader.keyring.epochs(group) or record.recipient is None:
        return False
    return _link(draft, reader, group, epoch, record.recipient)


def bridgeable(reader: Reader, group: str) -> list[int]:
    """The epochs at which I may still write `previous.age`, and have something to add."""
    return [
        number
        for number, epoch in enumerate(reader.state.groups[group].epochs, 1)
        if number > 1
        and reader.me in epoch.slots
        and reader.me != epoch.opener
        and all(link.writer != reader.me for link in epoch.previous)
        and number in reader.keyring.epochs(group)
        and _behind(reader, group, number)
    ]


def _link(draft: Draft, reader: Reader, group: str, epoch: int, key: str) -> bool:
    """`previous.age` of `epoch`, sealed to its `key`. False, and none, where it would be empty."""
    mine = reader.keyring.epochs(group)
    lines = b"".join(slot_line(mine[number]) for number in _behind(reader, group, epoch))
    if not lines:
        return False
    draft.files[f"groups/{group}/{epoch}/previous.age"] = sealed.seal(lines, [key])
    return True


def _behind(reader: Reader, group: str, epoch: int) -> list[int]:
    """Earlier epochs whose keys I have and that no file leads to from `epoch`, newest first.

    One that the links of another in the list lead to is not in it: the list stays short.
    """
    links = reader.keyring.links(group)
    led = _led(links, epoch)
    found = []
    for number in sorted(reader.keyring.epochs(group), reverse=True):
        if number < epoch and number not in led:
            found.append(number)
            led |= _led(links, number)
    return found


def _led(links: dict[int, set[int]], epoch: int) -> set[int]:
    """The epochs that links lead to from `epoch`."""
    found: set[int] = set()
    todo = [epoch]
    while todo:
        new = links.get(todo.pop(), set()) - found
        found |= new
        todo += new
    return found


def _seal_name(draft: Draft, state: State, group: str, record: names.NameRecord) -> None:
    """Seal a name to `everyone`, in the epoch that this draft leaves it at."""
    key = group_record(draft, state, state.everyone).recipient
    assert key is not None  # noqa: S101 - `everyone` is never closed
    draft.files[f"names/{group}.age"] = sealed.seal_json(record.line, [key])


def _seal_slots(draft: Draft, state: State, group: str, record: GroupRecord, key: Identity) -> None:
    line = slot_line(key.key)
    for member in record.members:
        path = f"groups/{group}/{record.epoch}/{member}.age"
        _seal_slot(draft, state, path, member, line)


def _seal_slot(draft: Draft, state: State, path: str, member: str, line: bytes) -> None:
    key = recipient(draft, state, member)
    assert key is not None  # noqa: S101 - a member, and not a closed group
    draft.files[path] = sealed.seal(line, [key])


def _path(group: str) -> str:
    return f"groups/{group}/group.json"
