"""What may be hostile in a skill: hidden text, injected instructions, secrets, scripts, settings.

`scan` looks at every file of a skill, whoever wrote it. It knows text from its bytes, not from its
name, runs nothing, and takes time in proportion to the size of what it reads.
"""

from __future__ import annotations

from collections.abc import Iterable

from skillvault.skill import scan_unicode
from skillvault.skill.files import SkillFile
from skillvault.skill.finding import ORDER, Finding


def scan(files: Iterable[SkillFile]) -> list[Finding]:
    """The findings of all `SC` rules: errors first, then by path and line."""
    found: list[Finding] = []
    for file in files:
        text = file.data.decode("utf-8", "replace")
        found += scan_unicode.check(file.path, text)
    return sorted(found, key=lambda f: (ORDER[f.severity], f.path, f.line or 0, f.code))
