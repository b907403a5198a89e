"""Byte streams as the codec reads and writes them: whole reads, bounded lines, whole writes."""

from __future__ import annotations

import io
from typing import Protocol

Buffered = io.BufferedReader | io.BytesIO


class ByteSource(Protocol):
    """Anything that gives at most `size` bytes, and none only at its end."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes."""


class ByteSink(Protocol):
    """Anything that takes bytes; a result that is a number says how many it took."""

    def write(self, data: bytes, /) -> int | None:
        """Take `data`, or its beginning."""


class _Raw(io.RawIOBase):
    def __init__(self, source: ByteSource) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what io hands over
        data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def buffered(source: ByteSource) -> Buffered:
    """A reader whose `read(n)` is short only at the end, and which has `readline(limit)`."""
    if isinstance(source, io.BytesIO | io.BufferedReader):
        return source
    return io.BufferedReader(_Raw(source), 1 << 16)


def write_all(sink: ByteSink, data: bytes) -> None:
    """Write every byte, also to an unbuffered file that takes less at a time."""
    taken = sink.write(data)
    while taken is not None and taken < len(data):
        data = data[taken:]
        taken = sink.write(data)
