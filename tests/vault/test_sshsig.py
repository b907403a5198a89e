"""SSH signatures: both ways with ssh-keygen, and whatever is not exactly one is refused."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from skillvault.errors import VerificationError
from skillvault.vault import sshsig

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LINE = sshsig.public_line(KEY)
MESSAGE = b"what was said\n"
BLOB = sshsig.sign(KEY, MESSAGE, "git")


def test_signing_is_deterministic_and_verifies() -> None:
    assert sshsig.sign(KEY, MESSAGE, "git") == BLOB
    sshsig.verify(LINE, MESSAGE, BLOB, "git")
    assert sshsig.signer(BLOB) == LINE
    assert sshsig.dearmor(sshsig.armor(BLOB)) == BLOB


def test_ssh_keygen_accepts_ours(tmp_path: Path, require_tool: Callable[[str], str]) -> None:
    allowed = tmp_path / "allowed"
    allowed.write_text(f"ada@vault {LINE}\n")
    armored = tmp_path / "sig"
    armored.write_bytes(sshsig.armor(BLOB))
    check = [require_tool("ssh-keygen"), "-Y", "verify", "-f", str(allowed), "-I", "ada@vault"]
    check += ["-n", "git", "-s", str(armored)]
    subprocess.run(check, input=MESSAGE, check=True, capture_output=True)
    assert subprocess.run(check, input=b"other", check=False, capture_output=True).returncode != 0


@pytest.mark.parametrize("namespace", ["git", "skillvault-card"])
def test_ours_equals_ssh_keygens(
    namespace: str, tmp_path: Path, require_tool: Callable[[str], str]
) -> None:
    keygen = require_tool("ssh-keygen")
    private = tmp_path / "key"
    private.write_bytes(
        KEY.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.NoEncryption(),
        )
    )
    private.chmod(0o600)
    theirs = subprocess.run(
        [keygen, "-Y", "sign", "-f", str(private), "-n", namespace],
        input=MESSAGE,
        check=True,
        capture_output=True,
    ).stdout
    assert theirs == sshsig.armor(sshsig.sign(KEY, MESSAGE, namespace))
    sshsig.verify(LINE, MESSAGE, sshsig.dearmor(theirs), namespace)


@pytest.mark.parametrize(
    ("public", "message", "blob", "namespace", "problem"),
    [
        (LINE, b"something else", BLOB, "git", "does not fit"),
        (LINE, MESSAGE, BLOB, "skillvault-card", "the purpose `skillvault-card`"),
        (LINE, MESSAGE, BLOB, "gi", "the purpose `gi`"),
        (
            sshsig.public_line(Ed25519PrivateKey.from_private_bytes(bytes(32))),
            MESSAGE,
            BLOB,
            "git",
            "another key",
        ),
        (LINE, MESSAGE, b"", "git", "not an Ed25519 SSH signature"),
        (LINE, MESSAGE, BLOB[:-1], "git", "not an Ed25519 SSH signature"),
        (LINE, MESSAGE, BLOB + b"\0", "git", "not an Ed25519 SSH signature"),
        (LINE, MESSAGE, BLOB.replace(b"sha512", b"sha256"), "git", "with SHA-512"),
        (LINE, MESSAGE, BLOB.replace(b"\x00\x00\x00\x01", b"\x00\x00\x00\x02", 1), "git", "not an"),
        (LINE.replace("ssh-ed25519", "ssh-rsa"), MESSAGE, BLOB, "git", "one Ed25519 key"),
        (LINE + " ada", MESSAGE, BLOB, "git", "one Ed25519 key"),
        (LINE + "\n", MESSAGE, BLOB, "git", "one Ed25519 key"),
        (LINE[:-4], MESSAGE, BLOB, "git", "one Ed25519 key"),
        ("", MESSAGE, BLOB, "git", "one Ed25519 key"),
        ("ssh-ed25519 ä", MESSAGE, BLOB, "git", "one Ed25519 key"),
        ("ssh-ed25519  " + LINE.split()[1], MESSAGE, BLOB, "git", "one Ed25519 key"),
    ],
)
def test_whatever_does_not_fit_is_refused_with_its_reason(
    public: str, message: bytes, blob: bytes, namespace: str, problem: str
) -> None:
    with pytest.raises(VerificationError, match=problem):
        sshsig.verify(public, message, blob, namespace)


def test_the_error_is_about_what_the_caller_says() -> None:
    with pytest.raises(VerificationError) as caught:
        sshsig.verify(LINE, b"x", BLOB, "git", subject="entry 12")
    assert caught.value.subject == "entry 12"


@given(st.integers(0, len(BLOB) * 8 - 1))
def test_no_changed_bit_of_a_blob_verifies(bit: int) -> None:
    changed = bytearray(BLOB)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(VerificationError):
        sshsig.verify(LINE, MESSAGE, bytes(changed), "git")


ARMORED = sshsig.armor(BLOB)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        ARMORED[:-1],
        ARMORED + b"\n",
        b"\n" + ARMORED,
        ARMORED.replace(b"\n", b"\r\n"),
        ARMORED.replace(b"SSH", b"PGP"),
        ARMORED.replace(b"\nU", b"\n U"),
        ARMORED.replace(b"\nU", b"\n\nU"),
        b"-----BEGIN SSH SIGNATURE-----\n"
        + base64.encodebytes(BLOB)
        + b"-----END SSH SIGNATURE-----\n",
        b"-----BEGIN SSH SIGNATURE-----\n" + b"A" * 5000 + b"\n-----END SSH SIGNATURE-----\n",
    ],
)
def test_an_armor_wrapped_otherwise_is_refused(data: bytes) -> None:
    with pytest.raises(VerificationError, match="armored as ssh-keygen does it"):
        sshsig.dearmor(data)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_blob_or_a_verification_error(data: bytes) -> None:
    for candidate in (data, ARMORED[:30] + data + ARMORED[-28:]):
        try:
            blob = sshsig.dearmor(candidate)
        except VerificationError:
            continue
        assert sshsig.armor(blob) == candidate


@given(st.text(max_size=100))
def test_any_text_is_a_key_or_a_verification_error(line: str) -> None:
    for candidate in (line, "ssh-ed25519 " + line):
        with pytest.raises(VerificationError):
            sshsig.check_public_line(candidate)
