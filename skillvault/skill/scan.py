"""What may be hostile in a skill: hidden text, injected orders, secrets, links, scripts, settings.

`scan` looks at every file of a skill, whoever wrote it, tests included. It knows text from its
bytes and not from its name, runs nothing, and takes time in proportion to the size of what it
reads. It is a net with holes: a skill without findings is not thereby harmless.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable

from skillvault.skill import (
    scan_files,
    scan_instructions,
    scan_links,
    scan_scripts,
    scan_secrets,
    scan_unicode,
)
from skillvault.skill.files import SkillFile
from skillvault.skill.finding import ORDER, Finding
from skillvault.skill.scan_source import Check, Collector, Source

_CHECKS: tuple[Check, ...] = (
    scan_unicode.check,
    scan_instructions.check,
    scan_secrets.check,
    scan_links.check,
    scan_scripts.check,
    scan_files.check,
)
_MARKED = (b"\xff", b"\xfe", b"\0")  # how UTF-16 and UTF-32 begin
# Pictures, fonts, sounds, archives, documents, databases: no text for a model in their bytes.
_NO_TEXT = (
    *(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*", b"\0\0\1\0"),
    *(b"PK\3\4", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf", b"%PDF"),
    *(b"wOFF", b"wOF2", b"\0\1\0\0", b"OTTO", b"ID3", b"OggS", b"fLaC", b"SQLite format 3\0"),
    *(b"\0\0\0\x14ftyp", b"\0\0\0\x18ftyp", b"\0\0\0\x1cftyp", b"\0\0\0\x20ftyp"),
)


def scan(files: Iterable[SkillFile]) -> list[Finding]:
    """The findings of all `SC` rules: errors first, then by path and line."""
    found = [finding for file in files for finding in scan_file(file.path, file.data)]
    return sorted(found, key=lambda f: (ORDER[f.severity], f.path, f.line or 0, f.code))


def scan_file(path: str, data: bytes) -> list[Finding]:
    """The findings of one file, as its rules come."""
    found = Collector(Source(path, ""))
    scan_files.check_path(path, found)
    if scan_files.check_program(path, data, found) or (text := text_of(data)) is None:
        return found.findings
    source = found.source = Source(path, text, None if data[:1] in _MARKED else data)
    for check in _CHECKS:
        check(source, found)
    return found.findings


def text_of(data: bytes) -> str | None:
    """What a model would read of a file, or None for one that is no text.

    UTF-8, UTF-16 and UTF-32 where they say so; of other bytes the ASCII in them.
    """
    if data.startswith(_NO_TEXT):
        return None
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return data.decode("utf-32", "replace")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("ascii", "replace") if b"\0" not in data[:8192] else None
