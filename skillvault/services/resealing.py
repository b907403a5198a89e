"""Re-sealing what is pending: derived from the state, never replayed."""

from __future__ import annotations

from skillvault.errors import SkillvaultError
from skillvault.services import finding
from skillvault.services.context import Context
from skillvault.services.references import parse
from skillvault.vault import operations, sync
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.state import pending, reads


def reseal_pending(ctx: Context, vault: Vault, wanted: str | None = None) -> tuple[str, ...]:
    """Seal what is pending and mine to read to today's recipients, in one entry, and push it.

    `wanted`: a skill that is sealed anew though nothing is pending. Returns the skills' names.
    """
    me = vault.require_me()
    state = vault.state
    skills = {p.skill for p in pending(state) if reads(state, state.skills[p.skill], me)}
    if wanted is not None:
        skills.add(finding.locate_in(ctx, vault, parse(wanted)).found.skill)
    draft, done = Draft(), []
    for skill in sorted(skills):
        try:
            if operations.reseal(draft, vault.reader, skill):
                done.append(vault.reader.open_newest(skill).bundle.manifest.name)
        except SkillvaultError as error:
            ctx.warn(f"~{skill[:8]}: cannot be sealed anew: {error.problem}")
    if draft.is_empty:
        return ()
    vault.commit(draft, ctx.now())
    if vault.notes.remote is not None:
        sync.sync(vault, ctx.now, ask=ctx.interactive)
    return tuple(done)
