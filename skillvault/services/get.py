"""`get`: a version of a skill becomes a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from skillvault.errors import ConflictError, RefusedError, SkillvaultError
from skillvault.services import bases, copies, finding, reading
from skillvault.services.bases import Base, Bases
from skillvault.services.context import Context
from skillvault.services.finding import Located
from skillvault.services.references import Reference
from skillvault.skill.files import SkillFile, read_folder, write_folder
from skillvault.vault import bundle
from skillvault.vault.bundle import Bundle
from skillvault.vault.sealed import DOES_NOT_OPEN


@dataclass(frozen=True, slots=True)
class GetReport:
    """`changed` is False where the folder already held just this version."""

    located: Located
    bundle: Bundle
    folder: Path
    changed: bool


def get(
    ctx: Context,
    reference: Reference,
    parent: Path,
    *,
    vault: str | None = None,
    force: bool = False,
) -> GetReport:
    """Write `PARENT/NAME/`, and remember which version it is.

    ConflictError if a folder of that name has edits of its own, unless `force`.
    """
    located = finding.locate(ctx, reference, vault=vault)
    opened = reading.open_located(ctx, located)
    folder = parent / reading.folder_name(opened)
    changed = True
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise RefusedError(str(folder), "exists, and is no folder", "name another parent folder")
    if folder.exists():
        changed = _may_replace(ctx, located, folder, opened.files, force=force)
    if changed:
        _make_parent(parent)
        _write(ctx, located, opened, folder)
    base = Base(located.vault.state.vault_id, located.found.skill, opened.content)
    bases.note(ctx, {folder.resolve(): base})
    return GetReport(located, opened, folder, changed)


def _write(ctx: Context, located: Located, opened: Bundle, folder: Path) -> None:
    sources = [copies.source(located.vault, opened)]
    with copies.on_record(ctx, "get", folder, sources, opened.files):
        try:
            write_folder(folder, opened.files, replace=True)
        except OSError as error:
            raise RefusedError(str(folder), f"cannot be written: {error.strerror}") from None


def _make_parent(parent: Path) -> None:
    try:
        parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RefusedError(str(parent), f"no folder to write into: {error.strerror}") from None


def _may_replace(
    ctx: Context,
    located: Located,
    folder: Path,
    files: tuple[SkillFile, ...],
    *,
    force: bool,
) -> bool:
    """Whether the folder must be written. ConflictError if that would lose edits."""
    try:
        there = read_folder(folder, max_bytes=bundle.INFLATED_LIMIT, max_files=bundle.FILES_LIMIT)
    except SkillvaultError:
        if not force:
            raise
        return True
    holds = bundle.describe(there)
    if holds == bundle.describe(files):
        return False
    if force or holds == _recorded(ctx, located, folder):
        return True
    hint = "--force throws the edits away; `skillvault put` keeps them as a version"
    raise ConflictError(str(folder), "has edits that no version holds", hint)


def _recorded(
    ctx: Context, located: Located, folder: Path
) -> tuple[bundle.ManifestFile, ...] | None:
    """What the folder held when it was last got or put, if that version still opens."""
    base = Bases(ctx.paths).of(folder.resolve())
    state = located.vault.state
    if base is None or base.vault != state.vault_id or base.skill not in state.skills:
        return None
    versions = state.skills[base.skill].versions
    number = next((n for n, v in enumerate(versions, 1) if v.content == base.content), None)
    if number is None:
        mine = located.vault.workbench.text_of(base.content)
        return None if mine is None else mine.manifest.files
    try:
        return located.vault.reader.open_version(base.skill, number).bundle.manifest.files
    except DOES_NOT_OPEN:
        return None
