"""One entry as a git commit: built and signed, and taken apart again by rebuilding it.

There is exactly one commit for a tree, a parent, an entry and a signature. So whatever differs from
it in a byte (an extra header, a re-wrapped armor, another author) is refused.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skillvault.errors import VerificationError
from skillvault.vault import sshsig
from skillvault.vault.entry import ENTRY_LIMIT, Entry, parse_entry

NAMESPACE: Final = "git"
COMMIT_LIMIT: Final = ENTRY_LIMIT + 4096

_SUBJECT: Final = b"\n\nskillvault\n\n"
_SIGNATURE: Final = b"\ngpgsig "


class CommitParts(NamedTuple):
    """What a commit says: its tree's id, its entry, and a signature that nobody has checked yet.

    `payload` are the bytes that the signature is of, with namespace `git`.
    """

    tree: str
    entry: Entry
    signature: bytes
    payload: bytes


def build_commit(tree: str, parent: str | None, entry: Entry, key: Ed25519PrivateKey) -> bytes:
    """The content of the commit object for `entry`, signed with its member's key."""
    headers = _headers(tree, parent, entry)
    message = _SUBJECT + entry.to_bytes()
    return headers + _header_of(sshsig.sign(key, headers + message, NAMESPACE)) + message


def check_commit(raw: bytes, parent: str | None) -> CommitParts:
    """Take a commit object apart; VerificationError unless `build_commit` could have written it.

    `parent` is the id of the one commit that it must follow. The signature is not verified.
    """
    top, found, line = raw.partition(_SUBJECT)
    headers, signed, armored = top.partition(_SIGNATURE)
    if not found:
        raise VerificationError("commit", "its message is not an entry's")
    if not signed:
        raise VerificationError("commit", "it is not signed")
    entry = parse_entry(line)
    subject = f"entry {entry.seq}"
    tree = headers[5:45].decode("ascii", "replace")
    if _headers(tree, parent, entry) != headers or not _is_oid(tree):
        raise VerificationError(subject, _difference(headers, parent))
    blob = sshsig.dearmor(armored.replace(b"\n ", b"\n") + b"\n")
    if _header_of(blob) != signed + armored:
        raise VerificationError(subject, "its signature is not wrapped as git does it")
    return CommitParts(tree, entry, blob, headers + _SUBJECT + line)


def entry_line(raw: bytes) -> bytes:
    """The entry's line in the commit of a verified entry, with its newline."""
    return raw.partition(_SUBJECT)[2]


def _headers(tree: str, parent: str | None, entry: Entry) -> bytes:
    """The headers before the signature, without the last newline."""
    seconds = int(datetime.fromisoformat(entry.time).timestamp())
    person = f"{entry.member} <{entry.member}@vault> {seconds} +0000"
    follows = f"parent {parent}\n" if parent is not None else ""
    return f"tree {tree}\n{follows}author {person}\ncommitter {person}".encode()


def _header_of(signature: bytes) -> bytes:
    """The `gpgsig` header with the newline before it, and not the one after it."""
    return _SIGNATURE + sshsig.armor(signature)[:-1].replace(b"\n", b"\n ")


def _is_oid(text: str) -> bool:
    return len(text) == 40 and not text.strip("0123456789abcdef")  # noqa: PLR2004 - SHA-1 in hex


def _difference(headers: bytes, parent: str | None) -> str:
    """Say what in the headers is not as it must be."""
    parents = [line[7:] for line in headers.split(b"\n") if line.startswith(b"parent ")]
    if len(parents) > 1:
        return "it joins two lines: a vault's history is one straight line"
    if parents != ([parent.encode()] if parent is not None else []):
        return "it does not follow the entry before it"
    return "its commit has other headers than its entry says"
