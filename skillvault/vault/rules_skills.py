"""Skills: added, written, re-sealed, removed; and the evidence beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from skillvault.vault.layered import Layered
from skillvault.vault.records import AccessRecord
from skillvault.vault.rules_access import check_access, check_all, check_record
from skillvault.vault.rules_change import Change
from skillvault.vault.state import (
    Evidence,
    Ref,
    SealedFile,
    Skill,
    State,
    Version,
    owns,
    reads,
    seal_refs,
    skill_path,
    writes,
)

EVIDENCE_LIMIT: Final = 16


def change_skills(change: Change, after: State) -> State:
    """Judge every changed skill, and what must hold of all of them."""
    touched = change.access.keys() | change.sealed.keys() | change.evidence.keys()
    for identifier in change.entry.content:
        if change.sealed.get(identifier) is None:
            problem = "content of a skill whose skill.age does not change"
            raise change.fault(problem, skill_path(identifier))
    if touched:
        skills: dict[str, Skill | None] = {}
        former: dict[str, Skill] = {}
        for identifier in sorted(touched):
            old = after.skills.get(identifier)
            if old is None:
                skills[identifier] = _add(change, after, identifier)
            elif identifier in change.access and change.access[identifier] is None:
                _check_removal(change, identifier, old)
                former[identifier], skills[identifier] = old, None
            else:
                skills[identifier] = _change(change, after, identifier, old)
        changed = Layered.of(after.skills).changed(skills)
        if former:
            former = {**after.former_skills, **former}
        after = replace(after, skills=changed, former_skills=former or after.former_skills)
    if change.groups:  # every removal of a member changes one
        check_all(change, after)
    return after


def _add(change: Change, after: State, identifier: str) -> Skill:
    """A new skill: access file, `skill.age` and content in one entry."""
    path = skill_path(identifier)
    record = change.access.get(identifier)
    digest = change.sealed.get(identifier)
    content = change.entry.content.get(identifier)
    if record is None or digest is None or content is None:
        raise change.fault("a new skill without access.json, skill.age and content at once", path)
    if identifier in change.evidence:
        raise change.fault("a new skill with evidence, which only its readers add", path)
    if not change.actor.is_person:
        raise change.fault("a machine adds no skill", path)
    group = change.before.groups.get(record.owner)
    if record.owner != change.member and (group is None or change.member not in group.members):
        raise change.fault("owned neither by who adds it nor by a group that they are in", path)
    check_record(change, after, identifier, record)
    skill = Skill(record.owner, record.readers, record.writers, (), (), {})
    return _write(change, after, identifier, skill, digest, content)


def _change(change: Change, after: State, identifier: str, old: Skill) -> Skill:
    """A skill that stays: its access, then its text, then its evidence."""
    new = old
    record: AccessRecord | None = change.access.get(identifier)
    if record is not None:
        check_access(change, after, identifier, old, record)
        check_record(change, after, identifier, record)
        new = replace(old, owner=record.owner, readers=record.readers, writers=record.writers)
    if identifier in change.sealed:
        path = skill_path(identifier)
        digest = change.sealed[identifier]
        content = change.entry.content.get(identifier)
        if digest is None:
            raise change.fault("a skill is removed whole", path)
        if content is not None:
            if not writes(change.before, old, change.member):
                raise change.fault("a new version by somebody who is no writer", path)
            new = _write(change, after, identifier, new, digest, content)
        else:
            if not reads(change.before, old, change.member):
                raise change.fault("re-sealed by somebody who is no reader", path)
            refs = _refs(change, after, new, path)
            file = SealedFile(digest, change.entry.seq, old.content, refs)
            new = replace(new, files=(*new.files, file))
    if identifier in change.evidence:
        files = _change_evidence(change, after, identifier, old, new)
        new = replace(new, evidence=files)
    return new


def _write(
    change: Change, after: State, identifier: str, skill: Skill, digest: str, content: str
) -> Skill:
    """The skill with its next version, whose author can read it."""
    entry, path = change.entry, skill_path(identifier)
    if any(version.content == content for version in skill.versions):
        raise change.fault("content that this skill had before", path)
    if not _opens(after, skill, change.member):
        raise change.fault("its author is not among those whom it is sealed to", path)
    refs = _refs(change, after, skill, path)
    version = Version(content, change.member, entry.seq, entry.time)
    file = SealedFile(digest, entry.seq, content, refs)
    return replace(skill, versions=(*skill.versions, version), files=(*skill.files, file))


def _opens(after: State, skill: Skill, member: str) -> bool:
    """Whether `member` is a reader by name or through an open group."""
    if member in skill.readers:
        return True
    groups = (after.groups.get(name) for name in skill.readers)
    return any(g is not None and g.is_open and member in g.members for g in groups)


def _refs(change: Change, after: State, skill: Skill, path: str) -> tuple[Ref, ...]:
    refs = seal_refs(after.groups, skill.readers)
    if not refs:
        raise change.fault("sealed to nobody: all its readers are closed groups", path)
    return refs


def _check_removal(change: Change, identifier: str, old: Skill) -> None:
    path = skill_path(identifier)
    if not (owns(change.before, old, change.member) or change.actor.is_admin):
        raise change.fault("removed by neither its owner nor an admin", path)
    gone = change.evidence.get(identifier, {})
    whole = identifier in change.sealed and change.sealed[identifier] is None
    if not whole or gone.keys() != old.evidence.keys() or any(gone.values()):
        raise change.fault("a skill is removed whole, with all its evidence", path)


def _change_evidence(
    change: Change, after: State, identifier: str, old: Skill, new: Skill
) -> Mapping[str, Evidence]:
    files = dict(old.evidence)
    author = change.member
    may_read = reads(change.before, old, author)
    may_remove = change.actor.is_admin or owns(change.before, old, author)
    for key, digest in change.evidence[identifier].items():
        path = skill_path(identifier, f"evidence/{key}.age")
        was = files.get(key)
        if digest is None:
            if was is None or not (may_remove or was.author == author):
                raise change.fault("removed by neither author, owner nor admin", path)
            del files[key]
            continue
        if not may_read:
            raise change.fault("evidence by somebody who is no reader", path)
        file = SealedFile(digest, change.entry.seq, None, _refs(change, after, new, path))
        files[key] = Evidence(author, (file,)) if was is None else was.with_file(file)
    if sum(item.author == author for item in files.values()) > EVIDENCE_LIMIT:
        problem = f"more than {EVIDENCE_LIMIT} live evaluation results of one member"
        raise change.fault(problem, skill_path(identifier))
    return files
