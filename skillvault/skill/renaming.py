"""Another `name:` in the front matter of `SKILL.md`, and every other byte as it was."""

from __future__ import annotations

import re
from typing import Final

from skillvault.errors import RefusedError
from skillvault.skill.frontmatter import SKILL_FILE, SkillText, parse_skill

_FIELD: Final = re.compile(
    rb"""(["']?name["']?[ \t]*:)([ \t]*)([^\r\n]*?)((?:[ \t]+#[^\r\n]*)?[ \t]*)"""
)
_END: Final = re.compile(rb"[\r\n]+\Z")
_MORE: Final = re.compile(rb"[ \t]+\S")
# What YAML would not read as text.
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def with_name(data: bytes, name: str) -> bytes:
    """`SKILL.md` under another name, which must be a valid one. Without the field: as it was.

    RefusedError where the field is written in a way that cannot be changed alone.
    """
    before = parse_skill(data)
    node = before.nodes.get("name")
    if node is None or before.name == name:
        return data
    lines = data.splitlines(keepends=True)
    first = node.line + 1  # behind the `---` that opens it
    last = first + 1
    while last < len(lines) and _MORE.match(lines[last]):
        last += 1  # a value that goes on
    end = _END.search(lines[first])
    bare = lines[first][: end.start()] if end else lines[first]
    match = _FIELD.fullmatch(bare)
    if match is not None:
        value = (f'"{name}"' if name in _WORDS or not name[0].isalpha() else name).encode()
        remark = match[4] if last == first + 1 else b""
        lines[first:last] = [
            match[1] + (match[2] or b" ") + value + remark + (end[0] if end else b"")
        ]
        after = b"".join(lines)
        if _only_renamed(before, parse_skill(after), name):
            return after
    problem = "its `name:` is written in a way that cannot be changed alone"
    raise RefusedError(SKILL_FILE, problem, "write it on a line of its own: `name: NAME`")


def _only_renamed(before: SkillText, after: SkillText, name: str) -> bool:
    def rest(text: SkillText) -> tuple[object, ...]:
        fields = {key: node.value for key, node in text.nodes.items() if key != "name"}
        return fields, list(text.nodes), text.body, text.problem

    return after.name == name and rest(before) == rest(after)
