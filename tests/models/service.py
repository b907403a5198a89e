"""A model's service on loopback that does what a test tells it: answers, faults, delays.

It speaks both dialects, by path. Its answers are the echo model's. `script` holds what the next
calls get, one behaviour each; when it is empty, calls are answered.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from skillvault.models.base import Completion, Request
from skillvault.models.echo import EchoModel

KEY = "sk-test-0123456789abcdefghij"
OPENAI_PATH, ANTHROPIC_PATH = "/v1/chat/completions", "/v1/messages"


@dataclass
class Asked:
    """One call as it arrived: path, headers in lower case, JSON body."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


Behaviour = Callable[["Handler", Asked], None]


@dataclass
class Service:
    """A running service. `most` is how many calls it had at once; `delay` is before each answer."""

    port: int
    script: list[Behaviour] = field(default_factory=list)
    otherwise: Behaviour | None = None
    asked: list[Asked] = field(default_factory=list)
    delay: float = 0.0
    key: str = KEY
    most: int = 0
    _now: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def openai(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def anthropic(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def prompts(self) -> list[str]:
        """What was asked, in the order of arrival."""
        return [asked.body["messages"][-1]["content"] for asked in self.asked]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    service: Service

    def handle_error(self, *_args: object) -> None:
        """Clients that hang up are part of the tests."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        service = self.server.service
        size = int(self.headers["content-length"])
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.path, headers, json.loads(self.rfile.read(size)))
        with service.lock:
            service.asked.append(asked)
            service._now += 1
            service.most = max(service.most, service._now)
            behaviour = service.script.pop(0) if service.script else service.otherwise
        try:
            (behaviour or answered)(self, asked)
        finally:
            with service.lock:
                service._now -= 1

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response_only(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        if "Content-Length" not in (headers or {}):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_args: object) -> None:
        """Silent."""


def answered(handler: Handler, asked: Asked) -> None:
    """What a healthy service does, its key checked."""
    service = handler.server.service
    sent = asked.headers.get("authorization", "").removeprefix("Bearer ")
    if service.key not in {sent, asked.headers.get("x-api-key")}:
        status(401, {"message": f"Incorrect API key provided: {sent}", "type": "auth"})(
            handler, asked
        )
        return
    time.sleep(service.delay)
    body = openai_body if asked.path == OPENAI_PATH else anthropic_body
    handler.send(200, json.dumps(body(echo(asked))).encode())


def echo(asked: Asked) -> Completion:
    body = asked.body
    messages = body["messages"]
    system = body.get("system") or messages[0]["content"]
    limit = body.get("max_tokens") or body["max_completion_tokens"]

    async def one() -> Completion:
        request = Request(system, messages[-1]["content"], max_tokens=limit)
        (found,) = [found async for found in EchoModel().generate([request])]
        return found

    return asyncio.run(one())


def openai_body(found: Completion) -> dict[str, Any]:
    return {
        "id": "x",
        "object": "chat.completion",
        "model": "echo-2026-01-01",
        "system_fingerprint": "fp_1",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": found.text, "refusal": None},
                "finish_reason": {"refused": "content_filter"}.get(found.finish, found.finish),
            }
        ],
        "usage": {
            "prompt_tokens": found.prompt_tokens,
            "completion_tokens": found.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": 3},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
    }


def anthropic_body(found: Completion) -> dict[str, Any]:
    reasons = {"stop": "end_turn", "length": "max_tokens", "refused": "refusal"}
    return {
        "id": "x",
        "type": "message",
        "role": "assistant",
        "model": "echo-2026-01-01",
        "content": [{"type": "text", "text": found.text}],
        "stop_reason": reasons[found.finish],
        "usage": {
            "input_tokens": found.prompt_tokens,
            "output_tokens": found.completion_tokens,
            "cache_read_input_tokens": 3,
        },
    }


def status(code: int, error: object = None, headers: dict[str, str] | None = None) -> Behaviour:
    """An error as the services put it."""

    def behave(handler: Handler, _asked: Asked) -> None:
        handler.send(
            code, json.dumps({"error": error or {"message": "It hurts."}}).encode(), headers
        )

    return behave


def raw(body: bytes, code: int = 200, headers: dict[str, str] | None = None) -> Behaviour:
    """Any bytes."""
    return lambda handler, _asked: handler.send(code, body, headers)


def plain(body: object) -> Behaviour:
    """A JSON value, with status 200."""
    return raw(json.dumps(body).encode())


def changed(**fields: object) -> Behaviour:
    """A good OpenAI reply, but for these fields of it."""
    return plain(openai_body(Completion("fine", "stop", 5, 0, 1)) | fields)


def slow(seconds: float) -> Behaviour:
    """Nothing for so long, then an answer."""

    def behave(handler: Handler, asked: Asked) -> None:
        time.sleep(seconds)
        answered(handler, asked)

    return behave


def dripping(handler: Handler, _asked: Asked) -> None:
    """A byte now and then, for a minute."""
    handler.send(200, b"{", {"Content-Length": "600"})
    for _ in range(600):
        time.sleep(0.1)
        try:
            handler.wfile.write(b" ")
        except OSError:
            return


def cut(handler: Handler, _asked: Asked) -> None:
    """Half of what was announced, then the end."""
    handler.send(200, b'{"choices": [{"mess', {"Content-Length": "1000"})
    handler.close_connection = True


def hung_up(handler: Handler, _asked: Asked) -> None:
    """The end, without a word."""
    handler.close_connection = True


def huge(handler: Handler, _asked: Asked) -> None:
    """20 MB of blanks."""
    try:
        handler.send(200, b" " * 20_000_000)
    except OSError:
        handler.close_connection = True


def bomb(handler: Handler, _asked: Asked) -> None:
    """A good answer, compressed though nobody asked for that."""
    body = gzip.compress(json.dumps(openai_body(Completion("fine", "stop"))).encode())
    handler.send(200, body, {"Content-Encoding": "gzip"})


@contextmanager
def serving() -> Iterator[Service]:
    """A service on a free port of loopback."""
    with _Server(("127.0.0.1", 0), Handler) as server:
        server.service = Service(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.service
        finally:
            server.shutdown()
            thread.join()
