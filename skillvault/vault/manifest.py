"""What the author of a version signs: its manifest, of which the line's `content` is the hash.

Checked by hand, as entries are, and not by pydantic like the control files: whoever opens a skill
reads one, and importing pydantic takes as long as all the rest of `show` (ADR 11).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from skillvault.errors import RefusedError
from skillvault.skill.files import Mode, SkillFile
from skillvault.vault import canonical
from skillvault.vault.ids import sha256
from skillvault.vault.syntax import HEX128, is_hash, is_id, is_time

INFLATED_LIMIT: Final = 64 * 1024 * 1024
FILES_LIMIT: Final = 4096

_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})
_NONCE: Final = re.compile(HEX128)
_HALF: Final = re.compile("[\ud800-\udfff]")  # of a surrogate pair, as of a byte that is no UTF-8


class ManifestFile(NamedTuple):
    """One file: permissions, path below the skill's folder, hash, size in bytes.

    `extra`: fields that this version of skillvault does not know; they are kept.
    """

    mode: Mode
    path: str
    sha256: str
    size: int
    extra: Mapping[str, object] = _NOTHING

    def to_fields(self) -> dict[str, object]:
        """The fields of its JSON object."""
        known = {"mode": self.mode, "path": self.path, "sha256": self.sha256, "size": self.size}
        return {**self.extra, **known}


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of a version. `extra`: fields that we do not know; they are kept."""

    author: str
    files: tuple[ManifestFile, ...]
    format: int
    message: str
    name: str
    parent: str | None
    salt: str
    skill: str
    time: str
    vault: str
    version: int
    extra: Mapping[str, object] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The canonical line that `content` hashes."""
        fields: dict[str, object] = {name: getattr(self, name) for name in _FIELDS}
        fields["files"] = [file.to_fields() for file in self.files]
        return canonical.dumps({**self.extra, **fields})


def describe(files: Sequence[SkillFile]) -> tuple[ManifestFile, ...]:
    """The manifest's list of `files`, in the order of their paths' bytes."""
    return tuple(
        ManifestFile(f.mode, f.path, sha256(f.data), len(f.data))
        for f in sorted(files, key=lambda f: f.path.encode())
    )


def digest(files: Sequence[ManifestFile]) -> str:
    """One hash over a manifest's list of files, for comparing folders; no part of the format."""
    listed = (f"{f.mode} {f.size} {f.sha256} {f.path} {dict(f.extra) or ''}\n" for f in files)
    return sha256("".join(listed).encode())


def describe_version(**fields: object) -> Manifest:
    """The manifest of a version; `files` as `describe` gives them.

    RefusedError where the format cannot hold one of the fields.
    """
    files = fields["files"]
    if isinstance(files, tuple):
        listed = [f.to_fields() if isinstance(f, ManifestFile) else f for f in files]
        fields = {**fields, "files": listed}
    try:
        return _manifest(fields)
    except _FieldError as error:
        problem = f"its {error.where} does not fit into a version: {error.what}"
        raise RefusedError(str(fields.get("name")), problem) from None


def parse_manifest(line: bytes, subject: str) -> Manifest:
    """Read a manifest line. RefusedError unless it is canonical and says what it must."""
    try:
        return _manifest(canonical.loads(line, subject))
    except _FieldError as error:
        raise RefusedError(subject, f"its manifest: {error.where}: {error.what}") from None


class _FieldError(ValueError):
    """A field is missing, or holds what it may not."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


_Checks = Mapping[str, tuple[Callable[[Any], bool], str]]


def _number(low: int, high: int) -> tuple[Callable[[Any], bool], str]:
    return lambda v: type(v) is int and low <= v <= high, f"not a number from {low} to {high:,}"


def _text(least: int, most: int) -> tuple[Callable[[Any], bool], str]:
    said = f"not a text of {least:,} to {most:,} characters"
    return lambda v: isinstance(v, str) and least <= len(v) <= most and not _HALF.search(v), said


_HASH: Final = (is_hash, "not a hash")
_ID: Final = (is_id, "not an id")
_FIELDS: Final[_Checks] = {
    "author": _ID,
    "files": (
        lambda v: isinstance(v, list) and 1 <= len(v) <= FILES_LIMIT,
        f"not a list of 1 to {FILES_LIMIT:,} files",
    ),
    "format": _number(1, 1),
    "message": _text(0, 4096),
    "name": _text(1, 64),
    "parent": (lambda v: v is None or is_hash(v), "neither a hash nor null"),
    "salt": (lambda v: isinstance(v, str) and bool(_NONCE.fullmatch(v)), "not 32 hex digits"),
    "skill": _ID,
    "time": (is_time, "not a time in whole seconds, UTC, since 1970"),
    "vault": _HASH,
    "version": _number(1, canonical.INT_LIMIT - 1),
}
_FILE: Final[_Checks] = {
    "mode": (lambda v: isinstance(v, str) and v in {"644", "755"}, "neither 644 nor 755"),
    "path": (lambda v: isinstance(v, str), "not a text"),
    "sha256": _HASH,
    "size": _number(0, INFLATED_LIMIT),
}


def _manifest(fields: dict[str, Any]) -> Manifest:
    known, extra = _split(fields, _FIELDS, "")
    files = [_split(said, _FILE, f"files.{n}.") for n, said in enumerate(known.pop("files"))]
    return Manifest(
        files=tuple(ManifestFile(**file, extra=rest) for file, rest in files), extra=extra, **known
    )


def _split(
    fields: object, checks: _Checks, prefix: str
) -> tuple[dict[str, Any], Mapping[str, object]]:
    """The fields that we know, each checked, and the others."""
    if not isinstance(fields, dict):
        raise _FieldError(prefix.rstrip("."), "not an object")
    for name, (is_good, what) in checks.items():
        if name not in fields:
            raise _FieldError(prefix + name, "missing")
        if not is_good(fields[name]):
            raise _FieldError(prefix + name, what)
    if len(fields) == len(checks):
        return fields, _NOTHING
    known = {name: fields[name] for name in checks}
    return known, {name: value for name, value in fields.items() if name not in checks}
