"""Both ways with other implementations: Debian's age, npm's age-encryption, pyrage (rage)."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillvault import age
from skillvault.age.payload import CHUNK_SIZE
from tests.age.helpers import QuickPassphrase

DATA = [b"", b"a skill\n", bytes(range(256)) * 512, b"x" * (2 * CHUNK_SIZE)]
# A node process each: in `make test` only what lies on a chunk's edge.
NPM_DATA = [
    *(pytest.param(data, marks=pytest.mark.exhaustive) for data in DATA[:3]),
    DATA[3],
]
PASSPHRASE = "correct horse battery staple"

Npm = Callable[..., bytes]
Terminal = Callable[..., None]


@pytest.fixture(scope="module")
def program(require_tool: Callable[[str], str]) -> str:
    return require_tool("age")


@pytest.mark.parametrize("armored", [False, True])
@pytest.mark.parametrize("data", DATA, ids=len)
class TestDebian:
    def test_age_opens_what_we_seal(
        self,
        program: str,
        classic: age.X25519Identity,
        tmp_path: Path,
        data: bytes,
        *,
        armored: bool,
    ) -> None:
        key = tmp_path / "key"
        key.write_text(f"# name: somebody\n# public key: {classic.recipient()}\n{classic}\n")
        sealed = age.encrypt(data, [classic.recipient()] * 2, armored=armored)
        command = [program, "--decrypt", "--identity", str(key)]
        assert subprocess.run(command, input=sealed, capture_output=True, check=True).stdout == data

    def test_we_open_what_age_seals(
        self, program: str, classic: age.X25519Identity, data: bytes, *, armored: bool
    ) -> None:
        other = age.X25519Identity.generate()
        command = [program, "-r", str(other.recipient()), "-r", str(classic.recipient())]
        command += ["--armor"] if armored else []
        sealed = subprocess.run(command, input=data, capture_output=True, check=True).stdout
        assert age.stanza_types(sealed)[:2] == ["X25519", "X25519"]
        assert age.decrypt(sealed, [classic]) == data


def test_we_open_what_age_keygen_makes(require_tool: Callable[[str], str], tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run([require_tool("age-keygen"), "-o", str(key)], capture_output=True, check=True)
    *_, comment, line = key.read_text().splitlines()
    assert comment == f"# public key: {age.parse_identity(line).recipient()}"


@pytest.mark.slow
def test_passphrases_both_ways_with_age(
    program: str, at_terminal: Terminal, tmp_path: Path
) -> None:
    plain, sealed, opened = tmp_path / "plain", tmp_path / "sealed", tmp_path / "opened"
    plain.write_bytes(b"a secret line\n")
    at_terminal(PASSPHRASE, program, "--passphrase", "--armor", "-o", str(sealed), str(plain))
    identity = age.PassphraseIdentity(PASSPHRASE)
    assert age.decrypt(sealed.read_bytes(), [identity]) == b"a secret line\n"
    ours = age.encrypt(b"back again", [age.PassphraseRecipient(PASSPHRASE)], armored=True)
    sealed.write_bytes(ours)
    at_terminal(PASSPHRASE, program, "--decrypt", "-o", str(opened), str(sealed))
    assert opened.read_bytes() == b"back again"


@pytest.mark.parametrize("armored", [False, True])
@pytest.mark.parametrize("data", NPM_DATA, ids=len)
def test_npm_opens_what_we_seal(
    npm_age: Npm, identity: age.KeyIdentity, data: bytes, *, armored: bool
) -> None:
    others = [type(identity).generate().recipient() for _ in range(2)]
    sealed = age.encrypt(data, [*others, identity.recipient()], armored=armored)
    assert npm_age("decrypt", str(identity), data=sealed) == data


@pytest.mark.parametrize("armored", [False, True])
@pytest.mark.parametrize("data", NPM_DATA, ids=len)
def test_we_open_what_npm_seals(
    npm_age: Npm, identity: age.KeyIdentity, data: bytes, *, armored: bool
) -> None:
    others = [str(type(identity).generate().recipient()) for _ in range(2)]
    options = ["--armor"] if armored else []
    sealed = npm_age("encrypt", *options, *others, str(identity.recipient()), data=data)
    assert age.decrypt(sealed, [identity]) == data


def test_a_post_quantum_key_of_npm_is_ours_too(npm_age: Npm) -> None:
    identity, recipient = npm_age("keygen").decode().split()
    assert str(age.parse_identity(identity)) == identity
    assert str(age.parse_identity(identity).recipient()) == recipient
    assert str(age.parse_recipient(recipient)) == recipient


@pytest.mark.exhaustive
def test_passphrases_both_ways_with_npm(npm_age: Npm) -> None:
    ours = age.encrypt(b"there", [age.PassphraseRecipient(PASSPHRASE)])
    assert npm_age("decrypt-passphrase", PASSPHRASE, data=ours) == b"there"
    theirs = npm_age("encrypt-passphrase", PASSPHRASE, data=b"back")
    assert age.decrypt(theirs, [age.PassphraseIdentity(PASSPHRASE)]) == b"back"


SIZES = st.integers(0, 2000) | st.integers(CHUNK_SIZE - 20, CHUNK_SIZE + 20)


@given(st.binary(min_size=1, max_size=64), SIZES)
def test_x25519_both_ways_with_rage(piece: bytes, size: int) -> None:
    data = (piece * (size // len(piece) + 1))[:size]
    theirs = pyrage.x25519.Identity.generate()
    ours = age.parse_identity(str(theirs))
    assert str(ours.recipient()) == str(theirs.to_public())
    assert pyrage.decrypt(age.encrypt(data, [ours.recipient()]), [theirs]) == data
    assert age.decrypt(pyrage.encrypt(data, [theirs.to_public()]), [ours]) == data
    armored = age.encrypt(data, [ours.recipient()], armored=True)
    assert pyrage.decrypt(armored, [theirs]) == data
    sink = io.BytesIO()
    pyrage.encrypt_io(io.BytesIO(data), sink, [theirs.to_public()], armored=True)
    assert age.decrypt(sink.getvalue(), [ours]) == data


@pytest.mark.exhaustive
def test_passphrases_both_ways_with_rage() -> None:
    quick = age.encrypt(b"there", [QuickPassphrase(PASSPHRASE)])
    assert pyrage.passphrase.decrypt(quick, PASSPHRASE) == b"there"
    theirs = pyrage.passphrase.encrypt(b"back", PASSPHRASE)
    factor = int(theirs.split(b"\n")[1].split()[-1])
    identity = age.PassphraseIdentity(PASSPHRASE)
    if factor <= 20:
        assert age.decrypt(theirs, [identity]) == b"back"
    else:  # rage takes as much as this machine does in a second, which may be more than we allow
        with pytest.raises(age.AgeError, match="work factor"):
            age.decrypt(theirs, [identity])


@settings(max_examples=300)
@given(st.data())
def test_whatever_is_changed_rage_and_we_judge_alike(draw: st.DataObject) -> None:
    ours = age.X25519Identity(bytes(range(32)))
    theirs = pyrage.x25519.Identity.from_str(str(ours))
    sealed = bytearray(age.encrypt(b"differential", [ours.recipient()] * 2))
    at = draw.draw(st.integers(0, len(sealed)))
    gone = draw.draw(st.integers(0, 3))
    sealed[at : at + gone] = draw.draw(
        st.binary(max_size=3) | st.sampled_from([b"\n", b" ", b"=", b"->"])
    )
    try:
        expected = pyrage.decrypt(bytes(sealed), [theirs])
    except pyrage.DecryptError:
        with pytest.raises(age.AgeError):
            age.decrypt(bytes(sealed), [ours])
    else:
        assert age.decrypt(bytes(sealed), [ours]) == expected
