"""Whole files: sealing, opening, streaming, and who may be mixed with whom."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault import age
from skillvault.age.payload import CHUNK_SIZE
from skillvault.errors import Exit, SkillvaultError, UsageError
from tests.age.helpers import Dribble, QuickPassphrase, Reluctant, Zeros

BORDERS = [0, 1, 47, 48, 49, *(n * CHUNK_SIZE + d for n in (1, 2, 3) for d in (-16, -1, 0, 1, 16))]


@pytest.mark.parametrize("armored", [False, True])
@pytest.mark.parametrize("size", BORDERS)
def test_every_size_comes_back(identity: age.KeyIdentity, size: int, *, armored: bool) -> None:
    data = bytes(i * i % 251 for i in range(size))
    sealed = age.encrypt(data, [identity.recipient()], armored=armored)
    assert sealed.startswith(b"-----BEGIN AGE" if armored else b"age-encryption.org/v1\n-> ")
    assert age.decrypt(sealed, [identity]) == data


@given(data=st.binary(max_size=300), spare=st.integers(0, 130), armored=st.booleans())
def test_streams_and_bytes_agree(data: bytes, spare: int, *, armored: bool) -> None:
    identity = age.X25519Identity(b"\7" * 32)
    data = (data * (CHUNK_SIZE // (len(data) or 1) + 1))[: CHUNK_SIZE - 60 + spare]
    sink = Reluctant()
    age.encrypt_stream(Dribble(data), sink, [identity.recipient()], armored=armored)
    assert age.decrypt(sink.got, [identity]) == data
    opened = Reluctant()
    age.decrypt_stream(Dribble(sink.got), opened, [identity])
    assert opened.got == data


def test_streams_are_read_from_where_they_stand_and_left_open(
    classic: age.X25519Identity, tmp_path: Path
) -> None:
    plain, sealed = tmp_path / "plain", tmp_path / "sealed"
    plain.write_bytes(b"skipped" + b"kept" * 50_000)
    with plain.open("rb") as src, sealed.open("wb", buffering=0) as dst:
        src.seek(7)
        age.encrypt_stream(src, dst, [classic.recipient()])
        assert not src.closed
        assert not dst.closed
    out = io.BytesIO()
    with sealed.open("rb", buffering=0) as src:
        age.decrypt_stream(src, out, [classic])
        assert not src.closed
    assert out.getvalue() == b"kept" * 50_000


@pytest.mark.parametrize("armored", [False, True])
def test_a_large_file_is_never_held(
    hybrid: age.HybridIdentity, tmp_path: Path, *, armored: bool
) -> None:
    sealed = tmp_path / "sealed"
    tracemalloc.start()
    with sealed.open("wb") as dst:
        age.encrypt_stream(Zeros(8 << 20), dst, [hybrid.recipient()], armored=armored)
    with sealed.open("rb") as src, (tmp_path / "plain").open("wb") as dst:
        age.decrypt_stream(src, dst, [hybrid])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / "plain").stat().st_size == 8 << 20
    assert peak < 2 << 20


def test_each_of_several_recipients_opens_it() -> None:
    identities = [age.HybridIdentity.generate() for _ in range(3)]
    sealed = age.encrypt(b"ours", [identity.recipient() for identity in identities])
    assert age.stanza_types(sealed) == ["mlkem768x25519"] * 3
    for identity in identities:
        assert age.decrypt(sealed, [age.HybridIdentity.generate(), identity]) == b"ours"


def test_sealing_twice_gives_different_bytes(identity: age.KeyIdentity) -> None:
    first = age.encrypt(b"same", [identity.recipient()])
    second = age.encrypt(b"same", [identity.recipient()])
    assert len(first) == len(second)
    assert first[30:] != second[30:]
    assert first[-20:] != second[-20:]


def test_identities_and_recipients_may_be_generators(classic: age.X25519Identity) -> None:
    sealed = age.encrypt(b"x", (identity.recipient() for identity in [classic]))
    assert age.decrypt(sealed, (identity for identity in [classic])) == b"x"


def test_no_recipient_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="none"):
        age.encrypt(b"", [])


def test_suites_are_never_mixed(hybrid: age.HybridIdentity, classic: age.X25519Identity) -> None:
    with pytest.raises(UsageError, match="mix mlkem768x25519 and x25519"):
        age.encrypt(b"", [hybrid.recipient(), classic.recipient()])


@pytest.mark.parametrize("others", [["classic"], ["passphrase"]])
def test_a_passphrase_stands_alone(classic: age.X25519Identity, others: list[str]) -> None:
    known: dict[str, age.Recipient] = {
        "classic": classic.recipient(),
        "passphrase": QuickPassphrase("b"),
    }
    with pytest.raises(UsageError):
        age.encrypt(b"", [QuickPassphrase("a"), *(known[name] for name in others)])


def test_a_refused_encryption_writes_nothing(classic: age.X25519Identity) -> None:
    sink = io.BytesIO()
    with pytest.raises(UsageError):
        age.encrypt_stream(io.BytesIO(b"x"), sink, [classic.recipient()] * 4097, armored=True)
    assert sink.getvalue() == b""


def test_as_many_recipients_as_are_written_can_be_read(classic: age.X25519Identity) -> None:
    sealed = age.encrypt(b"many", [classic.recipient()] * 4096)
    assert age.decrypt(sealed, [classic]) == b"many"


def test_no_match_says_what_was_tried_and_what_is_needed(
    hybrid: age.HybridIdentity, classic: age.X25519Identity
) -> None:
    sealed = age.encrypt(b"secret", [hybrid.recipient()])
    with pytest.raises(age.AgeError) as caught:
        age.decrypt(sealed, [classic])
    assert caught.value.kind == "no-match"
    assert caught.value.exit is Exit.NO_ACCESS
    assert str(caught.value) == "age file: no key opens it: tried x25519, sealed to mlkem768x25519"
    with pytest.raises(age.AgeError, match="tried none"):
        age.decrypt(sealed, [])


def test_no_match_does_not_quote_what_a_stranger_wrote(classic: age.X25519Identity) -> None:
    sealed = age.encrypt(b"", [age.X25519Identity.generate().recipient()])
    strange = sealed.replace(b"\n--- ", b"\n-> EVIL<b>TYPE\n\n--- ")
    with pytest.raises(age.AgeError, match=r"sealed to X25519, other kinds$"):
        age.decrypt(strange, [classic])


def test_every_other_kind_is_input_refused() -> None:
    with pytest.raises(age.AgeError) as caught:
        age.decrypt(b"hello", [])
    assert isinstance(caught.value, SkillvaultError)
    assert (caught.value.kind, caught.value.exit) == ("header", Exit.REFUSED)
    assert caught.value.code == "age"


@pytest.mark.parametrize("cut", [1, 15, 16, 17, 100])
def test_a_truncated_file_gives_no_plaintext(identity: age.KeyIdentity, cut: int) -> None:
    sealed = age.encrypt(b"x" * (2 * CHUNK_SIZE + 84), [identity.recipient()])
    sink = io.BytesIO()
    with pytest.raises(age.AgeError) as caught:
        age.decrypt_stream(io.BytesIO(sealed[:-cut]), sink, [identity])
    assert caught.value.kind == "payload"
    assert len(sink.getvalue()) <= 2 * CHUNK_SIZE


def test_a_file_cut_between_chunks_is_truncated(identity: age.KeyIdentity) -> None:
    sealed = age.encrypt(b"x" * (2 * CHUNK_SIZE), [identity.recipient()])
    with pytest.raises(age.AgeError) as caught:
        age.decrypt(sealed[: -(CHUNK_SIZE + 16)], [identity])
    assert caught.value.kind == "payload"


def test_chunks_cannot_be_swapped(identity: age.KeyIdentity) -> None:
    sealed = age.encrypt(bytes(3 * CHUNK_SIZE), [identity.recipient()])
    size = CHUNK_SIZE + 16
    start = len(sealed) - 3 * size
    first, second, third = (sealed[start + i * size : start + (i + 1) * size] for i in range(3))
    for order in ([second, first, third], [first, first, third], [first, third], [second, third]):
        with pytest.raises(age.AgeError) as caught:
            age.decrypt(sealed[:start] + b"".join(order), [identity])
        assert caught.value.kind == "payload"


def test_a_payload_cannot_be_moved_to_another_header(classic: age.X25519Identity) -> None:
    one = age.encrypt(b"one", [classic.recipient()])
    two = age.encrypt(b"two", [classic.recipient()])
    cut = len(one) - 16 - 16 - 3
    with pytest.raises(age.AgeError) as caught:
        age.decrypt(one[:cut] + two[cut:], [classic])
    assert caught.value.kind == "payload"


def test_a_stanza_cannot_be_added_or_removed(classic: age.X25519Identity) -> None:
    other = age.X25519Identity.generate()
    sealed = age.encrypt(b"x", [classic.recipient(), other.recipient()])
    lines = sealed.split(b"\n", 5)
    fewer = b"\n".join([*lines[:3], *lines[5:]])
    assert age.stanza_types(fewer) == ["X25519"]
    for changed in (fewer, sealed.replace(b"\n--- ", b"\n-> grease\n\n--- ")):
        with pytest.raises(age.AgeError) as caught:
            age.decrypt(changed, [classic])
        assert caught.value.kind == "hmac"


def test_stanza_types_reads_an_armored_file_too(identity: age.KeyIdentity) -> None:
    sealed = age.encrypt(b"", [identity.recipient()] * 2, armored=True)
    assert age.stanza_types(sealed) == age.stanza_types(
        age.encrypt(b"", [identity.recipient()] * 2)
    )


@pytest.mark.parametrize("data", [b"", b"age", b"age-encryption.org/v1\n", b"\0" * 100])
def test_stanza_types_of_no_age_file_is_refused(data: bytes) -> None:
    with pytest.raises(age.AgeError) as caught:
        age.stanza_types(data)
    assert caught.value.kind == "header"
