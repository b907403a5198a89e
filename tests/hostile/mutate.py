"""Valid bytes made invalid, by a seed: byte by byte, line by line, or along their structure."""

from __future__ import annotations

import base64
import json
import random
import struct
from collections.abc import Callable, Sequence
from typing import Any

Mutate = Callable[[random.Random, bytes], bytes]

_PIECES = (
    b"\0", b"\xff", b"\n", b"\r\n", b" ", b"-", b"=", b'"', b"\\", b"{", b"]", b"\xc3", b"\xed\xa0\x80",
    b"9" * 400, b"-1", b"1e999", b"NaN", b"\\ud800", b"../", b"\x1b[2J", b"[" * 3000, b"sha256:", b"age1",
    "\u202e\u0130\u1e9e".encode(), b"\x00\x00\x00\x00\xff\xff\xff\xff", b"-----BEGIN ", b"-> X25519 ",
)  # fmt: skip
_VALUES: tuple[object, ...] = (
    None, True, False, 0, -1, 1.5, 2**53, 2**64, 10**400, "", "x" * 70000, "\ud800", "\0", "\u202ex", "../x",
    "sha256:" + "0" * 64, "a" * 16, "1970-01-01T00:00:00Z", "9999-99-99T99:99:99Z", [], {}, [[]], {"": None},
)  # fmt: skip


def in_bytes(chance: random.Random, data: bytes) -> bytes:
    """Change, add, take out, double or move a few bytes."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        start = chance.randrange(len(made) + 1)
        end = min(len(made), start + chance.choice((0, 1, 1, 2, 8, 100)))
        match chance.randrange(6):
            case 0 if start < len(made):
                made[start] ^= chance.randrange(1, 256)
            case 1:
                made[start:end] = chance.choice(_PIECES)
            case 2:
                del made[start:end]
            case 3:
                made[start:start] = made[start:end]
            case 4:
                at = chance.randrange(len(made) + 1)
                made[at:at] = made[start:end]
            case _:
                del made[start:]
    return bytes(made)


def in_lines(chance: random.Random, data: bytes) -> bytes:
    """Drop, double, swap, join, cut or pad whole lines."""
    lines = data.split(b"\n")
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(7):
        case 0:
            del lines[first]
        case 1:
            lines.insert(second, lines[first])
        case 2:
            lines[first], lines[second] = lines[second], lines[first]
        case 3:
            lines[first] = lines[first][: chance.randrange(len(lines[first]) + 1)]
        case 4:
            lines[first] += chance.choice(_PIECES)
        case 5:
            lines[first] = lines[first].swapcase()
        case _:
            lines[first] = lines[first] + lines[second]
    return b"\n".join(lines)


def in_json(chance: random.Random, data: bytes) -> bytes:
    """Another value, another key, one less, one twice; written as canonical JSON is."""
    said = json.loads(data)
    places: list[tuple[Any, Any]] = []

    def visit(node: object) -> None:
        inner: Sequence[Any] = ()
        if isinstance(node, dict):
            inner = [(node, key) for key in node]
        elif isinstance(node, list):
            inner = [(node, index) for index in range(len(node))]
        for place in inner:
            places.append(place)
            visit(place[0][place[1]])

    visit(said)
    holder, key = chance.choice(places) if places else ({}, "")
    match chance.randrange(6):
        case 0 if places:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[chance.choice(("x", "", "\0", "seq", "\u00e9"))] = chance.choice(_VALUES)
        case 2 if isinstance(holder, list):
            holder.append(chance.choice([*_VALUES, *holder]))
        case 3 if places and isinstance(holder[key], str):
            holder[key] = in_bytes(chance, holder[key].encode()).decode("utf-8", "surrogateescape")
        case 4 if isinstance(holder, dict) and places:
            holder[chance.choice(_PIECES).decode("latin-1")] = holder.pop(key)
        case _ if places:
            holder[key] = chance.choice(_VALUES)
        case _:
            pass
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def in_depth(chance: random.Random, data: bytes) -> bytes:
    """In place of some value, more brackets than a parser that calls itself can follow."""
    marks = [n for n, byte in enumerate(data) if byte in b":=,["]
    at = chance.choice(marks or [0]) + 1
    return data[:at] + chance.choice((b"[", b'{"":')) * 100_000 + data[at:]


def in_tar(chance: random.Random, data: bytes) -> bytes:
    """Blocks of 512 bytes moved about, or a field of a header changed and its sum made right."""
    blocks = [bytearray(data[n : n + 512]) for n in range(0, len(data), 512)]
    first, second = chance.randrange(len(blocks)), chance.randrange(len(blocks))
    match chance.randrange(4):
        case 0:
            del blocks[first]
        case 1:
            blocks.insert(second, bytearray(blocks[first]))
        case 2:
            blocks[first], blocks[second] = blocks[second], blocks[first]
        case _:
            block, at = blocks[first], chance.choice((0, 100, 124, 148, 156, 157, 257, 263, 345))
            piece = chance.choice(
                (b"\xff" * 12, b"7" * 12, b"-1\0", b"2", b"5", b"x\0", b"../../x\0")
            )
            block[at : at + len(piece)] = piece[: max(0, len(block) - at)]
            block[148:156] = b"%06o\0 " % sum(block[:148] + b" " * 8 + block[156:])
    return b"".join(blocks)


def in_strings(chance: random.Random, data: bytes) -> bytes:
    """Of SSH's wire format: a length that lies, a string that is another."""
    at = 6 + chance.choice((0, 4, 8, 23, 27, 59, 63))
    number = chance.choice((0, 1, 2**31, 2**32 - 1, len(data), 33, 31))
    return data[:at] + struct.pack(">I", number) + data[at + chance.choice((0, 4)) :]


def in_armor(inner: Mutate) -> Mutate:
    """What is between the first and the last line of an armor, and is base64."""

    def mutate(chance: random.Random, data: bytes) -> bytes:
        lines = data.split(b"\n")
        begin = next(n for n, line in enumerate(lines) if line.startswith(b"-----BEGIN"))
        end = next(n for n, line in enumerate(lines) if line.startswith(b"-----END"))
        text = b"".join(lines[begin + 1 : end])
        body = base64.b64encode(inner(chance, base64.b64decode(text)))
        wide = len(lines[begin + 1])
        rows = [body[n : n + wide] for n in range(0, len(body), wide)]
        return b"\n".join([*lines[: begin + 1], *rows, *lines[end:]])

    return mutate


def in_parts(mark: bytes, *parts: Mutate) -> Mutate:
    """One of the parts that `mark` divides, each in its own way."""

    def mutate(chance: random.Random, data: bytes) -> bytes:
        found = data.split(mark, len(parts) - 1)
        which = chance.randrange(len(found))
        found[which] = parts[which](chance, found[which])
        return mark.join(found)

    return mutate
