"""Files out of a `.zip` or `.skill` archive, which somebody else made: in memory, under limits."""

from __future__ import annotations

import stat
import zipfile
import zlib
from io import BytesIO
from typing import Final

from skillvault.errors import RefusedError
from skillvault.skill.files import PUT_BYTES, SkillFile, check_files
from skillvault.skill.text import visible

MOST_ENTRIES: Final = 10_000
MOST_BYTES: Final = 4 * PUT_BYTES  # of all files together: an archive may hold several skills
_ENCRYPTED: Final = 0x1
_UNIX: Final = 3
_COMPRESSIONS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_JUNK: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    IndexError,
    KeyError,
)


def read_zip(data: bytes, subject: str) -> tuple[SkillFile, ...]:
    """Every file of the archive, in the order of their paths' bytes.

    RefusedError for what is no whole zip archive; for links and special files, encrypted entries,
    paths that a skill may not have (absolute, `..`, backslashes, ...), two entries of one path,
    rare compressions, and beyond the limits, whatever sizes the archive claims.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            files = _read_all(archive, subject)
    except _BROKEN as error:
        problem = f"not a whole zip archive: {visible(str(error), lines=False)[:100]}"
        raise RefusedError(subject, problem) from None
    check_files(files)
    return tuple(sorted(files, key=lambda file: file.path.encode()))


def _read_all(archive: zipfile.ZipFile, subject: str) -> list[SkillFile]:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise RefusedError(subject, f"more than {MOST_ENTRIES:,} entries")
    files: list[SkillFile] = []
    left = MOST_BYTES
    for entry in entries:
        path = _path(entry, subject)
        if path is None:
            continue
        with archive.open(entry) as stream:
            content = stream.read(left + 1)
        left -= len(content)
        if left < 0:
            raise RefusedError(subject, f"more than {MOST_BYTES:,} bytes of files")
        runs = entry.create_system == _UNIX and (entry.external_attr >> 16) & stat.S_IXUSR
        files.append(SkillFile(path, content, "755" if runs else "644"))
    return files


def _path(entry: zipfile.ZipInfo, subject: str) -> str | None:
    """Where a file belongs; None for folders and what desktops leave. RefusedError for others."""
    name = entry.orig_filename
    shown = f"{subject}: {visible(name, lines=False)[:100]}"
    if "\0" in name:
        raise RefusedError(shown, "a name with a NUL in it")
    kind = stat.S_IFMT(entry.external_attr >> 16) if entry.create_system == _UNIX else 0
    if kind == stat.S_IFLNK:
        raise RefusedError(shown, "links are never in a skill")
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise RefusedError(shown, "neither a file nor a folder")
    if entry.flag_bits & _ENCRYPTED:
        raise RefusedError(shown, "encrypted", "unpack it, and import the folder")
    parts = name.removeprefix("./").split("/")
    if parts[0] == "__MACOSX" or parts[-1].lower() in _JUNK or name.endswith("/"):
        return None
    if entry.compress_type not in _COMPRESSIONS:
        raise RefusedError(shown, "compressed in a way that skills are not")
    return "/".join(parts)
