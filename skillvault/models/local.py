"""GGUF weights in this process, through llama.cpp's server as `xllamacpp` wraps it.

One slot, because only one slot repeats bit for bit; its prefix cache makes the skill, the longest
part of every prompt, be computed once an arm. The server always opens a loopback port: a random
API key closes it. Facts and measurements: `docs/models.md`.
"""

from __future__ import annotations

import asyncio
import http.client
import importlib.metadata
import json
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from skillvault.errors import RefusedError, ServiceError
from skillvault.models import constraint, grammar
from skillvault.models.base import Capabilities, Completion, ModelInfo, Request
from skillvault.models.worker import Worker

# One batch is what cannot be interrupted: at 80 tokens a second 512 tokens are 6 seconds.
_BATCH = 512
T = TypeVar("T")
_WAIT = "OMP_WAIT_POLICY"


@dataclass
class _Answer:
    """What the chunks of one streamed call add up to."""

    text: list[str] = field(default_factory=list)
    tokens: list[tuple[int, float]] = field(default_factory=list)  # bytes, log-probability
    finish: str | None = None
    timings: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] | None = None

    def add(self, chunk: Mapping[str, Any]) -> None:
        if "error" in chunk:
            self.error = chunk["error"]
            return
        for choice in chunk.get("choices", ()):
            self.text.append(choice["delta"].get("content") or "")
            self.finish = choice["finish_reason"] or self.finish
            for token in (choice.get("logprobs") or {}).get("content", ()):
                self.tokens.append((len(token["bytes"]), token["logprob"]))
        self.timings = chunk.get("timings", self.timings)


class LocalModel:
    """A GGUF file, loaded at the first question, answering one question at a time."""

    def __init__(
        self,
        name: str,
        path: Path,
        digest: str,
        *,
        context: int = 8192,
        threads: int | None = None,
        prefix_cache: bool = True,
        demo: bool = False,
    ) -> None:
        """Take weights that were checked already (`path`, with their `digest`).

        ServiceError if the runtime is not installed. `prefix_cache=False` computes every prompt
        from its first token; it exists for the benchmark that shows what the cache is worth.
        """
        self._runtime, version = _import_runtime(name)
        self._path = path
        self._context = context
        self._threads = threads or min(_processors(), 8)
        self._prefix_cache = prefix_cache
        self._key = secrets.token_urlsafe(32)
        self._server: Any = None
        self._fresh = True
        self._stopping = False
        self._worker = Worker(interrupt=self._interrupt, last=self._unload)
        self._info = ModelInfo(
            name=name,
            digest=digest,
            capabilities=Capabilities(
                constrain=True, continues=True, score=True, seed=True, keeps_prefix=True
            ),
            parameters={
                "runtime": f"xllamacpp {version}",
                "context": context,
                "threads": self._threads,
                "slots": 1,
                "prefix_cache": prefix_cache,
            },
            demo=demo,
        )

    @property
    def info(self) -> ModelInfo:
        """Name, digest, abilities, parameters."""
        return self._info

    async def generate(self, requests: Sequence[Request]) -> AsyncIterator[Completion]:
        """Answer one after another; the shared beginning of the prompts is computed once."""
        for request in requests:
            wanted = constraint.of(request, self._info.name, self._runtime.json_schema_to_grammar)
            answer, seconds = await self._ask(request, {"grammar": wanted or None})
            yield constraint.held(request, self._completion(answer, seconds))

    async def score(self, request: Request, continuation: str) -> Completion:
        """Force `continuation` by a grammar: its log-probabilities stay the raw ones."""
        text = grammar.joint(request.prefill) + continuation
        size = len(text.encode())
        extra = {"grammar": grammar.forced(text), "logprobs": True, "max_tokens": size + 8}
        answer, seconds = await self._ask(request, extra)
        completion = self._completion(answer, seconds)
        if completion.finish != "stop":
            return completion
        logprobs, seen = [], 0
        for length, logprob in answer.tokens:
            if seen >= size:  # the end token, which nobody asked about
                break
            seen += length
            logprobs.append(logprob)
        return replace(completion, logprobs=tuple(logprobs))

    async def count_tokens(self, text: str) -> int:
        """Tokens of `text` as the model's tokenizer cuts it, without any template."""
        await self._on_worker(self._load)
        reply = await asyncio.to_thread(self._post, "/tokenize", {"content": text})
        return len(reply["tokens"])

    def forget(self) -> None:
        """Compute the next prompt from its first token, as a newly loaded server would.

        Bit for bit the same as loading anew (a test compares log-probabilities), and cheaper.
        """
        self._fresh = True

    async def close(self) -> None:
        """Stop the running call at its next token and unload the weights."""
        await asyncio.to_thread(self._worker.close)

    async def listening_address(self) -> str:
        """The loopback URL that the runtime opened, closed to all without the key."""
        await self._on_worker(self._load)
        return str(self._server.listening_address)

    async def _on_worker(self, job: Callable[[], T]) -> T:
        future = self._worker.submit(job)
        if future.cancelled():
            raise ServiceError(self._info.name, "the model is closed")
        return await asyncio.wrap_future(future)

    async def _ask(self, request: Request, extra: Mapping[str, Any]) -> tuple[_Answer, float]:
        payload = self._payload(request) | dict(extra)
        started = time.perf_counter()
        answer: _Answer = await self._on_worker(lambda: self._call(payload))
        return answer, time.perf_counter() - started

    def _payload(self, request: Request) -> dict[str, Any]:
        messages = [
            {"role": "system", "content": request.system},
            {"role": "user", "content": request.prompt},
        ]
        if request.prefill:
            messages.append({"role": "assistant", "content": request.prefill})
        fresh, self._fresh = self._fresh, False
        return {
            "messages": messages,
            "max_tokens": request.max_tokens,
            **({} if request.temperature is None else {"temperature": request.temperature}),
            "seed": request.seed,
            "top_k": 0,
            "top_p": 0.95,
            "min_p": 0.0,
            "cache_prompt": self._prefix_cache and not fresh,
            "stream": True,
            "return_progress": True,  # a chunk after each batch, where a call can be stopped
        }

    # Everything below runs on the worker's thread, but for _post.

    def _load(self) -> None:
        if self._server is not None:
            return
        parameters = self._runtime.CommonParams()
        parameters.model.path = str(self._path)
        parameters.n_ctx = self._context
        parameters.n_parallel = 1
        parameters.n_batch = parameters.n_ubatch = _BATCH
        parameters.cpuparams.n_threads = self._threads
        parameters.cpuparams_batch.n_threads = self._threads
        parameters.cache_ram_mib = 0  # no second cache of earlier prompts beside the slot's own
        parameters.verbosity = -1
        parameters.model_alias = {self._path.stem}  # else its replies tell the path
        parameters.api_keys = [self._key]
        parameters.port = 0
        try:
            self._server = self._runtime.Server(parameters)
        except (RuntimeError, ValueError) as error:
            problem = f"the runtime cannot load {self._path.name}"
            hint = "the file may be damaged, or newer than the runtime; or memory is short"
            raise ServiceError(self._info.name, problem, hint) from error

    def _unload(self) -> None:
        self._server = None

    def _interrupt(self) -> None:
        self._stopping = True

    def _call(self, payload: dict[str, Any]) -> _Answer:
        self._load()
        answer = _Answer()

        def take(chunk: Mapping[str, Any]) -> bool:
            answer.add(chunk)
            return self._stopping

        try:
            self._server.handle_chat_completions(payload, take)
        except ValueError as error:
            raise RefusedError(self._info.name, f"the runtime refuses: {error}") from error
        except RuntimeError as error:
            answer.error = {"code": 500, "message": str(error)}
        return answer

    def _completion(self, answer: _Answer, seconds: float) -> Completion:
        """The one place where the runtime's errors become ours."""
        if answer.error is not None:
            return self._fault(answer.error, seconds)
        if answer.finish not in {"stop", "length"}:
            return Completion("", "failed", seconds=seconds, problem="the call was cut short")
        cached = int(answer.timings.get("cache_n", 0))
        return Completion(
            text="".join(answer.text),
            finish="length" if answer.finish == "length" else "stop",
            prompt_tokens=cached + int(answer.timings.get("prompt_n", 0)),
            cached_tokens=cached,
            completion_tokens=int(answer.timings.get("predicted_n", 0)),
            seconds=seconds,
        )

    def _fault(self, error: Mapping[str, Any], seconds: float) -> Completion:
        message = str(error.get("message", "no reason given"))
        if error.get("type") == "exceed_context_size_error":
            tokens = int(error.get("n_prompt_tokens", 0))
            return Completion("", "overflow", prompt_tokens=tokens, seconds=seconds)
        if error.get("code") == http.client.BAD_REQUEST:
            raise RefusedError(self._info.name, f"the runtime refuses: {message}")
        return Completion("", "failed", seconds=seconds, problem=message)

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        address = urlsplit(self._server.listening_address)
        connection = http.client.HTTPConnection(address.netloc, timeout=60)
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        try:
            connection.request("POST", path, json.dumps(body), headers)
            reply: dict[str, Any] = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ServiceError(self._info.name, f"the runtime's port: {error}") from error
        finally:
            connection.close()
        return reply


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _import_runtime(name: str) -> tuple[Any, str]:
    """The runtime and its version; ServiceError if it is not there or does not start.

    OpenMP threads that wait for work spin by default: with another busy process on two cores
    that made calls five times slower. It is read once, when the library loads; same texts.
    """
    before = os.environ.get(_WAIT)
    os.environ.setdefault(_WAIT, "PASSIVE")
    try:
        import xllamacpp  # 100 MB of native code

        return xllamacpp, importlib.metadata.version("xllamacpp")
    except ModuleNotFoundError:
        problem = "the runtime `xllamacpp` is not installed"
        raise ServiceError(name, problem, "pip install 'skillvault-cli[local]'") from None
    except ImportError as error:
        raise ServiceError(name, f"the runtime does not start: {error}") from error
    finally:
        if before is None:
            del os.environ[_WAIT]
