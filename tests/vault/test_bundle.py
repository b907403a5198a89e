"""`skill.age` inside: canonical archives, and what a hostile one may not do."""

from __future__ import annotations

import contextlib
import gzip
import io
import tarfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillvault.errors import RefusedError, SkillvaultError, VerificationError
from skillvault.skill.files import SkillFile
from skillvault.vault import bundle, identity, padding, ustar
from skillvault.vault.bundle import Bundle, Manifest
from skillvault.vault.ids import new_id, new_salt, sha256

ADA = identity.generate("x25519")
FILES = (
    SkillFile("SKILL.md", b"---\nname: a\ndescription: b\n---\r\nbody\n", "644"),
    SkillFile("scripts/run me.sh", b"#!/bin/sh\n", "755"),
    SkillFile("assets/" + "d" * 80 + "/" + "e" * 80, bytes(range(256)) * 5, "644"),
    SkillFile("references/\u00e9.md", b"", "644"),
)


def manifest(files: tuple[SkillFile, ...] = FILES, **other: object) -> Manifest:
    fields: dict[str, object] = {
        "author": new_id(),
        "files": bundle.describe(files),
        "format": 1,
        "message": "first",
        "name": "a",
        "parent": None,
        "salt": new_salt(),
        "skill": new_id(),
        "time": "2026-11-24T17:00:00Z",
        "vault": "sha256:" + "1" * 64,
        "version": 1,
    }
    return Manifest(**(fields | other))  # type: ignore[arg-type]


def packed(files: tuple[SkillFile, ...] = FILES) -> Bundle:
    return bundle.pack(manifest(files), files, ADA.signing_key)


def test_files_come_back_byte_for_byte() -> None:
    made = packed()
    plain = padding.pad(made.compressed, b"\0")
    read = bundle.unpack(plain, content=made.content, subject="a@1")
    assert read == made
    assert {f.path: f for f in read.files} == {f.path: f for f in FILES}
    bundle.check_signature(read, ADA.signing_line, "a@1")


def test_python_and_gnu_read_our_archive() -> None:
    archive = gzip.decompress(packed().compressed)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        names = tar.getnames()
        assert names[:2] == ["manifest.json", "manifest.sig"]
        assert names[2:] == [f"skill/{f.path}" for f in packed().files]
        assert tar.getmember("skill/scripts/run me.sh").mode == 0o755


def test_packing_again_gives_the_same_bytes() -> None:
    stated = manifest()
    first = bundle.pack(stated, FILES, ADA.signing_key)
    second = bundle.pack(stated, FILES[::-1], ADA.signing_key)
    assert first.compressed == second.compressed


def test_unknown_fields_of_a_manifest_survive() -> None:
    stated = manifest(extra={"origin": "https://example.org"})
    made = bundle.pack(stated, FILES, ADA.signing_key)
    read = bundle.unpack(made.compressed, content=made.content, subject="a")
    assert read.manifest == stated
    assert read.manifest.to_bytes() == made.line
    assert b"example.org" in read.line


def test_another_manifest_than_the_line_names_is_no_version() -> None:
    made = packed()
    with pytest.raises(VerificationError, match="not the one"):
        bundle.unpack(made.compressed, content=packed().content, subject="a@1")


def test_a_manifest_signed_by_somebody_else_is_found() -> None:
    made = packed()
    with pytest.raises(VerificationError, match="did not sign"):
        bundle.check_signature(made, identity.generate("x25519").signing_line, "a@1")


def _gz(archive: bytes) -> bytes:
    return bundle._compress(archive)


def _refused(plain: bytes, content: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        bundle.unpack(plain, content=content, subject="a@1")


def test_what_is_not_canonical_is_refused() -> None:
    made = packed()
    archive = gzip.decompress(made.compressed)
    other_time = bytearray(archive)
    other_time[136:147] = b"00000000001"
    _refused(_gz(bytes(other_time)), made.content, "canonical")
    _refused(_gz(archive + bytes(512)), made.content, "canonical")
    _refused(_gz(archive[:-1024]), made.content, "no end")
    _refused(gzip.compress(archive, mtime=7), made.content, "without name and time")
    _refused(made.compressed + b"x", made.content, "other than zeros")
    _refused(made.compressed[:-9], made.content, "cut off")
    _refused(made.compressed + made.compressed, made.content, "other than zeros")
    _refused(b"", made.content, "gzip")


def test_a_file_that_the_manifest_does_not_describe_is_refused() -> None:
    made = packed()
    for change in (
        FILES[:-1],
        (*FILES, SkillFile("zz", b"", "644")),
        (SkillFile("SKILL.md", b"other", "644"), *FILES[1:]),
        (SkillFile("SKILL.md", FILES[0].data, "755"), *FILES[1:]),
    ):
        ordered = sorted(change, key=lambda f: f.path.encode())
        archive = bundle._archive(made.line, made.signature, ordered)
        with pytest.raises(RefusedError):
            bundle.unpack(_gz(archive), content=made.content, subject="a@1")


@pytest.mark.parametrize(
    "path",
    ["../x", "/etc/passwd", "a/../b", ".git/config", "a/.GIT/hooks/x", "git~1/x", "a\nb", "."],
)
def test_a_path_that_escapes_is_refused_however_well_it_is_signed(path: str) -> None:
    files = (SkillFile(path, b"x", "644"),)
    made = bundle.pack(manifest(files), files, ADA.signing_key)
    with pytest.raises(RefusedError):
        bundle.unpack(made.compressed, content=made.content, subject="a@1")


def test_paths_that_collide_are_refused() -> None:
    files = (SkillFile("A.md", b"x", "644"), SkillFile("a.md", b"x", "644"))
    made = bundle.pack(manifest(files), files, ADA.signing_key)
    with pytest.raises(RefusedError):
        bundle.unpack(made.compressed, content=made.content, subject="a@1")


def test_a_bomb_is_refused_before_it_is_inflated() -> None:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = b"".join(deflate.compress(bytes(1 << 20)) for _ in range(200)) + deflate.flush()
    _refused(bundle.GZIP_HEADER + body + bytes(8), "sha256:" + "0" * 64, "larger than the format")


def test_a_manifest_with_other_types_is_refused() -> None:
    good = manifest().to_bytes()
    for a, b in (
        (b'"version":1', b'"version":true'),
        (b'"format":1', b'"format":2'),
        (b'"format":1', b'"format":true'),
    ):
        with pytest.raises(RefusedError):
            bundle.parse_manifest(good.replace(a, b), "a")
    with pytest.raises(RefusedError):
        bundle.parse_manifest(good.replace(b'"format":1', b'"format": 1'), "a")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_mutation_is_one_of_our_errors_or_the_same_bundle(data: st.DataObject) -> None:
    made = packed(FILES[:2])
    archive = bytearray(gzip.decompress(made.compressed))
    at = data.draw(st.integers(0, len(archive) - 1))
    archive[at] = data.draw(st.integers(0, 255))
    with contextlib.suppress(SkillvaultError):
        read = bundle.unpack(_gz(bytes(archive)), content=made.content, subject="a")
        bundle.check_signature(read, ADA.signing_line, "a")
        assert read == made


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_are_one_of_our_errors(data: bytes) -> None:
    for plain in (data, bundle.GZIP_HEADER + data, _gz(data)):
        with pytest.raises(SkillvaultError):
            bundle.unpack(plain, content=sha256(data), subject="a")


@pytest.mark.parametrize(
    ("size", "padded"),
    [(0, 512), (512, 512), (513, 544), (1000, 1024), (9000, 9216), (100_000, 100_352)],
)
def test_padme_sizes(size: int, padded: int) -> None:
    assert padding.padded_size(size) == padded


@given(st.integers(513, 2**40))
def test_padding_costs_at_most_an_eighth(size: int) -> None:
    padded = padding.padded_size(size)
    assert size <= padded <= size * 1.12
    assert padding.padded_size(padded) == padded


def test_a_path_that_ustar_cannot_hold_is_said() -> None:
    with pytest.raises(ValueError, match="ustar"):
        ustar.split_path("a" * 101)
    assert ustar.split_path("p" * 155 + "/" + "n" * 100) == (b"p" * 155, b"n" * 100)
