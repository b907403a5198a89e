"""The search for plaintext must find it, wherever it hides: else the walk proves nothing."""

from __future__ import annotations

import gzip
import io
import re
import subprocess
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kill.scan import leaks, leftovers
from tests.kill.scenes import KEY_LINE, MARKER
from tests.people import Person, bare

SECRETS = [re.compile(re.escape(MARKER)), KEY_LINE]
TEXT = b"As we all know, the quagga does it. " * 4


def tar_gz(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo("skill/SKILL.md")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize(
    "hide",
    [
        bytes,
        gzip.compress,
        tar_gz,
        lambda data: gzip.compress(data, 0),
        lambda data: zlib.compress(b"blob %d\0" % len(data) + data, 1),
        lambda data: b"PACK" + zlib.compress(b"other", 1) + b"\x95" + zlib.compress(data, 9),
        lambda data: gzip.compress(data)[:-12],
    ],
)
def test_plaintext_is_found(hide: Callable[[bytes], bytes], tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(hide(TEXT))
    assert leaks(tmp_path, SECRETS) == ["deep/file: b'quagga'"]
    assert leaks(tmp_path, SECRETS, beside=[tmp_path / "deep"]) == []


def test_plaintext_in_a_pack_of_git_is_found(tmp_path: Path) -> None:
    repo = bare(tmp_path / "r.git")
    git = ["git", f"--git-dir={repo}"]
    oid = subprocess.run(
        [*git, "hash-object", "-w", "--stdin"], input=TEXT, capture_output=True, check=True
    ).stdout
    subprocess.run(
        [*git, "pack-objects", "-q", str(repo / "objects/pack/pack")],
        input=oid,
        capture_output=True,
        check=True,
    )
    subprocess.run([*git, "prune-packed", "-q"], check=True)
    assert len(leaks(tmp_path, SECRETS)) == 1


def test_a_name_of_a_file_is_plaintext(tmp_path: Path) -> None:
    (tmp_path / "about-quagga.md").touch()
    assert leaks(tmp_path, SECRETS) == ["about-quagga.md: b'quagga'"]


@pytest.mark.parametrize("suite", ["x25519", "mlkem768x25519"])
def test_a_secret_key_is_found(suite: str, tmp_path: Path) -> None:
    ada = Person("Ada Lovelace", tmp_path / "ada", suite=suite)
    ada.keygen()
    assert len(leaks(tmp_path, SECRETS)) == 1


def test_leftovers_are_named_and_what_belongs_there_is_not(tmp_path: Path) -> None:
    left = (".pin.json.0123456789ab.tmp", "tmp_pack_a1B2c3", "main.lock", ".acme.vault.0011.old")
    for name in (*left, "acme.json.lock", "bases.json", "pack-00.pack", "main"):
        (tmp_path / name).touch()
    assert leftovers(tmp_path) == sorted(left)
