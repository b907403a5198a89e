"""Archives are strangers': whole files of safe paths come out, or one clear error."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.errors import RefusedError
from skillvault.skill import archive
from skillvault.skill.archive import read_zip
from skillvault.skill.files import SkillFile

Entry = tuple[str | zipfile.ZipInfo, bytes]


def made(*entries: Entry, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", compression) as out:
        warnings.simplefilter("ignore")  # of two entries of one name
        for name, data in entries:
            out.writestr(name, data)
    return buffer.getvalue()


def unix(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def test_files_come_out_with_their_modes_and_without_what_desktops_leave() -> None:
    data = made(
        (unix("s/run.sh", stat.S_IFREG | 0o755), b"#!"),
        ("./s/SKILL.md", b"text"),
        (unix("s/deep/", stat.S_IFDIR | 0o755), b""),
        ("__MACOSX/s/._SKILL.md", b"x"),
        ("s/.DS_Store", b"x"),
    )
    assert read_zip(data, "a.zip") == (
        SkillFile("s/SKILL.md", b"text", "644"),
        SkillFile("s/run.sh", b"#!", "755"),
    )


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/x",
        "a/../../x",
        "C:/x",
        "a\\b",
        "a//b",
        ".git/config",
        "a/.GIT/x",
        "a\x1bb",
        "a/./b",
    ],
)
def test_paths_that_leave_or_lie_are_refused(name: str) -> None:
    with pytest.raises(RefusedError):
        read_zip(made(("SKILL.md", b""), (name, b"x")), "a.zip")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_are_refused(kind: int) -> None:
    with pytest.raises(RefusedError, match=r"links are|neither a file"):
        read_zip(made((unix("s/x", kind | 0o777), b"/etc/passwd")), "a.zip")


def test_two_entries_of_one_path_are_refused() -> None:
    for twin in ("s/x", "S/X", "./s/x", "s/x/y"):
        with pytest.raises(RefusedError):
            read_zip(made(("s/x", b"1"), (twin, b"2")), "a.zip")


def test_a_name_that_ends_at_a_nul_is_refused() -> None:
    data = made(("s/xANUL", b"1")).replace(b"xANUL", b"x\0NUL")
    with pytest.raises(RefusedError):
        read_zip(data, "a.zip")


def test_a_bomb_stops_at_the_limit_whatever_it_claims() -> None:
    bomb = made(*((f"s/{n}", bytes(archive.MOST_BYTES // 4)) for n in range(6)))
    assert len(bomb) < 2**20
    with pytest.raises(RefusedError, match="bytes of files"):
        read_zip(bomb, "a.zip")
    lying = made(("s/x", bytes(1000)))
    claim = struct.pack("<I", 1000)
    with pytest.raises(RefusedError):
        read_zip(lying.replace(claim, struct.pack("<I", 10)), "a.zip")
    with pytest.raises(RefusedError, match="entries"):
        read_zip(made(*((f"{n}", b"") for n in range(archive.MOST_ENTRIES + 1))), "a.zip")


def test_encrypted_and_rare_ones_are_refused() -> None:
    plain = made(("s/x", b"secret"), compression=zipfile.ZIP_STORED)
    # The general purpose flags, in the local header and in the directory.
    locked = bytearray(plain)
    locked[6] |= 1
    locked[plain.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(RefusedError, match="encrypted"):
        read_zip(bytes(locked), "a.zip")
    with pytest.raises(RefusedError, match="compressed in a way"):
        read_zip(made(("s/x", b"x" * 99), compression=zipfile.ZIP_LZMA), "a.zip")


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x05\x06" + bytes(17), b"\x1f\x8b" + bytes(40)])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(RefusedError, match="not a whole zip"):
        read_zip(data, "a.zip")


@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 255))
def test_damage_gives_the_files_or_one_error(content: bytes, place: int, value: int) -> None:
    data = bytearray(made(("s/SKILL.md", content), ("s/y", b"y")))
    data[place % len(data)] = value
    try:
        read_zip(bytes(data), "a.zip")
    except RefusedError:
        return


@given(st.binary(max_size=300))
def test_garbage_is_one_error(data: bytes) -> None:
    with pytest.raises(RefusedError):
        read_zip(data, "a.zip")
