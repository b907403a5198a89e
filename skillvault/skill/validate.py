"""The lint rules of the Agent Skills specification, each with a stable code.

| | |
|---|---|
| SK001 | no `SKILL.md` |
| SK002, SK003 | not UTF-8; begins with a byte order mark |
| SK004, SK005, SK008 | no front matter; not YAML; too long |
| SK006, SK007 | a value read as if quoted; a field given twice |
| SK009 | a tab in an unquoted value, or a tag: not YAML to every client |
| SK010 - SK012 | no name; a name that is not valid; over 64 characters |
| SK013, SK014 | no description; over 1,024 characters |
| SK015 | the name differs from the folder's |
| SK016, SK017 | compatibility; license |
| SK018, SK019 | metadata that is not a map of text; a value that some clients read as a number |
| SK020 | allowed-tools |
| SK021, SK022 | a field of some clients; a field of none |
| SK030 - SK032 | no body; over 500 lines; over 5,000 tokens |
| SK033, SK034 | a link to a file that is not there; a link out of the skill |

SK002 to SK008 are found by reading (`frontmatter.py`), the rest here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from skillvault.skill.finding import Finding
from skillvault.skill.frontmatter import FIELDS, SKILL_FILE, SkillText, name_problem, normal_name
from skillvault.skill.links import check_links
from skillvault.skill.mapping import Node
from skillvault.skill.text import estimate_tokens, one_line

DESCRIPTION_LENGTH = 1024
COMPATIBILITY_LENGTH = 500
BODY_LINES = 500
BODY_TOKENS = 5000
# Fields that clients have added and that stand in real skills.
EXTENSIONS = frozenset(
    {
        *("when_to_use", "argument-hint", "disable-model-invocation", "user-invocable", "model"),
        *("effort", "context", "agent", "hooks", "paths", "shell", "type", "author", "version"),
    }
)

# Shorter bodies are not counted: the densest text we met had 2.8 characters a token.
_COUNTED_FROM = 12_000
# Before a value, behind it, or behind it and before a comment.
_TAB = re.compile(r"[\"']?[^\"'\t]*[\"']?[ ]*:[ ]*\t|.*\t[ \t]*$|[^\"']*\t[ \t]*#")
# What YAML 1.1 loaders take for something other than text.
_NOT_TEXT = re.compile(
    r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|[-+]?\.[0-9]+|0[xob][0-9a-fA-F_]+"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?|true|false|yes|no|on|off|null|~|",
    re.IGNORECASE,
)


def validate(
    text: SkillText | None, *, folder: str | None = None, paths: Collection[str] = ()
) -> list[Finding]:
    """Everything that the specification and good practice say of a skill.

    `text` is its parsed `SKILL.md`, or None if there is none; `folder` the name of its folder if
    that counts; `paths` all its files. Errors first, then warnings, then advice, by line.
    """
    if text is None:
        return [_no_skill_file(paths)]
    found = [*text.warnings]
    if text.nodes or not any(finding.severity == "error" for finding in found):
        found += [*_name(text, folder), *_description(text), *_other_fields(text)]
        lines = text.raw.split("\n") if "\t" in text.raw else []
        found += [f for key, node in text.nodes.items() for f in _portable(key, node, lines)]
    found += [*_body(text), *check_links(text.body, text.body_line, paths)]
    order = {"error": 0, "warning": 1, "advice": 2}
    return sorted(found, key=lambda f: (order[f.severity], f.line or 0, f.code))


def _no_skill_file(paths: Collection[str]) -> Finding:
    other = next((path for path in paths if path.lower() == SKILL_FILE.lower()), None)
    hint = (
        f"rename `{other}` to `{SKILL_FILE}`" if other else f"a skill is a folder with {SKILL_FILE}"
    )
    return Finding("SK001", "error", f"no {SKILL_FILE}", hint)


def _line(text: SkillText, key: str) -> int:
    """A field's line in the file; the first line of the front matter where it has none."""
    node = text.nodes.get(key)
    return node.line + 2 if node else 1


def _portable(key: str, node: Node, lines: Sequence[str]) -> Iterator[Finding]:
    """SK009. `lines` are those of the front matter, if it has a tab."""
    inner = node.content
    if not isinstance(inner, str):
        for value in inner.values() if isinstance(inner, dict) else inner:
            yield from _portable(key, value, lines)
        return
    what = "a tag" if node.tagged else "a tab in or beside its unquoted value"
    is_tabbed = (node.plain and "\t" in inner) or (lines and _TAB.match(lines[node.line]))
    if node.tagged or is_tabbed:
        message = f"`{one_line(key, 40)}` has {what}, which some clients refuse"
        hint = "put the value into quotes, after one space"
        yield Finding("SK009", "warning", message, hint, node.line + 2)


def _length(text: SkillText, key: str) -> int:
    """The characters of a text as clients count them: with the line end of a block."""
    return len(text.nodes[key].text or "")


def _name(text: SkillText, folder: str | None) -> Iterator[Finding]:
    line = _line(text, "name")
    if text.name is None:
        yield Finding("SK010", "warning", "no name", "add `name:`, equal to the folder's", line)
        return
    name = normal_name(text.name)
    problem = name_problem(name)
    if problem:
        code = "SK012" if problem.startswith("more than") else "SK011"
        hint = "1-64 lower-case letters, digits and single hyphens, as in `code-review`"
        yield Finding(code, "warning", f"a name with {problem}", hint, line)
    elif folder is not None and normal_name(folder) != name:
        hint = f"`{one_line(name, 64)}` and folder `{one_line(folder, 64)}`: some clients refuse"
        yield Finding("SK015", "warning", "name differs from its folder's", hint, line)


def _description(text: SkillText) -> Iterator[Finding]:
    line = _line(text, "description")
    if text.description is None:
        hint = "say what the skill does and when to use it; clients skip a skill without"
        yield Finding("SK013", "error", "no description", hint, line)
    elif (length := _length(text, "description")) > DESCRIPTION_LENGTH:
        message = f"description over {DESCRIPTION_LENGTH:,} characters"
        hint = f"it has {length:,}; move details into the body"
        yield Finding("SK014", "warning", message, hint, line)


def _other_fields(text: SkillText) -> Iterator[Finding]:
    for key, node in text.nodes.items():
        line = node.line + 2
        if key == "compatibility":
            yield from _compatibility(text, line)
        elif key == "license" and text.license is None:
            hint = "a short name, or the name of a file of the skill"
            yield Finding("SK017", "warning", "license is not text", hint, line)
        elif key == "metadata":
            yield from _metadata(node)
        elif key == "allowed-tools":
            yield from _allowed_tools(node)
        elif key not in FIELDS:
            yield _unknown(key, line)


def _compatibility(text: SkillText, line: int) -> Iterator[Finding]:
    hint = "1-500 characters on what the skill needs, or leave it out"
    if text.compatibility is None:
        yield Finding("SK016", "warning", "compatibility is empty or not text", hint, line)
    elif _length(text, "compatibility") > COMPATIBILITY_LENGTH:
        message = f"compatibility over {COMPATIBILITY_LENGTH} characters"
        yield Finding("SK016", "warning", message, hint, line)


def _metadata(node: Node) -> Iterator[Finding]:
    if not isinstance(node.content, dict):
        hint = "indent `key: value` lines below it"
        yield Finding("SK018", "warning", "metadata is not a map", hint, node.line + 2)
        return
    for key, value in node.content.items():
        name = one_line(key, 40)
        if not isinstance(value.content, str):
            message = f"metadata `{name}` is not text"
            yield Finding("SK018", "warning", message, "one text a key", value.line + 2)
        elif value.plain and _NOT_TEXT.fullmatch(value.content):
            message = f"metadata `{name}` is not text to every client"
            hint = f'write "{one_line(value.content, 40)}": unquoted, 1.10 becomes 1.1 for some'
            yield Finding("SK019", "advice", message, hint, value.line + 2)


def _allowed_tools(node: Node) -> Iterator[Finding]:
    line = node.line + 2
    hint = "one text with spaces between: `Bash(git:*) Read`"
    if isinstance(node.content, list):
        message = "allowed-tools is a list, which some clients do not read"
        if all(item.text for item in node.content):
            yield Finding("SK020", "advice", message, hint, line)
            return
    if not node.text:
        yield Finding("SK020", "warning", "allowed-tools is not text", hint, line)


def _unknown(key: str, line: int) -> Finding:
    shown = one_line(key, 40)
    if key in EXTENSIONS:
        message = f"`{shown}` is a field of some clients only"
        hint = "kept; others ignore it" if key != "version" else "kept; it belongs in `metadata`"
        return Finding("SK021", "warning", message, hint, line)
    hint = "kept; fields of your own belong in `metadata`"
    return Finding("SK022", "warning", f"unknown field `{shown}`", hint, line)


def _body(text: SkillText) -> Iterator[Finding]:
    if not text.body:
        hint = "write what the agent should do"
        yield Finding("SK030", "warning", "no text below the front matter", hint, text.body_line)
        return
    hint = "move details into files below references/, which are read on demand"
    lines = text.body.count("\n") + 1
    if lines > BODY_LINES:
        message = f"body over {BODY_LINES} lines ({lines:,})"
        yield Finding("SK031", "advice", message, hint, text.body_line)
    if len(text.body) > _COUNTED_FROM:
        tokens = estimate_tokens(text.body)
        if tokens > BODY_TOKENS:
            message = f"body over {BODY_TOKENS:,} tokens (about {tokens:,})"
            yield Finding("SK032", "advice", message, hint, text.body_line)
