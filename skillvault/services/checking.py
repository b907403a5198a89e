"""`sync`, `status`, `verify`: what is true of a vault now."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from skillvault.errors import ServiceError, SkillvaultError, VerificationError
from skillvault.services import copies, opening, people, staleness
from skillvault.services.bases import Bases
from skillvault.services.context import Context
from skillvault.services.copies import Copy
from skillvault.services.expiring import Expiring, expiring
from skillvault.services.news import News, news
from skillvault.services.waiting import Wait, waits
from skillvault.vault import sync as syncing
from skillvault.vault.client import Vault
from skillvault.vault.fingerprint import Fingerprint, of_vault
from skillvault.vault.repository import create_bare
from skillvault.vault.state import State
from skillvault.vault.sync import Synced
from skillvault.vault.verify import verify as verify_line

if TYPE_CHECKING:
    from skillvault.services.healing import Healed


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What `sync` did, and what this client mended by itself then."""

    vault: Vault
    synced: Synced
    news: News
    healed: Healed

    @property
    def resealed(self) -> tuple[str, ...]:
        """The names of the skills that were sealed anew."""
        return self.healed.resealed


@dataclass(frozen=True, slots=True)
class Status:
    """What `status` says. `newest_by_others`: seconds since 1970, or None. Counts of entries.

    `waits`: what is to be sealed anew, and why it is not yet. `expiring`: machines whose time is
    over, or soon. `spoiled`: keys that do not open, a line each. `copies`: those on this machine
    that differ, or whose skill was taken away. `conflicts`, `aside`: names of skills that wait for
    `resolve`, or of which work was laid aside.
    """

    vault: Vault
    fingerprint: Fingerprint
    member: str | None
    role: str | None
    remote: str | None
    seq: int
    head: str
    pinned_seq: int
    unpushed: int
    waits: tuple[Wait, ...]
    expiring: tuple[Expiring, ...]
    newest_by_others: int | None
    stale: bool
    spoiled: tuple[str, ...]
    warnings: tuple[str, ...]
    copies: tuple[Copy, ...]
    conflicts: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()

    @property
    def pending(self) -> tuple[str, ...]:
        """The names of the skills that are to be sealed anew."""
        return tuple(sorted({wait.name for wait in self.waits}))


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found of a line. `error` is why it ends before the tip, or None."""

    subject: str
    state: State
    fingerprint: Fingerprint
    error: VerificationError | None
    warnings: tuple[str, ...]


def sync(
    ctx: Context,
    *,
    vault: str | None = None,
    reseal: str | None = None,
    tell: Callable[[SyncReport], None] = lambda _report: None,
) -> SyncReport:
    """Fetch what others did, put mine behind it, and push; then finish pending re-seals.

    `reseal` names a skill whose current version is sealed anew in any case. `tell` gets the report,
    also where something of mine could not go along: that is raised when all else is done.
    """
    from skillvault.services.healing import heal

    opened = opening.open_vault(ctx, vault)
    with opened.changing():
        here = set(opened.state.skills)
        synced = syncing.sync(opened, ctx.now, ask=ctx.interactive)
        for line in (*(f"{opened.name}: {odd}" for odd in synced.warnings), *synced.kept):
            ctx.warn(line)
        healed = heal(ctx, opened, reseal)
        told = news(opened, synced.before, synced.after, here)
        if opened.identity is not None:
            opened.workbench.keep_merged(Bases(ctx.paths).contents(opened.notes.vault))
        opened.notebook.save() if opened.identity else None
    report = SyncReport(opened, synced, told, healed)
    tell(report)
    left = [*synced.left, *([healed.error] if healed.error is not None else [])]
    for error in left[1:]:
        ctx.warn(str(error))
    if left:
        raise left[0]
    return report


def status(ctx: Context, *, vault: str | None = None) -> Status:
    """Where a vault stands. VerificationError (5) if it does not verify."""
    opened = opening.open_vault(ctx, vault)
    state, me = opened.state, opened.me
    newest = staleness.newest_by_others(opened, ctx.now())
    return Status(
        vault=opened,
        fingerprint=of_vault(state.vault_id, state.head or ""),
        member=opened.reader.name(me) if me else None,
        role=state.members[me].role if me else None,
        remote=opened.notes.remote,
        seq=state.seq,
        head=state.head or "",
        pinned_seq=opened.pin.seq,
        unpushed=opened.unpushed if opened.notes.remote else 0,
        waits=waits(opened),
        expiring=expiring(opened, ctx.now()),
        newest_by_others=newest,
        stale=staleness.is_stale(ctx, newest),
        spoiled=(*_locked_out(opened), *_spoiled(opened)) if me else (),
        warnings=opened.warnings,
        copies=copies.of_vault(ctx, opened),
        conflicts=_conflicts(ctx, opened) if me else (),
        aside=tuple(w.name for w in opened.workbench.asides()) if opened.identity else (),
    )


def _conflicts(ctx: Context, vault: Vault) -> tuple[str, ...]:
    """The names of the skills that both sides changed; what keeps one from looking, `sync` says."""
    try:
        found = syncing.clashes(vault, ctx.now())
    except SkillvaultError:
        return ()
    return tuple(sorted(clash.mine.manifest.name for clash in found))


def verify(ctx: Context, target: str | None = None, *, vault: str | None = None) -> Verification:
    """Verify a line from its first entry. A PATH or URL needs no key and is never opened in place.

    Without a target: a vault of this machine, all of it, whatever was verified before.
    """
    from skillvault.vault import remote

    if target is None:
        opened = opening.open_vault(ctx, vault)
        tip = opened.local.commit
        return _judge(ctx, opened.path, tip or "", opened.name)
    scratch = Path(tempfile.mkdtemp(prefix="skillvault-verify-"))
    try:
        repo = scratch / "strange.git"
        create_bare(repo)
        tip = remote.fetch(repo, target, ask=ctx.interactive)
        if tip is None:
            raise ServiceError(target, "an empty repository, no vault")
        return _judge(ctx, repo, tip, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def allowed_signers(state: State) -> bytes:
    """A file for `ssh-keygen` and `git verify-commit`: every key that ever signed here."""
    lines = [
        f'{member}@vault namespaces="git,skillvault-manifest" {record.signing_key}'
        for member, record in sorted(state.members.items())
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def _judge(ctx: Context, repo: Path, tip: str, subject: str) -> Verification:
    outcome = verify_line(repo, tip, progress=lambda done: ctx.progress("verify", done, 0))
    state = outcome.verified.state
    words = of_vault(state.vault_id, state.head or "")
    return Verification(subject, state, words, outcome.error, outcome.warnings)


def _locked_out(vault: Vault) -> list[str]:
    """Open groups that I am in and whose key I do not reach: only I can see that."""
    state, found = vault.state, []
    for group, record in state.groups.items():
        if not record.is_open or vault.me not in record.members:
            continue
        if vault.reader.keyring.key(f"{group}/{record.epoch}") is None:
            admins = [m for m in record.members if state.members[m].is_admin and m != vault.me]
            name, who = vault.reader.name(group), people.names_of(vault, admins)
            ask = f"ask {' or '.join(who)}" if who else "ask an admin"
            found.append(
                f"{name}: its key does not open for you; {ask}: `skillvault group rotate {name}`"
            )
    return found


def _spoiled(vault: Vault) -> list[str]:
    return [f"{path}: {why}" for path, why in vault.reader.keyring.spoiled]
