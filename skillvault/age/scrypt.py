"""The passphrase recipient type, `scrypt` (C2SP age, "The scrypt recipient type")."""

from __future__ import annotations

import os
import re
from typing import ClassVar

from skillvault.age.errors import AgeError
from skillvault.age.primitives import encode64, unwrap, wrap
from skillvault.age.stanza import Stanza, check_body, decode_argument
from skillvault.errors import UsageError

STANZA_TYPE = "scrypt"
WORK_FACTOR = 18  # log2 of scrypt's N in what we write: about a second, 256 MiB
MAX_WORK_FACTOR = 20  # what we open: four times that

_SALT_SIZE = 16
_ARGUMENT_COUNT = 2
_LABEL = b"age-encryption.org/v1/scrypt"
_FACTOR = re.compile(r"[1-9][0-9]*", re.ASCII)


class PassphraseRecipient:
    """Whoever knows the passphrase; the only recipient of its file."""

    suite: ClassVar[str] = "scrypt"
    __slots__ = ("_passphrase",)

    def __init__(self, passphrase: str) -> None:
        """UsageError if it is empty, or no text."""
        if not passphrase:
            raise UsageError("passphrase", "it is empty")
        self._passphrase = _encode(passphrase)

    def wrap(self, file_key: bytes) -> Stanza:
        """Seal a file key under the passphrase with a fresh salt, at work factor 18."""
        salt = os.urandom(_SALT_SIZE)
        args = (encode64(salt).decode("ascii"), str(WORK_FACTOR))
        return Stanza(STANZA_TYPE, args, wrap(_key(self._passphrase, salt, WORK_FACTOR), file_key))


class PassphraseIdentity:
    """Opens files that were sealed under a passphrase."""

    suite: ClassVar[str] = "scrypt"
    __slots__ = ("_passphrase",)

    def __init__(self, passphrase: str) -> None:
        """UsageError if it is no text."""
        self._passphrase = _encode(passphrase)

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """See `Identity.unwrap`; a work factor above 20 is refused before it costs anything."""
        if stanza.type != STANZA_TYPE:
            return None
        if len(stanza.args) != _ARGUMENT_COUNT:
            raise AgeError("header", "a scrypt stanza has not exactly two arguments")
        salt = decode_argument(stanza.args[0], _SALT_SIZE, "salt of a scrypt stanza")
        factor = _parse_factor(stanza.args[1])
        check_body(stanza)
        return unwrap(_key(self._passphrase, salt, factor), stanza.body)


def _encode(passphrase: str) -> bytes:
    """The bytes of the passphrase as typed; what is no UTF-8 in the environment comes back."""
    try:
        return passphrase.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise UsageError("passphrase", "it is no text") from None


def _parse_factor(text: str) -> int:
    if not _FACTOR.fullmatch(text):
        raise AgeError("header", "the work factor of a scrypt stanza is no canonical number")
    if len(text) > len(str(MAX_WORK_FACTOR)) or int(text) > MAX_WORK_FACTOR:
        raise AgeError("header", f"its scrypt work factor is above {MAX_WORK_FACTOR}")
    return int(text)


def _key(passphrase: bytes, salt: bytes, factor: int) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    try:
        return Scrypt(salt=_LABEL + salt, length=32, n=1 << factor, r=8, p=1).derive(passphrase)
    except MemoryError:
        raise AgeError("header", f"too little memory for scrypt work factor {factor}") from None
