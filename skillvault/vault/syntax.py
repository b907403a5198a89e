"""What ids, hashes, times and public keys look like: the syntax, and no more, of format 1.

Checks here cost about a microsecond each: they run for every path of every entry. Whether a
recipient's checksum holds is found out by who seals to it.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, Literal

Suite = Literal["mlkem768x25519", "x25519"]
Role = Literal["owner", "admin", "member", "machine"]

ID: Final = "[a-z2-7]{16}"
HASH: Final = "sha256:[0-9a-f]{64}"
HEX128: Final = "[0-9a-f]{32}"
# The wire form (4 + 11 + 4 + 32 bytes) is 68 base64 digits, of which the first 25 are always these
# and the next begins with the two zero bits that end the length.
SIGNING_KEY: Final = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-P][A-Za-z0-9+/]{42}"
# Bech32, of 1,216 and of 32 bytes: 5 bits a character and 6 characters of checksum.
_BECH32: Final = "[023456789ac-hj-np-z]"
RECIPIENTS: Final[dict[str, str]] = {
    "mlkem768x25519": f"age1pq1{_BECH32}{{1952}}",
    "x25519": f"age1{_BECH32}{{58}}",
}

_ID = re.compile(ID)
_HASH = re.compile(HASH)
# Not left to `fromisoformat`: Pythons differ about 24:00, and clients would about an entry.
_TIME = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z")
_RECIPIENT = {suite: re.compile(pattern) for suite, pattern in RECIPIENTS.items()}


def is_id(text: object) -> bool:
    """Whether this is an id: 80 bits in lower-case base32."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def is_hash(text: object) -> bool:
    """Whether this is `sha256:` and 64 hex digits."""
    return isinstance(text, str) and _HASH.fullmatch(text) is not None


def is_time(text: object) -> bool:
    """Whether this is a moment in whole seconds that a git commit can carry (1970 to 9999)."""
    if not isinstance(text, str) or _TIME.fullmatch(text) is None or text < "1970":
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_recipient(suite: str, line: str) -> bool:
    """Whether `line` looks like a recipient of `suite`."""
    return suite in _RECIPIENT and _RECIPIENT[suite].fullmatch(line) is not None
