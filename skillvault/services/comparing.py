"""`diff`: two versions of a skill, a version and a folder, or one file of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from skillvault.errors import NotFoundError, UsageError
from skillvault.services import finding, opening, reading
from skillvault.services.bases import Bases
from skillvault.services.context import Context
from skillvault.services.finding import Found, Located
from skillvault.services.references import Reference, parse
from skillvault.skill.diffing import Hunk, hunks, is_text
from skillvault.skill.files import SkillFile, read_folder
from skillvault.skill.frontmatter import SKILL_FILE, parse_skill, skill_name
from skillvault.vault import bundle, settings
from skillvault.vault.client import Vault

_FOLDER_SIGNS = ("./", "../", "/", "~")


@dataclass(frozen=True, slots=True)
class Side:
    """What is compared, `label` as the user calls it.

    A version has `located` and `version`, a folder `folder`; what stood before the first version
    has no files.
    """

    label: str
    files: tuple[SkillFile, ...]
    located: Located | None = None
    version: int | None = None
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that differs; None on the side where it is not."""

    path: str
    old: SkillFile | None
    new: SkillFile | None

    @property
    def change(self) -> str:
        """`added`, `removed`, `changed`, or `mode` where only that differs."""
        if self.old is None:
            return "added"
        if self.new is None:
            return "removed"
        return "mode" if self.old.data == self.new.data else "changed"

    def hunks(self) -> list[Hunk] | None:
        """What differs by lines, or None where a side is no text."""
        old, new = (b"" if file is None else file.data for file in (self.old, self.new))
        if not (is_text(old) and is_text(new)):
            return None
        return hunks(old.decode(), new.decode())


@dataclass(frozen=True, slots=True)
class Compared:
    """The two sides and what differs between them, by path."""

    vault: Vault
    old: Side
    new: Side
    differences: tuple[Difference, ...]


def compare(
    ctx: Context,
    first: str,
    second: str | None = None,
    *,
    file: str | None = None,
    vault: str | None = None,
) -> Compared:
    """Compare `first` with `second`, each `[VAULT/]NAME[~ID][@N]` or a folder's path.

    A path begins with `./`, `../`, `/` or `~`, or ends with `/`. `second` may be `@N` of the same
    skill. Without it a version is compared with the newest, the newest with the one before, and a
    folder with the version that it came from. `file`: that one alone (NotFoundError if neither
    side has it).
    """
    old, new = _sides(ctx, first, second, vault)
    home = old.located or new.located
    assert home is not None  # noqa: S101 - two folders were refused
    found = differences(old.files, new.files)
    if file is not None:
        if all(f.path != file for f in (*old.files, *new.files)):
            raise NotFoundError(f"{old.label} {file}", "no such file on either side")
        found = tuple(one for one in found if one.path == file)
    return Compared(home.vault, old, new, found)


def _sides(ctx: Context, first: str, second: str | None, vault: str | None) -> tuple[Side, Side]:
    if _is_folder(first):
        if second is not None and _is_folder(second):
            hint = "`git diff --no-index A B` compares two folders"
            raise UsageError("diff", "two folders, and no skill", hint)
        folder = _folder(ctx, first)
        if second is not None:
            return folder, _version(ctx, finding.locate(ctx, parse(second), vault=vault))
        return _base(ctx, folder, vault), folder
    located = finding.locate(ctx, parse(first), vault=vault)
    if second is None:
        return _last_change(ctx, located)
    if _is_folder(second):
        return _version(ctx, located), _folder(ctx, second)
    if second.startswith("@"):
        other = replace(located, version=parse(f"x{second}").version)
        if (other.version or 0) > located.found.newest:
            problem = f"there is no such version; the newest is @{located.found.newest}"
            raise NotFoundError(f"{located.label}{second}", problem)
    else:
        other = finding.locate(ctx, parse(second), vault=vault)
    return _version(ctx, located), _version(ctx, other)


def _is_folder(text: str) -> bool:
    return text in {".", ".."} or text.startswith(_FOLDER_SIGNS) or text.endswith("/")


def _folder(ctx: Context, text: str) -> Side:
    path = Path(text).expanduser()
    files = read_folder(
        path,
        max_bytes=bundle.INFLATED_LIMIT,
        max_files=bundle.FILES_LIMIT,
        on_skip=lambda left: ctx.warn(f"{path.name}: left out {left}"),
    )
    return Side(text, files, folder=path)


def _version(ctx: Context, located: Located) -> Side:
    opened = reading.open_located(ctx, located)
    number = opened.manifest.version
    return Side(f"{located.label}@{number}", opened.files, located, number)


def _last_change(ctx: Context, located: Located) -> tuple[Side, Side]:
    """A version and the newest; the newest and the one before."""
    newest = _version(ctx, replace(located, version=None))
    top = newest.version or 1
    number = located.version
    if number is None or number == top:
        number = top - 1
    if number == 0:
        return Side("nothing", (), located), newest
    return _version(ctx, replace(located, version=number)), newest


def _base(ctx: Context, folder: Side, vault: str | None) -> Side:
    """The version that a folder came from; else the newest of the skill that it names."""
    assert folder.folder is not None  # noqa: S101 - it is a folder
    place = folder.folder.resolve()
    base = Bases(ctx.paths).of(place)
    if base is not None:
        for name in settings.names(ctx.paths):
            if settings.load(ctx.paths, name).vault == base.vault:
                home = opening.open_named(ctx, name)
                shelf = finding.Shelf(finding.readable(ctx, home, base.skill))
                found = shelf.by_id.get(base.skill)
                number = found and _number(home, found, base.content)
                if found is not None and number:
                    return _version(ctx, Located(home, found, number))
    main = next((f.data for f in folder.files if f.path == SKILL_FILE), b"")
    name = skill_name(parse_skill(main), place.name)
    return _version(ctx, finding.locate(ctx, Reference(name), vault=vault))


def _number(home: Vault, found: Found, content: str) -> int | None:
    versions = home.state.skills[found.skill].versions
    return next((n for n, v in enumerate(versions, 1) if v.content == content), None)


def differences(old: Sequence[SkillFile], new: Sequence[SkillFile]) -> tuple[Difference, ...]:
    """What leads from one set of files to the other, by path."""
    before, after = ({file.path: file for file in side} for side in (old, new))
    return tuple(
        Difference(path, before.get(path), after.get(path))
        for path in sorted(before.keys() | after.keys(), key=str.encode)
        if before.get(path) != after.get(path)
    )
