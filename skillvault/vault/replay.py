"""Unpushed entries, made again on top of what others did meanwhile.

An entry is replayed as what it did, read from the states before and after it: members admitted,
skills added, versions written, names that came to or went from an access file. What follows from
that (slots, sealing to today's recipients, the members of `everyone`) is derived anew. Nothing here
moves a ref: the caller does, once, when all of it is built.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from skillvault.errors import ConflictError
from skillvault.vault import operations
from skillvault.vault.bundle import Bundle
from skillvault.vault.card import Card
from skillvault.vault.draft import Draft
from skillvault.vault.reader import Reader
from skillvault.vault.records import AccessRecord
from skillvault.vault.sealed import DOES_NOT_OPEN
from skillvault.vault.state import State
from skillvault.vault.syntax import Role


@dataclass(frozen=True, slots=True)
class Admission:
    """A member whom the entry admitted."""

    card: Card
    role: Role
    expires: str | None


@dataclass(frozen=True, slots=True)
class AccessChange:
    """Names that an entry added to or struck from an access file."""

    readers: frozenset[str]
    writers: frozenset[str]
    gone: frozenset[str]
    not_writing: frozenset[str]


@dataclass(slots=True)
class Deed:
    """What one entry did. `added`: bundle and access file of each new skill.

    `removed`: skills that are gone, with the content that was current then.
    """

    seq: int
    admitted: dict[str, Admission] = field(default_factory=dict)
    added: dict[str, tuple[Bundle, AccessRecord]] = field(default_factory=dict)
    written: dict[str, Bundle] = field(default_factory=dict)
    access: dict[str, AccessChange] = field(default_factory=dict)
    removed: dict[str, str] = field(default_factory=dict)


def deed(before: State, after: State, reader: Reader) -> Deed:
    """Read from two states what the entry between them did; `reader` reads the later one.

    ConflictError for a kind of change that this client cannot make again.
    """
    found = Deed(after.seq)
    for member, record in after.members.items():
        known = before.members.get(member)
        if known is None:
            found.admitted[member] = Admission(reader.card(member), record.role, record.expires)
        elif known != record:
            raise _cannot(after.seq, "a change of a member")
    for group, group_now in after.groups.items():
        if group != after.everyone and before.groups.get(group) != group_now:
            raise _cannot(after.seq, "a change of a group")
    if before.groups.keys() - after.groups.keys():
        raise _cannot(after.seq, "the deletion of a group")
    for skill in before.skills.keys() - after.skills.keys():
        found.removed[skill] = before.skills[skill].content
    for skill, now in after.skills.items():
        old = before.skills.get(skill)
        if old is now:
            continue
        nobody: frozenset[str] = frozenset()
        old_readers = frozenset(old.readers) if old else nobody
        old_writers = frozenset(old.writers) if old else nobody
        readers, writers = frozenset(now.readers), frozenset(now.writers)
        change = AccessChange(
            readers=readers - old_readers,
            writers=writers - old_writers,
            gone=old_readers - readers,
            not_writing=old_writers - writers,
        )
        if old is None:
            opened = reader.open_version(skill, len(now.versions))
            access = operations.access_record(Draft(), after, skill)
            found.added[skill] = (opened.bundle, access)
            continue
        if old.owner != now.owner:
            raise _cannot(after.seq, "another owner")
        if any((change.readers, change.writers, change.gone, change.not_writing)):
            found.access[skill] = change
        if len(now.versions) > len(old.versions):
            found.written[skill] = reader.open_version(skill, len(now.versions)).bundle
    return found


@dataclass(slots=True)
class Renamed:
    """Ids that mean another member now: somebody admitted the same card meanwhile.

    `kept` tells, a line each, which skills were not removed after all, and why.
    """

    ids: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)

    def of(self, names: frozenset[str]) -> frozenset[str]:
        """The names as they are called now."""
        return frozenset(self.ids.get(name, name) for name in names)


def redo(made: Deed, reader: Reader, renamed: Renamed) -> Draft:
    """The draft that does the same on the state that `reader` reads; empty if nothing is left.

    ConflictError (6) where both sides wrote the same skill, or it is gone.
    """
    draft, state = Draft(), reader.state
    for member, admission in made.admitted.items():
        known = _holder(state, admission.card)
        if known is not None:
            renamed.ids[member] = known
        else:
            _check_name(reader, admission.card)
            operations.admit(
                draft, reader, admission.card, admission.role, admission.expires, member=member
            )
    present = _present(draft, state)
    for skill, (bundle, access) in made.added.items():
        kept = replace(
            access,
            readers=tuple(sorted(renamed.of(frozenset(access.readers)) & present)),
            writers=tuple(sorted(renamed.of(frozenset(access.writers)) & present)),
        )
        operations.put_new(draft, state, skill, bundle, kept)
    for skill, change in made.access.items():
        if skill not in state.skills:
            raise _gone(skill, made.seq)
        operations.change_access(
            draft,
            reader,
            skill,
            add_readers=renamed.of(change.readers) & present,
            add_writers=renamed.of(change.writers) & present,
            strike=renamed.of(change.gone),
            strike_writers=renamed.of(change.not_writing),
        )
    for skill, bundle in made.written.items():
        record = state.skills.get(skill)
        if record is None:
            raise _gone(skill, made.seq)
        if record.content != bundle.manifest.parent:
            if _is_same(reader, skill, bundle):
                continue
            author = reader.name(record.versions[-1].author)
            name = bundle.manifest.name
            raise ConflictError(
                name,
                f"you and {author} both wrote a version after @{bundle.manifest.version - 1}",
                f"yours and theirs stay as they are: `skillvault status`, then get {name}",
            )
        operations.put_bundle(draft, state, skill, bundle)
    for skill, content in made.removed.items():
        if skill not in state.skills:
            continue
        if state.skills[skill].content == content:
            operations.remove_skill(draft, state, skill)
        else:
            renamed.kept.append(_kept(reader, skill))
    return draft


def check_own(seqs: Mapping[int, str], me: str) -> None:
    """ConflictError unless every unpushed entry (number to member) is mine."""
    for seq, member in seqs.items():
        if member != me:
            problem = "an unpushed entry of another identity: it is not sent"
            raise ConflictError(f"entry {seq}", problem, "sync with the identity that wrote it")


def _is_same(reader: Reader, skill: str, bundle: Bundle) -> bool:
    """Whether the newest version there holds just what ours does: then ours changes nothing."""
    newest = len(reader.state.skills[skill].versions)
    if not reader.can_open_version(skill, newest):
        return False
    theirs = reader.open_version(skill, newest).bundle.manifest
    return (theirs.name, theirs.files) == (bundle.manifest.name, bundle.manifest.files)


def _kept(reader: Reader, skill: str) -> str:
    """Why a skill that somebody wrote meanwhile stays: an edit is never lost to a removal."""
    versions = reader.state.skills[skill].versions
    name = f"~{skill}"
    with contextlib.suppress(*DOES_NOT_OPEN):
        name = reader.open_newest(skill).bundle.manifest.name
    author = reader.name(versions[-1].author)
    return (
        f"{name}: not removed, because {author} wrote @{len(versions)} meanwhile; "
        "read it, and remove it again if you still mean it"
    )


def _check_name(reader: Reader, card: Card) -> None:
    """ConflictError if an active member or a group got this name meanwhile: no second one."""
    state = reader.state
    taken = [*(i for i, m in state.members.items() if m.is_active), *state.groups]
    if any(_fold(reader.name(i)) == _fold(card.name) for i in taken):
        problem = "somebody of this name was admitted meanwhile"
        raise ConflictError(card.name, problem, "they make a card under another name")


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _holder(state: State, card: Card) -> str | None:
    return next((i for i, m in state.members.items() if m.recipient == card.recipient), None)


def _present(draft: Draft, state: State) -> frozenset[str]:
    """Everybody whom an access file may name: active members, also new ones, and groups."""
    active = {i for i, m in state.members.items() if m.is_active}
    new = {p.split("/")[1].removesuffix(".json") for p in draft.files if p.startswith("members/")}
    return frozenset(active | new | set(state.groups))


def _gone(skill: str, seq: int) -> ConflictError:
    problem = f"entry {seq} changes it, and it was removed meanwhile"
    return ConflictError(f"~{skill}", problem, "your version stays here: `skillvault get` it")


def _cannot(seq: int, what: str) -> ConflictError:
    problem = f"{what}, which cannot be made again on a newer history"
    return ConflictError(f"entry {seq}", problem, "push it before others do, or undo it")
