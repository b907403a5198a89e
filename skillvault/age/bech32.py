"""Bech32 (BIP 173) without its limit of 90 characters, as age uses it for keys.

A post-quantum recipient has 1,960 characters, so the checksum goes by pairs of symbols through a
table of 1,024 and the bits are regrouped by integer and base32 conversions, which run in C.
"""

from __future__ import annotations

import base64
from functools import lru_cache

MAX_LENGTH = 4096

_CHECKSUM_LENGTH = 6
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHARSET = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_INVALID = b"\xff"
_TO_VALUE = bytes(_CHARSET.find(c) & 0xFF for c in range(256))
_TO_DIGIT = bytes.maketrans(_CHARSET, b"0123456789abcdefghijklmnopqrstuv")  # for int(..., 32)
_FROM_BASE32 = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _CHARSET)


def encode(hrp: str, data: bytes) -> str:
    """The Bech32 text of `data`; upper-case where the human-readable part `hrp` is."""
    symbols = base64.b32encode(data).rstrip(b"=").translate(_FROM_BASE32)
    prefix = hrp.lower()
    check = _polymod(_expand(prefix) + symbols.translate(_TO_VALUE) + bytes(_CHECKSUM_LENGTH)) ^ 1
    tail = bytes(_CHARSET[check >> shift & 31] for shift in range(25, -1, -5))
    text = f"{prefix}1{(symbols + tail).decode('ascii')}"
    return text if hrp == prefix else text.upper()


def decode(text: str) -> tuple[str, bytes]:
    """Split into the human-readable part, in the case it was written in, and the bytes.

    ValueError, which never quotes the text (it may be a secret), for anything that `encode` does
    not give for them: a wrong checksum, mixed case, padding, any other character.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError("it is too long")
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError("it has a character that no key has")
    lower = text.lower()
    if text not in {lower, text.upper()}:
        raise ValueError("it mixes upper and lower case")
    hrp, separator, rest = lower.rpartition("1")
    if not separator or not hrp or len(rest) < _CHECKSUM_LENGTH:
        raise ValueError("it is too short, or has no separator")
    characters = rest.encode("ascii")
    values = characters.translate(_TO_VALUE)
    if _INVALID in values:
        raise ValueError("it has a character that no key has")
    if _polymod(_expand(hrp) + values) != 1:
        raise ValueError("its checksum is wrong")
    return text[: len(hrp)], _to_bytes(characters[:-_CHECKSUM_LENGTH])


def _to_bytes(characters: bytes) -> bytes:
    size, padding = divmod(5 * len(characters), 8)
    number = int(characters.translate(_TO_DIGIT), 32) if characters else 0
    if padding > 4 or number & ((1 << padding) - 1):  # noqa: PLR2004  a symbol has 5 bits
        raise ValueError("its padding is wrong")
    return (number >> padding).to_bytes(size, "big")


def _expand(hrp: str) -> bytes:
    characters = hrp.encode("ascii")
    return bytes(c >> 5 for c in characters) + b"\0" + bytes(c & 31 for c in characters)


def _step(check: int, value: int) -> int:
    top = check >> 25
    check = (check & 0x1FFFFFF) << 5 ^ value
    for bit, generator in enumerate(_GENERATOR):
        if top >> bit & 1:
            check ^= generator
    return check


@lru_cache(maxsize=1)
def _pairs() -> tuple[int, ...]:
    """What the ten bits that two steps push out do to the checksum."""
    return tuple(_step(_step(top << 20, 0), 0) for top in range(1024))


def _polymod(values: bytes) -> int:
    """The BCH checksum of 5-bit `values`, from the start value 1."""
    pairs = _pairs()
    check = 1
    if len(values) % 2:
        check, values = _step(check, values[0]), values[1:]
    for high, low in zip(values[::2], values[1::2], strict=True):
        check = (check & 0xFFFFF) << 10 ^ high << 5 ^ low ^ pairs[check >> 20]
    return check
