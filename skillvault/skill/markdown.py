"""The Markdown parser for texts that are shown whole: nothing is resolved, decoded or dropped.

Imports markdown-it-py, so import this only where something is rendered.
"""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

_NESTING = 60


class _Verbatim(MarkdownIt):
    """Link targets stay as they are written; all are taken, since none is ever followed."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the name is markdown-it's
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - the name is markdown-it's
        return link

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802 - markdown-it's signature
        return True


def parse(source: str) -> Sequence[SyntaxTreeNode]:
    """The blocks of a CommonMark text with tables and strikethrough.

    HTML, entities and link definitions are left as text: a reader must see them.
    """
    parser = _Verbatim("commonmark", {"html": False, "maxNesting": _NESTING})
    parser.enable(["table", "strikethrough"]).disable(["entity", "reference"])
    return SyntaxTreeNode(parser.parse(source)).children
