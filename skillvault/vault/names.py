"""Name records: who hides behind a pseudonym, known to members alone."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from skillvault.errors import RefusedError
from skillvault.vault import canonical, card
from skillvault.vault.card import Card
from skillvault.vault.ids import new_salt, sha256

EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class NameRecord:
    """The canonical line of a record. Its hash stands in the control file."""

    line: bytes

    @property
    def hash(self) -> str:
        """What `name` in a control file says."""
        return sha256(self.line)


def person_record(holder: Card) -> NameRecord:
    """The record of a member: name and card signature; the keys stand in `members/`."""
    signature = base64.b64encode(holder.signature).decode()
    return NameRecord(
        canonical.dumps({"name": holder.name, "salt": new_salt(), "signature": signature})
    )


def group_record(group: str, name: str) -> NameRecord:
    """The record of a group."""
    return NameRecord(canonical.dumps({"group": group, "name": name, "salt": new_salt()}))


def read_person(line: bytes, recipient: str, signing_key: str, suite: str, subject: str) -> Card:
    """Rebuild and check the card of a member from their record and their keys.

    RefusedError where the record is malformed or its signature does not hold for these keys.
    """
    fields = canonical.loads(line, subject)
    name, signature = fields.get("name"), fields.get("signature")
    if not isinstance(name, str) or not isinstance(signature, str):
        raise RefusedError(subject, "not the name record of a person")
    try:
        blob = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        raise RefusedError(subject, "its card signature is damaged") from None
    return card.rebuild(
        name=name,
        recipient=recipient,
        signing_key=signing_key,
        suite=suite,
        signature=blob,
        subject=subject,
    )


def read_group(line: bytes, group: str, everyone: str, subject: str) -> str:
    """The name of a group. RefusedError unless the record is this group's.

    `everyone` is the id of the one group that is called so.
    """
    fields = canonical.loads(line, subject)
    name = fields.get("name")
    if fields.get("group") != group or not isinstance(name, str):
        raise RefusedError(subject, "not the name record of this group")
    if (name == EVERYONE) is not (group == everyone):
        raise RefusedError(subject, "only the group of all members is called `everyone`")
    return name if name == EVERYONE else card.read_name(name, subject)
