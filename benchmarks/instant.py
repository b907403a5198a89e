"""A model's service that answers at once, always the same: `python -m benchmarks.instant`.

It prints its port and serves OpenAI's chat completions on loopback until standard input ends; then
it prints how many requests it answered. Its own cost stands in its own process, so that a client is
measured alone.
"""

from __future__ import annotations

import asyncio
import json
import sys

REPLY = {
    "id": "x",
    "object": "chat.completion",
    "created": 0,
    "model": "instant",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "The flag is orange."},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25},
}
_BODY = json.dumps(REPLY).encode()
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\nConnection: keep-alive\r\n\r\n%s" % (len(_BODY), _BODY)
)


_answered: list[None] = []


class _Connection(asyncio.Protocol):
    """One client: every whole request gets the answer."""

    def __init__(self) -> None:
        self.waiting = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while (end := self.waiting.find(b"\r\n\r\n")) >= 0:
            whole = end + 4 + _length(self.waiting[:end])
            if len(self.waiting) < whole:
                return
            self.waiting = self.waiting[whole:]
            assert self.transport is not None
            self.transport.write(_ANSWER)
            _answered.append(None)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


async def serve() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(len(_answered), flush=True)


if __name__ == "__main__":
    asyncio.run(serve())
