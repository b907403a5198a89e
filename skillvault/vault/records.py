"""The control files as records: strict, frozen, no field unknown, canonical bytes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Final, Literal, Self, cast

from skillvault.errors import RefusedError
from skillvault.vault import canonical
from skillvault.vault.fields import (
    HASH,
    ID,
    NONCE,
    RECIPIENT,
    SIGNING,
    TIME,
    FieldError,
    Kinds,
    check,
    ids,
    number,
    one_of,
    or_null,
)
from skillvault.vault.ids import sha256
from skillvault.vault.syntax import Role, Suite


class Record:
    """A control file. What is read is checked; what we make is checked by who reads it."""

    __slots__ = ()
    kinds: ClassVar[Kinds]

    @classmethod
    def parse(cls, data: bytes, subject: str) -> Self:
        """Read a file. RefusedError unless it is canonical and has these fields and no other.

        The same bytes give the same record, and are read once: a thousand skills that one group
        owns have one access file.
        """
        known = _KNOWN.get((cls, data))
        if known is None:
            known = cls._read(data, subject)
            if len(data) <= _SHORT:
                if len(_KNOWN) >= _MOST:
                    _KNOWN.clear()
                _KNOWN[cls, data] = known
        return cast("Self", known)

    @classmethod
    def _read(cls, data: bytes, subject: str) -> Self:
        fields = canonical.loads(data, subject)
        try:
            unknown = check(fields, cls.kinds)
        except FieldError as error:
            raise RefusedError(subject, str(error)) from None
        if unknown:
            raise RefusedError(subject, f"{min(unknown)[:60]}: no field of this record")
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()})

    def to_fields(self) -> dict[str, Any]:
        """The fields by name."""
        return {name: getattr(self, name) for name in self.kinds}

    def to_bytes(self) -> bytes:
        """The canonical line, with its newline."""
        return canonical.dumps(self.to_fields())

    @property
    def hash(self) -> str:
        """The SHA-256 of the line: what an entry's `changes` says."""
        return sha256(self.to_bytes())


_KNOWN: Final[dict[tuple[type[Record], bytes], Record]] = {}
_SHORT: Final = 4096
_MOST: Final = 64


@dataclass(frozen=True, slots=True)
class VaultRecord(Record):
    """`vault.json`."""

    kinds: ClassVar[Kinds] = {
        "format": number(1, 1),
        "nonce": NONCE,
        "suite": one_of("mlkem768x25519", "x25519"),
    }

    format: int
    nonce: str
    suite: Suite


@dataclass(frozen=True, slots=True)
class MemberRecord(Record):
    """`members/<id>.json`. `name` is the hash of the record behind it."""

    kinds: ClassVar[Kinds] = {
        "expires": or_null(TIME),
        "name": HASH,
        "recipient": RECIPIENT,
        "role": one_of("owner", "admin", "member", "machine"),
        "signing_key": SIGNING,
        "state": one_of("active", "removed"),
    }

    expires: str | None
    name: str
    recipient: str
    role: Role
    signing_key: str
    state: Literal["active", "removed"]


@dataclass(frozen=True, slots=True)
class GroupRecord(Record):
    """`groups/<id>/group.json`. `recipient` is None while the group is closed."""

    kinds: ClassVar[Kinds] = {
        "epoch": number(1, 10**15 - 1),
        "members": ids,
        "name": HASH,
        "recipient": or_null(RECIPIENT),
    }

    epoch: int
    members: tuple[str, ...]
    name: str
    recipient: str | None


@dataclass(frozen=True, slots=True)
class AccessRecord(Record):
    """`skills/<c>/<id>/access.json`: names of members or groups."""

    kinds: ClassVar[Kinds] = {"owner": ID, "readers": ids, "writers": ids}

    owner: str
    readers: tuple[str, ...]
    writers: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """As of every record; made once for many skills of one owner."""
        return _access_line(self)


@lru_cache(maxsize=64)
def _access_line(record: AccessRecord) -> bytes:
    return canonical.dumps(record.to_fields())
