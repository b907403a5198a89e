"""Re-sealing what is pending: derived from the state, never replayed."""

from __future__ import annotations

from skillvault.services import finding
from skillvault.services.context import Context
from skillvault.services.references import parse
from skillvault.vault import operations, sync
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.sealed import DOES_NOT_OPEN
from skillvault.vault.state import pending, reads


def reseal_pending(ctx: Context, vault: Vault, wanted: str | None = None) -> tuple[str, ...]:
    """Seal what is pending and mine to read to today's recipients, in one entry, and push it.

    So too a skill whose newest file does not open, where an older one of the same content does.
    `wanted`: a skill that is sealed anew though nothing is pending. Returns the skills' names.
    """
    me = vault.require_me()
    state = vault.state
    skills = {p.skill for p in pending(state) if reads(state, state.skills[p.skill], me)}
    skills |= _spoiled(ctx, vault, me)
    if wanted is not None:
        skills.add(finding.locate_in(ctx, vault, parse(wanted)).found.skill)
    draft, done = Draft(), []
    for skill in sorted(skills):
        try:
            if operations.reseal(draft, vault.reader, skill):
                done.append(vault.reader.open_newest(skill).bundle.manifest.name)
        except DOES_NOT_OPEN as error:
            ctx.warn(f"~{skill[:8]}: cannot be sealed anew: {error.problem}")
    if draft.is_empty:
        return ()
    vault.commit(draft, ctx.now())
    if vault.notes.remote is not None:
        sync.sync(vault, ctx.now, ask=ctx.interactive)
    return tuple(done)


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
