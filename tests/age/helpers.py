"""Awkward streams and points, and a passphrase that is cheap to try."""

from __future__ import annotations

import os

from skillvault.age import scrypt
from skillvault.age.primitives import encode64, wrap
from skillvault.age.stanza import Stanza

# X25519 points with which every secret key agrees on zero.
LOW_ORDER = [
    bytes(32),
    b"\1" + bytes(31),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
]


class Endless:
    """A source of `start`, then of `again` for ever; counts what was taken of it."""

    def __init__(self, start: bytes, again: bytes) -> None:
        self._data = start
        self._again = again
        self.taken = 0

    def read(self, size: int, /) -> bytes:
        while len(self._data) < size:
            self._data += self._again * (size // len(self._again) + 1)
        part, self._data = self._data[:size], self._data[size:]
        self.taken += size
        return part


class Dribble:
    """A source that gives an odd number of bytes at a time, from 1 to 4,095."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._size = 1

    def read(self, size: int, /) -> bytes:
        part = self._data[self._at : self._at + min(size, self._size)]
        self._at += len(part)
        self._size = self._size * 2 % 4095 + 1
        return part


class Reluctant:
    """A sink that takes at most 1,000 bytes at a time, as an unbuffered pipe may."""

    def __init__(self) -> None:
        self.got = b""

    def write(self, data: bytes, /) -> int:
        self.got += data[:1000]
        return min(len(data), 1000)


class Zeros:
    """A source of `size` zeros that never holds them."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int, /) -> bytes:
        size = min(size, self._left)
        self._left -= size
        return bytes(size)


class QuickPassphrase:
    """A passphrase recipient of work factor 1, which our writer never uses."""

    suite = "scrypt"

    def __init__(self, passphrase: str) -> None:
        self._passphrase = passphrase.encode()

    def wrap(self, file_key: bytes) -> Stanza:
        salt = os.urandom(16)
        key = scrypt._key(self._passphrase, salt, 1)
        return Stanza("scrypt", (encode64(salt).decode(), "1"), wrap(key, file_key))
