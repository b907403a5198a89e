"""Stanzas, and the seam between the file format and the kinds of recipient."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from skillvault.age.errors import AgeError
from skillvault.age.primitives import WRAPPED_SIZE, decode64


class Stanza(NamedTuple):
    """One recipient's entry in a header: type and arguments (printable ASCII), and a body."""

    type: str
    args: tuple[str, ...]
    body: bytes


class Recipient(Protocol):
    """Whom a file can be sealed to.

    `suite` names the strength: one file has recipients of one suite, so that a classical stanza
    never undoes a post-quantum one.
    """

    @property
    def suite(self) -> str:
        """`mlkem768x25519`, `x25519` or `scrypt`."""

    def wrap(self, file_key: bytes) -> Stanza:
        """Seal the 16 bytes of a file key into a stanza, differently at each call."""


class Identity(Protocol):
    """What can open a file."""

    @property
    def suite(self) -> str:
        """`mlkem768x25519`, `x25519` or `scrypt`."""

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key, or None where the stanza is of another type or for somebody else.

        AgeError of kind header where it is of this type and malformed.
        """


def argument(stanza: Stanza, size: int, what: str) -> bytes:
    """The stanza's only argument, decoded, if it has `size` bytes and the body wraps a file key.

    The body's size is checked before anything is decrypted: age's file keys have 16 bytes, and a
    longer one could be made to open under two keys. AgeError of kind header otherwise.
    """
    if len(stanza.args) != 1:
        raise AgeError("header", f"a {stanza.type} stanza has not exactly one argument")
    value = decode_argument(stanza.args[0], size, f"{what} of a {stanza.type} stanza")
    check_body(stanza)
    return value


def decode_argument(text: str, size: int, what: str) -> bytes:
    """Canonical base64 of exactly `size` bytes, or AgeError of kind header."""
    try:
        value = decode64(text.encode("ascii"))
    except ValueError:
        raise AgeError("header", f"the {what} is not canonical base64") from None
    if len(value) != size:
        raise AgeError("header", f"the {what} has {len(value)} bytes, not {size}")
    return value


def check_body(stanza: Stanza) -> None:
    """AgeError of kind header unless the body has the size of a wrapped file key."""
    if len(stanza.body) != WRAPPED_SIZE:
        raise AgeError("header", f"the body of a {stanza.type} stanza has the wrong size")
