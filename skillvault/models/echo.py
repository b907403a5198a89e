"""A model without weights: it finds its answers in its prompt. For tests, offline, the same always.

It is a reader that cannot think. Of the system prompt's lines it takes the one that shares most
words with the question (prompt and prefill), the first of equals; without any shared word, the
prompt itself:

* with a `choice`: the first option that stands in that line, else the first option;
* with a `schema`: a value built by the schema; texts and numbers from that line;
* otherwise: that line.

So a skill that states the answer in the question's words helps it, and nothing else does.
A line `[[echo: WORD]]` in the prompt steers it: `refuse`, `fail`, `overflow`, `length` end the call
that way, `fail once` only at the first try, `say TEXT` answers TEXT whatever the constraint,
`wait SECONDS` answers that much later.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Literal

from skillvault.models.base import Capabilities, Completion, Finish, ModelInfo, Request
from skillvault.models.schema import strict_json

_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_ORDER = re.compile(
    r"\[\[echo: (refuse|fail once|fail|overflow|length|wait [0-9]{1,4}|say (.*?))\]\]", re.DOTALL
)
_ENDS: dict[str, Finish] = {
    "refuse": "refused",
    "fail": "failed",
    "overflow": "overflow",
    "length": "length",
}
_LIKELY, _UNLIKELY = math.log(0.9), math.log(0.05)


class EchoModel:
    """See the module. `capabilities` can be narrowed, to test what a poorer backend gets."""

    def __init__(self, capabilities: Capabilities | None = None) -> None:
        self._failed_once: set[Request] = set()
        self._info = ModelInfo(
            name="echo:",
            digest="sha256:" + sha256(b"skillvault echo v1").hexdigest(),
            capabilities=capabilities
            or Capabilities(constrain=True, continues=True, score=True, seed=True),
        )

    @property
    def info(self) -> ModelInfo:
        """Name, digest, abilities, parameters."""
        return self._info

    async def generate(self, requests: Sequence[Request]) -> AsyncIterator[Completion]:
        """Answer at once, one after another, unless told to wait."""
        for request in requests:
            order = _ORDER.search(request.prompt)
            if order is not None and order[1].startswith("wait "):
                await asyncio.sleep(int(order[1].removeprefix("wait ")))
            yield self._answer(request)

    async def score(self, request: Request, continuation: str) -> Completion:
        """A word of the line that it would read has probability 0.9, any other 0.05."""
        known = set(_words(_line(request)))
        logs = [_LIKELY if word in known else _UNLIKELY for word in _words(continuation)]
        return Completion(continuation, "stop", _tokens(request), 0, len(logs), 0.0, tuple(logs))

    async def count_tokens(self, text: str) -> int:
        """Words and punctuation marks."""
        return len(_TOKEN.findall(text))

    def forget(self) -> None:
        """Nothing is kept but which requests failed once."""

    async def close(self) -> None:
        """Nothing is held."""

    def _answer(self, request: Request) -> Completion:
        tokens = _tokens(request)
        order = _ORDER.search(request.prompt)
        if order is None or order[1].startswith("wait "):
            text = self._text(request)
        elif order[1].startswith("say "):
            text = order[2]
        elif order[1] == "fail once":
            if request not in self._failed_once:
                self._failed_once.add(request)
                return Completion("", "failed", tokens, problem="told to fail once")
            text = self._text(request)
        else:
            end = _ENDS[order[1]]
            problem = "told to fail" if end == "failed" else None
            return Completion("", end, tokens, problem=problem)
        words = _TOKEN.findall(text)
        finish: Literal["stop", "length"] = "length" if len(words) > request.max_tokens else "stop"
        if finish == "length":
            text = " ".join(words[: request.max_tokens])
        return Completion(text, finish, tokens, 0, min(len(words), request.max_tokens))

    def _text(self, request: Request) -> str:
        line = _line(request)
        if request.choice and self._info.capabilities.constrain:
            return next((o for o in request.choice if o in line), request.choice[0])
        if request.schema is not None and self._info.capabilities.constrain:
            return json.dumps(_build(strict_json(request.schema), line), ensure_ascii=False)
        return line


def _line(request: Request) -> str:
    """The line of system prompt or prompt that has most of the question's words."""
    asked = set(_words(f"{request.prompt} {request.prefill}"))
    best, most = request.prompt.strip(), 0
    for line in request.system.splitlines():
        if (shared := len(asked.intersection(_words(line)))) > most:
            best, most = line.strip(), shared
    return best


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _tokens(request: Request) -> int:
    return sum(len(_TOKEN.findall(t)) for t in (request.system, request.prompt, request.prefill))


def _build(schema: Any, line: str) -> object:  # noqa: ANN401 - JSON
    """The simplest value of a schema, with what the line offers where the schema leaves room."""
    if not isinstance(schema, Mapping):
        return None
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return next((o for o in schema["enum"] if str(o) in line), schema["enum"][0])
    if "anyOf" in schema:
        return _build(schema["anyOf"][0], line)
    kind = schema.get("type", "string")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            return {k: _build(v, line) for k, v in schema.get("properties", {}).items()}
        case "array":
            return [_build(schema.get("items", {}), line)] * schema.get("minItems", 0)
        case "integer" | "number":
            return _number(schema, line)
        case "boolean":
            return False
        case "null":
            return None
    text = line[: schema.get("maxLength", len(line))]
    return text.ljust(schema.get("minLength", 0), ".")


def _number(schema: Mapping[str, Any], line: str) -> int:
    found = re.search(r"-?\d{1,9}\b", line)
    value = int(found[0]) if found else 0
    if "minimum" in schema:
        value = max(value, math.ceil(schema["minimum"]))
    if "exclusiveMinimum" in schema:
        value = max(value, math.floor(schema["exclusiveMinimum"]) + 1)
    if "maximum" in schema:
        value = min(value, math.floor(schema["maximum"]))
    if "exclusiveMaximum" in schema:
        value = min(value, math.ceil(schema["exclusiveMaximum"]) - 1)
    return value
