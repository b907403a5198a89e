"""A diff as people read it at a terminal, and as `patch` and `git apply` take it in a pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from skillvault.skill.diffing import Line, merged, unified
from skillvault.skill.text import visible

if TYPE_CHECKING:
    from skillvault.services.comparing import Difference

Style = Callable[[str, str], str]


def patch(one: Difference) -> str:
    """The file's part of a patch in git's format."""
    return "".join(f"{line}\n" for line in _head(one)) + (unified(one.hunks() or []))


def shown(one: Difference, style: Style, *, words: bool) -> Iterator[str]:
    """The lines to print at a terminal; what came from outside is made visible."""
    for line in _head(one):
        yield style(visible(line, lines=False), "bold")
    for hunk in one.hunks() or []:
        yield style(hunk.head, "dim")
        if words:
            yield from (visible(text, lines=False) for text in merged(hunk.lines))
        else:
            yield from (_line(line, style) for line in hunk.lines)


def _line(line: Line, style: Style) -> str:
    plain, marked = {"-": ("red", "gone"), "+": ("green", "come"), " ": ("", "")}[line.kind]
    if not plain:
        return " " + _visible(line.text)
    pieces = [(line.kind, False), *line.pieces]
    text = "".join(style(_visible(t), marked if m else plain) for t, m in pieces if t)
    return text if line.ends else f"{text}\n\\ No newline at end of file"


def _visible(text: str) -> str:
    """Tabs stay; a carriage return is shown."""
    return visible(text, lines=False).replace("<U+0009>", "\t")


def _head(one: Difference) -> Iterator[str]:
    old, new = f"a/{one.path}", f"b/{one.path}"
    yield f"diff --git {old} {new}"
    if one.old is None and one.new is not None:
        yield f"new file mode 100{one.new.mode}"
    elif one.new is None and one.old is not None:
        yield f"deleted file mode 100{one.old.mode}"
    elif one.old is not None and one.new is not None and one.old.mode != one.new.mode:
        yield f"old mode 100{one.old.mode}"
        yield f"new mode 100{one.new.mode}"
    hunked = one.hunks()
    if hunked is None:
        yield f"Binary files {old} and {new} differ"
    elif hunked:
        yield f"--- {old if one.old is not None else '/dev/null'}"
        yield f"+++ {new if one.new is not None else '/dev/null'}"
