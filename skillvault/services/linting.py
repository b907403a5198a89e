"""`lint`: what the rules say of a skill, and the guard before it reaches an agent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from skillvault.errors import RefusedError, UsageError
from skillvault.services.context import Context
from skillvault.skill.files import SkillFile
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


def guard(
    ctx: Context, label: str, files: Sequence[SkillFile], *, allow: Collection[str] = ()
) -> Report:
    """Look at a skill before it reaches an agent (`SC` rules only).

    Warnings go to `ctx.warn`. RefusedError (8) for the first error, unless its code is in `allow`
    (the user's `--allow CODE`); it is warned about then. `label` is what the user calls the skill.
    """
    report = Report(tuple(scan(files)))
    refuse(label, report, allow)
    for finding in report.faults:
        ctx.warn(f"{label}: {told(finding)}")
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
    for finding in report.errors:
        if finding.code not in allow:
            raise refusal(label, finding)


def refusal(label: str, finding: Finding) -> RefusedError:
    """The error for a finding that is not let pass."""
    hint = finding.hint
    if finding.code in ALLOWABLE:
        hint += f"; if it is meant: `--allow {finding.code}`"
    return RefusedError(label, told(finding), hint)


def told(finding: Finding) -> str:
    """`SKILL.md:12: SC001: hidden text ...`."""
    where = finding.path if finding.line is None else f"{finding.path}:{finding.line}"
    return f"{where}: {finding.code}: {finding.message}"
