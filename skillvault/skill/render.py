"""Markdown for a terminal, from authors who may be hostile.

What an agent would read, a person sees: HTML, comments, entities, link targets and titles, link
definitions and the words after a code fence are shown as they stand. The letters and digits of
the output are those of the source, in its order, or the source itself is shown instead. Links
are text, never terminal hyperlinks. (markdown-it-py finds the structure; the layout is our own,
since `rich.markdown` drops HTML and costs 100 ms.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from skillvault.skill.layout import BREAK, Line, Span, coloured, indent, plain, width_of, wrap
from skillvault.skill.text import visible

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

LIMIT = 80 * 1024  # characters; the largest of 241 public skills has 74,000
_FRONT = re.compile(r"---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_SILENT = re.compile(r"[\W_]+")

_BOLD, _ITALIC, _STRUCK, _DIM = "1", "3", "9", "2"
_CODE, _LINK, _TITLE = "36", "4", "1;4"


def _no_step(_done: int, _all: int) -> None:
    """Nobody waits."""


def render(text: str, *, width: int = 80, color: bool = True) -> str:
    """Markdown as lines of at most `width` columns (code and wide words excepted), no newline last.

    Without `color` the marks of emphasis and code stay, so that nothing is told by colour alone.
    Text of more than `LIMIT` characters, or that Markdown would not show whole, comes back as it
    is, with hidden characters shown.
    """
    laid = lay(text, width=width, color=color)
    if not laid.rendered:
        return plain(laid.lines)
    return coloured(laid.lines) if color else visible(plain(laid.lines))


class Heading(NamedTuple):
    """A heading of the text: how deep, what it says, the line that it was laid out on."""

    level: int
    text: str
    line: int


class Laid(NamedTuple):
    """A text on lines. `rendered`: as Markdown; else the lines are those of the source."""

    lines: list[Line]
    headings: tuple[Heading, ...]
    rendered: bool


def lay(
    text: str,
    *,
    width: int = 80,
    color: bool = True,
    limit: int = LIMIT,
    step: Callable[[int, int], None] = _no_step,
) -> Laid:
    """As `render`, but lines of styled spans, for who draws them in colours of their own.

    `limit`: for who can wait; a megabyte takes seconds. `step(done, all)` is called before each
    block is laid out; what it raises comes out.
    """
    source = visible(text)
    whole = Laid([[Span(line)] for line in source.rstrip("\n").split("\n")], (), rendered=False)
    if len(source) > limit:
        return whole
    front = _FRONT.match(source)
    end = front.end() if front else 0
    lines: list[Line] = [
        [Span(line, _DIM)] for line in source[:end].rstrip("\n").split("\n") if end
    ]
    from skillvault.skill.markdown import parse

    page = _Page(color=color)
    try:
        body, marks = page.whole(parse(source[end:]), max(width, 20), step)
    except (RecursionError, LookupError, ValueError):  # a fault of the parser, not of the reader
        return whole
    before = [*lines, []] if lines and body else lines
    lines = before + body
    if _SILENT.sub("", plain(lines)) != _SILENT.sub("", source):
        return whole
    headings = tuple(mark._replace(line=mark.line + len(before)) for mark in marks)
    return Laid(lines, headings, rendered=True)


class _Page:
    """Lays out the nodes of one text."""

    def __init__(self, *, color: bool) -> None:
        self.color = color
        self.layouts: dict[str, Callable[[SyntaxTreeNode, int], list[Line]]] = {
            "heading": self.heading,
            "bullet_list": self.items,
            "ordered_list": self.items,
            "blockquote": self.quote,
            "fence": self.code,
            "code_block": self.code,
            "hr": self.rule,
            "table": self.table,
        }

    def whole(
        self, nodes: Sequence[SyntaxTreeNode], width: int, step: Callable[[int, int], None]
    ) -> tuple[list[Line], list[Heading]]:
        """The text, and where its own headings (not those in quotes and lists) stand."""
        lines: list[Line] = []
        marks: list[Heading] = []
        for number, node in enumerate(nodes):
            step(number, len(nodes))
            if lines:
                lines.append([])
            if node.type == "heading":
                said = "".join(span.text for span in self.inline(node, "")).strip()
                marks.append(Heading(int(node.tag[1:]), said, len(lines)))
            lines += self.layouts.get(node.type, self.paragraph)(node, width)
        return lines, marks

    def blocks(
        self, nodes: Sequence[SyntaxTreeNode], width: int, *, tight: bool = False
    ) -> list[Line]:
        lines: list[Line] = []
        for node in nodes:
            if lines and not tight:
                lines.append([])
            lines += self.layouts.get(node.type, self.paragraph)(node, width)
        return lines

    def paragraph(self, node: SyntaxTreeNode, width: int) -> list[Line]:
        return wrap(self.inline(node, ""), width)

    def heading(self, node: SyntaxTreeNode, width: int) -> list[Line]:
        style = _TITLE if node.tag == "h1" else _BOLD
        mark = "#" * int(node.tag[1:]) + " "
        lines = wrap(self.inline(node, style), width - len(mark))
        return indent(lines, Span(mark, _BOLD), Span(" " * len(mark)))

    def items(self, node: SyntaxTreeNode, width: int) -> list[Line]:
        tight = all(child.hidden for item in node.children for child in item.children[:1])
        lines: list[Line] = []
        for item in node.children:
            mark = f"{item.info}{item.markup} " if item.info else "• "
            inner = self.blocks(item.children, max(width - len(mark), 10), tight=tight)
            if lines and not tight:
                lines.append([])
            lines += indent(inner or [[]], Span(mark, _BOLD), Span(" " * len(mark)))
        return lines

    def quote(self, node: SyntaxTreeNode, width: int) -> list[Line]:
        bar = Span("│ ", _DIM)
        return indent(self.blocks(node.children, max(width - 2, 10)), bar, bar)

    def code(self, node: SyntaxTreeNode, _width: int) -> list[Line]:
        info = [[Span(f"    {_flat(node.info.strip())}", _DIM)]] if node.info.strip() else []
        content = node.content.rstrip("\n").expandtabs(4)
        return info + [[Span(f"    {line}", _CODE)] for line in content.split("\n")]

    def rule(self, _node: SyntaxTreeNode, width: int) -> list[Line]:
        return [[Span("─" * min(width, 40), _DIM)]]

    def table(self, node: SyntaxTreeNode, width: int) -> list[Line]:
        """Columns side by side if they fit, else a wrapped line a row."""
        rows = [row.children for part in node.children for row in part.children]
        cells = [
            [self.inline(cell, _BOLD if cell.type == "th" else "") for cell in row] for row in rows
        ]
        columns = max(map(len, cells))
        widths = [
            max(width_of(row[i]) if i < len(row) else 0 for row in cells) for i in range(columns)
        ]
        if sum(widths) + 3 * (columns - 1) > width:
            return [line for row in cells for line in wrap(_joined(row), width)]
        lines = [_joined(list(map(_padded, row, widths))) for row in cells]
        rule = Span("─┼─".join("─" * w for w in widths), _DIM)
        return [lines[0], [rule], *lines[1:]]

    def inline(self, node: SyntaxTreeNode, style: str) -> list[Span]:
        return [span for child in node.children for span in self.span(child, style)]

    def span(self, node: SyntaxTreeNode, style: str) -> Iterator[Span]:
        if node.type in {"strong", "em", "s"}:
            added = {"strong": _BOLD, "em": _ITALIC, "s": _STRUCK}[node.type]
            yield from self.marked(self.inline(node, _both(style, added)), node.markup)
        elif node.type == "code_inline":
            yield from self.marked([Span(_flat(node.content), _both(style, _CODE))], "`")
        elif node.type in {"link", "image"}:
            yield from self.link(node, style)
        elif node.type == "softbreak":
            yield Span(" ", style)
        elif node.type == "hardbreak":
            yield BREAK
        elif node.children:
            yield from self.inline(node, style)
        else:
            yield Span(_flat(node.content), style)

    def marked(self, spans: list[Span], mark: str) -> list[Span]:
        return spans if self.color else [Span(mark), *spans, Span(mark)]

    def link(self, node: SyntaxTreeNode, style: str) -> Iterator[Span]:
        """`text (target "title")`; of `<target>` the target alone."""
        target = str(node.attrGet("src" if node.type == "image" else "href") or "")
        title = str(node.attrGet("title") or "")
        shown = self.inline(node, _both(style, _LINK))
        yield from shown
        if node.markup == "autolink":
            return
        more = _flat(f'{target} "{title}"' if title else target)
        yield Span(f" ({more})" if shown else more, _DIM)


def _flat(text: str) -> str:
    return text.replace("\t", " ").replace("\n", " ")


def _both(style: str, added: str) -> str:
    return f"{style};{added}" if style else added


def _joined(cells: Sequence[Line]) -> Line:
    line: Line = []
    for cell in cells:
        line += [Span(" │ ", _DIM), *cell] if line else cell or [Span("")]
    return line


def _padded(cell: Line, width: int) -> Line:
    return [*cell, Span(" " * (width - width_of(cell)))]
