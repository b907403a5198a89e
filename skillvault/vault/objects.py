"""Git objects of our own making, and how they get into a repository.

Few go in as loose objects, many as one pack without deltas. Neither moves a ref: until that is
done, nothing sees them.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

from skillvault import atomic

_TYPES: Final = {"commit": 1, "tree": 2, "blob": 3}
_LOOSE: Final = 16
_LARGE: Final = 1 << 31  # offsets from here on stand in a table of their own
_SEALED: Final = b"age-encryption.org/"


class _Content(NamedTuple):
    kind: str
    data: bytes


class GitObject(_Content):
    """An object to write: its kind (`commit`, `tree` or `blob`) and its content."""

    @cached_property
    def oid(self) -> str:
        """Git's name of it: 40 hex digits of SHA-1."""
        return _oid(self.kind, self.data)


def blob_oid(data: bytes) -> str:
    """The id of a blob with this content."""
    return _oid("blob", data)


def _oid(kind: str, data: bytes) -> str:
    digest = hashlib.sha1(_header(kind, data), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()


def _header(kind: str, data: bytes) -> bytes:
    return b"%b %d\0" % (kind.encode(), len(data))


def write_objects(repo: Path, objects: Iterable[GitObject]) -> None:
    """Put all objects into `repo`, in this order where they are few.

    Whatever is there when it is interrupted is unreachable, and harmless. OSError as the system
    says.
    """
    found = list(objects)
    if len(found) <= _LOOSE:
        for item in found:
            _write_loose(repo, item)
    else:
        _write_pack(repo / "objects" / "pack", found)


def _write_loose(repo: Path, item: GitObject) -> None:
    oid = item.oid
    path = repo / "objects" / oid[:2] / oid[2:]
    if path.exists():
        return
    path.parent.mkdir(exist_ok=True)
    data = zlib.compress(_header(item.kind, item.data) + item.data, _level(item))
    atomic.write(path, data, mode=0o444)


class Indexed(NamedTuple):
    """One object of a pack: its name, the CRC-32 of its bytes there, and where they begin."""

    oid: str
    crc: int
    offset: int


def _write_pack(folder: Path, objects: Iterable[GitObject]) -> None:
    """Git knows a pack by its index, so that comes last.

    `git index-pack` would make the same one; it takes a process, a pipe and a second look at every
    byte.
    """
    data, entries = _pack(objects)
    checksum = data[-20:]
    name = f"pack-{checksum.hex()}"
    atomic.write(folder / f"{name}.pack", data, mode=0o444)
    atomic.write(folder / f"{name}.idx", pack_index(entries, checksum), mode=0o444)


def _pack(objects: Iterable[GitObject]) -> tuple[bytes, list[Indexed]]:
    """A pack of version 2 (gitformat-pack), each object once and whole, and where each stands."""
    unique = {item.oid: item for item in objects}
    pieces, entries = [b"PACK" + struct.pack(">II", 2, len(unique))], []
    offset = len(pieces[0])
    for oid, item in unique.items():
        packed = _size(item) + zlib.compress(item.data, _level(item))
        entries.append(Indexed(oid, zlib.crc32(packed), offset))
        pieces.append(packed)
        offset += len(packed)
    data = b"".join(pieces)
    return data + hashlib.sha1(data, usedforsecurity=False).digest(), entries


def pack_index(entries: Iterable[Indexed], checksum: bytes) -> bytes:
    """The index of version 2 (gitformat-pack) of the pack that ends with `checksum`."""
    ordered = sorted(entries)
    count = len(ordered)
    small: list[int] = []
    large: list[int] = []
    for entry in ordered:
        if entry.offset < _LARGE:
            small.append(entry.offset)
        else:
            small.append(_LARGE | len(large))
            large.append(entry.offset)
    data = b"".join(
        (
            b"\xfftOc\0\0\0\2",
            struct.pack(">256I", *_fan_out(ordered)),
            bytes.fromhex("".join(entry.oid for entry in ordered)),
            struct.pack(f">{count}I", *(entry.crc for entry in ordered)),
            struct.pack(f">{count}I", *small),
            struct.pack(f">{len(large)}Q", *large),
            checksum,
        )
    )
    return data + hashlib.sha1(data, usedforsecurity=False).digest()


def _fan_out(ordered: Sequence[Indexed]) -> list[int]:
    """How many objects have a name whose first byte is at most 0, 1, ... 255."""
    counts = [0] * 256
    for entry in ordered:
        counts[int(entry.oid[:2], 16)] += 1
    return list(accumulate(counts))


def _size(item: GitObject) -> bytes:
    """Kind and length: 4 bits of length in the first byte, then 7 a byte, lowest first."""
    size = len(item.data)
    byte = _TYPES[item.kind] << 4 | size & 15
    size >>= 4
    out = bytearray()
    while size:
        out.append(byte | 128)
        byte = size & 127
        size >>= 7
    out.append(byte)
    return bytes(out)


def _level(item: GitObject) -> int:
    """Stored as it is where nothing can be gained: what is sealed looks random."""
    return 0 if item.data.startswith(_SEALED) else 1
