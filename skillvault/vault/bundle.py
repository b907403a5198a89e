"""`skill.age` inside: one gzip member of a canonical ustar with a signed manifest and the files.

Everything here is plaintext in memory; `sealed.py` seals and opens it. Whatever comes back from
`unpack` was written by somebody else: it is inflated under a limit, rebuilt and compared.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skillvault.errors import RefusedError, VerificationError
from skillvault.skill.files import SkillFile
from skillvault.skill.paths import check_path, check_set
from skillvault.vault import canonical, sshsig, ustar
from skillvault.vault.fields import Hash, Id, Nonce, Time
from skillvault.vault.ids import sha256

NAMESPACE = "skillvault-manifest"
INFLATED_LIMIT = 64 * 1024 * 1024
FILES_LIMIT = 4096
MANIFEST_LIMIT = 4 * 1024 * 1024
HEADER_LIMIT = FILES_LIMIT * 1024 + 2 * MANIFEST_LIMIT
GZIP_HEADER = bytes.fromhex("1f8b08000000000000ff")

# What zlib keeps of its window for itself: a window larger by this much reaches back to the start.
_DEFLATE_MARGIN = 262


class ManifestFile(BaseModel):
    """One file: path below the skill's folder, size in bytes, mode, hash."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow")

    mode: Literal["644", "755"]
    path: str
    sha256: Hash
    size: Annotated[int, Field(ge=0, le=INFLATED_LIMIT)]


class Manifest(BaseModel):
    """What an author signs of a version. Unknown fields are kept (`extra`)."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow")

    author: Id
    files: Annotated[tuple[ManifestFile, ...], Field(min_length=1, max_length=FILES_LIMIT)]
    format: Annotated[int, Field(ge=1, le=1)]
    message: Annotated[str, Field(max_length=4096)]
    name: Annotated[str, Field(min_length=1, max_length=64)]
    parent: Hash | None
    salt: Nonce
    skill: Id
    time: Time
    vault: Hash
    version: Annotated[int, Field(ge=1, lt=2**53)]

    def to_bytes(self) -> bytes:
        """The canonical line that `content` hashes."""
        return canonical.dumps(self.model_dump(mode="json"))


@dataclass(frozen=True, slots=True)
class Bundle:
    """An opened version. `compressed` are its gzip bytes, kept when it is re-sealed."""

    manifest: Manifest
    line: bytes
    signature: bytes
    files: tuple[SkillFile, ...]
    compressed: bytes

    @property
    def content(self) -> str:
        """The hash by which the line names this version."""
        return sha256(self.line)


def describe(files: Sequence[SkillFile]) -> tuple[ManifestFile, ...]:
    """The manifest's list of `files`, in the order of their paths' bytes."""
    return tuple(
        ManifestFile(mode=f.mode, path=f.path, sha256=sha256(f.data), size=len(f.data))
        for f in sorted(files, key=lambda f: f.path.encode())
    )


def digest(files: Sequence[ManifestFile]) -> str:
    """One hash over a manifest's list of files, for comparing folders; no part of the format."""
    listed = (f"{f.mode} {f.size} {f.sha256} {f.path} {f.model_extra or ''}\n" for f in files)
    return sha256("".join(listed).encode())


def describe_version(**fields: object) -> Manifest:
    """The manifest of a version. RefusedError where the format cannot hold one of its fields."""
    try:
        return Manifest.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        problem = f"its {where} does not fit into a version: {_lower(first['msg'])}"
        raise RefusedError(str(fields.get("name")), problem) from None


def pack(manifest: Manifest, files: Sequence[SkillFile], key: Ed25519PrivateKey) -> Bundle:
    """Sign the manifest and compress it with its files. RefusedError beyond the format's limits."""
    line = manifest.to_bytes()
    signature = sshsig.armor(sshsig.sign(key, line, NAMESPACE))
    ordered = tuple(sorted(files, key=lambda f: f.path.encode()))
    if sum(len(f.data) for f in ordered) > INFLATED_LIMIT or len(line) > MANIFEST_LIMIT:
        raise RefusedError(manifest.name, "larger than the 64 MiB that the format holds")
    archive = _archive(line, signature, ordered)
    return Bundle(manifest, line, signature, ordered, _compress(archive))


def unpack(plaintext: bytes, *, content: str, subject: str) -> Bundle:
    """Open what `pack` and padding made, and check all of it but the signature.

    RefusedError names what is wrong: VerificationError where the manifest is not the `content`
    that the line names.
    """
    archive, compressed = _inflate(plaintext, subject)
    try:
        members = list(ustar.unpack(archive))
    except ValueError as error:
        raise RefusedError(subject, f"not a skill archive: {error}") from None
    if [m.path for m in members[:2]] != ["manifest.json", "manifest.sig"]:
        raise RefusedError(subject, "no manifest at the head of the archive")
    line, signature = members[0].data, members[1].data
    if sha256(line) != content:
        raise VerificationError(subject, "its manifest is not the one that the line names")
    manifest = parse_manifest(line, subject)
    files = tuple(_files(members[2:], manifest, subject))
    if _archive(line, signature, files) != archive:
        raise RefusedError(subject, "its archive is not the canonical one")
    return Bundle(manifest, line, signature, files, compressed)


def parse_manifest(line: bytes, subject: str) -> Manifest:
    """Read a manifest line. RefusedError unless it is canonical and says what it must."""
    try:
        manifest = Manifest.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RefusedError(subject, f"its manifest: {where}: {first['msg']}") from None
    canonical.loads(line, subject)
    return manifest


def check_signature(bundle: Bundle, signing_line: str, subject: str) -> None:
    """VerificationError unless the manifest is signed by this key."""
    try:
        blob = sshsig.dearmor(bundle.signature)
        sshsig.verify(signing_line, bundle.line, blob, NAMESPACE)
    except (RefusedError, VerificationError) as error:
        raise VerificationError(subject, f"its author did not sign it: {error.problem}") from None


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _archive(line: bytes, signature: bytes, files: Sequence[SkillFile]) -> bytes:
    head = [
        ustar.Member("manifest.json", line, "644"),
        ustar.Member("manifest.sig", signature, "644"),
    ]
    return ustar.pack([*head, *(ustar.Member(f"skill/{f.path}", f.data, f.mode) for f in files)])


def _compress(data: bytes) -> bytes:
    """One gzip member. Level 5, and memory for a text of this size: half the time of level 6.

    (Skills of the usual size, 3% longer; how well it compresses is free in the format.)
    """
    window = max(9, min(15, (len(data) + _DEFLATE_MARGIN).bit_length()))
    deflate = zlib.compressobj(5, zlib.DEFLATED, -window, memLevel=7)
    body = deflate.compress(data) + deflate.flush()
    return GZIP_HEADER + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def _inflate(plaintext: bytes, subject: str) -> tuple[bytes, bytes]:
    """(archive, its gzip bytes). Inflates at most the format's limit."""
    if plaintext[:9] != GZIP_HEADER[:9]:
        raise RefusedError(subject, "not one gzip member without name and time")
    inflate = zlib.decompressobj(31)
    try:
        archive = inflate.decompress(plaintext, INFLATED_LIMIT + HEADER_LIMIT)
    except zlib.error:
        raise RefusedError(subject, "its compression is damaged") from None
    if not inflate.eof:
        raise RefusedError(subject, "larger than the format allows, or cut off")
    rest = inflate.unused_data
    if rest.strip(b"\0"):
        raise RefusedError(subject, "something other than zeros behind the archive")
    return archive, plaintext[: len(plaintext) - len(rest)]


def _files(members: list[ustar.Member], manifest: Manifest, subject: str) -> list[SkillFile]:
    """Match the archive with the manifest: same paths, sizes, modes and hashes, safe paths."""
    if len(members) != len(manifest.files):
        raise RefusedError(subject, "its archive and its manifest list different files")
    files = []
    for member, entry in zip(members, manifest.files, strict=True):
        same = member.path == f"skill/{entry.path}" and member.mode == entry.mode
        if not same or len(member.data) != entry.size or sha256(member.data) != entry.sha256:
            raise RefusedError(subject, "a file that its manifest does not describe")
        check_path(entry.path)
        files.append(SkillFile(entry.path, member.data, entry.mode))
    paths = [f.path for f in files]
    check_set(paths)
    if paths != sorted(paths, key=str.encode):
        raise RefusedError(subject, "its files are not in the order of the format")
    return files
