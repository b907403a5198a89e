"""`access`: who can read a skill, and what somebody can read; since when, and through what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skillvault.errors import UsageError
from skillvault.services import finding, groups, opening, people, reach
from skillvault.services.context import Context
from skillvault.services.finding import Found, Located
from skillvault.services.labels import labels, labels_of
from skillvault.services.people import Who
from skillvault.services.references import Reference
from skillvault.vault import exposure as exposures
from skillvault.vault.client import Vault
from skillvault.vault.history import moments, times
from skillvault.vault.state import Skill, owns, writes


@dataclass(frozen=True, slots=True)
class Grant:
    """A name in a skill's access file.

    `versions`: those that were ever sealed to it, `since` the first of them, `time` when that was;
    `people`: who is in a group, `closed`: what a closed one waits for, in words.
    """

    name: str
    label: str
    kind: str
    read: bool
    write: bool
    owner: bool
    since: int | None
    versions: tuple[int, ...]
    time: str | None
    people: tuple[str, ...]
    closed: str | None


@dataclass(frozen=True, slots=True)
class Readable:
    """A skill that somebody can read, through which names (`""`: their own).

    `versions`: those that they can open; `time`: from when on they could open one. `closed`: they
    read it through closed groups alone, so that nothing new reaches them.
    """

    skill: str
    name: str
    through: tuple[str, ...]
    since: int | None
    versions: tuple[int, ...]
    time: str | None
    newest: int
    write: bool
    owner: bool
    closed: bool


def access(
    ctx: Context, reference: Reference, *, vault: str | None = None
) -> tuple[Located, list[Grant]]:
    """Who may read and write a skill, and since which version."""
    located = finding.locate(ctx, reference, vault=vault)
    return located, grants(located.vault, located.found.skill)


def grants(vault: Vault, skill: str) -> list[Grant]:
    """Who may read and write a skill: its owner first, then who writes, then who reads."""
    record, when = vault.state.skills[skill], times(vault)
    found = [_grant(vault, record, name, when) for name in record.readers]
    return sorted(found, key=lambda g: (not g.owner, not g.write, g.label))


def access_of(
    ctx: Context, who: str, *, vault: str | None = None
) -> tuple[Vault, Who, list[Readable]]:
    """Which of the skills that I can read a member or a group can read, and through what."""
    opened = opening.open_vault(ctx, vault)
    opened.require_me()
    found = people.resolve(ctx, opened, who)
    if found.id is None:
        raise UsageError(found.name, f"no member of {opened.name}")
    mine = finding.readable(ctx, opened)
    lines = _of_group if found.id in opened.state.groups else _of_member
    return opened, found, lines(opened, found.id, mine)


def _grant(vault: Vault, skill: Skill, name: str, when: Sequence[str]) -> Grant:
    group = vault.state.groups.get(name)
    closed = group is not None and not group.is_open
    members = () if group is None else group.members
    versions = reach.versions_for(skill, name)
    return Grant(
        name=vault.reader.name(name),
        label=labels(vault)[name],
        kind="group" if group is not None else vault.state.members[name].role,
        read=True,
        write=name in skill.writers,
        owner=name == skill.owner,
        since=versions[0] if versions else None,
        versions=versions,
        time=_first(skill, name, when),
        people=labels_of(vault, members),
        closed=groups.closed_words(vault, members) if closed else None,
    )


def _of_group(vault: Vault, group: str, mine: Sequence[Found]) -> list[Readable]:
    """What is sealed to a group; whoever comes into it reads all of that."""
    when, lines = times(vault), []
    for found in mine:
        skill = vault.state.skills[found.skill]
        if group in skill.readers:
            versions = reach.versions_for(skill, group)
            time = _first(skill, group, when)
            rights = group in skill.writers, group == skill.owner
            lines.append(_line(vault, found, [""], versions, time, rights, [group]))
    return lines


def _of_member(vault: Vault, member: str, mine: Sequence[Found]) -> list[Readable]:
    """What one member can open: also by groups that they came into later, from that day on."""
    state, known, lines = vault.state, labels(vault), []
    ever = {read.skill: read for read in exposures.exposure(moments(vault), member).skills}
    for found in mine:
        skill = state.skills[found.skill]
        names = reach.through(state, skill, member)
        if not names:
            continue
        read = ever.get(found.skill)
        versions = tuple(version.number for version in read.versions) if read else ()
        through = ["" if name == member else known[name] for name in names]
        rights = writes(state, skill, member), owns(state, skill, member)
        time = read.since.time if read else None
        lines.append(_line(vault, found, through, versions, time, rights, names))
    return lines


def _line(
    vault: Vault,
    found: Found,
    through: Sequence[str],
    versions: tuple[int, ...],
    time: str | None,
    rights: tuple[bool, bool],
    names: Sequence[str],
) -> Readable:
    by = [vault.state.groups.get(name) for name in names]
    return Readable(
        skill=found.skill,
        name=found.summary.name,
        through=tuple(through),
        since=versions[0] if versions else None,
        versions=versions,
        time=time,
        newest=found.newest,
        write=rights[0],
        owner=rights[1],
        closed=all(group is not None and not group.is_open for group in by),
    )


def _first(skill: Skill, name: str, when: Sequence[str]) -> str | None:
    """When a version was first sealed to a name, as its entry claims."""
    seqs = (f.seq for f in skill.files if any(r.partition("/")[0] == name for r in f.refs))
    first = min(seqs, default=None)
    return None if first is None else when[first]
