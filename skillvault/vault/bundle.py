"""`skill.age` inside: one gzip member of a canonical ustar with a signed manifest and the files.

Everything here is plaintext in memory; `sealed.py` seals and opens it. Whatever comes back from
`unpack` was written by somebody else: it is inflated under a limit, rebuilt and compared.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skillvault.errors import RefusedError, VerificationError
from skillvault.skill.files import SkillFile
from skillvault.skill.paths import check_path, check_set
from skillvault.vault import sshsig, ustar
from skillvault.vault.ids import sha256
from skillvault.vault.manifest import (
    FILES_LIMIT,
    INFLATED_LIMIT,
    Manifest,
    ManifestFile,
    describe,
    describe_version,
    digest,
    parse_manifest,
)

__all__ = [
    "FILES_LIMIT",
    "INFLATED_LIMIT",
    "Bundle",
    "Manifest",
    "ManifestFile",
    "Signed",
    "check_signature",
    "compress",
    "describe",
    "describe_version",
    "digest",
    "pack",
    "parse_manifest",
    "sign",
    "unpack",
]

NAMESPACE = "skillvault-manifest"
MANIFEST_LIMIT = 4 * 1024 * 1024
HEADER_LIMIT = FILES_LIMIT * 1024 + 2 * MANIFEST_LIMIT
GZIP_HEADER = bytes.fromhex("1f8b08000000000000ff")

# What zlib keeps of its window for itself: a window larger by this much reaches back to the start.
_DEFLATE_MARGIN = 262


@dataclass(frozen=True, slots=True)
class Signed:
    """A version whose manifest is signed, and that is not compressed yet."""

    manifest: Manifest
    line: bytes
    signature: bytes
    files: tuple[SkillFile, ...]

    @property
    def content(self) -> str:
        """The hash by which the line names this version."""
        return sha256(self.line)


@dataclass(frozen=True, slots=True)
class Bundle(Signed):
    """An opened version. `compressed` are its gzip bytes, kept when it is re-sealed."""

    compressed: bytes


def pack(manifest: Manifest, files: Sequence[SkillFile], key: Ed25519PrivateKey) -> Bundle:
    """Sign the manifest and compress it with its files. RefusedError beyond the format's limits."""
    return compress(sign(manifest, files, key))


def sign(manifest: Manifest, files: Sequence[SkillFile], key: Ed25519PrivateKey) -> Signed:
    """The first half of `pack`."""
    line = manifest.to_bytes()
    signature = sshsig.armor(sshsig.sign(key, line, NAMESPACE))
    ordered = tuple(sorted(files, key=lambda f: f.path.encode()))
    if sum(len(f.data) for f in ordered) > INFLATED_LIMIT or len(line) > MANIFEST_LIMIT:
        raise RefusedError(manifest.name, "larger than the 64 MiB that the format holds")
    return Signed(manifest, line, signature, ordered)


def compress(made: Signed) -> Bundle:
    """The second half of `pack`."""
    line, signature, files = made.line, made.signature, made.files
    compressed = _compress(_archive(line, signature, files))
    return Bundle(made.manifest, line, signature, files, compressed)


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


def check_signature(bundle: Bundle, signing_line: str, subject: str) -> None:
    """VerificationError unless the manifest is signed by this key."""
    try:
        blob = sshsig.dearmor(bundle.signature)
        sshsig.verify(signing_line, bundle.line, blob, NAMESPACE)
    except (RefusedError, VerificationError) as error:
        raise VerificationError(subject, f"its author did not sign it: {error.problem}") from None


def _archive(line: bytes, signature: bytes, files: Sequence[SkillFile]) -> bytes:
    head = [
        ustar.Member("manifest.json", line, "644"),
        ustar.Member("manifest.sig", signature, "644"),
    ]
    return ustar.pack([*head, *(ustar.Member(f"skill/{f.path}", f.data, f.mode) for f in files)])


def _compress(data: bytes) -> bytes:
    """One gzip member. Level 4, and memory for a text of this size: half the time of level 6.

    (Skills of the usual size, 7% longer; how well it compresses is free in the format.)
    """
    window = max(9, min(15, (len(data) + _DEFLATE_MARGIN).bit_length()))
    deflate = zlib.compressobj(4, zlib.DEFLATED, -window, memLevel=7)
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
