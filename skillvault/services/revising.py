"""A next version that no folder is put for: `restore`, `rename`, and what `edit` writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skillvault.errors import AccessError, ConflictError, UsageError
from skillvault.services import finding, people, reading, reopening, staleness
from skillvault.services.context import Context
from skillvault.services.finding import Located
from skillvault.services.labels import fold
from skillvault.services.references import Reference
from skillvault.skill.files import SkillFile
from skillvault.skill.frontmatter import SKILL_FILE, check_name
from skillvault.skill.renaming import with_name
from skillvault.vault import bundle, operations
from skillvault.vault.bundle import Bundle
from skillvault.vault.draft import Draft
from skillvault.vault.entry import Entry
from skillvault.vault.sealed import DOES_NOT_OPEN
from skillvault.vault.state import writes


@dataclass(frozen=True, slots=True)
class Revised:
    """The newest version now. `before`: the number of the one that was the newest.

    `entry` is None where nothing changed. `unpushed`: entries that wait for `sync`.
    """

    located: Located
    name: str
    version: int
    before: int
    content: str
    files: tuple[SkillFile, ...]
    entry: Entry | None
    unpushed: int

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(len(file.data) for file in self.files)


def restore(
    ctx: Context, reference: Reference, *, message: str | None = None, vault: str | None = None
) -> Revised:
    """Make an older version the newest, byte for byte, its name too.

    UsageError without `@N`; AccessError (4) if it is not sealed to me or I may not write.
    """
    if reference.version is None:
        hint = f"which version: `skillvault restore {reference}@N`; `skillvault log` lists them"
        raise UsageError(str(reference), "no version to restore", hint)
    located = finding.locate(ctx, reference, vault=vault, changing=True)
    old = reading.open_located(ctx, located)
    with located.vault.changing():
        check_writer(ctx, located)
        said = message if message is not None else f"restore @{reference.version}"
        return write(ctx, located, name=old.manifest.name, files=old.files, message=said)


def rename(
    ctx: Context,
    reference: Reference,
    new: str,
    *,
    message: str | None = None,
    vault: str | None = None,
) -> Revised:
    """Give a skill another name, as its next version; `name:` in SKILL.md follows.

    RefusedError for what is no name of a skill, ConflictError if I can read another one of it.
    """
    if reference.version is not None:
        raise UsageError(str(reference), "a skill is renamed, not one version of it")
    name = check_name(new)
    located = finding.locate(ctx, reference, vault=vault, changing=True)
    home, skill = located.vault, located.found.skill
    with home.changing():
        check_writer(ctx, located)
        others = finding.Shelf(finding.readable(ctx, home)).named(Reference(name))
        if any(other.skill != skill for other in others):
            problem = "you can read another skill of this name"
            raise ConflictError(f"{home.name}/{name}", problem, "choose another name")
        current = open_current(located)
        files = [
            SkillFile(f.path, with_name(f.data, name), f.mode) if f.path == SKILL_FILE else f
            for f in current.files
        ]
        said = message if message is not None else f"rename {current.manifest.name} to {name}"
        done = write(ctx, located, name=name, files=files, message=said)
        home.notebook.means(fold(name), skill)
        home.notebook.save()
        return done


def check_writer(ctx: Context, located: Located) -> None:
    """`require_writer`, and what a write must say of staleness."""
    require_writer(located)
    staleness.check(ctx, located.vault)


def require_writer(located: Located) -> None:
    """AccessError (4) unless I may write the skill."""
    home, skill = located.vault, located.found.skill
    record = home.state.skills.get(skill)
    if record is None:
        raise ConflictError(located.label, "it was removed meanwhile")
    if not writes(home.state, record, home.require_me()):
        ask = people.owner_to_ask(home, skill)
        raise AccessError(located.label, "you may read it, not write it", f"ask its owner, {ask}")


def open_current(located: Located) -> Bundle:
    """The current version. AccessError (4) where it is not sealed to me."""
    home, skill = located.vault, located.found.skill
    return home.reader.open_version(skill, len(home.state.skills[skill].versions)).bundle


def write(
    ctx: Context, located: Located, *, name: str, files: Sequence[SkillFile], message: str
) -> Revised:
    """The next version, unless the current one is just this. The caller holds `changing()`."""
    home, skill = located.vault, located.found.skill
    reopening.open_here(ctx, home)
    record = home.state.skills[skill]
    before = len(record.versions)
    entry, content, number = None, record.content, before
    if not _is_current(located, name, files):
        draft = Draft()
        made = operations.add_version(
            draft,
            home.state,
            home.signer(),
            skill,
            name=name,
            files=files,
            message=message,
            now=ctx.now(),
        )
        entry = home.commit(draft, ctx.now())
        content, number = made.content, made.manifest.version
    home.notebook.save()
    return Revised(located, name, number, before, content, tuple(files), entry, home.unpushed)


def _is_current(located: Located, name: str, files: Sequence[SkillFile]) -> bool:
    """Whether the current version is just this. Not if it does not open for me."""
    try:
        said = open_current(located).manifest
    except DOES_NOT_OPEN:
        return False
    return (said.name, said.files) == (name, bundle.describe(files))
