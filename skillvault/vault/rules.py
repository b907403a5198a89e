"""What a vault allows: `apply`, the one function that authorises our entries and verifies others'.

It knows no git and no keys. Signatures, sizes and trees are checked before (verify.py); what is
inside sealed files, only their readers can check. Rights are judged on the state before the
entry, invariants on the state after the whole of it (docs/format.md, rules).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from skillvault.errors import RefusedError
from skillvault.vault import canonical
from skillvault.vault.entry import Entry, size_limit
from skillvault.vault.layered import Layered
from skillvault.vault.rules_change import Change, fault, take_apart
from skillvault.vault.rules_first import first_entry
from skillvault.vault.rules_groups import change_groups
from skillvault.vault.rules_members import change_members, change_names
from skillvault.vault.rules_skills import change_skills
from skillvault.vault.state import EMPTY, State, is_used


def apply(state: State, entry: Entry, control: Mapping[str, bytes | None]) -> State:
    """The state after `entry`. VerificationError, with the reason, for all that is not allowed.

    `state` is the one before (`EMPTY` at the start). `control` has the bytes of every JSON file
    that `entry` changes, None for a removed one; their sizes are checked already.
    """
    _check_continues(state, entry)
    change = take_apart(state, entry, control)
    if state.seq == EMPTY.seq:
        after = first_entry(change)
    else:
        _check_actor(change)
        after = _judge(change) if change.vault is None else _end(change, change.vault)
    files = Layered.of(state.files).changed(entry.changes)
    return replace(after, seq=entry.seq, head=entry.hash, time=entry.time, files=files)


def _check_continues(state: State, entry: Entry) -> None:
    if state.ended:
        raise fault(entry, f"format 1 ended at entry {state.seq}: nothing may follow")
    if entry.seq != state.seq + 1:
        raise fault(entry, f"its seq does not continue from {state.seq}")
    if entry.previous != state.head:
        raise fault(entry, "its previous is not the entry before")


def _check_actor(change: Change) -> None:
    actor = change.actor
    if not actor.is_active:
        known = change.member in change.before.members
        raise change.fault("by a removed member" if known else "by somebody who is no member")
    if actor.expires is not None and change.entry.time > actor.expires:
        raise change.fault(f"by a machine that expired at {actor.expires}")


def _judge(change: Change) -> State:
    """Every entry but the first and the last."""
    _check_ids(change)
    if change.removed:
        _check_removal(change)
    after = change_members(change, change.before)
    after = change_groups(change, after)
    after = change_names(change, after)
    return change_skills(change, after)


def _check_ids(change: Change) -> None:
    """Ids are never reused: not a former one's, not by two new things of one entry."""
    state = change.before
    new = [key for key in change.members if key not in state.members]
    new += [key for key in change.groups if key not in state.groups]
    new += [key for key in change.access if key not in state.skills]
    seen: set[str] = set()
    for identifier in new:
        if is_used(state, identifier) or identifier in seen:
            raise change.fault(f"the id {identifier} is used already: none is used twice")
        seen.add(identifier)


def _check_removal(change: Change) -> None:
    """A removal goes alone, so that nothing delays it."""
    if change.entry.content:
        raise change.fault("a removal of a member with content in the same entry")
    if any(digest is not None for digest in change.sealed.values()):
        raise change.fault("a removal of a member with a changed skill.age in the same entry")
    for files in change.evidence.values():
        if any(digest is not None for digest in files.values()):
            raise change.fault("a removal of a member with changed evidence in the same entry")


def _end(change: Change, data: bytes) -> State:
    """The owner's entry that ends format 1: it changes `vault.json` alone."""
    path = "vault.json"
    if len(change.entry.changes) > 1 or change.entry.content:
        raise change.fault("the end of format 1 changes nothing but vault.json", path)
    if change.actor.role != "owner":
        raise change.fault("only an owner ends format 1", path)
    if len(data) > size_limit("vault"):
        raise change.fault("larger than 4 KiB", path)
    try:
        fields = canonical.loads(data, path)
    except RefusedError as error:
        raise change.fault(error.problem, path) from None
    if fields.get("nonce") != change.before.nonce:
        raise change.fault("its nonce is not this vault's", path)
    number = fields.get("format")
    if type(number) is not int or number <= change.before.format:
        raise change.fault("its format is not a later one", path)
    return replace(change.before, format=number, ended=True)
