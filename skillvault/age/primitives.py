"""The pieces that every part of the age format uses: key derivation, wrapping, strict base64."""

from __future__ import annotations

import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FILE_KEY_SIZE = 16
TAG_SIZE = 16
WRAPPED_SIZE = FILE_KEY_SIZE + TAG_SIZE


def derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """32 bytes of HKDF-SHA256."""
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(secret)


def wrap(key: bytes, file_key: bytes) -> bytes:
    """Seal a file key under a key that is used once, hence the nonce of zeros."""
    return ChaCha20Poly1305(key).encrypt(bytes(12), file_key, None)


def unwrap(key: bytes, wrapped: bytes) -> bytes | None:
    """The file key that `wrap` sealed, or None where the key is another one."""
    try:
        return ChaCha20Poly1305(key).decrypt(bytes(12), wrapped, None)
    except InvalidTag:
        return None


def encode64(data: bytes) -> bytes:
    """Standard base64 without padding."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=")


def decode64(text: bytes) -> bytes:
    """What `encode64` gave; ValueError for any other spelling of the same bytes."""
    data = binascii.a2b_base64(text + b"=" * (-len(text) % 4))
    if encode64(data) != text:
        raise ValueError("base64 is not canonical")
    return data
