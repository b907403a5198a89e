"""The keys of an epoch: slots, one a member, and `previous.age`, which leads to older epochs."""

from __future__ import annotations

from skillvault.vault.rules_change import Change
from skillvault.vault.state import Group


def check_slots(
    change: Change, identifier: str, old: Group | None, new: Group, admitted: frozenset[str]
) -> None:
    """Exactly the slots of `admitted` are written; an admin in the group may replace others.

    `admitted` are the members whom this entry lets into the epoch that `new` is at.
    """
    slots = change.slots.get(identifier, {})
    for epoch, member in slots:
        path = f"groups/{identifier}/{epoch}/{member}.age"
        if epoch != new.epoch or not new.is_open:
            raise change.fault("a slot of an epoch that the group is not at", path)
        if member not in new.members:
            raise change.fault("a slot for somebody who is not in the group", path)
        if member in admitted:
            continue
        if old is None or change.member not in old.members or not change.actor.is_admin:
            raise change.fault("a slot replaced by no admin in the group", path)
    for member in sorted(admitted):
        if (new.epoch, member) not in slots:
            path = f"groups/{identifier}/{new.epoch}/{member}.age"
            raise change.fault("let in without a slot", path)


def check_links(change: Change, identifier: str, old: Group | None, new: Group) -> None:
    """`previous.age` is written by the opener with the epoch, by each other member of it once."""
    for epoch in change.previous.get(identifier, {}):
        path = f"groups/{identifier}/{epoch}/previous.age"
        if old is None or epoch == 1:
            raise change.fault("no epoch lies before the first", path)
        if epoch == new.epoch != old.epoch and new.is_open:
            continue
        if epoch > old.epoch or old.epochs[epoch - 1].recipient is None:
            raise change.fault("of an epoch that was not opened", path)
        record = old.epochs[epoch - 1]
        if change.member not in old.members or change.member not in record.slots:
            raise change.fault("by somebody who is not in the group, or was not in the epoch", path)
        if change.member == record.opener:
            raise change.fault("the opener writes it with the epoch, or not at all", path)
        if any(link.writer == change.member for link in record.previous):
            raise change.fault("each other member writes it once", path)
