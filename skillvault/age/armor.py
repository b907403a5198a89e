"""ASCII armor (C2SP age, "ASCII armor"): strict PEM, decoded and encoded as a stream."""

from __future__ import annotations

import binascii
import io
import re

from skillvault.age.errors import AgeError
from skillvault.age.streams import Buffered, ByteSink, write_all

BEGIN = b"-----BEGIN AGE ENCRYPTED FILE-----"
END = b"-----END AGE ENCRYPTED FILE-----"

_COLUMNS = 64
_BYTES = 48  # of a line
_BLOCK = 64 << 10
_MAX_SPACE = 1024  # around the armor, as age allows
_START = re.compile(rb"((?:[ \t\r]*\n)*)%b\r?\n" % BEGIN)
_TAIL = re.compile(
    rb"(?:([A-Za-z0-9+/=]{1,%d})\r?\n)?%b(?:\r?\n[ \t\r\n]{0,%d})?"
    % (_COLUMNS - 1, END, _MAX_SPACE)
)
_TAIL_SIZE = _COLUMNS + len(END) + _MAX_SPACE + 8


class ArmorReader(io.RawIOBase):
    """The bytes inside an armor, as a raw stream; AgeError of kind armor for any flaw of it.

    Give `start`, what the caller has already read of `source`. What is neither an armor nor meant
    as one is AgeError of kind header.
    """

    def __init__(self, source: Buffered, start: bytes) -> None:
        self._source = source
        start += source.read(max(0, _MAX_SPACE + len(BEGIN) + 2 - len(start)))
        match = _START.match(start)
        if not match or len(match[1]) > _MAX_SPACE:
            if b"-----" in start:
                raise AgeError("armor", "its first line is malformed")
            raise AgeError("header", "this is not an age file")
        self._rest = start[match.end() :]
        self._ready = memoryview(b"")
        self._padded = False
        self._ended = False

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what io hands over
        """Put decoded bytes into `buffer`; 0 only at the end."""
        while not self._ready and not self._ended:
            self._decode_block()
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _decode_block(self) -> None:
        """Decode the full lines of the next block; whatever else comes must be the tail."""
        fresh = self._source.read(_BLOCK)
        block = self._rest + fresh
        full: list[bytes] = []
        used = 0
        complete = block.split(b"\n")[:-1]
        for line in complete:
            text = line.removesuffix(b"\r")
            if len(text) != _COLUMNS:
                break
            full.append(text)
            used += len(line) + 1
        self._rest = block[used:]
        data = self._decode(b"".join(full))
        if len(full) < len(complete) or len(fresh) < _BLOCK or len(self._rest) > _COLUMNS + 1:
            data += self._decode_tail(self._rest + self._source.read(_TAIL_SIZE))
        self._ready = memoryview(data)

    def _decode_tail(self, tail: bytes) -> bytes:
        match = _TAIL.fullmatch(tail)
        if not match:
            raise AgeError("armor", "its last lines are malformed or missing")
        self._ended = True
        return self._decode(match[1] or b"")

    def _decode(self, text: bytes) -> bytes:
        """Base64 in its one canonical spelling, with padding at the very end only."""
        if not text:
            return b""
        try:
            data = binascii.a2b_base64(text)
        except binascii.Error:
            data = b""
        if self._padded or binascii.b2a_base64(data, newline=False) != text:
            raise AgeError("armor", "its base64 is not canonical")
        self._padded = text.endswith(b"=")
        return data


class ArmorWriter:
    """A sink that puts an armor around what is written to it; `finish` ends it."""

    def __init__(self, sink: ByteSink) -> None:
        self._sink = sink
        self._rest = b""
        write_all(sink, BEGIN + b"\n")

    def write(self, data: bytes, /) -> None:
        """Armor `data`, keeping less than a line of it back."""
        data = self._rest + data
        whole = len(data) - len(data) % _BYTES
        self._rest = data[whole:]
        write_all(self._sink, _lines(data[:whole]))

    def finish(self) -> None:
        """Write what was kept, and the end line."""
        write_all(self._sink, _lines(self._rest) + END + b"\n")


def _lines(data: bytes) -> bytes:
    text = binascii.b2a_base64(data, newline=False)
    return b"".join(text[i : i + _COLUMNS] + b"\n" for i in range(0, len(text), _COLUMNS))
