"""`lint`: what the rules say of a skill, and the guard before it reaches an agent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from skillvault import atomic
from skillvault.errors import RefusedError, UsageError
from skillvault.services import finding, reading
from skillvault.services.context import Context
from skillvault.services.references import Reference, parse
from skillvault.skill.files import SkillFile, read_folder
from skillvault.skill.finding import ALLOWABLE, ORDER, Finding
from skillvault.skill.frontmatter import SKILL_FILE, SkillText, parse_skill
from skillvault.skill.scan import scan
from skillvault.skill.validate import validate


@dataclass(frozen=True, slots=True)
class Report:
    """What lint says of one skill: errors first, then warnings, then advice."""

    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What keeps the skill from being put, or from reaching an agent."""
        return tuple(f for f in self.findings if f.severity == "error")

    @property
    def faults(self) -> tuple[Finding, ...]:
        """Errors and warnings."""
        return tuple(f for f in self.findings if f.severity != "advice")


@dataclass(frozen=True, slots=True)
class Linted:
    """One skill that was looked at. `source` is its folder, or `VAULT/NAME@N`.

    `folder`, or `vault` and `version`, are None for the other kind. `fixed` are findings that were
    there before and that `fix` mended.
    """

    source: str
    name: str | None
    report: Report
    files: int
    folder: Path | None = None
    vault: str | None = None
    version: int | None = None
    fixed: tuple[Finding, ...] = ()


def lint_files(
    files: Sequence[SkillFile], folder: str | None = None, text: SkillText | None = None
) -> Report:
    """All findings, `SK` and `SC`, of a skill's files.

    `folder` is the name of its folder, where that counts (rule SK015); `text` its SKILL.md, where
    that was parsed already. Never raises.
    """
    main = next((f.data for f in files if f.path == SKILL_FILE), None)
    if text is None and main is not None:
        text = parse_skill(main)
    found = [*validate(text, folder=folder, paths=[f.path for f in files]), *scan(files)]
    return Report(tuple(sorted(found, key=lambda f: ORDER[f.severity])))


def lint_many(skills: Sequence[tuple[Sequence[SkillFile], str, SkillText]]) -> list[Report]:
    """The same of many, as (files, name of the folder, SKILL.md): each rule set over all of them.

    In turns, each would find the caches full of the other.
    """
    valid = [
        validate(text, folder=folder, paths=[f.path for f in files])
        for files, folder, text in skills
    ]
    scanned = [scan(files) for files, _, _ in skills]
    return [
        Report(tuple(sorted([*a, *b], key=lambda f: ORDER[f.severity])))
        for a, b in zip(valid, scanned, strict=True)
    ]


def guard(
    ctx: Context, label: str, files: Sequence[SkillFile], *, allow: Collection[str] = ()
) -> Report:
    """Look at a skill before it reaches an agent (`SC` rules only).

    Warnings go to `ctx.warn`. RefusedError (8) for the first error, unless its code is in `allow`
    (the user's `--allow CODE`); it is warned about then. `label` is what the user calls the skill.
    """
    report = Report(tuple(scan(files)))
    refuse(label, report, allow)
    for one in report.faults:
        ctx.warn(f"{label}: {told(one)}")
    return report


def refuse(label: str, report: Report, allow: Collection[str] = ()) -> None:
    """RefusedError (8) for the first error, unless its code is in `allow`.

    UsageError for a code there that nobody can allow: an `SK` error is of a skill that no client
    loads.
    """
    strange = next((code for code in allow if code not in ALLOWABLE), None)
    if strange is not None:
        hint = f"those that can be: {', '.join(sorted(ALLOWABLE))}"
        raise UsageError("--allow", f"`{strange}` is no error that can be let pass", hint)
    for one in report.errors:
        if one.code not in allow:
            raise refusal(label, one)


def refusal(label: str, one: Finding) -> RefusedError:
    """The error for a finding that is not let pass."""
    hint = one.hint
    if one.code in ALLOWABLE:
        hint += f"; if it is meant: `--allow {one.code}`"
    return RefusedError(label, told(one), hint)


def told(one: Finding) -> str:
    """`SKILL.md:12: SC001: hidden text ...`."""
    where = one.path if one.line is None else f"{one.path}:{one.line}"
    return f"{where}: {one.code}: {one.message}"


def lint(
    ctx: Context, targets: Sequence[str], *, fix: bool = False, vault: str | None = None
) -> tuple[Linted, ...]:
    """Look at folders of this machine and at skills of vaults, in the order named.

    A target that is a folder is one, or holds several; anything else is a reference. Without
    targets it is the current folder where that is a skill, else every skill that I can read. With
    `fix` the files of folders are mended in place; UsageError for a skill in a vault.
    """
    if not targets and Path(SKILL_FILE).is_file():
        targets = (".",)
    if not targets:
        return _all(ctx, vault, fix=fix)
    linted: list[Linted] = []
    for done, target in enumerate(targets, 1):
        if is_folder(target):
            linted += [_folder(ctx, path, fix=fix) for path in _skills_in(Path(target))]
        else:
            linted.append(_skill(ctx, parse(target), vault, fix=fix))
        ctx.progress("lint", done, len(targets))
    return tuple(linted)


def _skills_in(path: Path) -> list[Path]:
    """The folder itself; or, if it is no skill, the folders in it that are."""
    if (path / SKILL_FILE).exists():
        return [path]
    return sorted(main.parent for main in path.glob(f"*/{SKILL_FILE}")) or [path]


def is_folder(target: str) -> bool:
    """Whether a target means a folder: by how it is written, or because it is there."""
    return target.startswith((".", "/", "~")) or target.endswith("/") or Path(target).is_dir()


def _folder(ctx: Context, path: Path, *, fix: bool) -> Linted:
    files = read_folder(path, on_skip=lambda left: ctx.warn(f"{path}: not looked at: {left}"))
    name = path.resolve().name
    before = report = lint_files(files, name)
    if fix:
        files = _mend(path, files)
        report = lint_files(files, name)
    return Linted(
        source=str(path),
        name=_name(files),
        report=report,
        files=len(files),
        folder=path,
        fixed=_gone(before, report),
    )


def _mend(path: Path, files: Sequence[SkillFile]) -> tuple[SkillFile, ...]:
    """Write what can be mended, file by file, each whole or not at all."""
    from skillvault.skill.fix import fix_files

    mended = fix_files(files)
    for old, new in zip(files, mended, strict=True):
        if new is not old:
            place = path / new.path
            try:
                atomic.write(place, new.data, mode=place.stat().st_mode & 0o777)
            except OSError as error:
                reason = (error.strerror or "").lower()
                raise RefusedError(str(place), f"cannot be written: {reason}") from None
    return mended


def _gone(before: Report, after: Report) -> tuple[Finding, ...]:
    """Findings of which the mended skill has fewer; lines move, so they are told by the rest."""
    left = [(f.code, f.path, f.message) for f in after.findings]
    gone: list[Finding] = []
    for one in before.findings:
        key = (one.code, one.path, one.message)
        if key in left:
            left.remove(key)
        else:
            gone.append(one)
    return tuple(gone)


def _skill(ctx: Context, reference: Reference, vault: str | None, *, fix: bool) -> Linted:
    if fix:
        raise UsageError(
            str(reference),
            "--fix mends folders, not what is in a vault",
            f"`skillvault get {reference}`, `skillvault lint --fix FOLDER`, then put it",
        )
    located, opened = reading.open_reference(ctx, reference, vault=vault)
    return _linted(located.vault.name, opened.manifest.name, opened.manifest.version, opened.files)


def _all(ctx: Context, vault: str | None, *, fix: bool) -> tuple[Linted, ...]:
    if fix:
        hint = "`skillvault lint --fix FOLDER`"
        raise UsageError("lint", "--fix mends folders, and none was named", hint)
    linted: list[Linted] = []
    for home in reading.open_for_list(ctx, vault):
        mine = finding.readable(ctx, home)
        for count, found in enumerate(mine, 1):
            opened = home.reader.open_newest(found.skill).bundle
            said = opened.manifest
            linted.append(_linted(home.name, said.name, said.version, opened.files))
            ctx.progress("lint", count, len(mine))
    return tuple(linted)


def _linted(vault: str, name: str, version: int, files: Sequence[SkillFile]) -> Linted:
    return Linted(
        source=f"{vault}/{name}@{version}",
        name=name,
        report=lint_files(files),
        files=len(files),
        vault=vault,
        version=version,
    )


def _name(files: Sequence[SkillFile]) -> str | None:
    main = next((f.data for f in files if f.path == SKILL_FILE), None)
    return None if main is None else parse_skill(main).name
