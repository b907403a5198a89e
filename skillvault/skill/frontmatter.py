"""`SKILL.md`: front matter and body, read as leniently as the specification asks of clients."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from skillvault.errors import RefusedError
from skillvault.skill.finding import Finding
from skillvault.skill.lenient import read_leniently
from skillvault.skill.mapping import Duplicates, MappingError, Node, Value, read_mapping
from skillvault.skill.text import one_line, visible

SKILL_FILE = "SKILL.md"
NAME_LENGTH = 64
FRONT_LIMIT = 64 * 1024
FIELDS = ("name", "description", "license", "compatibility", "metadata", "allowed-tools")

_PLAIN_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_OPEN = re.compile(r"---[ \t]*\n")
_CLOSE = re.compile(r"^---[ \t]*$", re.MULTILINE)
_BLANK_LINES = re.compile(r"(?:[ \t]*\n)*")
# One tool, with its pattern: `Bash(git add:*)`. Spaces or, in some clients, commas between.
_TOOL = re.compile(r"[^\s,(]+(?:\([^)]*\)?)?|\([^)]*\)?")


@dataclass(frozen=True, slots=True)
class SkillText:
    """What `SKILL.md` says.

    `raw` is the front matter without its `---` lines, `body` the rest, without blank lines around
    it; both with LF line ends. `body_line` is the body's first line, counted from 1. `extra` has
    the fields that the specification does not know. `problem` says why a client would not load
    the skill, or is None. `nodes` are the fields with their lines, for the validator.
    """

    name: str | None = None
    description: str | None = None
    license: str | None = None
    compatibility: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    allowed_tools: tuple[str, ...] = ()
    extra: Mapping[str, Value] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1
    raw: str = ""
    warnings: tuple[Finding, ...] = ()
    problem: str | None = None
    nodes: Mapping[str, Node] = field(default_factory=dict)


def parse_skill(data: bytes) -> SkillText:
    """Read a `SKILL.md`, whatever it holds. Never raises: see `problem` and `warnings`."""
    found: list[Finding] = []
    text = _decode(data, found)
    parts = _split(text)
    if parts is None:
        problem = "no front matter between two `---` lines at its beginning"
        hint = "begin the file with ---, name: ..., description: ..., ---"
        found.append(Finding("SK004", "error", problem, hint, 1))
        body = _BLANK_LINES.sub("", text, count=1).rstrip()
        return SkillText(body=body, warnings=tuple(found), problem=problem)
    nodes = _read(parts.raw, found)
    errors = [finding.message for finding in found if finding.severity == "error"]
    description = _text(nodes, "description")
    return SkillText(
        name=_text(nodes, "name"),
        description=description,
        license=_text(nodes, "license"),
        compatibility=_text(nodes, "compatibility"),
        metadata=_metadata(nodes.get("metadata")),
        allowed_tools=_tools(nodes.get("allowed-tools")),
        extra={key: node.value for key, node in nodes.items() if key not in FIELDS},
        body=parts.body,
        body_line=parts.body_line,
        raw=parts.raw,
        warnings=tuple(found),
        problem=errors[0] if errors else None if description else "no description",
        nodes=nodes,
    )


def _decode(data: bytes, found: list[Finding]) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        hint = "save it as UTF-8; some clients fail on it"
        found.append(Finding("SK002", "warning", "not UTF-8", hint, line))
        text = data.decode(errors="replace")
    if text.startswith("\ufeff"):
        hint = "save it without; some clients do not see the front matter behind it"
        found.append(Finding("SK003", "warning", "begins with a byte order mark", hint, 1))
        text = text[1:]
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


class _Parts(NamedTuple):
    raw: str
    body: str
    body_line: int


def _split(text: str) -> _Parts | None:
    """Front matter ends at the first line that is `---` alone, not at a `---` inside a value."""
    opening = _OPEN.match(text)
    closing = _CLOSE.search(text, opening.end()) if opening else None
    if opening is None or closing is None:
        return None
    blank = _BLANK_LINES.match(text, min(closing.end() + 1, len(text)))
    start = blank.end() if blank else closing.end()
    return _Parts(
        raw=text[opening.end() : closing.start()],
        body=text[start:].rstrip(),
        body_line=text.count("\n", 0, start) + 1,
    )


def _read(raw: str, found: list[Finding]) -> dict[str, Node]:
    if len(raw) > FRONT_LIMIT:
        message = f"front matter over {FRONT_LIMIT // 1024} KiB"
        found.append(Finding("SK008", "error", message, "move text into the body", 2))
        return {}
    duplicates = Duplicates()
    quoted: list[str] = []
    try:
        nodes = read_mapping(raw, duplicates)
    except MappingError as error:
        try:
            duplicates.clear()
            nodes, quoted = read_leniently(raw, duplicates)
        except MappingError:
            found.append(_unparseable(error))
            return {}
        found.extend(_read_as_quoted(key, nodes[key], error) for key in dict.fromkeys(quoted))
    for key, line in duplicates:
        message = f"`{one_line(key, 40)}` is given twice"
        hint = "keep one; the last counts here, other clients refuse the file"
        found.append(Finding("SK007", "warning", message, hint, line + 2))
    return nodes


def _unparseable(error: MappingError) -> Finding:
    message = f"front matter that is not YAML: {one_line(error.problem, 80)}"
    line = None if error.line is None else error.line + 2
    return Finding("SK005", "error", message, "clients skip this skill", line)


def _read_as_quoted(key: str, node: Node, error: MappingError) -> Finding:
    message = f"`{key}` is not YAML and was read as if quoted"
    hint = f"put its value into quotes ({one_line(error.problem, 80)}); other clients skip it"
    return Finding("SK006", "warning", message, hint, node.line + 2)


def _text(nodes: Mapping[str, Node], key: str) -> str | None:
    node = nodes.get(key)
    text = node.text if node else None
    return (text.strip() or None) if text else None


def _metadata(node: Node | None) -> dict[str, str]:
    """The values that are text, as they are written; the validator reports the others."""
    if node is None or not isinstance(node.content, dict):
        return {}
    return {k: v.content for k, v in node.content.items() if isinstance(v.content, str)}


def _tools(node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    if isinstance(node.content, list):
        return tuple(item.text for item in node.content if item.text)
    return tuple(_TOOL.findall(node.text or ""))


def name_problem(name: str) -> str | None:
    """What a skill's name has and should not ("capital letters"), or None. `name` is NFKC."""
    if _PLAIN_NAME.fullmatch(name) and len(name) <= NAME_LENGTH:
        return None
    if not name:
        return "no characters"
    if len(name) > NAME_LENGTH:
        return f"more than {NAME_LENGTH} characters"
    if name != name.lower():
        return "capital letters"
    if not all(character.isalnum() or character == "-" for character in name):
        return "characters other than letters, digits and hyphens"
    if name.startswith("-") or name.endswith("-"):
        return "a hyphen at an end"
    return "two hyphens in a row" if "--" in name else None


def normal_name(name: str) -> str:
    """The form in which names are judged, compared and kept: NFKC, no space around it."""
    return unicodedata.normalize("NFKC", name.strip())


def check_name(name: str) -> str:
    """The name in its normal form. RefusedError unless a skill may be called that.

    For whatever comes from outside and becomes a folder's name: `--name`, a manifest's `name`.
    """
    normal = normal_name(name)
    problem = name_problem(normal)
    if problem:
        hint = "1-64 lower-case letters, digits and single hyphens, as in `code-review`"
        raise RefusedError(one_line(visible(name), 70) or "a skill", f"a name with {problem}", hint)
    return normal


def skill_name(text: SkillText, folder: str | None) -> str:
    """The name to keep a skill under: the front matter's if valid, else its folder's.

    RefusedError if neither is: the user must say one (`--name`).
    """
    for candidate in (text.name, folder):
        if candidate is not None:
            name = normal_name(candidate)
            if name_problem(name) is None:
                return name
    subject = one_line(folder or text.name or SKILL_FILE, 70)
    hint = "give it one: `--name NAME` (lower-case letters, digits and single hyphens)"
    raise RefusedError(subject, "neither its front matter nor its folder names it validly", hint)
