"""The classical recipient type, `X25519` (C2SP age, "The X25519 recipient type")."""

from __future__ import annotations

import os
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from skillvault.age import bech32
from skillvault.age.errors import AgeError
from skillvault.age.primitives import derive, encode64, unwrap, wrap
from skillvault.age.stanza import Stanza, argument

KEY_SIZE = 32

_INFO = b"age-encryption.org/v1/X25519"


def public_key(data: bytes) -> X25519PublicKey:
    """The key of 32 bytes; ValueError for a low-order point, to which nothing can be sealed."""
    key = X25519PublicKey.from_public_bytes(data)
    X25519PrivateKey.from_private_bytes(bytes(KEY_SIZE)).exchange(key)
    return key


class X25519Recipient:
    """A public key, `age1...`."""

    suite: ClassVar[str] = "x25519"
    stanza_type: ClassVar[str] = "X25519"
    hrp: ClassVar[str] = "age"
    __slots__ = ("_key", "public")

    def __init__(self, public: bytes) -> None:
        """`public` has 32 bytes; ValueError if they are no key."""
        self.public = public
        self._key = public_key(public)

    def __str__(self) -> str:
        return bech32.encode(self.hrp, self.public)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, X25519Recipient) and other.public == self.public

    def __hash__(self) -> int:
        return hash(self.public)

    def wrap(self, file_key: bytes) -> Stanza:
        """Seal a file key to this recipient, under a fresh ephemeral key."""
        ephemeral = X25519PrivateKey.generate()
        share = ephemeral.public_key().public_bytes_raw()
        key = derive(ephemeral.exchange(self._key), share + self.public, _INFO)
        return Stanza(self.stanza_type, (encode64(share).decode("ascii"),), wrap(key, file_key))


class X25519Identity:
    """A secret key, `AGE-SECRET-KEY-1...`: `str` gives that line, `repr` hides it."""

    suite: ClassVar[str] = "x25519"
    hrp: ClassVar[str] = "AGE-SECRET-KEY-"
    __slots__ = ("_key", "_recipient", "secret")

    def __init__(self, secret: bytes) -> None:
        """`secret` has 32 bytes, else ValueError."""
        self.secret = secret
        self._key = X25519PrivateKey.from_private_bytes(secret)
        self._recipient = X25519Recipient(self._key.public_key().public_bytes_raw())

    @classmethod
    def generate(cls) -> X25519Identity:
        """A new identity."""
        return cls(os.urandom(KEY_SIZE))

    def __str__(self) -> str:
        return bech32.encode(self.hrp, self.secret)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._recipient}>"

    def recipient(self) -> X25519Recipient:
        """The public half."""
        return self._recipient

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """See `Identity.unwrap`."""
        if stanza.type != X25519Recipient.stanza_type:
            return None
        share = argument(stanza, KEY_SIZE, "share")
        try:
            shared = self._key.exchange(X25519PublicKey.from_public_bytes(share))
        except ValueError:
            raise AgeError("header", "the share of an X25519 stanza is a low-order point") from None
        return unwrap(derive(shared, share + self._recipient.public, _INFO), stanza.body)
