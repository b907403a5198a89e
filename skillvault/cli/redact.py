"""Taking secrets out of whatever is printed about a failure."""

from __future__ import annotations

import re
from collections.abc import Mapping

MASK = "***"

_IDENTITY = re.compile(r"AGE-SECRET-KEY-[A-Z0-9-]+", re.IGNORECASE)
_TOKEN = re.compile(r"\b(?:sk|ghp|gho|ghs|github_pat|glpat)[-_][A-Za-z0-9_-]{16,}")
# A user name alone is no secret in ssh://git@host; over http(s) it may be a token.
_HTTP_USER = re.compile(r"(?i)(\bhttps?://)[^/@\s]+@")
_PASSWORD = re.compile(r"(://[^/@\s:]*):[^/@\s]+@")
_VARIABLE = re.compile(r"(?:_KEY|_TOKEN|_PASSPHRASE|_PASSWORD|_SECRET)\Z")
_SHORTEST = 4


def secrets_of(environ: Mapping[str, str]) -> frozenset[str]:
    """The values of variables whose names say that they are secret."""
    return frozenset(
        value
        for name, value in environ.items()
        if _VARIABLE.search(name) and len(value) >= _SHORTEST
    )


def redact(text: str, secrets: frozenset[str] = frozenset()) -> str:
    """`text` with identity lines, tokens, URL credentials and `secrets` replaced by `***`."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    text = _IDENTITY.sub(MASK, text)
    text = _TOKEN.sub(MASK, text)
    text = _HTTP_USER.sub(rf"\1{MASK}@", text)
    return _PASSWORD.sub(rf"\1:{MASK}@", text)
