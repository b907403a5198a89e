"""The YAML of front matter: a mapping of text, lists and mappings, and nothing that runs.

PyYAML's event parser (libyaml where it is there) does the syntax. Anchors, aliases, tags and a
second document are refused, depth is bounded, and no scalar is turned into a date or a float:
`1.10` stays `1.10`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import yaml

DEPTH = 16
# A key, and a plain scalar on one line: printable ASCII, accented letters, dashes, curly quotes.
_SIMPLE = re.compile(
    r"([A-Za-z_][A-Za-z0-9_-]{0,63}): "
    r"([A-Za-z0-9](?:[ -~\u00a1-\u00ac\u00ae-\u024f\u2013\u2014\u2018-\u201d\u2026]*"
    r"[!-9;-~\u00a1-\u00ac\u00ae-\u024f\u2013\u2014\u2018-\u201d\u2026])?)"
)
_OPENS = re.compile(r"([A-Za-z_][A-Za-z0-9_-]{0,63}):")
_MEANS = re.compile(": | #")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,15})")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_STRING_TAG = "tag:yaml.org,2002:str"

Value = str | int | bool | None | list["Value"] | dict[str, "Value"]


@dataclass(frozen=True, slots=True)
class Node:
    """One value and its line from 0 (its key's if it has one).

    `plain`: a scalar unquoted. `tagged`: one that is written with `!!str`.
    """

    content: str | list[Node] | dict[str, Node]
    line: int
    plain: bool = False
    tagged: bool = False

    @property
    def text(self) -> str | None:
        """A scalar as it is written; None for lists, mappings and what YAML calls null."""
        if not isinstance(self.content, str):
            return None
        return None if self.plain and _WORDS.get(self.content, "") is None else self.content

    @property
    def value(self) -> Value:
        """The value for JSON: of plain scalars only true, false, null and whole numbers differ."""
        if isinstance(self.content, list):
            return [node.value for node in self.content]
        if isinstance(self.content, dict):
            return {key: node.value for key, node in self.content.items()}
        if self.plain and self.content in _WORDS:
            return _WORDS[self.content]
        if self.plain and _INTEGER.fullmatch(self.content):
            return int(self.content)
        return self.content


class MappingError(Exception):
    """Not a mapping that we read. `line` counts from 0, or is None."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


class Duplicates(list[tuple[str, int]]):
    """Keys that were given again, each with the line of the later one, which counts."""


def read_mapping(text: str, duplicates: Duplicates) -> dict[str, Node]:
    """Parse YAML text into nodes. MappingError for all that is not a plain mapping."""
    return read_simple(text) or read_yaml(text, duplicates)


def read_simple(text: str) -> dict[str, Node] | None:
    """What `read_yaml` makes of lines `key: some words`, without importing it; else None.

    Most front matter is nothing but such lines, and a `metadata:` with a few of them below it;
    importing PyYAML takes 10 ms. Whatever could mean something in YAML, by any character, is left
    to that.
    """
    fields: dict[str, Node] = {}
    below: dict[str, Node] | None = None
    for number, line in enumerate(text.removesuffix("\n").split("\n")):
        if line.startswith("  "):
            into, said = below, line[2:]
        elif below == {}:
            return None
        else:
            into, said, below = fields, line, None
            if (opens := _OPENS.fullmatch(line)) is not None and opens[1] not in fields:
                below = {}
                fields[opens[1]] = Node(below, number)
                continue
        match = _SIMPLE.fullmatch(said)
        if into is None or match is None or match[1] in into or _MEANS.search(match[2]):
            return None
        into[match[1]] = Node(match[2], number, plain=True)
    return None if below == {} else fields


def read_yaml(text: str, duplicates: Duplicates) -> dict[str, Node]:
    """As `read_mapping`, by PyYAML's events whatever the text."""
    import yaml

    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        try:
            return _Reader(loader.get_event, duplicates).document()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise MappingError(error.problem or "not YAML", mark.line if mark else None) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        # Forbidden characters; a numeric escape beyond Unicode, in PyYAML without libyaml.
        raise MappingError("a character that YAML does not allow") from None


class _Reader:
    """Builds nodes from one stream of events."""

    def __init__(self, event: Callable[[], yaml.Event], duplicates: Duplicates) -> None:
        import yaml

        self.yaml = yaml
        self.event = event
        self.duplicates = duplicates

    def document(self) -> dict[str, Node]:
        self.event()  # the stream's start
        if isinstance(self.event(), self.yaml.StreamEndEvent):
            return {}
        root = self.node(self.event(), 0)
        self.event()  # the document's end
        if not isinstance(self.event(), self.yaml.StreamEndEvent):
            raise MappingError("more than one YAML document")
        if root.text is None and isinstance(root.content, str):
            return {}
        if not isinstance(root.content, dict):
            raise MappingError("not a mapping of fields to values", root.line)
        return root.content

    def node(self, event: yaml.Event, depth: int) -> Node:
        line = event.start_mark.line if event.start_mark else 0
        if depth > DEPTH:
            raise MappingError(f"nested deeper than {DEPTH}", line)
        if not isinstance(event, self.yaml.NodeEvent) or event.anchor is not None:
            raise MappingError("anchors and aliases are not read", line)
        if getattr(event, "tag", None) not in {None, _STRING_TAG}:
            raise MappingError("tags are not read", line)
        if isinstance(event, self.yaml.ScalarEvent):
            return self.scalar(event, line)
        if isinstance(event, self.yaml.SequenceStartEvent):
            return Node(self.sequence(depth), line)
        return Node(self.mapping(depth), line)

    def scalar(self, event: yaml.ScalarEvent, line: int) -> Node:
        value: str = event.value
        if not value.isascii():
            value.encode()  # an escaped surrogate, which PyYAML without libyaml lets through
        tagged = event.tag is not None
        return Node(value, line, plain=event.implicit[0] and not tagged, tagged=tagged)

    def sequence(self, depth: int) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := self.event(), self.yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        return items

    def mapping(self, depth: int) -> dict[str, Node]:
        fields: dict[str, Node] = {}
        while not isinstance(event := self.event(), self.yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            if not isinstance(key.content, str):
                raise MappingError("a key that is not text", key.line)
            if key.content in fields:
                self.duplicates.append((key.content, key.line))
            value = self.node(self.event(), depth + 1)
            fields[key.content] = Node(value.content, key.line, value.plain, value.tagged)
        return fields
