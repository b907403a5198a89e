"""docs/lint.md, made from the table of rules in `skillvault/skill/rules.py`."""

from __future__ import annotations

from skillvault.skill.finding import ALLOWABLE
from skillvault.skill.rules import Example, Rule, all_rules
from skillvault.skill.text import visible

HEAD = """\
# Lint

Made by `python scripts/docs.py` from the table of rules that `skillvault lint` has; each example
below is a test. `skillvault lint --explain CODE` prints one rule.

```
skillvault lint ./code-review            a folder; several; or a folder of skills
skillvault lint code-review@2            a skill in a vault
skillvault lint --fix ./code-review      mend what can be mended safely
skillvault lint --json, --sarif          for programs, code hosts and editors
```

It runs by itself on `put`, after `edit`, and before a skill reaches an agent (`inject`, `install`,
`update`, `run`, the Python API). `SK` rules are of the Agent Skills format and of what serves a
skill well; `SC` rules look for what may be hostile, in every file of the skill.

| severity | of `SK` rules | of `SC` rules |
|---|---|---|
| error | clients do not load the skill | it has no innocent reason |
| warning | breaks the specification | somebody should look at it |
| advice | good practice | seen, and probably harmless |

With an error `lint` ends with 1 and `put` refuses (8); with one of an `SC` rule whatever gives a
skill to an agent refuses too. Warnings are said, and it goes on (`lint --strict` ends with 1).
Advice is said by `lint` alone.

Whoever knows better lets an error pass by `--allow CODE`: {allowable}.

## What it does not do

The scan is a net with holes: a skill without findings is not thereby harmless. It knows no
language but English, reads no picture, PDF or archive, follows no link and runs nothing. Text that
only speaks of an attack, in code, in quotation marks, or in a sentence that says not to, is advice:
a skill that teaches about prompt injection is not refused, and hardly warned about. The tasks in
`evals/` are looked through for hidden characters and live secrets alone. A finding never repeats a
secret. The time it takes is in proportion to the size (some 20 microseconds a kilobyte of prose),
and at most 20 findings of a rule are listed for one file.
"""


def page() -> str:
    """docs/lint.md as it should be."""
    rules = all_rules()
    rows = [
        f"| [{r.code}](#{r.code.lower()}) | {r.severity} | {r.title} | {'yes' if r.fixed else ''} |"
        for r in rules
    ]
    allowable = ", ".join(f"`{code}`" for code in sorted(ALLOWABLE))
    table = ["## Rules", "", "| code | severity | | `--fix` |", "|---|---|---|---|", *rows]
    parts = [HEAD.replace("{allowable}", allowable), "\n".join(table) + "\n", *map(_rule, rules)]
    return "\n".join(parts)


def _rule(rule: Rule) -> str:
    said = [
        f"### {rule.code}\n",
        f"**{rule.title[0].upper()}{rule.title[1:]}** ({rule.severity}). ",
    ]
    said[-1] += " ".join(filter(None, (rule.why, rule.advice_line, rule.fix_line)))
    examples = [_example("Bad", one) for one in rule.bad] + [_example("Good", e) for e in rule.good]
    return "\n".join([*said, "", *examples])


def _example(word: str, example: Example) -> str:
    # Nothing hidden in the page itself, not even what is let be.
    text = "".join(c if c in "\n\t" or c.isprintable() else visible(c) for c in example.shown)
    fence = "````" if "```" in text else "```"
    return f"{word}:\n\n{fence}text\n{text.rstrip()}\n{fence}\n"
