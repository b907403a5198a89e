"""What all model services have in common: one call at a time, each fault told in one voice.

A service answers many calls at once, so callers run many; the tries, the pauses between them and
the end of a run that cannot succeed are theirs too (`evals/asking.py`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from skillvault.errors import ServiceError
from skillvault.models import address
from skillvault.models.base import Capabilities, Completion, ModelInfo, Request
from skillvault.models.reply import BrokenError, Fault, MalformedError, Reply, clean, fault, loads
from skillvault.skill.text import estimate_tokens

SECONDS = 300.0
"""How long one call may take."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a service is and how it is called.

    `thinking` tokens are allowed beside each task's own limit, for models that think first.
    """

    base_url: str
    key: str = field(repr=False)
    key_from: str
    seconds: float = SECONDS
    connections: int = 64
    thinking: int = 0


class Dialect(Protocol):
    """How one kind of service is spoken to, through its SDK."""

    async def post(self, request: Request) -> Reply:
        """Send one call. BrokenError: no whole reply came. TimeoutError: none in time."""
        ...

    def read(self, body: dict[str, Any]) -> Completion:
        """The answer in a reply. MalformedError: it is none."""
        ...

    async def close(self) -> None:
        """Give the connections back."""
        ...


class RemoteModel:
    """A model behind an address."""

    def __init__(self, name: str, model: str, endpoint: Endpoint, dialect: Dialect) -> None:
        self._name = name
        self._endpoint = endpoint
        self._dialect = dialect
        self._answered = False
        self._info = ModelInfo(
            name=name,
            digest=f"{endpoint.base_url} {model}",
            capabilities=Capabilities(remote=True),
            parameters={"thinking": endpoint.thinking} if endpoint.thinking else {},
        )

    @property
    def info(self) -> ModelInfo:
        """Name, address, abilities, parameters."""
        return self._info

    async def generate(self, requests: Sequence[Request]) -> AsyncIterator[Completion]:
        """Ask one after another. ServiceError as long as nothing was answered and nothing can be.

        That is a key that is not accepted, no such model, no money, no server at the address.
        """
        for request in requests:
            started = time.perf_counter()
            completion = await self._call(request)
            yield replace(completion, seconds=time.perf_counter() - started)

    async def count_tokens(self, text: str) -> int:
        """An estimate: services count with the prompt, and only there."""
        return estimate_tokens(text)

    def forget(self) -> None:
        """Nothing is kept here; what a service keeps is its own."""

    async def close(self) -> None:
        """Close the connections."""
        await self._dialect.close()

    async def _call(self, request: Request) -> Completion:
        limit = self._endpoint.seconds
        try:
            async with asyncio.timeout(limit):  # the SDK's own limit is between two bytes
                reply = await self._dialect.post(request)
        except TimeoutError:
            return self._failed(Fault("call", f"no answer within {limit:g} s", again=True))
        except BrokenError as error:
            kind = "call" if error.reached else "place"
            return self._failed(Fault(kind, str(error), again=True))
        try:
            completion = self._dialect.read(loads(reply.text)) if reply.ok else None
        except MalformedError as error:
            return self._failed(Fault("call", str(error), again=True))
        if completion is None:
            return self._failed(fault(reply))
        self._answered = True
        key = self._endpoint.key
        return replace(
            completion,
            text=clean(completion.text, key),
            served=clean(completion.served, key),
        )

    def _failed(self, found: Fault) -> Completion:
        problem = clean(found.problem, self._endpoint.key)
        if found.kind == "overflow":
            return Completion("", "overflow")
        if found.kind == "refused":
            return Completion("", "refused")
        if found.kind != "call" and not self._answered:
            raise ServiceError(self._name, problem, self._hint(found.kind))
        return Completion("", "failed", problem=problem, again=found.again, wait=found.wait)

    def _hint(self, kind: str) -> str | None:
        url, source = self._endpoint.base_url, self._endpoint.key_from
        match kind:
            case "key":
                return f"the key is from {source}, the address is {url}"
            case "model":
                return f"the address is {url}; `--base-url` gives another one"
            case "place":
                serve = "start the server, or " if address.is_loopback(url) else ""
                return f"{serve}give its address: `--base-url`; it is {url} now"
        return None
