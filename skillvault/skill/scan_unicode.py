"""Text that a model reads and a person does not see."""

from __future__ import annotations

import re
from collections.abc import Iterator

from skillvault.skill.finding import Finding
from skillvault.skill.text import one_line

# The flags of England, Scotland and Wales are a black flag and five tags: nothing is hidden there.
_FLAG = re.compile("\U0001f3f4[\U000e0061-\U000e007a\U000e0030-\U000e0039]{3,6}\U000e007f")
_TAGS = re.compile("[\U000e0001-\U000e007f]+")


def check(path: str, text: str) -> Iterator[Finding]:
    """Findings of SC001."""
    if text.isascii():
        return
    for match in _TAGS.finditer(_FLAG.sub("", text)):
        said = "".join(chr(ord(c) - 0xE0000) for c in match[0])
        line = text.count("\n", 0, match.start()) + 1
        message = f"hidden text in Unicode tags: `{one_line(said, 60)}`"
        hint = "a model reads it, a person does not see it; `skillvault lint --fix` takes it out"
        yield Finding("SC001", "error", message, hint, line, path)
