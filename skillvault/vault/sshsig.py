"""SSH signatures (OpenSSH's PROTOCOL.sshsig), with Ed25519 and SHA-512 and nothing else.

A blob is `SSHSIG`, version, public key, namespace, a reserved string, hash name, signature. All but
the last 64 bytes follow from key and namespace, so a blob is judged by rebuilding it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from skillvault.errors import VerificationError

_MAGIC = b"SSHSIG"
_TYPE = b"ssh-ed25519"
_HASH = b"sha512"
_BEGIN = b"-----BEGIN SSH SIGNATURE-----\n"
_END = b"-----END SSH SIGNATURE-----\n"
_COLUMNS = 70
_RAW = 64
_LONGEST_ARMOR = 4096


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


_KEY_PREFIX = _string(_TYPE) + struct.pack(">I", 32)
_KEY_LENGTH = len(_KEY_PREFIX) + 32


def public_line(key: Ed25519PrivateKey) -> str:
    """The public half as OpenSSH writes it, without a comment: `ssh-ed25519 AAAA...`."""
    return _line(_KEY_PREFIX + key.public_key().public_bytes_raw())


def sign(key: Ed25519PrivateKey, message: bytes, namespace: str) -> bytes:
    """The raw SSHSIG blob over `message`; `armor` makes of it what `ssh-keygen -Y sign` writes."""
    public = _KEY_PREFIX + key.public_key().public_bytes_raw()
    return _frame(public, namespace) + key.sign(_signed(message, namespace))


def verify(
    public: str, message: bytes, blob: bytes, namespace: str, *, subject: str = "signature"
) -> None:
    """Check that the key `public` (a line as `public_line` gives it) signed `message`.

    Raises VerificationError about `subject`: a malformed key or blob, another key, another
    namespace, or a signature over something else.
    """
    key, wire = _parse_line(public)
    frame = _frame(wire, namespace)
    if len(blob) != len(frame) + _RAW or not blob.startswith(frame):
        raise VerificationError(subject, _why(blob, wire, namespace))
    try:
        key.verify(blob[-_RAW:], _signed(message, namespace))
    except InvalidSignature:
        raise VerificationError(subject, "the signature does not fit what it signs") from None


def check_public_line(line: str) -> None:
    """Accept exactly what `public_line` could have written: VerificationError for all else."""
    _parse_line(line)


def signer(blob: bytes) -> str:
    """The public line of the key that a blob claims; nothing is verified by it.

    Raises VerificationError where the blob does not begin as one of Ed25519 does.
    """
    start = len(_MAGIC) + 8
    wire = blob[start : start + _KEY_LENGTH]
    if blob[:start] != _head(_KEY_LENGTH) or not _is_key(wire):
        raise VerificationError("signature", "it is not an Ed25519 SSH signature of version 1")
    return _line(wire)


def armor(blob: bytes) -> bytes:
    """The blob between its BEGIN and END lines, base64 at 70 columns, as ssh-keygen wraps it."""
    text = base64.b64encode(blob)
    lines = [text[at : at + _COLUMNS] + b"\n" for at in range(0, len(text), _COLUMNS)]
    return b"".join([_BEGIN, *lines, _END])


def dearmor(data: bytes) -> bytes:
    """The blob in `data`, which must be byte for byte what `armor` makes of it.

    Raises VerificationError for anything else: another wrapping, CRLF, text around it.
    """
    problem = "it is not an SSH signature armored as ssh-keygen does it"
    if len(data) > _LONGEST_ARMOR or not data.startswith(_BEGIN) or not data.endswith(_END):
        raise VerificationError("signature", problem)
    try:
        blob = base64.b64decode(data[len(_BEGIN) : -len(_END)].replace(b"\n", b""), validate=True)
    except binascii.Error:
        raise VerificationError("signature", problem) from None
    if armor(blob) != data:
        raise VerificationError("signature", problem)
    return blob


def _head(length: int) -> bytes:
    return _MAGIC + struct.pack(">II", 1, length)


@lru_cache(maxsize=4096)
def _frame(wire: bytes, namespace: str) -> bytes:
    """Every byte of a blob before the 64 of the raw signature."""
    return b"".join(
        (
            _head(len(wire)),
            wire,
            _string(namespace.encode()),
            _string(b""),
            _string(_HASH),
            struct.pack(">I", len(_TYPE) + 8 + _RAW),
            _string(_TYPE),
            struct.pack(">I", _RAW),
        )
    )


def _signed(message: bytes, namespace: str) -> bytes:
    digest = hashlib.sha512(message).digest()
    return b"".join(
        (_MAGIC, _string(namespace.encode()), _string(b""), _string(_HASH), _string(digest))
    )


def _line(wire: bytes) -> str:
    return f"{_TYPE.decode()} {base64.b64encode(wire).decode()}"


def _is_key(wire: bytes) -> bool:
    return len(wire) == _KEY_LENGTH and wire.startswith(_KEY_PREFIX)


@lru_cache(maxsize=4096)
def _parse_line(line: str) -> tuple[Ed25519PublicKey, bytes]:
    _, _, encoded = line.partition(" ")
    try:
        wire = base64.b64decode(encoded, validate=True)
    except ValueError:
        wire = b""
    if not _is_key(wire) or _line(wire) != line:
        raise VerificationError("signing key", "it is not `ssh-ed25519` and one Ed25519 key")
    return Ed25519PublicKey.from_public_bytes(wire[-32:]), wire


def _why(blob: bytes, wire: bytes, namespace: str) -> str:
    """Say in what a blob differs from the one that was expected."""
    try:
        claimed = signer(blob)
    except VerificationError as error:
        return error.problem
    if claimed != _line(wire):
        return "it was signed by another key"
    if not blob[len(_head(0)) + _KEY_LENGTH :].startswith(_string(namespace.encode())):
        return f"it was not signed for the purpose `{namespace}`"
    return "it is not an Ed25519 SSH signature with SHA-512"
