"""The payload of an age file: STREAM in chunks of 64 KiB (C2SP age, "Payload")."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from skillvault.age.errors import AgeError
from skillvault.age.primitives import TAG_SIZE, derive
from skillvault.age.streams import Buffered, ByteSink, write_all

CHUNK_SIZE = 64 << 10

_SEALED_SIZE = CHUNK_SIZE + TAG_SIZE
_NONCE_SIZE = 16


def write_payload(source: Buffered, sink: ByteSink, file_key: bytes) -> None:
    """Seal all that `source` has, holding two chunks at a time."""
    nonce = os.urandom(_NONCE_SIZE)
    aead = ChaCha20Poly1305(derive(file_key, nonce, b"payload"))
    write_all(sink, nonce)
    chunk, counter = source.read(CHUNK_SIZE), 0
    while following := source.read(CHUNK_SIZE):
        write_all(sink, aead.encrypt(_nonce(counter, last=False), chunk, None))
        chunk, counter = following, counter + 1
    write_all(sink, aead.encrypt(_nonce(counter, last=True), chunk, None))


def read_payload(source: Buffered, sink: ByteSink, file_key: bytes) -> None:
    """Open all that `source` has, holding two chunks at a time.

    Each chunk is authentic when it is written, and the last one is written only when nothing
    follows it: what `sink` has got before an AgeError is always less than the plaintext. Kind
    header where the nonce is cut off, payload for everything later.
    """
    nonce = source.read(_NONCE_SIZE)
    if len(nonce) != _NONCE_SIZE:
        raise AgeError("header", "it ends before its payload")
    aead = ChaCha20Poly1305(derive(file_key, nonce, b"payload"))
    chunk, counter = source.read(_SEALED_SIZE), 0
    while following := source.read(_SEALED_SIZE):
        write_all(sink, _open(aead, chunk, counter, last=False))
        chunk, counter = following, counter + 1
    plain = _open(aead, chunk, counter, last=True)
    if counter and not plain:
        raise AgeError("payload", "its last chunk is empty")
    write_all(sink, plain)


def _open(aead: ChaCha20Poly1305, chunk: bytes, counter: int, *, last: bool) -> bytes:
    try:
        return aead.decrypt(_nonce(counter, last=last), chunk, None)
    except InvalidTag:
        raise AgeError("payload", "its contents are truncated or were altered") from None


def _nonce(counter: int, *, last: bool) -> bytes:
    return counter.to_bytes(11, "big") + (b"\1" if last else b"\0")
