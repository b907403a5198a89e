"""What is said about a skill: one remark with a stable code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "advice"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark. `line` counts from 1 in SKILL.md, or is None where no line is at fault.

    An `error` keeps clients from loading the skill, a `warning` breaks the specification,
    `advice` breaks neither. All text in it is safe to show.
    """

    code: str
    severity: Severity
    message: str
    hint: str
    line: int | None = None
