"""A verified line, walked once more from its first entry: what each entry did, when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from skillvault.errors import VerificationError
from skillvault.vault import git
from skillvault.vault.client import MAIN, Vault
from skillvault.vault.commits import check_commit
from skillvault.vault.entry import CONTROL, Entry, classify, size_limit
from skillvault.vault.git import CatFile
from skillvault.vault.ids import format_time, sha256
from skillvault.vault.records import AccessRecord
from skillvault.vault.rules import apply
from skillvault.vault.state import EMPTY, Skill, State
from skillvault.vault.steps import batches, commits, prepare, read_control
from skillvault.vault.verified import Verified

_LARGEST: Final = max(map(size_limit, CONTROL))


class Moment(NamedTuple):
    """One entry, the commit that holds it, and the vault before and after it."""

    commit: str
    entry: Entry
    before: State
    after: State


def moments(vault: Vault, state: State = EMPTY, commit: str | None = None) -> Iterator[Moment]:
    """Every entry of the local line, oldest first; those behind `commit`, where `state` stood.

    VerificationError if they do not follow, or do not lead to the head that was verified.
    """
    for moment in walk(vault.path, vault.local.commit or "", state, commit, vault.local):
        yield moment
        state = moment.after
    if state.head != vault.state.head:
        raise VerificationError(vault.name, "its repository leads elsewhere than it did")


def times(vault: Vault) -> list[str]:
    """The time that each entry of the local line claims, by its number; nothing is walked.

    A verified commit has its entry's time as its author's.
    """
    words = ["log", "--reverse", "--format=%at", "--end-of-options", vault.local.commit or MAIN]
    return [format_time(int(line)) for line in git.run(vault.path, words).split()]


def admitted(vault: Vault) -> dict[str, str]:
    """When each member's record was first written, by id; as `times`, nothing is walked."""
    words = ["log", "--reverse", "--format=%at", "--diff-filter=A", "--no-renames", "--name-only"]
    words += ["--end-of-options", vault.local.commit or MAIN, "--", "members"]
    found: dict[str, str] = {}
    time = ""
    for line in git.run(vault.path, words).decode().split("\n"):
        name = line.removeprefix("members/").removesuffix(".json")
        if line.isdigit():
            time = format_time(int(line))
        elif line != name:
            found.setdefault(name, time)
    return found


def walk(
    repo: Path,
    tip: str,
    state: State = EMPTY,
    parent: str | None = None,
    known: Verified | None = None,
) -> Iterator[Moment]:
    """Every entry up to the commit `tip`, which was verified before: signatures are not looked at.

    From behind the commit `parent`, where `state` stood. VerificationError for one that the rules
    do not allow, or that does not follow. `known`: the line with all these entries, which says
    where their files lie, so that no tree is looked into.
    """
    if tip == parent:
        return
    with CatFile(repo) as cat, commits(repo, tip, parent) as oids:
        for batch in batches(oids, cat):
            for oid, entry, added in _entries(batch, parent, cat, known):
                gone = {path: None for path, digest in entry.changes.items() if digest is None}
                changed = {
                    path: data
                    for path, data in (added | gone).items()
                    if classify(path).kind in CONTROL
                }
                after = apply(state, entry, changed)
                yield Moment(oid, entry, state, after)
                state, parent = after, oid


def _entries(
    batch: list[tuple[str, bytes]], parent: str | None, cat: CatFile, known: Verified | None
) -> Iterator[tuple[str, Entry, dict[str, bytes]]]:
    """The commit, the entry in it, and the plain files that it adds, each held against its hash."""
    if known is None:
        steps, error = prepare(batch, parent, cat)
        for step in steps:
            entry = step.parts.entry
            yield step.oid, entry, read_control(step, cat, f"entry {entry.seq}")
        if error is not None:
            raise error
        return
    for oid, raw in batch:
        entry = check_commit(raw, parent).entry
        yield oid, entry, _control_of(entry, cat, known)
        parent = oid


def _control_of(entry: Entry, cat: CatFile, known: Verified) -> dict[str, bytes]:
    """The control files that an entry adds.

    An access file that still stands follows from the state: of a thousand, none is read.
    """
    found: dict[str, bytes] = {}
    wanted: list[tuple[str, str]] = []
    for path, digest in entry.changes.items():
        info = classify(path)
        if digest is None or info.kind not in CONTROL:
            continue
        stands = info.kind == "access" and known.state.files.get(path) == digest
        data = _access_file(known.state.skills[info.id]) if stands else b""
        if stands and sha256(data) == digest:
            found[path] = data
        elif oids := known.blobs.get((path, digest)):
            wanted.append((path, oids[-1]))
        else:
            raise VerificationError(
                f"entry {entry.seq}: {path}", "not in the line that was verified"
            )
    read = cat.reads([oid for _, oid in wanted], "blob", _LARGEST)
    for (path, _), data in zip(wanted, read, strict=True):
        if sha256(data) != entry.changes[path]:
            problem = "its bytes are not those of its hash"
            raise VerificationError(f"entry {entry.seq}: {path}", problem)
        found[path] = data
    return found


def _access_file(skill: Skill) -> bytes:
    return AccessRecord(skill.owner, skill.readers, skill.writers).to_bytes()
