"""The header of an age file (C2SP age, "Header"): strict, and bounded before it is believed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from skillvault.age.errors import AgeError
from skillvault.age.primitives import decode64, derive, encode64
from skillvault.age.stanza import Stanza
from skillvault.age.streams import Buffered

INTRO = b"age-encryption.org/v1\n"
MAX_STANZAS = 4096
MAX_LINE = 8192  # a post-quantum stanza's first line has 1,512 bytes
MAX_HEADER = 8 << 20  # MAX_STANZAS of 1,600 bytes, and room

_COLUMNS = 64
_MAC_PREFIX = b"---"
_FIRST_LINE = re.compile(rb"-> ([!-~]+(?: [!-~]+)*)\n")
_MAC_LINE = re.compile(rb"--- ([A-Za-z0-9+/]{43})\n")


class Header(NamedTuple):
    """What stands before the payload; `covered` are the bytes that the MAC is of."""

    stanzas: tuple[Stanza, ...]
    mac: bytes
    covered: bytes


def write_header(stanzas: Sequence[Stanza], file_key: bytes) -> bytes:
    """The whole header, its MAC under the file key included."""
    lines = [INTRO]
    for stanza in stanzas:
        lines.append(f"-> {' '.join((stanza.type, *stanza.args))}\n".encode("ascii"))
        body = encode64(stanza.body)
        # One more line than full ones: a body ends with a line that is short, empty if need be.
        lines += [body[i : i + _COLUMNS] + b"\n" for i in range(0, len(body) + 1, _COLUMNS)]
    covered = b"".join(lines) + _MAC_PREFIX
    return covered + b" " + encode64(_mac(file_key, covered).finalize()) + b"\n"


def read_header(source: Buffered, first: bytes) -> Header:
    """Read a header of which the caller has read the `first` line; the payload comes next.

    AgeError of kind header for anything malformed, and beyond MAX_STANZAS, MAX_LINE, MAX_HEADER:
    no more than those is ever read or held.
    """
    if first != INTRO:
        raise AgeError("header", "this is not an age file of version 1")
    lines = _Lines(source, first)
    stanzas: list[Stanza] = []
    while not (line := lines.take()).startswith(_MAC_PREFIX):
        if len(stanzas) == MAX_STANZAS:
            raise AgeError("header", f"it has more than {MAX_STANZAS} stanzas")
        stanzas.append(_read_stanza(line, lines))
    if not stanzas:
        raise AgeError("header", "it has no recipient")
    match = _MAC_LINE.fullmatch(line)
    if not match:
        raise AgeError("header", "its last line is malformed")
    covered = b"".join(lines.taken)[: len(_MAC_PREFIX) - len(line)]
    return Header(tuple(stanzas), _decode(match[1]), covered)


def check_mac(header: Header, file_key: bytes) -> None:
    """AgeError of kind hmac unless the header is the one that the file key's owner wrote."""
    try:
        _mac(file_key, header.covered).verify(header.mac)
    except InvalidSignature:
        raise AgeError("hmac", "its header was altered") from None


class _Lines:
    """Takes line after line, and keeps them for the MAC."""

    def __init__(self, source: Buffered, first: bytes) -> None:
        self._source = source
        self._left = MAX_HEADER
        self.taken = [first]

    def take(self) -> bytes:
        line = self._source.readline(MAX_LINE)
        self._left -= len(line)
        if not line.endswith(b"\n"):
            problem = "a line is too long" if len(line) == MAX_LINE else "it ends in the header"
            raise AgeError("header", problem)
        if self._left < 0:
            raise AgeError("header", f"its header is longer than {MAX_HEADER >> 20} MiB")
        self.taken.append(line)
        return line


def _read_stanza(first: bytes, lines: _Lines) -> Stanza:
    match = _FIRST_LINE.fullmatch(first)
    if not match:
        raise AgeError("header", "the first line of a stanza is malformed")
    kind, *args = match[1].decode("ascii").split(" ")
    body: list[bytes] = []
    while True:
        text = lines.take()[:-1]
        if len(text) > _COLUMNS:
            raise AgeError("header", "a line of a stanza's body is too long")
        body.append(text)
        if len(text) < _COLUMNS:
            return Stanza(kind, tuple(args), _decode(b"".join(body)))


def _decode(text: bytes) -> bytes:
    try:
        return decode64(text)
    except ValueError:
        raise AgeError("header", "it has base64 that is not canonical") from None


def _mac(file_key: bytes, covered: bytes) -> HMAC:
    mac = HMAC(derive(file_key, b"", b"header"), SHA256())
    mac.update(covered)
    return mac
