"""The seam between measuring and models: one request, one completion, and what a backend can do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

Finish = Literal["stop", "length", "refused", "overflow", "failed"]
"""Why an answer ended.

`stop`: it was complete. `length`: `max_tokens` cut it. `refused`: the model's service declined.
`overflow`: the prompt does not fit the context. These four belong to the arm. `failed`: the call
broke for a reason outside it (network, server), so its result is missing, not zero.
"""


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model.

    `prefill` is the beginning of the answer; a backend that `continues` goes on from it.
    At most one of `choice` (the answer is one of these) and `schema` (JSON text of a JSON schema
    that the answer obeys) constrains the answer, on backends that can `constrain`.
    A `temperature` of None leaves it to the backend.
    """

    system: str
    prompt: str
    prefill: str = ""
    choice: tuple[str, ...] = ()
    schema: str | None = None
    max_tokens: int = 512
    temperature: float | None = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer: `text` without the prefill, tokens, wall time in seconds.

    `cached_tokens` of the `prompt_tokens` were not computed again; `hidden_tokens` of the
    `completion_tokens` are thoughts that are not in `text`. `logprobs` (natural logarithms, one per
    token) are there only after `score`. `served` is what a service says of the model that answered.
    For `failed` alone: `problem` says what broke, `again` whether another try makes sense, and
    `wait` after how many seconds, where the service said so.
    """

    text: str
    finish: Finish
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    logprobs: tuple[float, ...] = ()
    problem: str | None = None
    hidden_tokens: int = 0
    served: str = ""
    again: bool = True
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend can do beyond answering.

    `constrain` an answer to a choice or schema, `continues` a prefill, `score` a given text,
    repeat itself by `seed`; `keeps_prefix`: it computes a shared prefix once, so the arms of a
    comparison run one after another instead of alternating. `remote`: it is a service, which
    answers many calls at once and may need patience.
    """

    constrain: bool = False
    continues: bool = False
    score: bool = False
    seed: bool = False
    keeps_prefix: bool = False
    remote: bool = False


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a result records about its model.

    `digest` names the weights (`sha256:...`), or the address of a service and its name for the
    model; `parameters` are all that may change a text (threads, context, runtime). `demo`: it shows
    recall of stated facts and little else, which a report must say.
    """

    name: str
    digest: str
    capabilities: Capabilities
    parameters: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    demo: bool = False


class Model(Protocol):
    """A backend. Close it when done; after that it answers nothing."""

    @property
    def info(self) -> ModelInfo:
        """Name, digest, abilities, parameters."""
        ...

    def generate(self, requests: Sequence[Request]) -> AsyncIterator[Completion]:
        """One completion for each request, in their order, each as soon as it is there.

        A fault of one call is a completion that says `failed`. ServiceError: no call can succeed
        (no runtime, no key). RefusedError: the request itself is wrong (a bad schema).
        """
        ...

    async def count_tokens(self, text: str) -> int:
        """Tokens of `text`, by the model's own tokenizer where it has one."""
        ...

    def forget(self) -> None:
        """Make the next request independent of earlier ones: an arm starts on a fresh prefix."""
        ...

    async def close(self) -> None:
        """Give everything back; no thread is left inside a call. May be called twice."""
        ...


@runtime_checkable
class Scorer(Protocol):
    """A backend that can say how likely a given text is."""

    async def score(self, request: Request, continuation: str) -> Completion:
        """Force the answer to be `continuation`; `logprobs` are those of its tokens, raw."""
        ...
