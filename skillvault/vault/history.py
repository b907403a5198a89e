"""A verified line, walked once more from its first entry: what each entry did, when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from skillvault.errors import VerificationError
from skillvault.vault import git
from skillvault.vault.client import MAIN, Vault
from skillvault.vault.entry import CONTROL, Entry
from skillvault.vault.git import CatFile
from skillvault.vault.ids import format_time
from skillvault.vault.rules import apply
from skillvault.vault.state import EMPTY, State
from skillvault.vault.steps import batches, commits, prepare, read_control


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
    for moment in walk(vault.path, vault.local.commit or "", state, commit):
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


def walk(repo: Path, tip: str, state: State = EMPTY, parent: str | None = None) -> Iterator[Moment]:
    """Every entry up to the commit `tip`, which was verified before: signatures are not looked at.

    From behind the commit `parent`, where `state` stood. VerificationError for one that the rules
    do not allow, or that does not follow.
    """
    if tip == parent:
        return
    with CatFile(repo) as cat, commits(repo, tip, parent) as oids:
        for batch in batches(oids, cat):
            steps, error = prepare(batch, parent, cat)
            for step in steps:
                entry = step.parts.entry
                control = read_control(step, cat, f"entry {entry.seq}")
                changed = {
                    path: control.get(path)
                    for path, info in step.paths.items()
                    if info.kind in CONTROL
                }
                after = apply(state, entry, changed)
                yield Moment(step.oid, entry, state, after)
                state, parent = after, step.oid
            if error is not None:
                raise error
