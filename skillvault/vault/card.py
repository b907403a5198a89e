"""The public half of a keyholder: name, age recipient, signing key, signed by themselves."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from dataclasses import dataclass

from skillvault import age
from skillvault.errors import RefusedError, VerificationError
from skillvault.vault import canonical, fingerprint, sshsig
from skillvault.vault.identity import SUITES, Identity

NAMESPACE = "skillvault-card"
BEGIN = "-----BEGIN SKILLVAULT CARD-----"
END = "-----END SKILLVAULT CARD-----"
TEXT_LIMIT = 64 * 1024
LONGEST = 64
RESERVED = frozenset({"everyone"})
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Card:
    """A checked card. `signature` is the raw SSHSIG over `payload`."""

    name: str
    recipient: str
    signing_key: str
    suite: str
    signature: bytes

    @property
    def payload(self) -> bytes:
        """The signed line."""
        return _payload(self.name, self.recipient, self.signing_key, self.suite)

    @property
    def fingerprint(self) -> fingerprint.Fingerprint:
        """What people compare: of the keys, not of the name."""
        return fingerprint.of_keyholder(self.recipient, self.signing_key)

    def to_text(self) -> str:
        """The armored block, as it goes by mail or chat."""
        body = base64.b64encode(self.payload + self.signature).decode()
        lines = [body[i : i + 64] for i in range(0, len(body), 64)]
        return "\n".join([BEGIN, *lines, END, ""])


def make(identity: Identity, name: str) -> Card:
    """Sign a card for `name`. RefusedError for a name that the format does not hold."""
    name = check_name(name)
    payload = _payload(name, identity.recipient, identity.signing_line, identity.suite)
    signature = sshsig.sign(identity.signing_key, payload, NAMESPACE)
    return Card(name, identity.recipient, identity.signing_line, identity.suite, signature)


def parse(text: str | bytes, subject: str = "card") -> Card:
    """Read the one card in `text`; mail quoting, CRLF and text around it are accepted.

    RefusedError with the reason for anything else: a changed byte, a second card, a wrong suite.
    """
    body = _unarmor(text, subject)
    line, newline, signature = body.partition(b"\n")
    fields = canonical.loads(line + newline, subject)
    expected = {"card", "name", "recipient", "signing_key", "suite"}
    if set(fields) != expected or fields["card"] != 1:
        raise RefusedError(subject, "not a card of version 1", "update skillvault")
    texts = {key: fields[key] for key in ("name", "recipient", "signing_key", "suite")}
    if not all(isinstance(value, str) for value in texts.values()):
        raise RefusedError(subject, "a field that is not text")
    return rebuild(**texts, signature=signature, subject=subject)


def rebuild(
    *, name: str, recipient: str, signing_key: str, suite: str, signature: bytes, subject: str
) -> Card:
    """Check every part of a card, its signature too. RefusedError with the reason."""
    if suite not in SUITES:
        raise RefusedError(subject, f"an unknown suite: {suite[:40]!r}", "update skillvault")
    read_name(name, subject)
    key = age.parse_recipient(recipient)
    expected = age.HybridRecipient if suite == "mlkem768x25519" else age.X25519Recipient
    if not isinstance(key, expected) or str(key) != recipient:
        raise RefusedError(subject, f"its recipient is not of the suite {suite}")
    card = Card(name, recipient, signing_key, suite, signature)
    try:
        sshsig.verify(signing_key, card.payload, signature, NAMESPACE)
    except VerificationError as error:
        hint = "ask for it again, by another way"
        raise RefusedError(subject, f"its signature does not hold: {error.problem}", hint) from None
    return card


def check_name(name: str, subject: str = "name") -> str:
    """The name in NFC, for writing. RefusedError unless it is 1-64 characters that a WHO can say.

    Characters that this Python does not know are refused here and not in `read_name`: another
    client may know them.
    """
    name = unicodedata.normalize("NFC", name)
    if any(unicodedata.category(c) == "Cn" for c in name):
        raise RefusedError(subject, "a name has no unassigned characters", "--name NAME")
    return read_name(name, subject)


def read_name(name: str, subject: str = "name") -> str:
    """A name of a person or group out of a record. RefusedError unless the format holds it."""
    problem = None
    if unicodedata.normalize("NFC", name) != name:
        problem = "a name is in the composed form (NFC)"
    elif not 1 <= len(name) <= LONGEST:
        problem = "a name has 1 to 64 characters"
    elif any(unicodedata.category(c) in HIDDEN for c in name):
        problem = "a name has no control or hidden characters"
    elif name != name.strip():
        problem = "a name neither begins nor ends with a space"
    elif any(c in name for c in "/@~"):
        problem = "a name has none of / @ ~"
    elif name.startswith("-") or name.casefold().endswith(".card"):
        problem = "a name does not begin with - nor end with .card"
    elif name.casefold() in RESERVED:
        problem = f"the name {name} is reserved"
    if problem:
        raise RefusedError(subject, problem, "--name NAME")
    return name


def _payload(name: str, recipient: str, signing_key: str, suite: str) -> bytes:
    return canonical.dumps(
        {
            "card": 1,
            "name": name,
            "recipient": recipient,
            "signing_key": signing_key,
            "suite": suite,
        }
    )


def _unarmor(text: str | bytes, subject: str) -> bytes:
    if len(text) > TEXT_LIMIT:
        raise RefusedError(subject, "too large for a card")
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    lines = [re.sub(r"^[>|\s]+", "", line).rstrip() for line in text.splitlines()]
    begins = [i for i, line in enumerate(lines) if line == BEGIN]
    ends = [i for i, line in enumerate(lines) if line == END]
    if not begins:
        raise RefusedError(subject, "no card in it", f"a card begins with {BEGIN}")
    if len(begins) > 1 or len(ends) > 1:
        raise RefusedError(subject, "more than one card in it", "one card at a time")
    if not ends or ends[0] < begins[0]:
        raise RefusedError(subject, "the card is cut off", "it ends with " + END)
    body = "".join(line for line in lines[begins[0] + 1 : ends[0]] if line)
    try:
        data = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise RefusedError(subject, "the card is damaged", "ask for it again") from None
    if base64.b64encode(data).decode() != body:
        raise RefusedError(subject, "the card is damaged", "ask for it again")
    return data
