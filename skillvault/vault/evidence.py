"""Evaluation results as they lie in a vault: a canonical line and its signature, sealed."""

from __future__ import annotations

import base64
import hashlib

from skillvault.errors import VerificationError
from skillvault.vault import canonical


def evidence_id(text: bytes) -> str:
    """The id of a result: the first 80 bits of its SHA-256, in base32."""
    return base64.b32encode(hashlib.sha256(text).digest()[:10]).decode().lower()


def unpad(plaintext: bytes, identifier: str, subject: str) -> bytes:
    """Line and armor, without padding. VerificationError unless they are the result of this id."""
    text = plaintext.rstrip(b"\n") + b"\n"
    if len(plaintext) < len(text) or evidence_id(text) != identifier:
        raise VerificationError(subject, "not the evaluation result of this id")
    return text


def measured(text: bytes, subject: str) -> str:
    """The content of the version that a result (line and armor) is about."""
    line, newline, _ = text.partition(b"\n")
    return str(canonical.loads(line + newline, subject).get("content"))
