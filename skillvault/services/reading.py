"""Opening what was found, listing it, and its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skillvault.errors import AccessError, NotFoundError, RefusedError
from skillvault.services import finding, opening
from skillvault.services.context import Context
from skillvault.services.finding import Found, Located
from skillvault.services.labels import label, labels
from skillvault.services.references import Reference
from skillvault.skill.paths import check_path
from skillvault.vault.client import Vault
from skillvault.vault.sealed import DOES_NOT_OPEN
from skillvault.vault.state import pending, skill_path

if TYPE_CHECKING:
    from skillvault.skill.files import SkillFile
    from skillvault.vault.bundle import Bundle

MAIN = "SKILL.md"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of `list`. `readers` are names; `owner` too. `unpushed`: its newest version waits."""

    vault: str
    skill: str
    found: Found
    owner: str
    readers: tuple[str, ...]
    mine: bool
    unpushed: bool
    pending: bool


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A line of `log`. What is sealed in the manifest is None where it does not open for me."""

    number: int
    author: str
    entry: int
    time: str
    message: str | None
    size: int | None
    files: int | None
    content: str
    origin: Mapping[str, str] | None
    licence: str | None

    @property
    def is_readable(self) -> bool:
        """Whether a file of this version is sealed to a key of mine."""
        return self.message is not None


@dataclass(frozen=True, slots=True)
class Shown:
    """One file of a version."""

    located: Located
    bundle: Bundle
    file: SkillFile


def list_skills(ctx: Context, vault: Vault) -> list[Row]:
    """Every skill of a vault that I can read, by name."""
    if vault.me is None:
        raise finding.not_a_member(vault)
    state, known = vault.state, labels(vault)
    waiting = {p.path for p in pending(state)}
    rows = []
    pushed = vault.pushed_seq
    for found in finding.readable(ctx, vault):
        record = state.skills[found.skill]
        rows.append(
            Row(
                vault=vault.name,
                skill=found.skill,
                found=found,
                owner=known[record.owner],
                readers=tuple(sorted(known[reader_id] for reader_id in record.readers)),
                mine=record.readers == (vault.me,),
                unpushed=record.versions[-1].seq > pushed,
                pending=skill_path(found.skill) in waiting,
            )
        )
    return rows


def open_reference(
    ctx: Context, reference: Reference, *, vault: str | None = None
) -> tuple[Located, Bundle]:
    """Find a skill and open the version that was asked for, the newest by default."""
    located = finding.locate(ctx, reference, vault=vault)
    return located, open_located(ctx, located)


def open_located(ctx: Context, located: Located) -> Bundle:
    """Open the version that was asked for. AccessError (4) if it is not sealed to me."""
    vault, skill = located.vault, located.found.skill
    if located.version is None:
        opened = vault.reader.open_newest(skill)
        for fault in opened.faults:
            ctx.warn(f"{located.label}: {fault}")
        newest = len(vault.state.skills[skill].versions)
        if opened.number < newest:
            ctx.warn(f"{located.label}: this is @{opened.number}; @{newest} is not sealed to you")
    else:
        first = first_readable(vault, skill)
        if vault.reader.can_open_version(skill, located.version):
            opened = vault.reader.open_version(skill, located.version)
        else:
            raise AccessError(
                f"{located.found.summary.name}@{located.version}",
                "not sealed to any key of yours",
                f"you read it from @{first} on; ask {finding.owner_name(vault, skill)} for a copy",
            )
    vault.notebook.note(opened.bundle)
    vault.notebook.save()
    return opened.bundle


def first_readable(vault: Vault, skill: str) -> int:
    """The oldest version that is sealed to a key of mine."""
    return min(number for number, _ in vault.reader.openable(vault.state.skills[skill]))


def show(
    ctx: Context, reference: Reference, path: str = MAIN, *, vault: str | None = None
) -> Shown:
    """One file of a skill. NotFoundError lists the files there are."""
    located, opened = open_reference(ctx, reference, vault=vault)
    for file in opened.files:
        if file.path == path:
            return Shown(located, opened, file)
    listing = ", ".join(file.path for file in opened.files[:20])
    raise NotFoundError(f"{reference} {path}", "no such file in this skill", f"it has {listing}")


def log(
    ctx: Context, reference: Reference, *, vault: str | None = None
) -> tuple[Located, list[VersionLine]]:
    """The versions of a skill, the newest first."""
    located = finding.locate(ctx, reference, vault=vault)
    return located, versions(ctx, located)


def versions(ctx: Context, located: Located) -> list[VersionLine]:
    """The versions of a skill that was found, the newest first."""
    home, skill = located.vault, located.found.skill
    lines = []
    for number, version in enumerate(home.state.skills[skill].versions, 1):
        summary = home.notebook.known(skill, version.content)
        if summary is None and home.reader.can_open_version(skill, number):
            try:
                summary = home.notebook.note(home.reader.open_version(skill, number).bundle)
            except DOES_NOT_OPEN as error:
                ctx.warn(f"{located.label}@{number}: {error.problem}")
        lines.append(
            VersionLine(
                number=number,
                author=label(home, version.author),
                entry=version.seq,
                time=version.time,
                message=summary.message if summary else None,
                size=summary.size if summary else None,
                files=summary.files if summary else None,
                content=version.content,
                origin=summary.origin if summary else None,
                licence=summary.licence if summary else None,
            )
        )
    home.notebook.save()
    return lines[::-1]


def folder_name(opened: Bundle) -> str:
    """The skill's name as a folder. RefusedError for an author's name that is no safe one."""
    name = opened.manifest.name
    check_path(name)
    if "/" in name or name.startswith(("-", ".")):
        raise RefusedError(name, "not a safe name for a folder", "ask its author to rename it")
    return name


def open_for_list(ctx: Context, named: str | None) -> list[Vault]:
    """The vault that is meant, or every vault of this machine where none is."""
    from skillvault.vault import settings

    if named or ctx.environ.get("SKILLVAULT_VAULT"):
        return [opening.open_vault(ctx, named)]
    names = settings.names(ctx.paths)
    if not names:
        return [opening.open_vault(ctx, None)]
    return [opening.open_named(ctx, name) for name in names]
