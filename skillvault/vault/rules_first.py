"""The first entry: the key and the rights of one owner, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from skillvault.errors import RefusedError
from skillvault.vault.records import GroupRecord, MemberRecord, VaultRecord
from skillvault.vault.rules_change import Change
from skillvault.vault.state import Epoch, Group, Member, NameFile, State
from skillvault.vault.syntax import is_recipient


def first_entry(change: Change) -> State:
    """The state after entry 0. VerificationError unless it holds exactly the files of the format.

    Those are `vault.json`, `RECOVERY.md`, the owner with their name, and the group `everyone`
    with its name and one slot.
    """
    entry, owner = change.entry, change.member
    vault = _vault(change)
    if list(change.members) != [owner] or len(change.groups) != 1:
        raise change.fault("the first entry makes its own member and one group, no other")
    (everyone,) = change.groups
    slot = f"groups/{everyone}/1/{owner}.age"
    expected = {
        "vault.json",
        "RECOVERY.md",
        f"members/{owner}.json",
        f"names/{owner}.age",
        f"groups/{everyone}/group.json",
        f"names/{everyone}.age",
        slot,
    }
    if entry.changes.keys() != expected or entry.content:
        raise change.fault("the first entry holds other files than format 1 begins with")
    member, group = change.members[owner], change.groups[everyone]
    if everyone == owner or group is None or group.recipient is None:
        raise change.fault("everyone is no open group of its own")
    _check_owner(change, member, vault.suite)
    _check_everyone(change, group, everyone, vault.suite)
    epoch = Epoch(group.recipient, owner, {owner: (entry.changes[slot] or "",)}, ())
    return replace(
        change.before,
        vault_id=entry.hash,
        suite=vault.suite,
        nonce=vault.nonce,
        everyone=everyone,
        members={owner: Member(**member.to_fields())},
        groups={everyone: Group(1, group.members, group.name, group.recipient, (epoch,))},
        names={
            identifier: (NameFile(entry.changes[f"names/{identifier}.age"] or "", 0, record, 1),)
            for identifier, record in ((owner, member.name), (everyone, group.name))
        },
        keys=frozenset({member.recipient, member.signing_key, group.recipient}),
    )


def _vault(change: Change) -> VaultRecord:
    if change.vault is None:
        raise change.fault("the first entry has no vault.json")
    try:
        return VaultRecord.parse(change.vault, "vault.json")
    except RefusedError as error:
        raise change.fault(error.problem, "vault.json") from None


def _check_owner(change: Change, record: MemberRecord, suite: str) -> None:
    path = f"members/{change.member}.json"
    if record.role != "owner" or record.state != "active" or record.expires is not None:
        raise change.fault("the first member is no active owner", path)
    if not is_recipient(suite, record.recipient):
        raise change.fault("its recipient is not of the vault's suite", path)


def _check_everyone(change: Change, record: GroupRecord, everyone: str, suite: str) -> None:
    path = f"groups/{everyone}/group.json"
    if record.epoch != 1 or record.members != (change.member,):
        raise change.fault("everyone begins at epoch 1 with the owner alone", path)
    if not is_recipient(suite, record.recipient or ""):
        raise change.fault("its recipient is not of the vault's suite", path)
    if record.recipient == change.members[change.member].recipient:
        raise change.fault("its recipient is used already: none is used twice", path)
