"""The lint rules in words, each with examples: one table for `lint`, SARIF, docs/lint.md and tests.

What a rule finds is decided where it is looked for (`frontmatter`, `validate`, `links`, `scan_*`);
that the two agree is held by a test, which lints each example.
"""

from __future__ import annotations

from dataclasses import dataclass

from skillvault.errors import NotFoundError
from skillvault.skill.files import SkillFile
from skillvault.skill.finding import Severity

FOLDER = "code-review"
GOOD_FRONT = f"name: {FOLDER}\ndescription: Reviews code. Use when asked to review a change.\n"


@dataclass(frozen=True, slots=True)
class Example:
    """Files of a skill in a folder called `folder`; `shown` is what a page shows of them."""

    files: tuple[SkillFile, ...]
    shown: str
    folder: str = FOLDER


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Its examples in `bad` raise it, those in `good` do not.

    `severity` is the worst that it is; `milder` says when it is only advice. `fixed`: what
    `lint --fix` does about it, or empty.
    """

    code: str
    severity: Severity
    title: str
    why: str
    bad: tuple[Example, ...]
    good: tuple[Example, ...]
    milder: str = ""
    fixed: str = ""

    @property
    def advice_line(self) -> str:
        """When it is only advice, as a sentence, or empty."""
        return f"Only advice {self.milder}." if self.milder else ""

    @property
    def fix_line(self) -> str:
        """What `--fix` does, as a sentence, or empty."""
        return f"`lint --fix` {self.fixed}." if self.fixed else ""


def skill(front: str, body: str = "Read the description first.\n", shown: str = "") -> Example:
    """A skill of one `SKILL.md`, by its front matter and its body."""
    text = f"---\n{front}---\n\n{body}"
    return file("SKILL.md", text, shown or text)


def body(text: str, shown: str = "") -> Example:
    """A skill whose front matter is good; the page shows the body."""
    return skill(GOOD_FRONT, text, shown or text)


def file(path: str, data: str | bytes, shown: str = "") -> Example:
    """A file beside a `SKILL.md` that is good, or that file itself."""
    raw = data.encode() if isinstance(data, str) else data
    told = shown or (raw.decode("utf-8", "replace") if path == "SKILL.md" else "")
    one = SkillFile(path, raw, "644")
    if path == "SKILL.md":
        return Example((one,), told)
    main = SkillFile("SKILL.md", f"---\n{GOOD_FRONT}---\n\nReview it.\n".encode(), "644")
    return Example((main, one), told or f"{path}:\n{raw.decode('utf-8', 'replace')}")


def all_rules() -> tuple[Rule, ...]:
    """Every rule, by its code."""
    from skillvault.skill.rules_format import RULES as FORMAT
    from skillvault.skill.rules_scan import RULES as SCAN
    from skillvault.skill.rules_scripts import RULES as SCRIPTS

    return (*FORMAT, *SCAN, *SCRIPTS)


def find(code: str) -> Rule:
    """The rule of a code, in any case. NotFoundError if there is none."""
    for rule in all_rules():
        if rule.code == code.upper():
            return rule
    raise NotFoundError(code, "no such rule", "docs/lint.md lists them")
