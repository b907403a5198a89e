"""The header: one spelling each, and a MAC over every byte of it."""

from __future__ import annotations

import contextlib
import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.age.errors import AgeError
from skillvault.age.header import INTRO, Header, check_mac, read_header, write_header
from skillvault.age.stanza import Stanza

WORD = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
STANZA = st.builds(Stanza, WORD, st.lists(WORD, max_size=4).map(tuple), st.binary(max_size=200))
FILE_KEY = bytes(range(16))
GREASE = Stanza("grease", ("a", "b"), b"body")


def read(data: bytes) -> tuple[Header, bytes]:
    source = io.BytesIO(data)
    return read_header(source, source.readline()), source.read()


@given(st.lists(STANZA, min_size=1, max_size=5), st.binary(max_size=50))
def test_every_header_comes_back(stanzas: list[Stanza], payload: bytes) -> None:
    header, rest = read(write_header(stanzas, FILE_KEY) + payload)
    assert list(header.stanzas) == stanzas
    assert rest == payload
    check_mac(header, FILE_KEY)


@given(st.lists(STANZA, min_size=1, max_size=3), st.data())
def test_every_changed_bit_is_malformed_or_caught_by_the_mac(
    stanzas: list[Stanza], draw: st.DataObject
) -> None:
    data = bytearray(write_header(stanzas, FILE_KEY))
    at = draw.draw(st.integers(0, len(data) - 1))
    data[at] ^= 1 << draw.draw(st.integers(0, 7))
    with pytest.raises(AgeError) as caught:
        check_mac(read(bytes(data))[0], FILE_KEY)
    assert caught.value.kind in {"header", "hmac"}


@given(st.lists(STANZA, min_size=1, max_size=3), st.data())
def test_a_cut_header_is_malformed(stanzas: list[Stanza], draw: st.DataObject) -> None:
    data = write_header(stanzas, FILE_KEY)
    cut = draw.draw(st.integers(0, len(data) - 1))
    with pytest.raises(AgeError) as caught:
        read(data[:cut])
    assert caught.value.kind == "header"


@given(st.binary(max_size=300) | st.text("-> aA=+/\n\r", max_size=200).map(str.encode))
def test_any_bytes_are_a_header_or_malformed(data: bytes) -> None:
    kind = None
    try:
        header, _ = read(INTRO + data)
    except AgeError as error:
        kind = error.kind
    else:  # what is accepted has no other spelling
        again = write_header(header.stanzas, FILE_KEY)
        assert again[: len(header.covered)] == header.covered
    assert kind in {None, "header"}


def test_another_file_key_does_not_fit() -> None:
    header, _ = read(write_header([GREASE], FILE_KEY))
    with pytest.raises(AgeError) as caught:
        check_mac(header, bytes(16))
    assert caught.value.kind == "hmac"


GOOD = write_header([GREASE], FILE_KEY)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"v1\n", b"v2\n"),
        (b"v1\n", b"v1 \n"),
        (b"v1\n", b"v1\r\n"),
        (b"v1\n", b"v1\n\n"),
        (b"-> grease", b"->  grease"),
        (b"-> grease", b"->grease"),
        (b"-> grease", b"-> \tgrease"),
        (b"-> grease", b" -> grease"),
        (b"-> grease a b", b"->"),
        (b"-> grease a b", b"-> "),
        (b"-> grease a b", b"-> grease a b "),
        (b"-> grease a b", b"-> grease a  b"),
        (b"-> grease a b", b"-> gr\x7fease a b"),
        (b"-> grease a b", b"-> gr\xc3\xa9ase a b"),
        (b"-> grease a b", b"-> grease a b\r"),
        (b"-> grease a b\n", b""),
        (b"Ym9keQ\n", b"Ym9keR\n"),  # spare bits
        (b"Ym9keQ\n", b"Ym9keQ==\n"),
        (b"Ym9keQ\n", b"Ym9ke\n"),
        (b"Ym9keQ\n", b"Ym9ke_\n"),
        (b"Ym9keQ\n", b"Ym9 keQ\n"),
        (b"Ym9keQ\n", b"Ym9keQ\r\n"),
        (b"Ym9keQ\n", b"\nYm9keQ\n"),
        (b"Ym9keQ\n", b"Ym9keQ\n\n"),
        (b"Ym9keQ\n", b""),
        (b"Ym9keQ\n", b"A" * 64 + b"\n"),
        (b"Ym9keQ\n", b"A" * 68 + b"\n"),
        (b"--- ", b"---"),
        (b"--- ", b"---  "),
        (b"--- ", b"---- "),
        (b"--- ", b"--- A"),
        (b"--- ", b"-- "),
    ],
)
def test_every_other_spelling_is_malformed(old: bytes, new: bytes) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(AgeError) as caught:
        read(GOOD.replace(old, new))
    assert caught.value.kind == "header"


def test_a_header_without_recipient_is_malformed() -> None:
    with pytest.raises(AgeError, match="no recipient"):
        read(INTRO + GOOD[GOOD.index(b"---") :])


@pytest.mark.parametrize("size", range(45, 52))
def test_a_body_ends_with_a_short_line(size: int) -> None:
    lines = write_header([Stanza("s", (), bytes(size))], FILE_KEY).split(b"\n")[2:-2]
    assert [len(line) for line in lines[:-1]] == [64] * (len(lines) - 1)
    assert len(lines[-1]) < 64
    assert len(lines) == size // 48 + 1


def test_the_mac_has_32_bytes_in_one_spelling() -> None:
    mac = GOOD[-44:-1]
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    accepted = 0
    for last in alphabet:
        with contextlib.suppress(AgeError):
            read(GOOD[:-2] + bytes([last]) + b"\n")
            accepted += 1
    assert accepted == 16  # of 64: 43 characters carry 258 bits, two of which must be zero
    assert len(mac) == 43


def test_lines_of_a_stanza_do_not_leak_into_the_next() -> None:
    stanzas = [
        Stanza(str(i), (), bytes(n)) for i, n in enumerate(itertools.islice(range(200), 0, 200, 16))
    ]
    header, _ = read(write_header(stanzas, FILE_KEY))
    assert list(header.stanzas) == stanzas
