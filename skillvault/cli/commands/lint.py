"""`skillvault lint`: what the rules say of skills."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from skillvault.cli import words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skillvault.services.linting import Linted
    from skillvault.skill.finding import Finding


@command(
    "lint",
    """
    Looks at skills: folders, or skills in a vault; without a name at the current folder, if it is
    one, else at all that you can read. SK rules are of the format, SC rules of what may be hostile:
    hidden text, injected orders, secrets, links, scripts, settings of agents. A skill without
    findings is not thereby harmless.

    Ends with 1 where there is an error: `put` refuses it, and so does whatever gives a skill to an
    agent. Each rule stands in docs/lint.md, and `--explain CODE` prints it.
    """,
    examples=[
        "skillvault lint ./code-review",
        "skillvault lint --fix ~/.claude/skills/*",
        "skillvault lint code-review@2 --json",
        "skillvault lint --sarif skills/* > lint.sarif",
        "skillvault lint --explain SC010",
    ],
)
@click.argument("targets", metavar="[NAME|FOLDER]...", nargs=-1)
@click.option("--fix", is_flag=True, help="mend what can be mended safely, in folders")
@click.option("--strict", is_flag=True, help="end with 1 at a warning too")
@click.option("--sarif", is_flag=True, help="print SARIF 2.1.0, for code hosts and editors")
@click.option("--explain", metavar="CODE", help="say what a rule is for, with examples")
def main(
    run: Run,
    targets: tuple[str, ...],
    fix: bool,
    strict: bool,
    sarif: bool,
    explain: str | None,
) -> None:
    if sarif and run.json:
        raise UsageError("lint", "`--sarif` and `--json` are two formats of one output")
    if explain is None:
        _lint(run, targets, fix=fix, strict=strict, sarif=sarif)
    elif run.json or sarif or fix or strict or targets:
        raise UsageError("lint", "`--explain` stands alone, and prints text")
    else:
        _explain(run, explain)


def _lint(run: Run, targets: Sequence[str], *, fix: bool, strict: bool, sarif: bool) -> None:
    from skillvault.services.linting import lint

    linted = lint(run.context, targets, fix=fix, vault=run.vault)
    errors, warnings, advice = (_count(linted, kind) for kind in ("error", "warning", "advice"))
    if sarif:
        _emit_sarif(run, linted)
    elif run.json:
        skills = [_json(one) for one in linted]
        run.out.emit_json(None, skills=skills, errors=errors, warnings=warnings, advice=advice)
    else:
        _say(run, linted)
        fixed = sum(len(one.fixed) for one in linted)
        said = [words.count(len(linted), "skill"), words.count(errors, "error")]
        said += [words.count(warnings, "warning"), f"{advice:,} advice"]
        run.out.note(", ".join([*said, *([f"{fixed:,} fixed"] if fix else [])]))
    if errors or (strict and warnings):
        faults = words.count(errors, "error")
        problem = f"{faults}, {words.count(warnings, 'warning')}" if strict else faults
        raise CheckError(
            "lint", problem, "`skillvault lint --explain CODE` says what a rule is for"
        )


def _count(linted: Sequence[Linted], kind: str) -> int:
    return sum(finding.severity == kind for one in linted for finding in one.report.findings)


def _say(run: Run, linted: Sequence[Linted]) -> None:
    """One line a finding, as compilers print them; each hint once, on stderr."""
    hints: set[tuple[str, str]] = set()
    for one in linted:
        for finding in one.fixed:
            run.out.note(f"{_at(one, finding)}: fixed: {finding.code}: {finding.message}")
        for finding in one.report.findings:
            said = f"{finding.severity}: {finding.code}: {finding.message}"
            run.out.data(f"{_at(one, finding)}: {said}")
            if (finding.code, finding.hint) not in hints:
                hints.add((finding.code, finding.hint))
                run.out.hint(finding.hint)


def _at(one: Linted, finding: Finding) -> str:
    line = "" if finding.line is None else f":{finding.line}"
    return f"{one.source.rstrip('/')}/{finding.path}{line}"


def _json(one: Linted) -> words.Json:
    return {
        "source": one.source,
        "name": one.name,
        "vault": one.vault,
        "version": one.version,
        "files": one.files,
        "findings": [words.finding_json(finding) for finding in one.report.findings],
        "fixed": [words.finding_json(finding) for finding in one.fixed],
    }


def _emit_sarif(run: Run, linted: Sequence[Linted]) -> None:
    from skillvault import __version__
    from skillvault.skill.sarif import sarif

    found = [(one.source, finding) for one in linted for finding in one.report.findings]
    text = json.dumps(sarif(found, __version__), indent=1)
    run.out.raw(f"{text}\n".encode())


def _explain(run: Run, code: str) -> None:
    from skillvault.skill.rules import find

    rule = find(code)
    run.out.heading(f"{rule.code} ({rule.severity}): {rule.title}")
    for line in (rule.why, rule.advice_line, rule.fix_line):
        if line:
            run.out.data(line)
    for title, examples in (("bad", rule.bad), ("good", rule.good)):
        for example in examples:
            run.out.data(f"\n{title}:")
            run.out.data("\n".join(f"    {line}" for line in example.shown.rstrip().split("\n")))
