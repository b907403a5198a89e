"""Bech32: the texts of BIP 173, and nothing but the one spelling of each key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.age import bech32

CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
HRPS = st.sampled_from(["age", "age1pq", "AGE-SECRET-KEY-", "AGE-SECRET-KEY-PQ-", "?", "x1y"])


@pytest.mark.parametrize(
    ("text", "hrp", "size"),
    [
        ("A12UEL5L", "A", 0),
        ("a12uel5l", "a", 0),
        ("an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
         "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio", 0),
        ("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "abcdef", 20),
        ("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", "split", 30),
        ("?1ezyfcl", "?", 0),
    ],
)  # fmt: skip
def test_valid_texts_of_bip_173_come_back_as_they_were(text: str, hrp: str, size: int) -> None:
    got, data = bech32.decode(text)
    assert (got, len(data)) == (hrp, size)
    assert bech32.encode(got, data) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "pzry9x0s0muk",  # no separator
        "1pzry9x0s0muk",  # no human-readable part
        "10a06t8",
        "1qzzfhee",
        "li1dgmt3",  # checksum too short
        "A1G7SGD8",  # checksum of the upper-case part
        "x1b4n0q5v",  # character outside the set
        "y1b0jsk6g",
        "a12uEl5l",  # mixed case
        "A12uel5l",
        " a12uel5l",
        "a12uel5l ",
        "a12uel5l\n",
        "\x201nwldj5",
        "\x7f1axkwrx",
        "\x801eym55h",
        "de1lg7wt\xff",
        "\N{KELVIN SIGN}12UEL5L",  # lower() makes an ASCII k of it
        "a12uel\N{LATIN SMALL LETTER LONG S}l",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^its? "):
        bech32.decode(text)


def test_a_kelvin_sign_is_not_the_letter_k() -> None:
    good = bech32.encode("AGE-SECRET-KEY-", bytes(32))
    with pytest.raises(ValueError, match="a character"):
        bech32.decode(good.replace("K", "\N{KELVIN SIGN}"))


def test_a_text_of_a_megabyte_costs_nothing() -> None:
    with pytest.raises(ValueError, match="too long"):
        bech32.decode("a1" + "q" * (1 << 20))


@pytest.mark.parametrize(
    ("symbols", "problem"),
    [("q", "padding"), ("qqq", "padding"), ("qqqqqq", "padding"), ("ql", "padding"), ("qqqp", "padding")],
)  # fmt: skip
def test_padding_is_short_and_zero(symbols: str, problem: str) -> None:
    values = bytes(CHARSET.index(c) for c in symbols)
    check = bech32._polymod(bech32._expand("a") + values + bytes(6)) ^ 1
    tail = "".join(CHARSET[check >> shift & 31] for shift in range(25, -1, -5))
    with pytest.raises(ValueError, match=problem):
        bech32.decode(f"a1{symbols}{tail}")


@given(HRPS, st.binary(max_size=1300))
def test_every_byte_string_comes_back(hrp: str, data: bytes) -> None:
    text = bech32.encode(hrp, data)
    assert bech32.decode(text) == (hrp, data)
    assert len(text) == len(hrp) + 1 + (len(data) * 8 + 4) // 5 + 6


@given(HRPS, st.binary(min_size=1, max_size=1216), st.data())
def test_one_wrong_character_is_always_noticed(hrp: str, data: bytes, draw: st.DataObject) -> None:
    text = bech32.encode(hrp, data)
    at = draw.draw(st.integers(len(hrp) + 1, len(text) - 1))
    wrong = draw.draw(st.sampled_from(CHARSET.upper() if hrp.isupper() else CHARSET))
    changed = text[:at] + wrong + text[at + 1 :]
    if changed == text:
        return
    with pytest.raises(ValueError, match="checksum"):
        bech32.decode(changed)


@given(st.text(max_size=120) | st.text(alphabet=CHARSET + "1aA ", max_size=200))
def test_any_text_is_refused_or_has_one_spelling(text: str) -> None:
    try:
        hrp, data = bech32.decode(text)
    except ValueError:
        return
    if hrp.lower() == hrp.upper():  # no letter that could tell the case
        text = text.lower()
    assert bech32.encode(hrp, data) == text
