"""The connection to a model's service: what the SDKs are given instead of their own client.

It follows no redirect (a prompt holds a skill, and goes where it was sent or nowhere), reads no
answer without end, and takes nothing compressed, because a small bomb unpacks to any size.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

from skillvault.models.reply import BrokenError

MAX_BYTES = 8 << 20
"""The largest reply that is read. The longest answer that a suite may ask for is some 400 kB."""

CONNECT_SECONDS = 10.0


class _Limited(httpx2.AsyncByteStream):
    """A reply's bytes, up to MAX_BYTES."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > MAX_BYTES:
                raise httpx2.RemoteProtocolError(f"a reply of more than {MAX_BYTES >> 20} MiB")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _limit(response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise httpx2.RemoteProtocolError("a compressed reply, which was not asked for")
    # JSON is UTF-8; Python would also decode by `zlib` or `rot13`, if it were told to.
    response.headers["content-type"] = "application/json"
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Limited(response.stream)


def client(seconds: float, connections: int) -> httpx2.AsyncClient:
    """A client that waits for a reply so long, and holds so many connections."""
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds), pool=None),
        limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=connections),
        follow_redirects=False,
        headers={"Accept-Encoding": "identity"},
        event_hooks={"response": [_limit]},
    )


def broken(cause: BaseException | None) -> BrokenError:
    """What a failure of the connection means, in words."""
    if isinstance(cause, httpx2.ConnectError | httpx2.UnsupportedProtocol | httpx2.ProxyError):
        return BrokenError(f"cannot be reached: {_words(cause)}", reached=False)
    if isinstance(cause, httpx2.RemoteProtocolError | httpx2.ReadError | httpx2.WriteError):
        return BrokenError(f"the reply was cut: {_words(cause)}", reached=True)
    return BrokenError(f"the connection broke: {_words(cause)}", reached=True)


def _words(cause: BaseException | None) -> str:
    text = " ".join(str(cause).split()) if cause is not None else ""
    return (text[:1].lower() + text[1:200]).removesuffix(".") or type(cause).__name__
