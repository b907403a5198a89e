"""The armor: strict around the text, strict inside it, and streamed."""

from __future__ import annotations

import base64
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.age.armor import BEGIN, END, ArmorReader, ArmorWriter
from skillvault.age.errors import AgeError
from skillvault.age.streams import buffered
from tests.age.helpers import Dribble, Endless, Reluctant

SIZES = st.integers(0, 200) | st.integers(49_100, 49_200) | st.sampled_from([98_304, 200_001])


def armor(data: bytes, pieces: int = 7) -> bytes:
    sink = Reluctant()
    writer = ArmorWriter(sink)
    step = max(1, len(data) // pieces)
    for at in range(0, len(data), step):
        writer.write(data[at : at + step])
    writer.finish()
    return sink.got


def dearmor(text: bytes) -> bytes:
    source = buffered(Dribble(text))
    return io.BufferedReader(ArmorReader(source, source.readline())).read()


@given(SIZES, st.integers(0, 255), st.integers(1, 9), st.booleans())
def test_every_size_comes_back(size: int, seed: int, pieces: int, crlf: bool) -> None:
    data = bytes(seed) + bytes(range(256)) * (size // 256 + 1)
    data = data[:size]
    text = armor(data, pieces)
    assert text == BEGIN + b"\n" + wrapped(data) + END + b"\n"
    assert dearmor(text.replace(b"\n", b"\r\n") if crlf else text) == data


def wrapped(data: bytes) -> bytes:
    text = base64.b64encode(data)
    return b"".join(text[i : i + 64] + b"\n" for i in range(0, len(text), 64))


@given(st.binary(max_size=100), st.data())
def test_any_change_is_refused_or_the_same_bytes(data: bytes, draw: st.DataObject) -> None:
    text = bytearray(armor(data))
    at = draw.draw(st.integers(0, len(text)))
    new = draw.draw(st.sampled_from([b"", b"A", b"=", b"\n", b"\r", b" ", b"-", b"\r\n", b"\xff"]))
    text[at : at + draw.draw(st.integers(0, 2))] = new
    got: bytes | None
    try:
        got = dearmor(bytes(text))
    except AgeError as error:
        got, kind = None, error.kind
    if got is None:
        assert kind in {"armor", "header"}
        return
    # Only the text around the lines may vary; the lines themselves have one spelling.
    assert wrapped(got).replace(b"\n", b"") == b"".join(bytes(text).split(b"-----")[2].split())


@given(st.binary(max_size=200) | st.text("AQ=\r\n -", max_size=200).map(str.encode))
def test_any_text_between_the_lines_is_canonical_or_refused(inner: bytes) -> None:
    kind = None
    try:
        got = dearmor(BEGIN + b"\n" + inner + END + b"\n")
    except AgeError as error:
        kind = error.kind
    else:
        assert wrapped(got) == inner.replace(b"\r\n", b"\n")
    assert kind in {None, "armor"}


@pytest.mark.parametrize("size", [45, 46, 47, 48])
def test_after_padding_only_the_end_may_come(size: int) -> None:
    last = wrapped(bytes(size))
    for more in (b"QUFB\n", b"A" * 64 + b"\n", wrapped(bytes(47))):
        with pytest.raises(AgeError) as caught:
            dearmor(BEGIN + b"\n" + (last if size < 48 else wrapped(bytes(47))) + more + END)
        assert caught.value.kind == "armor"


def test_padding_at_the_end_of_a_block_is_noticed_too() -> None:
    # Blocks of 64 KiB of text: the padded full line is the last one that fits in the first.
    lines = wrapped(bytes(48)) * 1007 + wrapped(bytes(47))
    with pytest.raises(AgeError) as caught:
        dearmor(BEGIN + b"\n" + lines + wrapped(bytes(48)) * 2000 + END)
    assert caught.value.kind == "armor"


@pytest.mark.parametrize("space", [b"\n" * 1024, b" " * 1023 + b"\n", b"\r\n\t\n"])
def test_white_space_around_is_accepted(space: bytes) -> None:
    assert dearmor(space + armor(b"x") + space) == b"x"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\n" * 1025, b""),
        (b" " * 1024 + b"\n", b""),
        (b"", b"\n" * 1025),
        (b"", b" " * 1025),
        (b" ", b""),
        (b"x\n", b""),
        (b"", b"x"),
        (b"", b"\0"),
        (b"\xef\xbb\xbf", b""),
        (b"\x0b\n", b""),
        (b"> ", b""),
    ],
)
def test_anything_else_around_is_refused(before: bytes, after: bytes) -> None:
    with pytest.raises(AgeError):
        dearmor(before + armor(b"x") + after)


def test_two_armors_are_refused() -> None:
    with pytest.raises(AgeError) as caught:
        dearmor(armor(b"x") * 2)
    assert caught.value.kind == "armor"


def test_a_missing_end_is_refused() -> None:
    text = armor(bytes(1000))
    for cut in (2, 10, len(END) + 1, len(END) + 2, len(END) + 40):
        with pytest.raises(AgeError) as caught:
            dearmor(text[:-cut])
        assert caught.value.kind == "armor"


def test_what_is_meant_as_an_armor_is_told_from_what_is_not() -> None:
    for text, kind in ((b"-----BEGIN PGP MESSAGE-----\n", "armor"), (b"hello\n", "header")):
        with pytest.raises(AgeError) as caught:
            dearmor(text)
        assert caught.value.kind == kind


def test_an_endless_armor_is_read_as_it_is_used() -> None:
    source = Endless(BEGIN + b"\n", b"YWFh" * 16 + b"\n")
    reader = io.BufferedReader(ArmorReader(buffered(source), b""))
    assert reader.read(1_000_000) == b"a" * 1_000_000
    assert source.taken < 1_600_000
