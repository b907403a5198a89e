"""An entry taken apart: every path classified, every control file read, nothing judged yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from skillvault.errors import RefusedError, VerificationError
from skillvault.vault.entry import CONTROL, Entry, PathInfo, classify
from skillvault.vault.ids import sha256
from skillvault.vault.records import AccessRecord, GroupRecord, MemberRecord
from skillvault.vault.recovery import RECOVERY_SHA256
from skillvault.vault.state import Member, State

# The actor of the first entry, whom no state knows yet.
NOBODY = Member(None, "", "", "member", "", "removed")


@dataclass(slots=True)
class Change:
    """What one entry does, on which state, by whom (`actor`: their record before the entry).

    By id: the new record or the hash of the new file, None where it is removed. `slots` by group,
    then (epoch, member); `previous` by group, then epoch; `evidence` by skill, then evidence id.
    """

    before: State
    entry: Entry
    actor: Member = NOBODY
    vault: bytes | None = None
    members: dict[str, MemberRecord] = field(default_factory=dict)
    groups: dict[str, GroupRecord | None] = field(default_factory=dict)
    access: dict[str, AccessRecord | None] = field(default_factory=dict)
    names: dict[str, str | None] = field(default_factory=dict)
    slots: dict[str, dict[tuple[int, str], str]] = field(default_factory=dict)
    previous: dict[str, dict[int, str]] = field(default_factory=dict)
    sealed: dict[str, str | None] = field(default_factory=dict)
    evidence: dict[str, dict[str, str | None]] = field(default_factory=dict)

    @property
    def member(self) -> str:
        """The id of who made the entry."""
        return self.entry.member

    @property
    def removed(self) -> list[str]:
        """The members that this entry removes."""
        was = self.before.members
        return [
            key
            for key, record in self.members.items()
            if record.state == "removed" and key in was and was[key].is_active
        ]

    def fault(self, problem: str, path: str = "") -> VerificationError:
        """The error to raise: it names the entry, the path where one is at fault, the reason."""
        return fault(self.entry, problem, path)


def fault(entry: Entry, problem: str, path: str = "") -> VerificationError:
    """A VerificationError about `entry`, and about `path` in it if there is one."""
    where = f"entry {entry.seq}"
    return VerificationError(f"{where}: {path}" if path else where, problem)


def take_apart(state: State, entry: Entry, control: Mapping[str, bytes | None]) -> Change:
    """Sort the paths of `entry` by what they are, and read its control files.

    VerificationError for an unknown path, a change that changes nothing, a removal of what is not
    there or of what stays for ever, and control bytes that are not what `changes` says.
    """
    change = Change(state, entry, state.members.get(entry.member, NOBODY))
    expected = 0
    for path, digest in entry.changes.items():
        try:
            info = classify(path)
        except VerificationError as error:
            raise change.fault(error.problem, error.subject) from None
        old = state.files.get(path)
        if digest == old:
            problem = "removed, but not there" if digest is None else "listed, but unchanged"
            raise change.fault(problem, path)
        if info.kind in CONTROL:
            expected += 1
            _sort_control(change, info, path, _control_bytes(change, control, path, digest))
        else:
            _sort_sealed(change, info, path, digest)
    if len(control) != expected:
        raise change.fault("control bytes of a path that it does not change")
    return change


def _control_bytes(
    change: Change, control: Mapping[str, bytes | None], path: str, digest: str | None
) -> bytes | None:
    if path not in control:
        raise change.fault("a control file whose bytes are missing", path)
    data = control[path]
    if (None if data is None else sha256(data)) != digest:
        raise change.fault("its bytes are not those that the entry names", path)
    return data


def _sort_control(change: Change, info: PathInfo, path: str, data: bytes | None) -> None:
    try:
        if info.kind == "group":
            change.groups[info.id] = None if data is None else GroupRecord.parse(data, path)
        elif info.kind == "access":
            change.access[info.id] = None if data is None else AccessRecord.parse(data, path)
        elif data is None:
            raise change.fault("removed, but it stays for ever", path)
        elif info.kind == "member":
            change.members[info.id] = MemberRecord.parse(data, path)
        else:
            change.vault = data
    except RefusedError as error:
        raise change.fault(error.problem, path) from None


def _sort_sealed(change: Change, info: PathInfo, path: str, digest: str | None) -> None:
    if info.kind == "name":
        change.names[info.id] = digest
    elif info.kind == "skill":
        change.sealed[info.id] = digest
    elif info.kind == "evidence":
        change.evidence.setdefault(info.id, {})[info.part] = digest
    elif digest is None:
        raise change.fault("removed, but it stays for ever", path)
    elif info.kind == "slot":
        change.slots.setdefault(info.id, {})[info.epoch, info.part] = digest
    elif info.kind == "previous":
        change.previous.setdefault(info.id, {})[info.epoch] = digest
    elif digest != RECOVERY_SHA256:
        raise change.fault("its bytes are not those of format 1", path)
