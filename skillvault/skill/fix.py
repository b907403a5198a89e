"""What `lint --fix` mends: only where the skill means the same afterwards.

Invisible characters go, wherever nothing needs them. In the front matter a value is put into
quotes, or a list made one text; what comes of it is read again, and counts only if every field says
what it said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from skillvault.skill import scan_unicode
from skillvault.skill.files import SkillFile
from skillvault.skill.frontmatter import SKILL_FILE, SkillText, parse_skill
from skillvault.skill.mapping import Node
from skillvault.skill.validate import validate

_ROUNDS = 4  # what is taken out may leave something else to take out beside it
_MARK = "\ufeff"


def fix_files(files: Sequence[SkillFile]) -> tuple[SkillFile, ...]:
    """The files, mended. Those in which there was nothing to mend are the same objects."""
    return tuple(_fixed(file) for file in files)


def _fixed(file: SkillFile) -> SkillFile:
    try:
        text = file.data.decode()
    except UnicodeDecodeError:
        return file
    mended = text if text.isascii() else _without_hidden(text)
    if file.path == SKILL_FILE:
        mended = _front_matter(mended.removeprefix(_MARK))
    return file if mended == text else replace(file, data=mended.encode())


def _without_hidden(text: str) -> str:
    """The text without what rules SC001 to SC006 speak of. A mark at its very beginning stays."""
    for _ in range(_ROUNDS):
        before = text
        text = scan_unicode.TAGS.sub(lambda m: "" if m[1] else m[0], text)
        text = scan_unicode.SELECTORS.sub("", text)
        text = scan_unicode.RUN.sub("", text)
        text = scan_unicode.INSIDE.sub("", text)
        text = scan_unicode.stray().sub("", text)
        if scan_unicode.TURNS.search(text):
            text = "".join(map(_without_turns, text.splitlines(keepends=True)))
        if text == before:
            break
    return text


def _without_turns(line: str) -> str:
    if scan_unicode.RIGHT_TO_LEFT.search(line):
        return line
    return scan_unicode.TURNS.sub("", line)


def _front_matter(text: str) -> str:
    """`SKILL.md` with its front matter mended. Its line ends stay as they are."""
    if "\r" in text.replace("\r\n", ""):
        return text
    ends = "\r\n" if "\r\n" in text else "\n"
    if ends == "\r\n" and text.count("\n") != text.count("\r\n"):
        return text
    plain = text.replace("\r\n", "\n")
    for _ in range(_MOST):
        parsed = parse_skill(plain.encode())
        better = next(filter(None, (_tried(plain, parsed, c) for c in _changes(plain, parsed))), "")
        if not better:
            break
        plain = better
    return plain.replace("\n", ends) if ends != "\n" else plain


_MOST = 100  # fields of one front matter that are mended
Change = tuple[int, int, list[str]]


def _changes(text: str, parsed: SkillText) -> Iterator[Change]:
    """Lines of the file that other lines might stand for: from, to, and what comes there."""
    lines = text.split("\n")
    end = parsed.raw.count("\n") + 1
    starts = sorted(node.line + 1 for node in parsed.nodes.values())
    quoted = {f.line for f in parsed.warnings if f.code == "SK006"}
    for key, node in parsed.nodes.items():
        start = node.line + 1
        stop = next((s for s in starts if s > start), end)
        while stop > start + 1 and lines[stop - 1].lstrip()[:1] in {"", "#"}:
            stop -= 1  # comments and blank lines stay
        if start + 1 in quoted and isinstance(node.content, str):
            yield start, stop, [f"{key}: {json.dumps(node.content, ensure_ascii=False)}"]
        elif key == "allowed-tools" and isinstance(node.content, list):
            if any("#" in line for line in lines[start:stop]):
                continue
            tools = " ".join(item.text or "" for item in node.content)
            yield start, stop, [f"{key}: {json.dumps(tools, ensure_ascii=False)}"]
        elif key == "metadata" and isinstance(node.content, dict):
            yield from _metadata(lines, node.content)


def _metadata(lines: list[str], values: dict[str, Node]) -> Iterator[Change]:
    for node in values.values():
        if node.plain and isinstance(node.content, str) and node.line + 1 < len(lines):
            at = node.line + 1
            value = re.escape(node.content)
            match = re.fullmatch(rf"([^:#]{{1,80}}:[ \t]+)({value})([ \t]*(?:#.*)?)", lines[at])
            if match:
                yield at, at + 1, [f"{match[1]}{json.dumps(node.content)}{match[3]}"]


def _tried(text: str, parsed: SkillText, change: Change) -> str:
    """The text with the change, if it says the same with fewer findings; else empty."""
    lines = text.split("\n")
    start, stop, new = change
    changed = "\n".join([*lines[:start], *new, *lines[stop:]])
    after = parse_skill(changed.encode())
    return changed if _says(after) == _says(parsed) and _count(after) < _count(parsed) else ""


def _says(text: SkillText) -> tuple[object, ...]:
    return (
        *(text.name, text.description, text.license, text.compatibility, text.allowed_tools),
        *(dict(text.metadata), dict(text.extra), text.body),
    )


def _count(text: SkillText) -> int:
    return len(validate(text))
