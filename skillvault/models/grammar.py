"""GBNF, the grammar language of llama.cpp, for the two constraints that we use.

Source: llama.cpp, `grammars/README.md`.
"""

from __future__ import annotations

from collections.abc import Sequence

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CLOSING = ".,;:!?)]}%"


def literal(text: str) -> str:
    r"""`text` as a GBNF string; control characters as `\xNN`."""
    return '"' + "".join(_ESCAPES.get(c) or _plain(c) for c in text) + '"'


def _plain(character: str) -> str:
    return f"\\x{ord(character):02X}" if ord(character) < 0x20 else character  # noqa: PLR2004 - C0


def joint(prefill: str) -> str:
    """What stands between a prefill and its continuation: a space after a word, else nothing.

    Without it a model is forced to begin in the middle of a word, which it finds very unlikely.
    """
    last = prefill[-1:]
    return " " if last.isalnum() or (last != "" and last in _CLOSING) else ""


def choice(options: Sequence[str], prefill: str = "") -> str:
    """A grammar whose only texts are the options, each behind the joint of `prefill`."""
    return f"root ::= {literal(joint(prefill))} ({' | '.join(map(literal, options))})"


def forced(text: str) -> str:
    """A grammar whose only text is `text`."""
    return f"root ::= {literal(text)}"
