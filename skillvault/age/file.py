"""Whole age files: seal to recipients, open with identities."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Sequence

from skillvault.age.armor import ArmorReader, ArmorWriter
from skillvault.age.errors import AgeError
from skillvault.age.header import (
    MAX_LINE,
    MAX_STANZAS,
    Header,
    check_mac,
    read_header,
    write_header,
)
from skillvault.age.hybrid import HybridRecipient
from skillvault.age.payload import read_payload, write_payload
from skillvault.age.primitives import FILE_KEY_SIZE
from skillvault.age.scrypt import STANZA_TYPE as SCRYPT
from skillvault.age.stanza import Identity, Recipient
from skillvault.age.streams import Buffered, ByteSink, ByteSource, buffered, write_all
from skillvault.age.x25519 import X25519Recipient
from skillvault.errors import UsageError

_KNOWN_TYPES = {HybridRecipient.stanza_type, X25519Recipient.stanza_type, SCRYPT}


def encrypt(data: bytes, recipients: Iterable[Recipient], *, armored: bool = False) -> bytes:
    """An age file that each of `recipients` can open; see `encrypt_stream`."""
    sealed = io.BytesIO()
    encrypt_stream(io.BytesIO(data), sealed, recipients, armored=armored)
    return sealed.getvalue()


def encrypt_stream(
    src: ByteSource, dst: ByteSink, recipients: Iterable[Recipient], *, armored: bool = False
) -> None:
    """Seal all that `src` has from here to its end, in bounded memory; neither is closed.

    UsageError for no recipient, more than MAX_STANZAS, recipients of different suites, or a
    passphrase that is not the only one.
    """
    recipients = list(recipients)
    _check_recipients(recipients)
    file_key = os.urandom(FILE_KEY_SIZE)
    header = write_header([recipient.wrap(file_key) for recipient in recipients], file_key)
    armor = ArmorWriter(dst) if armored else None
    sink = armor or dst
    write_all(sink, header)
    write_payload(buffered(src), sink, file_key)
    if armor:
        armor.finish()


def decrypt(data: bytes, identities: Iterable[Identity]) -> bytes:
    """The plaintext of an age file, armored or not; all of it, or AgeError."""
    return AgeFile(data).decrypt(identities)


def decrypt_stream(src: ByteSource, dst: ByteSink, identities: Iterable[Identity]) -> None:
    """Open an age file, armored or not, in bounded memory; neither stream is closed.

    AgeError. After one, `dst` may have got a part of the plaintext: authentic, but less than all
    of it, and the caller's to throw away.
    """
    header, source = _read_header(buffered(src))
    _open(header, source, dst, identities)


def stanza_types(data: bytes) -> list[str]:
    """The type of each stanza of an age file, armored or not, which takes no key.

    Nothing but the header's form is checked: AgeError of kind armor or header.
    """
    return AgeFile(data).stanza_types


class AgeFile:
    """An age file, armored or not, whose header has been read: to look at before it is opened."""

    def __init__(self, data: bytes) -> None:
        """AgeError of kind armor or header where the header is malformed."""
        self._header, self._source = _read_header(io.BytesIO(data))

    @property
    def stanza_types(self) -> list[str]:
        """The type of each stanza; see `stanza_types`."""
        return [stanza.type for stanza in self._header.stanzas]

    def decrypt(self, identities: Iterable[Identity]) -> bytes:
        """The plaintext, once; see `decrypt`."""
        plain = io.BytesIO()
        _open(self._header, self._source, plain, identities)
        return plain.getvalue()


def _open(header: Header, source: Buffered, dst: ByteSink, identities: Iterable[Identity]) -> None:
    file_key = _unwrap(header, list(identities))
    check_mac(header, file_key)
    read_payload(source, dst, file_key)


def _read_header(source: Buffered) -> tuple[Header, Buffered]:
    """The header, and the stream behind it; what does not begin as age is taken for an armor."""
    first = source.readline(MAX_LINE)
    if not first.startswith(b"age-encryption.org/"):
        source = io.BufferedReader(ArmorReader(source, first))
        first = source.readline(MAX_LINE)
    header = read_header(source, first)
    if len(header.stanzas) > 1 and any(stanza.type == SCRYPT for stanza in header.stanzas):
        raise AgeError("header", "a passphrase is not its only recipient")
    return header, source


def _unwrap(header: Header, identities: Sequence[Identity]) -> bytes:
    for identity in identities:
        for stanza in header.stanzas:
            file_key = identity.unwrap(stanza)
            if file_key is not None:
                return file_key
    tried = ", ".join(sorted({identity.suite for identity in identities})) or "none"
    types = {s.type if s.type in _KNOWN_TYPES else "other kinds" for s in header.stanzas}
    if tried == SCRYPT and types == {SCRYPT}:
        raise AgeError("no-match", "the passphrase is wrong")
    sealed = ", ".join(sorted(types))
    raise AgeError("no-match", f"no key opens it: tried {tried}, sealed to {sealed}")


def _check_recipients(recipients: Sequence[Recipient]) -> None:
    if not recipients:
        raise UsageError("recipients", "there are none")
    if len(recipients) > MAX_STANZAS:
        raise UsageError("recipients", f"there are more than {MAX_STANZAS}")
    suites = {recipient.suite for recipient in recipients}
    if len(suites) > 1:
        raise UsageError("recipients", f"they mix {' and '.join(sorted(suites))}")
    if SCRYPT in suites and len(recipients) > 1:
        raise UsageError("recipients", "a passphrase can only be the only one")
