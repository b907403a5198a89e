"""Identities and recipients from their lines."""

from __future__ import annotations

from functools import lru_cache

from skillvault.age import bech32
from skillvault.age.hybrid import HybridIdentity, HybridRecipient
from skillvault.age.x25519 import X25519Identity, X25519Recipient
from skillvault.errors import RefusedError

KeyIdentity = HybridIdentity | X25519Identity
KeyRecipient = HybridRecipient | X25519Recipient

_IDENTITIES: dict[str, type[KeyIdentity]] = {c.hrp: c for c in (HybridIdentity, X25519Identity)}
_RECIPIENTS: dict[str, type[KeyRecipient]] = {c.hrp: c for c in (HybridRecipient, X25519Recipient)}


def parse_identity(line: str) -> KeyIdentity:
    """The identity of a line `AGE-SECRET-KEY-...`, without space around it.

    RefusedError, which never quotes the line; ServiceError for a post-quantum one without ML-KEM.
    """
    hrp, secret = _decode("identity", line)
    if hrp not in _IDENTITIES:
        kind = "a recipient" if hrp in _RECIPIENTS else "a key of another kind"
        raise RefusedError("identity", f"it is {kind}, not an age identity")
    try:
        return _IDENTITIES[hrp](secret)
    except ValueError:
        raise RefusedError("identity", "it has not the length of a secret key") from None


@lru_cache(maxsize=1024)
def parse_recipient(line: str) -> KeyRecipient:
    """The recipient of a line `age1...`, without space around it; cached.

    RefusedError if it is none; ServiceError for a post-quantum one without ML-KEM.
    """
    hrp, public = _decode("recipient", line)
    if hrp not in _RECIPIENTS:
        kind = "a secret key" if hrp in _IDENTITIES else "a key of another kind"
        raise RefusedError("recipient", f"it is {kind}, not an age recipient")
    try:
        return _RECIPIENTS[hrp](public)
    except ValueError:
        raise RefusedError("recipient", "it holds no valid public key") from None


def _decode(subject: str, line: str) -> tuple[str, bytes]:
    try:
        return bech32.decode(line)
    except ValueError as error:
        raise RefusedError(subject, f"it is no age key: {error}") from None
