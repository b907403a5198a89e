"""Sealing to readers and opening again: age, padding, and the count of stanzas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from skillvault import age
from skillvault.errors import AccessError, RefusedError, VerificationError
from skillvault.vault.padding import pad

# That something sealed is not for me, or is bad. Whatever else goes wrong (a git that dies, say)
# tells nothing about the file, and must never pass for a fault of whoever sealed it.
DOES_NOT_OPEN: Final = (AccessError, RefusedError, VerificationError, age.AgeError)
_HYBRID: Final = "age1pq1"


def seal_json(line: bytes, recipients: Iterable[str]) -> bytes:
    """Seal one canonical JSON line, padded with newlines."""
    return seal(pad(line, b"\n"), recipients)


def seal_bundle(compressed: bytes, recipients: Iterable[str]) -> bytes:
    """Seal the gzip bytes of a skill, padded with zeros."""
    return seal(pad(compressed, b"\0"), recipients)


def seal(plaintext: bytes, recipients: Iterable[str]) -> bytes:
    """An age file, one stanza for each recipient line.

    A line that is no key gets a stanza that nobody opens: the rules see its syntax alone, so any
    member can have written it, and whoever it stands for must not keep the others from a seal.
    """
    return age.encrypt(plaintext, [_key(line) for line in recipients])


def _key(line: str) -> age.KeyRecipient:
    try:
        return age.parse_recipient(line)
    except RefusedError:
        kind = age.HybridIdentity if line.startswith(_HYBRID) else age.X25519Identity
        return kind.generate().recipient()


def open_sealed(
    data: bytes, keys: Sequence[age.KeyIdentity], *, suite: str, stanzas: int, subject: str
) -> bytes:
    """Open an age file that has exactly `stanzas` stanzas of the vault's suite.

    AccessError if none of `keys` opens it; VerificationError if the stanzas are others than the
    line says; RefusedError if the file is damaged.
    """
    file = age.AgeFile(data)
    types = file.stanza_types
    wanted = "X25519" if suite == "x25519" else suite
    if types != [wanted] * stanzas:
        problem = f"sealed with {len(types)} stanzas where the line has {stanzas} of {wanted}"
        raise VerificationError(subject, problem)
    try:
        return file.decrypt(list(keys))
    except age.AgeError as error:
        if error.kind == "no-match":
            raise AccessError(subject, "no key of yours opens it") from None
        raise RefusedError(subject, f"damaged: {error.problem}") from None


def strip_line(plaintext: bytes, subject: str) -> bytes:
    """The one JSON line of a padded record, with its newline. RefusedError for anything else."""
    line = plaintext.rstrip(b"\n") + b"\n"
    if b"\n" in line[:-1] or len(plaintext) < len(line):
        raise RefusedError(subject, "not one line and its padding")
    return line
