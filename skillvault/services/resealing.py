"""Re-sealing what is pending, skills and results: derived from the state, never replayed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from skillvault.services import trust
from skillvault.services.context import Context
from skillvault.services.trust import Published
from skillvault.vault import operations
from skillvault.vault.bundle import Bundle
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.reader import Opened, Reader
from skillvault.vault.sealed import DOES_NOT_OPEN
from skillvault.vault.state import State, has_person, pending, reads

_BATCH: Final = 128


@dataclass(slots=True)
class Resealing:
    """One entry that seals anew what I can. `results`: how many; `faults`: what did not open."""

    draft: Draft = field(default_factory=Draft)
    skills: list[Bundle] = field(default_factory=list)
    results: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the skills."""
        return tuple(bundle.manifest.name for bundle in self.skills)


def derive(reader: Reader, more: Collection[tuple[str, str]] = ()) -> Resealing:
    """Seal all that is pending and mine to read to the recipients of now.

    `more`: files that are sealed anew though nothing is pending, as (skill, evidence id or "").
    What a closed group reads waits until one of its members has opened the group.
    """
    state, me, made = reader.state, reader.me or "", Resealing()
    paths: dict[str, set[str]] = {}
    for skill, name in more:
        paths.setdefault(skill, set()).add(name)
    for one in pending(state):
        if reads(state, state.skills[one.skill], me) and not waits(state, one.skill):
            name = one.path.rpartition("/")[2].removesuffix(".age")
            paths.setdefault(one.skill, set()).add("" if name == "skill" else name)
    todo = sorted(paths.items())
    for start in range(0, len(todo), _BATCH):
        _seal_batch(made, reader, todo[start : start + _BATCH], more)
    return made


def _seal_batch(
    made: Resealing,
    reader: Reader,
    batch: list[tuple[str, set[str]]],
    more: Collection[tuple[str, str]],
) -> None:
    """Open many, then seal them: each step for all of them is faster than all steps for each."""
    opened = reader.open_many([s for s, names in batch if "" in names and _has_readers(reader, s)])
    for skill, names in batch:
        for name in sorted(names):
            try:
                sealed = _seal_anew(made, reader, skill, name, opened.get(skill))
                if not sealed and (skill, name) in more:
                    made.faults.append(f"~{skill[:8]}: cannot be sealed anew: {_NO_GOOD_FILE}")
            except DOES_NOT_OPEN as error:
                what = f"~{skill[:8]}" if not name else f"~{skill[:8]}, result {name[:8]}"
                made.faults.append(f"{what}: cannot be sealed anew: {error.problem}")


def waits(state: State, skill: str) -> bool:
    """Whether a closed group reads it, which one of its persons will open at their next sync."""
    groups = (state.groups.get(name) for name in state.skills[skill].readers)
    return any(
        group is not None
        and not group.is_open
        and any(has_person(state, member) for member in group.members)
        for group in groups
    )


def seal_first(ctx: Context, vault: Vault) -> tuple[Resealing, Published]:
    """The same after a removal: ahead of what was not pushed, so that no conflict delays it."""
    made = Resealing()

    def build(reader: Reader) -> Draft:
        nonlocal made
        made = derive(reader)
        return made.draft

    published = trust.publish_alone(ctx, vault, build, "skillvault sync")
    for fault in made.faults:
        ctx.warn(fault)
    return made, published


_NO_GOOD_FILE = "no good file of its current version opens for you; write the next one"


def _seal_anew(
    made: Resealing, reader: Reader, skill: str, name: str, opened: Opened | None
) -> bool:
    """Seal a skill, or with `name` one of its results. False where its current version is bad.

    Where only closed groups read it there is nobody to seal it to.
    """
    if not _has_readers(reader, skill):
        return True
    if name:
        text = reader.open_evidence(skill, name)
        operations.put_evidence(made.draft, reader.state, skill, text)
        made.results += 1
        return True
    bundle = operations.reseal(made.draft, reader, skill, opened)
    if bundle is not None:
        made.skills.append(bundle)
    return bundle is not None


def _has_readers(reader: Reader, skill: str) -> bool:
    state = reader.state
    return bool(operations.recipients_of(Draft(), state, state.skills[skill].readers))
