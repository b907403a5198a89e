"""The secret of a keyholder: one age identity line, from which the signing key is derived.

`docs/format.md` has the derivation and its test vectors. The line is never printed by `repr`,
never logged, and stands in an identity file that stock `age` accepts as it is.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from skillvault import age
from skillvault.errors import RefusedError
from skillvault.vault import fingerprint, sshsig

DEFAULT_SUITE = "mlkem768x25519"
SUITES = (DEFAULT_SUITE, "x25519")
PREFIXES = {"AGE-SECRET-KEY-PQ-1": DEFAULT_SUITE, "AGE-SECRET-KEY-1": "x25519"}
FILE_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Identity:
    """One keyholder's keys. `line` is the whole secret."""

    line: str = field(repr=False)
    suite: str
    key: age.KeyIdentity = field(repr=False, compare=False)
    recipient: str = field(compare=False)
    signing_key: Ed25519PrivateKey = field(repr=False, compare=False)
    signing_line: str = field(compare=False)

    @property
    def fingerprint(self) -> fingerprint.Fingerprint:
        """What people compare."""
        return fingerprint.of_keyholder(self.recipient, self.signing_line)

    def cache_key(self, label: str) -> bytes:
        """32 bytes for one purpose of this client's own (`skillvault state v1`, ...)."""
        return _derive(self.key.secret, label)


@dataclass(frozen=True, slots=True)
class Signer:
    """Who writes: their keys, and their member id in a vault."""

    identity: Identity
    member: str


@dataclass(frozen=True, slots=True)
class VaultNote:
    """A `# vault` line of a backup sheet: what a restored machine pins."""

    vault: str
    seq: int
    head: str
    url: str


@dataclass(frozen=True, slots=True)
class IdentityFile:
    """What an identity file says: the identity, its holder's name, pins of a backup sheet."""

    identity: Identity
    name: str | None
    vaults: tuple[VaultNote, ...] = ()


def generate(suite: str = DEFAULT_SUITE) -> Identity:
    """A new identity. RefusedError for an unknown suite; AgeError without ML-KEM in OpenSSL."""
    match suite:
        case "mlkem768x25519":
            return parse(str(age.HybridIdentity.generate()))
        case "x25519":
            return parse(str(age.X25519Identity.generate()))
    raise RefusedError(suite, "no such suite", f"one of {', '.join(SUITES)}")


@functools.lru_cache(maxsize=64)
def parse(line: str, subject: str = "identity") -> Identity:
    """Read one identity line. RefusedError for anything else; the line is not repeated in it."""
    suite = next((s for prefix, s in PREFIXES.items() if line.startswith(prefix)), None)
    if suite is None:
        raise RefusedError(
            subject, "not an age identity", "it is one line, as `skillvault keygen` writes it"
        )
    try:
        key = age.parse_identity(line)
    except age.AgeError as error:
        raise RefusedError(subject, error.problem) from None
    seed = _derive(key.secret, f"skillvault ssh signing v1 {suite}")
    signing_key = Ed25519PrivateKey.from_private_bytes(seed)
    return Identity(
        line=line,
        suite=suite,
        key=key,
        recipient=str(key.recipient()),
        signing_key=signing_key,
        signing_line=sshsig.public_line(signing_key),
    )


def parse_file(data: bytes, subject: str) -> IdentityFile:
    """Read an identity file or a backup sheet: comments, and exactly one identity line."""
    if len(data) > FILE_LIMIT:
        raise RefusedError(subject, "too large for an identity file")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise RefusedError(subject, "not an identity file", "it is not text") from None
    lines = [line.strip() for line in text.splitlines()]
    keys = [line for line in lines if line and not line.startswith("#")]
    if len(keys) != 1:
        raise RefusedError(subject, f"{len(keys)} identities in it, not one")
    name = next((m[1] for line in lines if (m := re.fullmatch(r"# name: (.+)", line))), None)
    return IdentityFile(parse(keys[0], subject), name, tuple(_vault_notes(lines, subject)))


def format_file(identity: Identity, name: str, vaults: tuple[VaultNote, ...] = ()) -> bytes:
    """An identity file as `age-keygen` lays it out; with `vaults` a backup sheet."""
    lines = [f"# name: {name}", f"# public key: {identity.recipient}"]
    lines += [f"# vault {note.vault} {note.seq} {note.head} {note.url}" for note in vaults]
    return "".join(f"{line}\n" for line in [*lines, identity.line]).encode()


def _vault_notes(lines: list[str], subject: str) -> list[VaultNote]:
    notes = []
    for line in lines:
        if not line.startswith("# vault "):
            continue
        match = re.fullmatch(
            r"# vault (sha256:[0-9a-f]{64}) (\d{1,15}) (sha256:[0-9a-f]{64}) (\S+)", line
        )
        if match is None:
            raise RefusedError(subject, "a damaged `# vault` line", "type it again from the sheet")
        notes.append(VaultNote(match[1], int(match[2]), match[3], match[4]))
    return notes


def _derive(secret: bytes, info: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info.encode()).derive(secret)
