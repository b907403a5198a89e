"""Skills as a model receives them: wrapped as the Agent Skills client guide has it.

`text` is for a prompt: the guide's tags around the Markdown as it stands. `xml` is for a program:
the same tags, well-formed, with all text escaped. `json` is for a program too. `openai` and
`anthropic` are the part of a request's body that holds the text, as these APIs take it.

A skill must not break out of its wrapper, or open another's. In `text` the body is verbatim but
for this: a `<` that begins one of the wrapper's own tags, in any case and whatever invisible
characters stand in it, becomes `&lt;`, and control characters that steer a terminal are shown
(`<U+001B>`). Other hidden characters reach the model as the author wrote them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from skillvault.errors import CheckError
from skillvault.skill.text import HIDDEN, estimate_tokens, visible

Format = Literal["text", "xml", "json", "openai", "anthropic"]

MOST_RESOURCES = 200  # files listed; a longer list costs more than it tells
_TAGS = ("skill_content", "skill_resources", "skill_version", "available_skills")
_ANY_TAG = "|".join(f"[{HIDDEN}]*".join(tag) for tag in _TAGS)
_OWN_TAG = re.compile(rf"<(?=[\s/{HIDDEN}]*(?:{_ANY_TAG}))", re.IGNORECASE)
# Also what XML 1.0 cannot carry, even escaped.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_HIDDEN = re.compile(f"[{HIDDEN}]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_ESCAPED = re.compile('[&<>"]')


@dataclass(frozen=True, slots=True)
class Skill:
    """One version of a skill, opened.

    `version` is how its user names it (`acme/code-review@4`), `resources` the paths of its files,
    `frontmatter` the raw text between the `---` lines, `location` where an agent finds its
    SKILL.md (by default a `skill://` address).
    """

    name: str
    description: str
    body: str
    version: str
    resources: tuple[str, ...] = ()
    frontmatter: str = ""
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Wrapped:
    """What goes into the prompt, about how many tokens it costs, and of which skills it is."""

    text: str
    tokens: int
    names: tuple[str, ...]


def wrap(
    skills: Sequence[Skill],
    format: Format = "text",  # noqa: A002 - the option is called --format
    *,
    index_only: bool = False,
) -> Wrapped:
    """Wrap the skills whole, or as an index of names and descriptions (`index_only`).

    No skills give an empty text, as the guide asks, and in all other formats an empty list.
    """
    writers: Mapping[Format, Callable[[Sequence[Skill], bool], str]] = {
        "text": _text,
        "xml": _xml,
        "json": _json,
        "openai": _openai,
        "anthropic": _anthropic,
    }
    text = writers[format](skills, index_only)
    return Wrapped(text, estimate_tokens(text), tuple(skill.name for skill in skills))


def enforce_budget(wrapped: Wrapped, budget: int | None) -> None:
    """CheckError, saying by how much, if the text costs more than `budget` tokens (None: any)."""
    if budget is None or wrapped.tokens <= budget:
        return
    over = wrapped.tokens - budget
    raise CheckError(
        ", ".join(visible(name, lines=False) for name in wrapped.names) or "inject",
        f"about {wrapped.tokens:,} tokens, {over:,} over the budget of {budget:,}",
        "name fewer skills, or inject names and descriptions alone (`--index-only`)",
    )


def resources(skill: Skill) -> tuple[str, ...]:
    """The files an agent may read beside the body: not SKILL.md, and not the tests of the skill."""
    return tuple(
        path for path in skill.resources if path != "SKILL.md" and not path.startswith("evals/")
    )


def _text(skills: Sequence[Skill], index_only: bool) -> str:
    if not skills:
        return ""
    if index_only:
        return (
            "These skills hold instructions for particular tasks. When a task fits a description,\n"
            "load that skill first: `skillvault inject NAME` prints it.\n\n" + _index(skills)
        )
    return "\n".join(map(_text_skill, skills))


def _text_skill(skill: Skill) -> str:
    body = _OWN_TAG.sub("&lt;", _show_controls(skill.body)).strip("\n")
    version = _escape(skill.version)
    lines = [f'<skill_content name="{_escape(skill.name)}">', body, "", f"Skill version: {version}"]
    files = _resource_list(skill)
    if files:
        lines += [
            "Relative paths in this skill are relative to its folder. Its files are not loaded:",
            f"`skillvault show {version} PATH` prints one.",
            "",
            files.rstrip("\n"),
        ]
    return "\n".join([*lines, "</skill_content>", ""])


def _xml(skills: Sequence[Skill], index_only: bool) -> str:
    if index_only:
        return _index(skills)
    return f"<skills>\n{''.join(map(_xml_skill, skills))}</skills>\n"


def _xml_skill(skill: Skill) -> str:
    return (
        f'<skill_content name="{_escape(skill.name)}">\n'
        f"{_escape(skill.body, lines=True)}\n"
        f"<skill_version>{_escape(skill.version)}</skill_version>\n"
        f"{_resource_list(skill)}"
        "</skill_content>\n"
    )


def _resource_list(skill: Skill) -> str:
    paths = resources(skill)
    if not paths:
        return ""
    files = "".join(f"  <file>{_escape(path)}</file>\n" for path in paths[:MOST_RESOURCES])
    more = len(paths) - MOST_RESOURCES
    omitted = f"  <omitted>{more}</omitted>\n" if more > 0 else ""
    return f"<skill_resources>\n{files}{omitted}</skill_resources>\n"


def _index(skills: Sequence[Skill]) -> str:
    entries = "".join(
        "  <skill>\n"
        f"    <name>{_escape(skill.name)}</name>\n"
        f"    <description>{_escape(skill.description, lines=True)}</description>\n"
        f"    <location>{_escape(_location(skill))}</location>\n"
        "  </skill>\n"
        for skill in skills
    )
    return f"<available_skills>\n{entries}</available_skills>\n"


def _json(skills: Sequence[Skill], index_only: bool) -> str:
    return _dump({"skills": [_json_skill(skill, index_only) for skill in skills]})


def _openai(skills: Sequence[Skill], index_only: bool) -> str:
    text = _text(skills, index_only)
    return _dump({"messages": [{"role": "system", "content": text}] if text else []})


def _anthropic(skills: Sequence[Skill], index_only: bool) -> str:
    text = _text(skills, index_only)
    return _dump({"system": [{"type": "text", "text": text}] if text else []})


def _dump(body: Mapping[str, object]) -> str:
    """As JSON, in which hidden characters can be seen."""
    text = json.dumps(body, ensure_ascii=False, indent=2)
    return _HIDDEN.sub(lambda match: json.dumps(match[0])[1:-1], text) + "\n"


def _json_skill(skill: Skill, index_only: bool) -> dict[str, object]:
    entry: dict[str, object] = {
        "name": skill.name,
        "description": skill.description,
        "version": skill.version,
        "location": _location(skill),
    }
    if not index_only:
        entry |= {
            "frontmatter": skill.frontmatter,
            "body": skill.body,
            "resources": list(resources(skill)),
        }
    return entry


def _location(skill: Skill) -> str:
    return skill.location or f"skill://{skill.name}/SKILL.md"


def _show_controls(text: str) -> str:
    return _CONTROL.sub(lambda match: visible(match[0]), text.replace("\r\n", "\n"))


def _escape(text: str, *, lines: bool = False) -> str:
    """For an element or a quoted attribute. Names and paths stand on one line, all visible."""
    shown = _show_controls(text) if lines else visible(text, lines=False)
    return _ESCAPED.sub(lambda match: _ESCAPES[match[0]], shown)
