"""Access files: an owner changes them freely, an admin only strikes names.

An entry in which the owner goes (removed, deleted, or a group left without a person) also names
the next one, whom nobody chooses but from those who write or read the skill already.
"""

from __future__ import annotations

from skillvault.vault.records import AccessRecord
from skillvault.vault.rules_change import Change
from skillvault.vault.state import Skill, State, has_person, includes, owns, skill_path


def check_access(
    change: Change, after: State, identifier: str, old: Skill, new: AccessRecord
) -> None:
    """Judge the change of an access file that stays."""
    path = skill_path(identifier, "access.json")
    if owns(change.before, old, change.member):
        return
    if not change.actor.is_admin:
        raise change.fault("changed by somebody who is neither its owner nor an admin", path)
    gained = (set(new.readers) - set(old.readers)) | (set(new.writers) - set(old.writers))
    if has_person(after, old.owner):
        if new.owner != old.owner:
            raise change.fault("an admin names no other owner while there is one", path)
        if gained:
            raise change.fault("an admin only strikes names", path)
        return
    if old.owner in new.readers:
        raise change.fault("the owner who goes is not struck", path)
    if gained - {new.owner}:
        raise change.fault("besides the new owner, an admin only strikes names", path)
    if new.owner not in successors(change.before, after, old, new):
        raise change.fault("its new owner is not one of those who may follow", path)


def successors(before: State, after: State, old: Skill, new: AccessRecord) -> set[str]:
    """Who may own a skill whose owner goes, given the names that stay in its access file.

    A name that stays in `writers`; where none does, a group that stays in `readers`, or a person
    who reads by a name before and by one that stays after. Never `everyone`, never machines.
    `new` has the owner struck already.
    """

    def may_own(name: str) -> bool:
        return name != after.everyone and has_person(after, name)

    kept = [name for name in new.writers if name in old.writers]
    if writers := {name for name in kept if may_own(name)}:
        return writers
    stay = [name for name in new.readers if name in old.readers]
    found = {name for name in stay if may_own(name)}
    for member, record in after.members.items():
        read = record.is_person and includes(before, old.readers, member)
        if read and includes(after, stay, member):
            found.add(member)
    return found


def check_record(change: Change, after: State, identifier: str, record: AccessRecord) -> None:
    """What holds of every access file after every entry."""
    path = skill_path(identifier, "access.json")
    for name in record.readers:
        member = after.members.get(name)
        if name not in after.groups and (member is None or not member.is_active):
            raise change.fault(f"{name} is no active member and no group", path)
    if not set(record.writers) <= set(record.readers):
        raise change.fault("a writer who is no reader", path)
    if record.owner not in record.writers:
        raise change.fault("its owner is no writer", path)
    if record.owner == after.everyone or not has_person(after, record.owner):
        raise change.fault("its owner is everyone, a machine, or a group without a person", path)


def check_all(change: Change, after: State) -> None:
    """After removals and changes of groups: no access file names who is gone."""
    gone = set(change.removed)
    gone.update(key for key, record in change.groups.items() if record is None)
    empty = {key for key in change.groups if not has_person(after, key)}
    if not gone and not empty:
        return
    for identifier, skill in after.skills.items():
        path = skill_path(identifier, "access.json")
        if not gone.isdisjoint(skill.readers):
            raise change.fault("it still names who is gone", path)
        if skill.owner in empty:
            raise change.fault("its owner is a group without a person", path)
