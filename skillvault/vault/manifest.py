"""What the author of a version signs: its manifest, of which the line's `content` is the hash.

Fields that this version of skillvault does not know are kept, as in all sealed records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from skillvault.errors import RefusedError
from skillvault.skill.files import Mode, SkillFile
from skillvault.vault import canonical
from skillvault.vault.fields import (
    ANY_TEXT,
    HASH,
    ID,
    NONCE,
    TIME,
    FieldError,
    Kinds,
    check,
    items,
    number,
    one_of,
    or_null,
    text,
)
from skillvault.vault.ids import sha256

INFLATED_LIMIT: Final = 64 * 1024 * 1024
FILES_LIMIT: Final = 4096
ORIGIN: Final = ("kind", "source", "path", "commit", "sha256")
"""What `import` says of a source."""

_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


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

    @property
    def origin(self) -> dict[str, str] | None:
        """Where an imported version came from, as whoever imported it says; None for others."""
        said = self.extra.get("origin")
        if not isinstance(said, dict):
            return None
        return {k: said[k][:1000] for k in ORIGIN if isinstance(said.get(k), str)} or None

    @property
    def licence(self) -> str | None:
        """The licence of an imported version, if one was stated."""
        said = self.extra.get("license")
        return said[:100] if isinstance(said, str) and said else None

    def to_bytes(self) -> bytes:
        """The canonical line that `content` hashes."""
        fields: dict[str, object] = {name: getattr(self, name) for name in _KINDS}
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
    except FieldError as error:
        problem = f"its {error.where} does not fit into a version: {error.what}"
        raise RefusedError(str(fields.get("name")), problem) from None


def parse_manifest(line: bytes, subject: str) -> Manifest:
    """Read a manifest line. RefusedError unless it is canonical and says what it must."""
    try:
        return _manifest(canonical.loads(line, subject))
    except FieldError as error:
        raise RefusedError(subject, f"its manifest: {error.where}: {error.what}") from None


_KINDS: Final[Kinds] = {
    "author": ID,
    "files": items(FILES_LIMIT),
    "format": number(1, 1),
    "message": text(0, 4096),
    "name": text(1, 64),
    "parent": or_null(HASH),
    "salt": NONCE,
    "skill": ID,
    "time": TIME,
    "vault": HASH,
    "version": number(1, canonical.INT_LIMIT - 1),
}
_FILE: Final[Kinds] = {
    "mode": one_of("644", "755"),
    "path": ANY_TEXT,
    "sha256": HASH,
    "size": number(0, INFLATED_LIMIT),
}


def _manifest(fields: dict[str, Any]) -> Manifest:
    extra = check(fields, _KINDS)
    known = {name: fields[name] for name in _KINDS}
    known["files"] = tuple(_file(said, n) for n, said in enumerate(known["files"]))
    return Manifest(extra=extra, **known)


def _file(said: Any, number_: int) -> ManifestFile:  # noqa: ANN401 - whatever JSON has there
    extra = check(said, _FILE, f"files.{number_}.")
    return ManifestFile(said["mode"], said["path"], said["sha256"], said["size"], extra)
