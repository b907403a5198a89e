"""Git objects of our own making, and how they get into a repository.

Few go in as loose objects, many as one pack without deltas. Neither moves a ref: until that is
done, nothing sees them.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from skillvault import atomic
from skillvault.vault import git

_TYPES: Final = {"commit": 1, "tree": 2, "blob": 3}
_LOOSE: Final = 16
_SEALED: Final = b"age-encryption.org/"


class GitObject(NamedTuple):
    """An object to write: its kind (`commit`, `tree` or `blob`) and its content."""

    kind: str
    data: bytes

    @property
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

    Whatever is there when it is interrupted is unreachable, and harmless. ServiceError if git
    refuses the pack, OSError if the disk does.
    """
    found = list(objects)
    if len(found) <= _LOOSE:
        for item in found:
            _write_loose(repo, item)
    else:
        git.run(repo, ["index-pack", "--stdin"], _pack(found))


def _write_loose(repo: Path, item: GitObject) -> None:
    oid = item.oid
    path = repo / "objects" / oid[:2] / oid[2:]
    if path.exists():
        return
    path.parent.mkdir(exist_ok=True)
    data = zlib.compress(_header(item.kind, item.data) + item.data, _level(item))
    atomic.write(path, data, mode=0o444)


def _pack(objects: Iterable[GitObject]) -> bytes:
    """A pack of version 2 (gitformat-pack), each object once and whole."""
    unique = {(item.kind, item.data): item for item in objects}.values()
    data = b"".join(_packed(unique, len(unique)))
    return data + hashlib.sha1(data, usedforsecurity=False).digest()


def _packed(objects: Iterable[GitObject], count: int) -> Iterator[bytes]:
    yield b"PACK" + struct.pack(">II", 2, count)
    for item in objects:
        yield _size(item)
        yield zlib.compress(item.data, _level(item))


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
