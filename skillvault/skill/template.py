"""What `new` begins a skill with: short, valid, and saying what makes a skill worth its tokens."""

from __future__ import annotations

_TEXT = """\
---
name: {name}
description: What this skill does, in a sentence. Use when {title} is asked for, or when ... (name \
the words, files and errors that should call it up).
---

# {title_upper}

One sentence: what is better when an agent has read this.

## Steps

1. What to do first, and how to know that it is done.
2. What to do then.

## Rules

- What you would tell a new colleague and no model knows: your names, limits, defaults, exceptions.
- One fact a line, with its number or its exact command: `like this`.

## Example

Input: ...
Output: ...

<!-- Longer material goes into references/NAME.md, named here with when to read it: an agent opens
     it only then. Scripts go into scripts/, and tasks to measure this skill with into
     evals/evals.json: `skillvault eval {name}`. Delete this remark, and whatever says nothing. -->
"""


def template(name: str) -> bytes:
    """The `SKILL.md` of a new skill called `name`, which must be valid."""
    title = name.replace("-", " ")
    return _TEXT.format(name=name, title=title, title_upper=title.capitalize()).encode()
