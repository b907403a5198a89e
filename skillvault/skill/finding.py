"""What is said about a skill: one remark with a stable code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "advice"]
# Errors that whoever knows better may let pass (`--allow`): the skill can be loaded all the same.
ALLOWABLE = frozenset({"SC001", "SC002", "SC003", "SC020", "SC021"})
ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "advice": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark. `line` counts from 1 in the file `path`, or is None where no line is at fault.

    `SK` codes: an `error` keeps clients from loading the skill, a `warning` breaks the
    specification. `SC` codes: an `error` has no innocent reason and is refused, a `warning` is for
    whoever lets an agent have the skill. `advice` is neither. All text in it is safe to show, but
    `path`, which is the file's own.
    """

    code: str
    severity: Severity
    message: str
    hint: str
    line: int | None = None
    path: str = "SKILL.md"
