"""The default recipient type, `mlkem768x25519`: HPKE (RFC 9180) over X-Wing.

KEM MLKEM768-X25519 (0x647a, draft-ietf-hpke-pq), HKDF-SHA256, ChaCha20Poly1305. A secret is
X-Wing's 32-byte seed; SHAKE256 expands it to the seed of ML-KEM-768 (64) and an X25519 key (32).
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from typing import ClassVar

from cryptography.exceptions import InternalError, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from skillvault.age import bech32
from skillvault.age.errors import AgeError
from skillvault.age.primitives import encode64
from skillvault.age.stanza import Stanza, argument
from skillvault.age.x25519 import public_key
from skillvault.errors import ServiceError

SEED_SIZE = 32

_MLKEM_SEED_SIZE = 64
_MLKEM_PUBLIC_SIZE = 1184
_MLKEM_CIPHERTEXT_SIZE = 1088
_ENC_SIZE = _MLKEM_CIPHERTEXT_SIZE + 32
_INFO = b"age-encryption.org/mlkem768x25519"


@lru_cache(maxsize=1)
def require_mlkem() -> None:
    """ServiceError unless `cryptography` has ML-KEM here; nothing falls back.

    Asked by doing it: cryptography 47 on any OpenSSL, and newer ones on OpenSSL below 3.5, say
    UnsupportedAlgorithm; an OpenSSL configured without it ValueError, whatever the input.
    """
    try:
        MLKEM768PrivateKey.from_seed_bytes(bytes(_MLKEM_SEED_SIZE))
    except (UnsupportedAlgorithm, ValueError, InternalError):
        raise ServiceError(
            "mlkem768x25519",
            "`cryptography` has no ML-KEM here",
            "it takes cryptography 48 or newer, on OpenSSL 3.5 or newer, as its wheels are",
        ) from None


@lru_cache(maxsize=1)
def _suite() -> Suite:
    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class HybridRecipient:
    """A public key, `age1pq1...`."""

    suite: ClassVar[str] = "mlkem768x25519"
    stanza_type: ClassVar[str] = "mlkem768x25519"
    hrp: ClassVar[str] = "age1pq"
    __slots__ = ("_key", "_line", "public")

    def __init__(self, public: bytes) -> None:
        """`public` has 1,216 bytes; ValueError if they are no key; ServiceError: no ML-KEM."""
        require_mlkem()
        self.public = public
        self._key = MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC_SIZE]),
            public_key(public[_MLKEM_PUBLIC_SIZE:]),
        )
        self._line: str | None = None

    def __str__(self) -> str:
        if self._line is None:
            self._line = bech32.encode(self.hrp, self.public)
        return self._line

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {str(self)[:24]}...>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HybridRecipient) and other.public == self.public

    def __hash__(self) -> int:
        return hash(self.public)

    def wrap(self, file_key: bytes) -> Stanza:
        """Seal a file key to this recipient, under a fresh encapsulation."""
        sealed = _suite().encrypt(file_key, self._key, _INFO)
        enc = encode64(sealed[:_ENC_SIZE]).decode("ascii")
        return Stanza(self.stanza_type, (enc,), sealed[_ENC_SIZE:])


class HybridIdentity:
    """A secret key, `AGE-SECRET-KEY-PQ-1...`: `str` gives that line, `repr` hides it."""

    suite: ClassVar[str] = "mlkem768x25519"
    hrp: ClassVar[str] = "AGE-SECRET-KEY-PQ-"
    __slots__ = ("_classical", "_key", "_recipient", "secret")

    def __init__(self, secret: bytes) -> None:
        """`secret` has 32 bytes, else ValueError; ServiceError: no ML-KEM."""
        if len(secret) != SEED_SIZE:
            raise ValueError("an X-Wing seed has 32 bytes")
        require_mlkem()
        expanded = hashlib.shake_256(secret).digest(_MLKEM_SEED_SIZE + 32)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED_SIZE])
        self.secret = secret
        self._classical = X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED_SIZE:])
        self._key = MLKEM768X25519PrivateKey(mlkem, self._classical)
        self._recipient = HybridRecipient(
            mlkem.public_key().public_bytes_raw() + self._classical.public_key().public_bytes_raw()
        )

    @classmethod
    def generate(cls) -> HybridIdentity:
        """A new identity."""
        return cls(os.urandom(SEED_SIZE))

    def __str__(self) -> str:
        return bech32.encode(self.hrp, self.secret)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._recipient!r}>"

    def recipient(self) -> HybridRecipient:
        """The public half."""
        return self._recipient

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """See `Identity.unwrap`."""
        if stanza.type != HybridRecipient.stanza_type:
            return None
        enc = argument(stanza, _ENC_SIZE, "encapsulation")
        try:
            return _suite().decrypt(enc + stanza.body, self._key, _INFO)
        except InvalidTag:
            self._refuse_low_order(enc)
            return None

    def _refuse_low_order(self, enc: bytes) -> None:
        """HPKE says InvalidTag for a low-order share too, which no wrong key explains.

        The X25519 half done again raises ValueError in exactly that case.
        """
        try:
            self._classical.exchange(X25519PublicKey.from_public_bytes(enc[-32:]))
        except ValueError:
            problem = "the X25519 share of an mlkem768x25519 stanza is a low-order point"
            raise AgeError("header", problem) from None
