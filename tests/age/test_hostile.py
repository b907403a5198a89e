"""Whatever comes in, nothing but AgeError or the plaintext comes out."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from skillvault import age
from skillvault.age.payload import CHUNK_SIZE
from tests.age.helpers import Dribble, QuickPassphrase

HYBRID = age.HybridIdentity(bytes(32))
CLASSIC = age.X25519Identity(bytes(range(32)))
KEYS: list[age.Identity] = [CLASSIC, HYBRID, age.PassphraseIdentity("p")]
PLAIN = b"the plaintext, or nothing" * 3
RECIPIENTS: list[list[age.Recipient]] = [
    [HYBRID.recipient()],
    [CLASSIC.recipient()],
    [age.X25519Identity.generate().recipient(), CLASSIC.recipient()],
    [QuickPassphrase("p")],
]
FILES = [age.encrypt(PLAIN, r, armored=armored) for r in RECIPIENTS for armored in (False, True)]
LONG = age.encrypt(PLAIN * 2000, [CLASSIC.recipient()])
KINDS = {"armor", "header", "hmac", "no-match", "payload"}

PIECES = st.binary(max_size=4) | st.sampled_from(
    [b"\n", b"\r\n", b" ", b"=", b"-> ", b"---", b"-> X25519 ", b"-> scrypt ", b"-----", b"A" * 64]
)


def opened(data: bytes) -> bytes | None:
    """The plaintext, or None; the streaming twin gives the same, and on failure only a part."""
    sink = io.BytesIO()
    plain = failure = None
    try:
        plain = age.decrypt(data, KEYS)
    except age.AgeError as error:
        failure = (error.kind, str(error))
    if failure is None:
        age.decrypt_stream(Dribble(data), sink, KEYS)
        assert sink.getvalue() == plain
        return plain
    with pytest.raises(age.AgeError) as streamed:
        age.decrypt_stream(Dribble(data), sink, KEYS)
    assert failure == (streamed.value.kind, str(streamed.value))
    assert failure[0] in KINDS
    return None


@given(st.binary(max_size=400))
@example(b"")
@example(b"age-encryption.org/v1")
@example(b"-----BEGIN AGE ENCRYPTED FILE-----")
def test_any_bytes(data: bytes) -> None:
    assert opened(data) is None
    assert opened(b"age-encryption.org/v1\n" + data) is None
    assert opened(b"age-encryption.org/v1\n-> X25519 " + data) is None
    assert opened(b"-----BEGIN AGE ENCRYPTED FILE-----\n" + data) is None


@settings(max_examples=400)
@given(st.sampled_from(FILES), st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 3), PIECES), min_size=1, max_size=3))  # fmt: skip
def test_a_changed_file_opens_to_the_plaintext_or_not_at_all(
    sealed: bytes, changes: list[tuple[int, int, bytes]]
) -> None:
    data = bytearray(sealed)
    for at, gone, new in changes:
        start = at % (len(data) + 1)
        data[start : start + gone] = new
    plain = opened(bytes(data))
    assert plain in {None, PLAIN}


@given(st.sampled_from(FILES), st.integers(0, 4000), st.integers(0, 4000))
def test_a_part_of_a_file_does_not_open(sealed: bytes, start: int, end: int) -> None:
    part = sealed[start % len(sealed) : end % len(sealed) + 1]
    if part.rstrip(b"\n") != sealed.rstrip(b"\n"):
        assert opened(part) is None


@given(st.integers(0, len(LONG) - 1), st.integers(0, 7))
def test_a_changed_bit_in_a_long_file_never_lets_its_chunk_out(at: int, bit: int) -> None:
    data = bytearray(LONG)
    data[at] ^= 1 << bit
    sink = io.BytesIO()
    with pytest.raises(age.AgeError):
        age.decrypt_stream(io.BytesIO(bytes(data)), sink, [CLASSIC])
    whole, got = PLAIN * 2000, sink.getvalue()
    assert whole.startswith(got)
    assert len(got) in {0, CHUNK_SIZE, 2 * CHUNK_SIZE}
    assert len(got) < len(whole)


@given(st.sampled_from(FILES), st.sampled_from(FILES), st.integers(0, 4000), st.integers(0, 4000))
def test_two_files_spliced_open_to_the_plaintext_or_not_at_all(
    one: bytes, two: bytes, cut: int, resume: int
) -> None:
    assert opened(one[: cut % len(one)] + two[resume % len(two) :]) in {None, PLAIN}
