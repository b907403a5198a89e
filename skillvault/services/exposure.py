"""`exposure`: every skill and version that somebody could ever have read, and what is not ours."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from skillvault.errors import NotFoundError, RefusedError, UsageError, VerificationError
from skillvault.services import finding, opening, people
from skillvault.services.context import Context
from skillvault.services.labels import fold, tagged
from skillvault.services.people import Who
from skillvault.skill.text import visible
from skillvault.vault import fingerprint
from skillvault.vault.client import Vault
from skillvault.vault.exposure import Exposure, SkillRead, Walk, Way, When
from skillvault.vault.fingerprint import Fingerprint
from skillvault.vault.history import moments
from skillvault.vault.remote_url import without_password
from skillvault.vault.sealed import DOES_NOT_OPEN
from skillvault.vault.state import Member
from skillvault.vault.syntax import Role


@dataclass(frozen=True, slots=True)
class Through:
    """Through what they read. `group` is None where their own name stood in the access file.

    `label` is the group's name, or its id where that does not open.
    """

    group: str | None
    label: str
    epoch: int | None
    since: When
    until: When | None


@dataclass(frozen=True, slots=True)
class SkillLine:
    """A skill that they could read. `name` is None where I cannot read it myself."""

    skill: str
    name: str | None
    found: SkillRead
    through: tuple[Through, ...]

    @property
    def label(self) -> str:
        """The name on one line, with nothing hidden; or the pseudonym."""
        if self.name is None:
            return tagged("", self.skill)
        return visible(self.name, lines=False)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The versions that they could open."""
        return tuple(version.number for version in self.found.versions)


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody could ever have read in a vault. `remover` is who removed them, by name.

    `remote`: the host's address without a password, or None; `walk` can follow later entries.
    """

    vault: Vault
    name: str
    member: str
    record: Member
    fingerprint: Fingerprint
    found: Exposure
    remover: str | None
    groups: tuple[Through, ...]
    skills: tuple[SkillLine, ...]
    remote: str | None
    walk: Walk

    @property
    def role(self) -> Role:
        """Their role; the last one, if they were removed."""
        return self.record.role

    @property
    def unnamed(self) -> int:
        """How many of the skills I cannot read."""
        return sum(line.name is None for line in self.skills)


def exposure(
    ctx: Context, who: str, *, vault: str | None = None, stdin: bytes | None = None
) -> Report:
    """What a member, also a removed one, could have read from their first day on.

    NotFoundError if there never was one of this name; UsageError for a group.
    """
    opened = opening.open_vault(ctx, vault)
    opened.require_me()
    return report(ctx, opened, resolve_ever(ctx, opened, who, stdin))


def report(ctx: Context, vault: Vault, member: str, known: Walk | None = None) -> Report:
    """The same of a member's id, in an open vault. `known`: the walk of an earlier report."""
    record = vault.state.members[member]
    walk = _walk(vault, member, known)
    found = walk.result()
    names = _names(ctx, vault, found.skills)
    lines = [
        SkillLine(
            read.skill,
            names.get(read.skill),
            read,
            tuple(_through(vault, way, member) for way in read.ways),
        )
        for read in found.skills
    ]
    return Report(
        vault=vault,
        name=vault.reader.name(member),
        member=member,
        record=record,
        fingerprint=fingerprint.of_keyholder(record.recipient, record.signing_key),
        found=found,
        remover=None if found.remover is None else vault.reader.name(found.remover),
        groups=tuple(_through(vault, way, member) for way in found.groups),
        skills=tuple(sorted(lines, key=lambda line: (line.name is None, line.label, line.skill))),
        remote=host_of(vault),
        walk=walk,
    )


def _walk(vault: Vault, member: str, known: Walk | None) -> Walk:
    """All entries taken, from where `known` stood if the line goes on from there."""
    if known is not None:
        with contextlib.suppress(VerificationError):
            known.follow(moments(vault, known.last, known.commit))
            return known
    fresh = Walk(member)
    fresh.follow(moments(vault))
    return fresh


def resolve_ever(ctx: Context, vault: Vault, text: str, stdin: bytes | None = None) -> str:
    """The id of the member that WHO means; of removed ones, if no active one has this name."""
    if text == "-" or "/" in text or text.casefold().endswith(".card"):
        holder = people.read_card(text, stdin)
        for identifier, member in vault.state.members.items():
            if (member.recipient, member.signing_key) == (holder.recipient, holder.signing_key):
                return identifier
        raise NotFoundError(holder.name, f"never a member of {vault.name}")
    try:
        found = people.resolve(ctx, vault, text)
    except NotFoundError:
        removed = _removed(vault, text)
        if not removed:
            raise
        found = _only(text, removed)
    if found.id is None or found.id not in vault.state.members:
        group = vault.state.groups[found.id or ""]
        members = ", ".join(people.names_of(vault, group.members))
        raise UsageError(found.name, "a group; say one of its members", members)
    return found.id


def host_of(vault: Vault) -> str | None:
    """The remote's address, without a password."""
    return None if vault.notes.remote is None else without_password(vault.notes.remote)


def _removed(vault: Vault, text: str) -> list[Who]:
    said, tilde, start = text.partition("~")
    return [
        Who(name, id=identifier)
        for identifier, member in vault.state.members.items()
        if not member.is_active
        and fold(name := vault.reader.name(identifier)) == fold(said)
        and (not tilde or (start and identifier.startswith(start)))
    ]


def _only(text: str, matches: list[Who]) -> Who:
    if len(matches) > 1:
        listing = ", ".join(f"{m.name}~{(m.id or '')[:8]}" for m in matches)
        problem = f"{len(matches)} removed members had this name: {listing}"
        raise NotFoundError(text, problem, "say NAME~ID")
    return matches[0]


def _through(vault: Vault, way: Way, member: str) -> Through:
    group = None if way.name == member else way.name
    label = "" if group is None else vault.reader.name(group)
    return Through(group, label, way.epoch, way.since, way.until)


def _names(ctx: Context, vault: Vault, skills: Iterable[SkillRead]) -> dict[str, str]:
    """The names of those that I can read, or could."""
    names = {f.skill: f.summary.name for f in finding.readable(ctx, vault)}
    state = vault.state
    everything = {**state.former_skills, **state.skills}
    former = vault.reader_of(vault.local._replace(state=replace(state, skills=everything)))
    for read in skills:
        if read.skill not in names and former.newest_number(read.skill) is not None:
            with contextlib.suppress(*DOES_NOT_OPEN, RefusedError):
                names[read.skill] = former.open_newest(read.skill).bundle.manifest.name
    return names
