"""One entry of the line, and the paths that it may name.

An entry is the JSON line in a commit's message: what changed, by whom, after what.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

from skillvault.errors import RefusedError, VerificationError
from skillvault.vault import canonical
from skillvault.vault.ids import sha256
from skillvault.vault.syntax import ID, is_hash, is_id, is_time

ENTRY_LIMIT: Final = 8 * 1024 * 1024

Kind = Literal[
    "vault",
    "recovery",
    "member",
    "name",
    "group",
    "slot",
    "previous",
    "access",
    "skill",
    "evidence",
]
CONTROL: Final[frozenset[Kind]] = frozenset({"vault", "member", "group", "access"})

_KIB: Final = 1024
_STANZA: Final = 1600
_LIMITS: Final[Mapping[Kind, int]] = {
    "vault": 4 * _KIB,
    "recovery": 64 * _KIB,
    "member": 4 * _KIB,
    "name": 8 * _KIB,
    "group": 256 * _KIB,
    "slot": 4 * _KIB,
    "previous": 64 * _KIB,
    "access": 64 * _KIB,
    # 64 MiB that do not compress, their tar headers, Padmé and the payload's tags.
    "skill": 72 * _KIB * _KIB,
    "evidence": 64 * _KIB,
}

_FIXED: Final[Mapping[str, Kind]] = {"vault.json": "vault", "RECOVERY.md": "recovery"}
_EPOCH: Final = "[1-9][0-9]{0,14}"
_PATH: Final = re.compile(
    rf"""
      members/(?P<member>{ID})\.json
    | names/(?P<name>{ID})\.age
    | groups/(?P<group>{ID})/(?:group\.json
        | (?P<epoch>{_EPOCH})/(?:previous|(?P<slot>{ID}))\.age)
    | skills/(?P<c>[a-z2-7])/(?P<skill>(?P=c)[a-z2-7]{{15}})/(?:
          (?P<what>access\.json | skill\.age)
        | evidence/(?P<evidence>{ID})\.age)
    """,
    re.VERBOSE,
)


class PathInfo(NamedTuple):
    """What a path stands for.

    `id` is the member's, group's or skill's, or empty; `epoch` is 0 but for slots and
    `previous.age`; `part` is the member of a slot or the id of an evidence file, or empty.
    """

    kind: Kind
    id: str = ""
    epoch: int = 0
    part: str = ""


def classify(path: str) -> PathInfo:
    """What `path` stands for in format 1. VerificationError for every other path."""
    match = _PATH.fullmatch(path)
    if match is None:
        if (kind := _FIXED.get(path)) is not None:
            return PathInfo(kind)
        raise VerificationError(path[:100], "not a path of format 1")
    member, name, group, epoch, slot, _, skill, what, evidence = match.groups()
    if skill:
        if evidence:
            return PathInfo("evidence", skill, part=evidence)
        return PathInfo("skill" if what == "skill.age" else "access", skill)
    if group:
        if not epoch:
            return PathInfo("group", group)
        return PathInfo("slot" if slot else "previous", group, int(epoch), slot or "")
    return PathInfo("member", member) if member else PathInfo("name", name)


def size_limit(kind: Kind, recipients: int = 1) -> int:
    """The most bytes that a file of `kind` may have; a sealed one with that many recipients."""
    sealed = kind not in CONTROL and kind != "recovery"
    return _LIMITS[kind] + (_STANZA * recipients if sealed else 0)


@dataclass(frozen=True)
class Entry:
    """One change of the vault. `changes`: path to the hash of its new bytes, or None if removed.

    `content`: skill id to the hash of the manifest of its new version. `previous`: hash of the
    entry before, None for the first. Fields are checked by `parse_entry`, not here.
    """

    changes: Mapping[str, str | None]
    content: Mapping[str, str]
    member: str
    previous: str | None
    seq: int
    time: str

    def to_bytes(self) -> bytes:
        """The canonical line, with its newline."""
        return self._line

    @cached_property
    def _line(self) -> bytes:
        return canonical.dumps(
            {
                "changes": dict(self.changes),
                "content": dict(self.content),
                "member": self.member,
                "previous": self.previous,
                "seq": self.seq,
                "time": self.time,
            }
        )

    @cached_property
    def hash(self) -> str:
        """The SHA-256 of the line: what the next entry calls `previous`."""
        return sha256(self._line)


def parse_entry(data: bytes) -> Entry:
    """Read an entry's line. VerificationError unless it is canonical and says what it must.

    Paths are not judged here: `classify` does, for everybody who uses one.
    """
    subject = "entry"
    try:
        fields = canonical.loads(data, subject)
    except RefusedError as error:
        raise VerificationError(subject, error.problem) from None
    problem = _problem(fields)
    if problem is not None:
        seq = fields.get("seq")
        raise VerificationError(f"{subject} {seq}" if isinstance(seq, int) else subject, problem)
    entry = Entry(**fields)
    # The line is known already: it equals its own re-encoding.
    vars(entry)["_line"] = data
    return entry


def _problem(fields: dict[str, Any]) -> str | None:
    """What is wrong with the fields of an entry, or None."""
    if fields.keys() != {"changes", "content", "member", "previous", "seq", "time"}:
        return "it has other fields than an entry"
    changes, content, seq = fields["changes"], fields["content"], fields["seq"]
    if not isinstance(changes, dict) or not isinstance(content, dict):
        return "its changes or content are no object"
    if not all(value is None or is_hash(value) for value in changes.values()):
        return "a change that is neither a hash nor null"
    if not all(is_id(skill) and is_hash(value) for skill, value in content.items()):
        return "content that is not of a skill, or no hash"
    if not is_id(fields["member"]):
        return "its member is no id"
    if type(seq) is not int or seq < 0:
        return "its seq is no number"
    if not (fields["previous"] is None or is_hash(fields["previous"])):
        return "its previous is no hash"
    if not is_time(fields["time"]):
        return "its time is not one in whole seconds, UTC, since 1970"
    return None
