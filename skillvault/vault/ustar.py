"""A canonical ustar: the same files give the same bytes, in every Python (docs/format.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

BLOCK = 512
NAME, PREFIX = 100, 155
END = bytes(2 * BLOCK)


class Member(NamedTuple):
    """One regular file: path, bytes, permission bits as octal text (`644` or `755`)."""

    path: str
    data: bytes
    mode: str


def pack(members: Iterable[Member]) -> bytes:
    """Lay the members out in the order given. ValueError for a path that ustar cannot hold."""
    parts: list[bytes] = []
    for member in members:
        parts.append(_header(member))
        parts.append(member.data)
        parts.append(bytes(-len(member.data) % BLOCK))
    parts.append(END)
    return b"".join(parts)


def split_path(path: str) -> tuple[bytes, bytes]:
    """(prefix, name) for the header. ValueError if no split fits 155 and 100 bytes."""
    raw = path.encode()
    if len(raw) <= NAME:
        return b"", raw
    for i, byte in enumerate(raw[: PREFIX + 1]):
        if byte == ord("/") and i > 0 and len(raw) - i - 1 <= NAME and i + 1 < len(raw):
            return raw[:i], raw[i + 1 :]
    raise ValueError(f"a path of {len(raw)} bytes that ustar cannot hold")


def unpack(data: bytes) -> Iterator[Member]:
    """Read members back. ValueError for whatever `pack` would not have laid out so.

    Sizes are judged against `data` itself, so nothing is allocated that is not there. The caller
    compares `pack(unpack(data))` with `data`: equality is the whole check of the header.
    """
    view = memoryview(data)
    at = 0
    while at + BLOCK <= len(view):
        header = bytes(view[at : at + BLOCK])
        if header == bytes(BLOCK):
            return
        at += BLOCK
        size = _octal(header[124:136])
        mode = _octal(header[NAME:108])
        if size > len(view) - at:
            raise ValueError("a member larger than the archive")
        prefix, name = _text(header[345:500]), _text(header[:NAME])
        path = f"{prefix}/{name}" if prefix else name
        yield Member(path, bytes(view[at : at + size]), f"{mode:o}")
        at += size + (-size % BLOCK)
    raise ValueError("no end of archive")


def _header(member: Member) -> bytes:
    prefix, name = split_path(member.path)
    fields = (
        name.ljust(NAME, b"\0"),
        f"{int(member.mode, 8):07o}\0".encode(),
        b"0000000\0",
        b"0000000\0",
        f"{len(member.data):011o}\0".encode(),
        b"00000000000\0",
        b" " * 8,
        b"0",
        bytes(100),
        b"ustar\x0000",
        bytes(64),
        b"0000000\0",
        b"0000000\0",
        prefix.ljust(PREFIX, b"\0"),
        bytes(12),
    )
    header = b"".join(fields)
    return header[:148] + f"{sum(header):06o}\0 ".encode() + header[156:]


def _octal(field: bytes) -> int:
    digits = field.rstrip(b"\0")
    if not digits or digits.strip(b"01234567"):
        raise ValueError("a number that is not octal")
    return int(digits, 8)


def _text(field: bytes) -> str:
    return field.rstrip(b"\0").decode()
