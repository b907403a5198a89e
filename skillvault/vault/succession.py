"""Names that go (a removed member, a deleted group) go from every access file too.

Who owns a skill whose owner goes follows from the rules of the format alone, so that a preview can
say it before: a name that stays in `writers`; where none stays, a group that reads it, or a person
who reads it before and after. A skill that has nobody left is removed in the same entry.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from skillvault.vault import operations
from skillvault.vault.draft import Draft
from skillvault.vault.records import AccessRecord, GroupRecord, MemberRecord
from skillvault.vault.rules_access import successors
from skillvault.vault.state import Group, Member, Skill, State, has_person, skill_path


@dataclass(frozen=True, slots=True)
class Succession:
    """What became of the access files, by skill id.

    `struck`: the names taken out of each that stays; `heirs`: new owners, (old, new); `orphans`:
    skills that are removed, because nobody is left who could own them.
    """

    struck: Mapping[str, tuple[str, ...]]
    heirs: Mapping[str, tuple[str, str]]
    orphans: tuple[str, ...]


def strike(
    draft: Draft, state: State, gone: Collection[str] = (), prefer: Collection[str] = ()
) -> Succession:
    """Strike from every access file whoever the draft removes, and `gone`; find the new owners.

    To be called when all that the draft does to members and groups stands in it: a group that it
    leaves without a person owns nothing any more. `prefer`: of several who may follow, these.
    """
    after = projected(draft, state)
    names = {m for m, member in after.members.items() if not member.is_active} | set(gone)
    names |= state.groups.keys() - after.groups.keys()
    struck: dict[str, tuple[str, ...]] = {}
    heirs: dict[str, tuple[str, str]] = {}
    orphans = []
    for skill, record in sorted(state.skills.items()):
        ownerless = record.owner in names or not has_person(after, record.owner)
        lost = {record.owner, *names} if ownerless else names
        hit = tuple(name for name in record.readers if name in lost)
        if not hit:
            continue
        rest = _without(operations.access_record(draft, state, skill), lost)
        if ownerless:
            heir = _heir(state, after, record, rest, prefer)
            if heir is None:
                operations.remove_skill(draft, state, skill)
                orphans.append(skill)
                continue
            heirs[skill] = (record.owner, heir)
            rest = AccessRecord(
                owner=heir,
                readers=tuple(sorted({*rest.readers, heir})),
                writers=tuple(sorted({*rest.writers, heir})),
            )
        draft.files[skill_path(skill, "access.json")] = rest.to_bytes()
        struck[skill] = hit
    return Succession(struck, heirs, tuple(orphans))


def projected(draft: Draft, state: State) -> State:
    """`state` with the members and the groups as the draft leaves them."""
    members, groups = dict(state.members), dict(state.groups)
    for path, data in draft.files.items():
        folder, _, rest = path.partition("/")
        if folder == "members" and data is not None:
            identifier = rest.removesuffix(".json")
            members[identifier] = Member(**MemberRecord.parse(data, path).to_fields())
        elif folder == "groups" and rest.endswith("/group.json"):
            identifier = rest.removesuffix("/group.json")
            if data is None:
                groups.pop(identifier, None)
            else:
                groups[identifier] = _group(state, identifier, GroupRecord.parse(data, path))
    return replace(state, members=members, groups=groups)


def _group(state: State, identifier: str, record: GroupRecord) -> Group:
    """A group as the draft has it; its epochs are those of before."""
    old = state.groups.get(identifier)
    epochs = old.epochs if old is not None else ()
    return Group(record.epoch, record.members, record.name, record.recipient, epochs)


def _without(record: AccessRecord, lost: Collection[str]) -> AccessRecord:
    return replace(
        record,
        readers=tuple(name for name in record.readers if name not in lost),
        writers=tuple(name for name in record.writers if name not in lost),
    )


def _heir(
    before: State, after: State, old: Skill, rest: AccessRecord, prefer: Collection[str]
) -> str | None:
    """Of those who may follow: who wrote last, else a group, else whoever reads by name."""
    may = successors(before, after, old, rest)
    wrote = {version.author: version.seq for version in old.versions}

    def rank(name: str) -> tuple[bool, int, bool, bool, str]:
        by_name = name in rest.readers
        return (name in prefer, wrote.get(name, -1), name in after.groups, by_name, name)

    return max(may, key=rank, default=None)
