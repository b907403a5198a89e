"""Looks for words in every file below a folder, also where they lie compressed."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from re import Pattern

_LIMIT = 1 << 20
_GZIP = re.compile(rb"\x1f\x8b\x08")
# A zlib header: deflate, and a check that makes the two bytes a multiple of 31.
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")


def leaks(
    root: Path, secrets: Collection[Pattern[bytes]], *, beside: Collection[Path] = ()
) -> list[str]:
    """A line for each file below `root`, but not below `beside`, that has a secret in it.

    File names are searched too, and whatever inflates anywhere inside a file: a loose object, an
    object of a pack, a gzip member.
    """
    found = []
    for path in sorted(root.rglob("*")):
        if any(path.is_relative_to(other) for other in beside):
            continue
        views = [path.name.encode()]
        if path.is_file() and not path.is_symlink():
            views += _views(path.read_bytes())
        told = {secret.pattern for secret in secrets if any(map(secret.search, views))}
        found += [f"{path.relative_to(root)}: {pattern!r}" for pattern in sorted(told)]
    return found


def _views(data: bytes) -> Iterator[bytes]:
    """The bytes themselves, then what each compressed stream in them inflates to."""
    yield data
    for pattern, bits in ((_GZIP, zlib.MAX_WBITS | 16), (_ZLIB, zlib.MAX_WBITS)):
        for match in pattern.finditer(data):
            inflater = zlib.decompressobj(bits)
            out = b""
            try:
                out = inflater.decompress(data[match.start() :], _LIMIT)
            except zlib.error:
                continue
            yield out


_LEFTOVER = re.compile(
    r"\..+\.tmp|\..+\.vault\.[0-9a-f]+\.old|\.skillvault-[0-9a-f]+"
    r"|tmp_(obj|pack|idx|rev)_\w+|.+\.lock|packed-refs\.new|(tmp_objdir-)?incoming-\w+|.+\.keep"
)
# Our own lock files stay: only the kernel's lock on them counts.
_OURS = re.compile(r".+\.(json|age)\.lock")


def leftovers(root: Path) -> list[str]:
    """Files and folders below `root` that only a killed process leaves."""
    return sorted(
        str(path.relative_to(root))
        for path in root.rglob("*")
        if _LEFTOVER.fullmatch(path.name) and not _OURS.fullmatch(path.name)
    )
