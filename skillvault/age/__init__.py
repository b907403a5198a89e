"""The age file format, version 1 (C2SP `age.md`), in a strict codec on `cryptography`.

`encrypt` and `decrypt` work on bytes, their `_stream` twins on streams; keys come from
`parse_identity` and `parse_recipient`, or from `generate` of the two kinds of identity.
"""

from __future__ import annotations

from skillvault.age.errors import AgeError, Kind
from skillvault.age.file import (
    AgeFile,
    decrypt,
    decrypt_stream,
    encrypt,
    encrypt_stream,
    stanza_types,
)
from skillvault.age.hybrid import HybridIdentity, HybridRecipient
from skillvault.age.keys import KeyIdentity, KeyRecipient, parse_identity, parse_recipient
from skillvault.age.scrypt import PassphraseIdentity, PassphraseRecipient
from skillvault.age.stanza import Identity, Recipient
from skillvault.age.x25519 import X25519Identity, X25519Recipient

__all__ = [
    "AgeError",
    "AgeFile",
    "HybridIdentity",
    "HybridRecipient",
    "Identity",
    "KeyIdentity",
    "KeyRecipient",
    "Kind",
    "PassphraseIdentity",
    "PassphraseRecipient",
    "Recipient",
    "X25519Identity",
    "X25519Recipient",
    "decrypt",
    "decrypt_stream",
    "encrypt",
    "encrypt_stream",
    "parse_identity",
    "parse_recipient",
    "stanza_types",
]
