"""What an operation makes of a vault, from the text of the rules: who may do it, what becomes.

Each function takes the facts before it and gives those after it. None: it is not allowed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tests.machine.line import Facts, Group, Skill

ADMINS = ("owner", "admin")


def admin(facts: Facts, by: str) -> bool:
    role, active = facts.members[by]
    return active and role in ADMINS


def owns(facts: Facts, skill: str, by: str) -> bool:
    return by in facts.persons(facts.skills[skill].owner)


def writes(facts: Facts, skill: str, by: str) -> bool:
    return any(by in facts.persons(name) for name in facts.skills[skill].writers)


def share(facts: Facts, by: str, skill: str, who: str, *, write: bool) -> Facts | None:
    if not owns(facts, skill, by):
        return None
    now = facts.skills[skill]
    writers = now.writers | {who} if write else now.writers
    return _with_skill(facts, skill, Skill(now.owner, now.readers | {who}, writers))


def unshare(facts: Facts, by: str, skill: str, who: str) -> Facts | None:
    now = facts.skills[skill]
    if not owns(facts, skill, by) or who == now.owner:
        return None
    return _with_skill(facts, skill, Skill(now.owner, now.readers - {who}, now.writers - {who}))


def own(facts: Facts, by: str, skill: str, who: str) -> Facts | None:
    now = facts.skills[skill]
    if not owns(facts, skill, by) or who == facts.everyone or not facts.persons(who):
        return None
    return _with_skill(facts, skill, Skill(who, now.readers | {who}, now.writers | {who}))


def admit(facts: Facts, by: str, member: str, role: str) -> Facts | None:
    low = role in ("member", "machine")
    if not admin(facts, by) or not (low or facts.members[by][0] == "owner"):
        return None
    after = replace(facts, members={**facts.members, member: (role, True)})
    return _with_members(after, facts.everyone, facts.groups[facts.everyone].members | {member})


def set_role(facts: Facts, by: str, member: str, role: str) -> Facts | None:
    mine, theirs = facts.members[by][0], facts.members[member][0]
    ranks = ("member", "admin", "owner")
    if theirs == role and (by == member or mine == "owner"):
        return facts
    if theirs == "machine" or role == "machine" or mine not in ADMINS:
        return None
    if mine != "owner" and not (by == member and ranks.index(role) < ranks.index(mine)):
        return None
    after = replace(facts, members={**facts.members, member: (role, True)})
    return after if ("owner", True) in after.members.values() else None


def found(facts: Facts, by: str, group: str, members: frozenset[str]) -> Facts | None:
    if not admin(facts, by):
        return None
    return replace(facts, groups={**facts.groups, group: Group(1, members, "")})


def grow(facts: Facts, by: str, group: str, who: str) -> Facts | None:
    now = facts.groups[group].members
    return _with_members(facts, group, now | {who}) if may_key(facts, by, group) else None


def may_key(facts: Facts, by: str, group: str) -> bool:
    """New keys and names of a group are made by an admin who is in it."""
    return admin(facts, by) and by in facts.groups[group].members


def shrink(facts: Facts, by: str, group: str, who: Iterable[str], seen: Facts) -> Facts | None:
    """Take members out, or delete the group where nobody is named. `seen`: what became."""
    if not admin(facts, by):
        return None
    left = facts.groups[group].members - set(who) if who else frozenset[str]()
    groups = {**facts.groups, group: replace(facts.groups[group], members=left)}
    if not left:
        del groups[group]
    return _strike(replace(facts, groups=groups), seen, facts)


def expel(facts: Facts, by: str, member: str, seen: Facts) -> Facts | None:
    role, active = facts.members[member]
    if not active and member != by:
        return facts  # it was done before: no error
    may = facts.members[by][0] == "owner" or role in ("member", "machine")
    if by == member or not admin(facts, by) or not may:
        return None
    groups = {k: replace(g, members=g.members - {member}) for k, g in facts.groups.items()}
    groups = {key: group for key, group in groups.items() if group.members}
    members = {**facts.members, member: (role, False)}
    return _strike(replace(facts, members=members, groups=groups), seen, facts)


def _strike(after: Facts, seen: Facts, before: Facts) -> Facts:
    """Take out of access files who is gone; owners are followed by one of those who may.

    `seen` says by which of them: it must be one.
    """
    skills = dict[str, Skill]()
    for key, skill in after.skills.items():
        gone = {name for name in skill.readers if not _exists(after, name)}
        if not _exists(after, skill.owner) or not after.persons(skill.owner):
            gone.add(skill.owner)
        readers, writers, owner = skill.readers - gone, skill.writers - gone, skill.owner
        if owner in gone:
            heir = _heir(after, before, key, gone, seen)
            if heir is None:
                continue
            owner = heir
            readers, writers = readers | {owner}, writers | {owner}
        skills[key] = Skill(owner, readers, writers)
    return replace(after, skills=skills)


def _heir(after: Facts, before: Facts, key: str, gone: set[str], seen: Facts) -> str | None:
    skill = after.skills[key]
    able = {n for n in skill.writers - gone if n != after.everyone and after.persons(n)}
    if not able:
        stay = skill.readers - gone
        able = {n for n in stay if n in after.groups and n != after.everyone and after.persons(n)}
        able |= {m for n in stay for m in after.persons(n)} & before.reads(key)
    if not able:
        return None
    heir = seen.skills[key].owner if key in seen.skills else ""
    assert heir in able, f"{heir} follows as the owner of {key}, and only {able} may"
    return heir


def _exists(facts: Facts, name: str) -> bool:
    return name in facts.groups or facts.members.get(name, ("", False))[1]


def _with_skill(facts: Facts, key: str, skill: Skill) -> Facts:
    return replace(facts, skills={**facts.skills, key: skill})


def _with_members(facts: Facts, group: str, members: frozenset[str]) -> Facts:
    made = replace(facts.groups[group], members=members)
    return replace(facts, groups={**facts.groups, group: made})
