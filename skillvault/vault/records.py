"""The control files as records: strict, frozen, no field unknown, canonical bytes."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skillvault.errors import RefusedError
from skillvault.vault import canonical
from skillvault.vault.fields import Hash, Id, Ids, Nonce, Recipient, SigningKey, Time
from skillvault.vault.ids import sha256
from skillvault.vault.syntax import Role, Suite


class Record(BaseModel):
    """A control file."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    @classmethod
    def parse(cls, data: bytes, subject: str) -> Self:
        """Read a file. RefusedError unless it is canonical and has these fields and no other."""
        canonical.loads(data, subject)
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "record"
            raise RefusedError(subject, f"{where}: {first['msg']}".lower()) from None

    def to_bytes(self) -> bytes:
        """The canonical line, with its newline."""
        return canonical.dumps(self.model_dump(mode="json"))

    @property
    def hash(self) -> str:
        """The SHA-256 of the line: what an entry's `changes` says."""
        return sha256(self.to_bytes())


class VaultRecord(Record):
    """`vault.json`."""

    # Not Literal[1]: that takes `true` for 1.
    format: Annotated[int, Field(ge=1, le=1)]
    nonce: Nonce
    suite: Suite


class MemberRecord(Record):
    """`members/<id>.json`. `name` is the hash of the record behind it."""

    expires: Time | None
    name: Hash
    recipient: Recipient
    role: Role
    signing_key: SigningKey
    state: Literal["active", "removed"]


class GroupRecord(Record):
    """`groups/<id>/group.json`. `recipient` is None while the group is closed."""

    epoch: Annotated[int, Field(ge=1, lt=10**15)]
    members: Annotated[Ids, Field(min_length=1)]
    name: Hash
    recipient: Recipient | None


class AccessRecord(Record):
    """`skills/<c>/<id>/access.json`: names of members or groups."""

    owner: Id
    readers: Annotated[Ids, Field(min_length=1)]
    writers: Annotated[Ids, Field(min_length=1)]
