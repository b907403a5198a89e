"""Skills in the message lists of OpenAI's and Anthropic's APIs.

The lists hold plain dictionaries, as the SDKs take them. OpenAI's chat has system messages (or
`developer` ones): skills become one more of these, after those that stand first. Anthropic's lists
have none, `system` is a parameter beside the list: skills become a block of the first user turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from skillvault.errors import UsageError

Dialect = Literal["openai", "anthropic"]
Message = dict[str, Any]
DIALECTS: tuple[Dialect, ...] = ("openai", "anthropic")
_LEADING = ("system", "developer")


def place(messages: Sequence[Mapping[str, Any]], text: str, dialect: Dialect) -> list[Message]:
    """A new list with `text` in it. The caller's list and its messages stay as they are.

    No text gives a copy of the list. UsageError for what is no message of this dialect.
    """
    if dialect not in DIALECTS:
        raise UsageError("format", f"`{dialect}` is none of {', '.join(DIALECTS)}")
    copied = [_message(number, message) for number, message in enumerate(messages, 1)]
    if dialect == "anthropic":
        _no_system(copied)
    if not text:
        return copied
    return _openai(copied, text) if dialect == "openai" else _anthropic(copied, text)


def _message(number: int, message: object) -> Message:
    if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
        problem = "not a mapping with a `role`"
        raise UsageError(f"message {number}", problem, '{"role": "user", "content": "..."}')
    return dict(message)


def _no_system(messages: list[Message]) -> None:
    for number, message in enumerate(messages, 1):
        if message["role"] in _LEADING:
            problem = f"Anthropic's lists have no `{message['role']}` message"
            raise UsageError(f"message {number}", problem, "give its text as `system=`")


def _openai(messages: list[Message], text: str) -> list[Message]:
    """After the system messages that stand first, in the role of the last of them."""
    at = 0
    while at < len(messages) and messages[at]["role"] in _LEADING:
        at += 1
    role = messages[at - 1]["role"] if at else "system"
    return [*messages[:at], {"role": role, "content": text}, *messages[at:]]


def _anthropic(messages: list[Message], text: str) -> list[Message]:
    """First in the first turn, which is the user's; results of tools must stay before any text."""
    block = {"type": "text", "text": text}
    if not messages or messages[0]["role"] != "user":
        return [{"role": "user", "content": [block]}, *messages]
    blocks = _blocks(messages[0].get("content"))
    at = 0
    while at < len(blocks) and _is_result(blocks[at]):
        at += 1
    first = {**messages[0], "content": [*blocks[:at], block, *blocks[at:]]}
    return [first, *messages[1:]]


def _blocks(content: object) -> list[object]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    if isinstance(content, Sequence):
        return list(content)
    raise UsageError("message 1", "its `content` is neither text nor a list of blocks")


def _is_result(block: object) -> bool:
    return isinstance(block, Mapping) and block.get("type") == "tool_result"
