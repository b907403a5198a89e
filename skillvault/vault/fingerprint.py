"""What people compare: 88 bits of a SHA-256 as 8 words of the BIP-39 English list."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`hex`: all 64 digits. `words`: the first 88 bits, 8 words."""

    hex: str

    @property
    def words(self) -> str:
        """All 8 words, wherever a decision is asked."""
        number = int(self.hex[:22], 16)
        wordlist = _wordlist()
        return " ".join(wordlist[number >> shift & 2047] for shift in range(77, -1, -11))

    @property
    def short(self) -> str:
        """The first 4 words, where nothing is decided."""
        return " ".join(self.words.split()[:4])


def of_keyholder(recipient: str, signing_key: str) -> Fingerprint:
    """The fingerprint of a card: of its two keys, not of its name."""
    return _fingerprint("skillvault fingerprint v1", recipient, signing_key)


def of_vault(vault_id: str, head: str) -> Fingerprint:
    """The fingerprint of a vault at one entry."""
    return _fingerprint("skillvault vault v1", vault_id, head)


def _fingerprint(*lines: str) -> Fingerprint:
    text = "".join(f"{line}\n" for line in lines)
    return Fingerprint(hashlib.sha256(text.encode()).hexdigest())


@functools.cache
def _wordlist() -> tuple[str, ...]:
    from importlib.resources import files

    text = files("skillvault.data").joinpath("bip39-english.txt").read_text("ascii")
    return tuple(text.split())
