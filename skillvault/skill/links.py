"""Links in a skill's body: those that lead nowhere, and those that lead out of it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator

from skillvault.skill.finding import Finding
from skillvault.skill.text import one_line

MOST = 20  # findings of one file; a reader who sees these sees the pattern

_CODE = re.compile(r"`[^`]*`")
_TARGET = re.compile(r"\]\(\s*(?:<([^<>]{1,1000})>|([^\s()<>]{1,1000}))")
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#")
_LINE_END = re.compile("\n")
_BEFORE, _BEHIND = r"(?<![\w/.-])(?:\./)?", r"(?![\w/-])(?!\.\w)"
_TEMPLATE = re.compile(r"[{}$*\\]")


def check_links(body: str, body_line: int, paths: Collection[str]) -> list[Finding]:
    """Findings for inline links of the text outside code, each target once, at most `MOST`."""
    if "]" not in body or "](" not in body:  # the first is a byte search, and mostly enough
        return []
    known = frozenset(paths)
    folders = {path[:i] for path in known for i, character in enumerate(path) if character == "/"}
    found: list[Finding] = []
    seen: set[str] = set()
    for line, target in _targets(body):
        path = _path(target)
        if path is None or path in seen or path in known or path in folders:
            continue
        seen.add(path)
        found.append(_finding(path, body_line + line))
        if len(found) == MOST:
            break
    return found


def mentioned(text: str, at: str, paths: Collection[str]) -> list[str]:
    """The files among `paths` that the text of the file `at` links to or names, as they come.

    A link's target may be meant from the file's own folder, or from the skill's. A name without
    a dot or a slash is a word like others, unless something links to it.
    """
    known = frozenset(paths) - {at}
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    first: dict[str, int] = {}
    for line, target in _targets(text):
        path = _path(target) or ""
        for meant in (posixpath.normpath(posixpath.join(posixpath.dirname(at), path)), path):
            if meant in known:
                first.setdefault(meant, starts[line])
                break
    for path in known:
        if "/" in path or "." in path:
            named = re.search(_BEFORE + re.escape(path) + _BEHIND, text)
            if named is not None:
                first[path] = min(named.start(), first.get(path, len(text)))
    return sorted(first, key=lambda path: (first[path], path))


def _finding(path: str, line: int) -> Finding:
    shown = one_line(path, 60)
    if path.startswith(("/", "../")) or path == "..":
        hint = "it means nothing on another machine; refer to files of the skill"
        return Finding("SK034", "warning", f"a link out of the skill: `{shown}`", hint, line)
    hint = "add the file, or mend the link; paths are relative to the skill's folder"
    return Finding("SK033", "warning", f"a link to a missing file: `{shown}`", hint, line)


def _targets(body: str) -> Iterator[tuple[int, str]]:
    fence = ""
    for number, line in enumerate(body.split("\n")):
        start = line.lstrip()
        if start.startswith(fence or ("```", "~~~")):
            fence = "" if fence else start[:3]
        elif not fence and "](" in line:
            for match in _TARGET.finditer(_CODE.sub("", line)):
                yield number, match[1] or match[2]


def _path(target: str) -> str | None:
    """The file that a link's target means, relative to the skill; None if not a file's path."""
    if _ELSEWHERE.match(target) or _TEMPLATE.search(target):
        return None
    path = re.split(r"[#?]", target, maxsplit=1)[0]
    if "%" in path:
        from urllib.parse import unquote

        path = unquote(path)
    return posixpath.normpath(path) if path else None
