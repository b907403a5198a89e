"""Re-sealing what is pending, skills and results: derived from the state, never replayed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from skillvault.services import finding, trust
from skillvault.services.context import Context
from skillvault.services.references import parse
from skillvault.services.trust import Published
from skillvault.vault import operations, sync
from skillvault.vault.bundle import Bundle
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.reader import Reader
from skillvault.vault.sealed import DOES_NOT_OPEN
from skillvault.vault.state import State, has_person, pending, reads


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


def derive(reader: Reader, more: Collection[str] = ()) -> Resealing:
    """Seal all that is pending and mine to read to the recipients of now; and the skills `more`.

    What a closed group reads waits until one of its members has opened the group.
    """
    state, me, made = reader.state, reader.me or "", Resealing()
    paths: dict[str, set[str]] = {skill: {""} for skill in more}
    for one in pending(state):
        if reads(state, state.skills[one.skill], me) and not waits(state, one.skill):
            name = one.path.rpartition("/")[2].removesuffix(".age")
            paths.setdefault(one.skill, set()).add("" if name == "skill" else name)
    for skill, names in sorted(paths.items()):
        for name in sorted(names):
            try:
                _seal_anew(made, reader, skill, name)
            except DOES_NOT_OPEN as error:
                what = f"~{skill[:8]}" if not name else f"~{skill[:8]}, result {name[:8]}"
                made.faults.append(f"{what}: cannot be sealed anew: {error.problem}")
    return made


def waits(state: State, skill: str) -> bool:
    """Whether a closed group reads it, which one of its persons will open at their next sync."""
    groups = (state.groups.get(name) for name in state.skills[skill].readers)
    return any(
        group is not None
        and not group.is_open
        and any(has_person(state, member) for member in group.members)
        for group in groups
    )


def reseal_pending(ctx: Context, vault: Vault, wanted: str | None = None) -> tuple[str, ...]:
    """Seal what is pending and mine to read to today's recipients, in one entry, and push it.

    So too a skill whose newest file does not open, where an older one of the same content does.
    `wanted`: a skill that is sealed anew though nothing is pending. Returns the skills' names.
    """
    me = vault.require_me()
    more = _spoiled(ctx, vault, me)
    if wanted is not None:
        more.add(finding.locate_in(ctx, vault, parse(wanted)).found.skill)
    made = derive(vault.reader, more)
    for fault in made.faults:
        ctx.warn(fault)
    if made.draft.is_empty:
        return ()
    vault.commit(made.draft, ctx.now())
    if vault.notes.remote is not None:
        sync.sync(vault, ctx.now, ask=ctx.interactive)
    return made.names


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


def _seal_anew(made: Resealing, reader: Reader, skill: str, name: str) -> None:
    """Seal a skill, or with `name` one of its results; to nobody, if only closed groups read it."""
    state = reader.state
    if not operations.recipients_of(made.draft, state, state.skills[skill].readers):
        return
    if name:
        text = reader.open_evidence(skill, name)
        operations.put_evidence(made.draft, state, skill, text)
        made.results += 1
    elif (bundle := operations.reseal(made.draft, reader, skill)) is not None:
        made.skills.append(bundle)


def _spoiled(ctx: Context, vault: Vault, me: str) -> set[str]:
    """Skills whose newest file is bad, of what came since this was looked at last; each is told."""
    state, reader, book = vault.state, vault.reader, vault.notebook
    found = set()
    for skill, record in state.skills.items():
        file, version = record.files[-1], record.versions[-1]
        mine = version.author == me and version.seq == file.seq
        if file.seq <= book.checked or mine or not reads(state, record, me):
            continue
        if not reader.can_open(file):
            continue
        try:
            book.note(reader.open_file(skill, len(record.versions), file))
        except DOES_NOT_OPEN as error:
            ctx.warn(f"~{skill[:8]}: entry {file.seq} spoiled it: {error.problem}")
            found.add(skill)
    book.checked_to(state.seq)
    return found
