"""Random names, salts, hashes and times as the format writes them (docs/format.md, encodings)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import UTC, datetime


def new_id() -> str:
    """80 random bits in lower-case base32: the id of a member, a group or a skill."""
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()


def new_salt() -> str:
    """128 random bits as 32 hex digits."""
    return secrets.token_hex(16)


def sha256(data: bytes) -> str:
    """`sha256:` and 64 hex digits."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def format_time(seconds: float) -> str:
    """Whole seconds, RFC 3339, UTC."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str) -> int:
    """Seconds since 1970. ValueError unless it is exactly what `format_time` writes."""
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    seconds = int(moment.timestamp())
    if format_time(seconds) != text:
        raise ValueError(f"not a time: {text!r}")
    return seconds
