"""Front matter that is not quite YAML, read as its author meant it.

Clients of the specification are asked to retry an unquoted colon by quoting the value. We do so
field by field, so that one bad line spoils nothing else: only fields that YAML refuses are read
here, and each is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from skillvault.skill.mapping import Duplicates, MappingError, Node, read_mapping

_KEY = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:(?:[ \t]+(.*))?\Z")
_INNER_KEY = re.compile(r"[ \t]+([^\s:#'\"\[{-][^:]*):(?:[ \t]+(.*))?\Z")
_BLOCK = re.compile(r"[|>][-+0-9]*[ \t]*\Z")


def read_leniently(text: str, duplicates: Duplicates) -> tuple[dict[str, Node], list[str]]:
    """The fields, and the names of those that were read as if quoted. MappingError if hopeless."""
    fields: dict[str, Node] = {}
    quoted: list[str] = []
    for key, line, chunk in _chunks(text):
        if key in fields:
            duplicates.append((key, line))
        inner = Duplicates()
        try:
            node = read_mapping("\n".join(chunk), inner)[key]
            fields[key] = _moved(node, line)
        except (MappingError, KeyError):
            fields[key] = _as_quoted(key, line, chunk)
            quoted.append(key)
        duplicates.extend((name, line + at) for name, at in inner)
    return fields, quoted


def _chunks(text: str) -> Iterator[tuple[str, int, list[str]]]:
    """Each field with its first line's number and its lines, those that continue it too."""
    key: str | None = None
    start, chunk = 0, list[str]()
    for number, line in enumerate(text.split("\n")):
        match = _KEY.match(line)
        if match:
            if key is not None:
                yield key, start, chunk
            key, start, chunk = match[1], number, [line]
        elif key is not None:
            chunk.append(line)
        elif line.strip() and not line.startswith("#"):
            raise MappingError("not a field with a colon", number)
    if key is not None:
        yield key, start, chunk


def _as_quoted(key: str, line: int, chunk: list[str]) -> Node:
    match = _KEY.match(chunk[0])
    first = ((match and match[2]) or "").strip()
    rest = [part for part in chunk[1:] if part.strip() and not part.lstrip().startswith("#")]
    inner = _inner_fields(rest, line) if key == "metadata" and not first else None
    if inner is not None:
        return Node(inner, line)
    if _BLOCK.match(first):
        return Node("\n".join(part.strip() for part in rest), line)
    return Node(_joined(first, rest), line)


def _joined(first: str, rest: list[str]) -> str:
    return _unquoted(" ".join(part.strip() for part in [first, *rest] if part.strip()))


def _unquoted(text: str) -> str:
    """`"a "b" c"` without the outer quotes, which its author took to be the end of the matter."""
    quote = text[:1]
    whole = len(text) > 1 and quote in {'"', "'"} and text.endswith(quote)
    return text[1:-1] if whole else text


def _inner_fields(rest: list[str], line: int) -> dict[str, Node] | None:
    """`key: value` lines one level deep, or None if they are something else."""
    fields: dict[str, Node] = {}
    for part in rest:
        match = _INNER_KEY.match(part)
        if not match:
            return None
        fields[match[1].strip()] = Node(_unquoted((match[2] or "").strip()), line)
    return fields


def _moved(node: Node, by: int) -> Node:
    """The node with its lines counted from the front matter's first."""
    content = node.content
    if isinstance(content, list):
        content = [_moved(item, by) for item in content]
    elif isinstance(content, dict):
        content = {key: _moved(item, by) for key, item in content.items()}
    return Node(content, node.line + by, node.plain, node.tagged)
