"""One skill as a screen shows it: a version of it, its history, who reads it, what it is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from skillvault.errors import AccessError, NotFoundError
from skillvault.services import accessing, browsing, comparing, finding, linting, reading
from skillvault.services.browsing import Desk, Key, Result
from skillvault.services.context import Context
from skillvault.services.finding import Located
from skillvault.services.linting import Report
from skillvault.services.reading import VersionLine
from skillvault.skill import links
from skillvault.vault.state import owns, reads, writes

if TYPE_CHECKING:
    from skillvault.catalog.runs import Run
    from skillvault.services.accessing import Grant
    from skillvault.services.comparing import Difference
    from skillvault.skill.files import SkillFile
    from skillvault.vault.bundle import Bundle
    from skillvault.vault.client import Vault


class Leaf(NamedTuple):
    """A version of a skill. `newest`: the number of the newest; `writes`, `owns`: whether I do."""

    key: Key
    bundle: Bundle
    author: str
    newest: int
    writes: bool
    owns: bool

    @property
    def name(self) -> str:
        """What it is called in this version."""
        return self.bundle.manifest.name

    @property
    def version(self) -> int:
        """Its number."""
        return self.bundle.manifest.version

    @property
    def label(self) -> str:
        """`NAME@N`."""
        return f"{self.name}@{self.version}"

    def file(self, path: str) -> SkillFile | None:
        """The file at a path, if there is one."""
        return next((file for file in self.bundle.files if file.path == path), None)


class Measured(NamedTuple):
    """A run, and what it came to."""

    run: Run
    result: Result


class Access(NamedTuple):
    """Who may read and write a skill. `keyholders`: how many can read it, me among them."""

    grants: tuple[Grant, ...]
    keyholders: int


def leaf(ctx: Context, desk: Desk, key: Key, version: int | None = None) -> Leaf:
    """Open a version, the newest that is sealed to me by default.

    AccessError (4): it is not sealed to me, or the skill is not mine to read any more.
    NotFoundError (3): there is none of that number.
    """
    with desk.vault(ctx, key[0]) as vault:
        located = _located(ctx, vault, key[1], version)
        record, me = vault.state.skills[key[1]], vault.require_me()
        if version is not None and not 0 < version <= len(record.versions):
            problem = f"there is no such version; the newest is @{len(record.versions)}"
            raise NotFoundError(f"{located.label}@{version}", problem)
        opened = reading.open_located(ctx, located)
        return Leaf(
            key=key,
            bundle=opened,
            author=vault.reader.name(opened.manifest.author),
            newest=len(record.versions),
            writes=writes(vault.state, record, me),
            owns=owns(vault.state, record, me),
        )


def versions(ctx: Context, desk: Desk, key: Key) -> list[VersionLine]:
    """Its versions, the newest first, those that are not sealed to me too."""
    with desk.vault(ctx, key[0]) as vault:
        return reading.versions(ctx, _located(ctx, vault, key[1], None))


def access(ctx: Context, desk: Desk, key: Key) -> Access:
    """Who may read and write it, through what, since when."""
    with desk.vault(ctx, key[0]) as vault:
        _located(ctx, vault, key[1], None)
        state = vault.state
        readers = set(state.skills[key[1]].readers)
        within = {m for r in readers & set(state.groups) for m in state.groups[r].members}
        found = accessing.grants(vault, key[1])
        return Access(tuple(found), len(within | (readers - set(state.groups))))


def runs(ctx: Context, desk: Desk, key: Key) -> list[Measured]:
    """Its evaluation runs on this machine, the newest first."""
    from skillvault.services import runs as kept

    with desk.vault(ctx, key[0]) as vault:
        record = vault.state.skills.get(key[1])
        home, newest = vault.state.vault_id, len(record.versions) if record is not None else 0
    found = kept.of_skill(ctx, home, key[1])
    return [Measured(run, browsing.result_of(run, newest)) for run in found]


def changes(ctx: Context, desk: Desk, key: Key, old: int, new: int) -> tuple[Difference, ...]:
    """What leads from a version to another; 0 is what stood before the first."""
    sides = [leaf(ctx, desk, key, n).bundle.files if n else () for n in (old, new)]
    return comparing.differences(*sides)


def checks(opened: Leaf) -> Report:
    """What lint says of a version."""
    return linting.lint_files(opened.bundle.files)


def named_files(opened: Leaf, path: str, text: str) -> list[str]:
    """The files of the skill that a file's text links to or names, as they come."""
    return links.mentioned(text, path, [file.path for file in opened.bundle.files])


def text_of(file: SkillFile) -> str | None:
    """A file as text, or None for what is no UTF-8 text."""
    if b"\0" in file.data:
        return None
    try:
        return file.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def is_markdown(path: str) -> bool:
    """Whether a file is rendered when it is read."""
    return path.casefold().endswith((".md", ".markdown"))


def _located(ctx: Context, vault: Vault, skill: str, version: int | None) -> Located:
    found = finding.Shelf(finding.readable(ctx, vault, skill)).by_id.get(skill)
    if found is None:
        record = vault.state.skills.get(skill)
        if record is not None and reads(vault.state, record, vault.me or ""):
            raise AccessError(vault.name, "no version of it opens for you", "`skillvault verify`")
        raise AccessError(vault.name, "it was removed, or is not shared with you any more")
    return Located(vault, found, version)
