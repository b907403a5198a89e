"""`sync`, `status`, `verify`: what is true of a vault now."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from skillvault.errors import ServiceError, VerificationError
from skillvault.services import copies, opening, staleness
from skillvault.services.bases import Bases
from skillvault.services.context import Context
from skillvault.services.copies import Copy
from skillvault.services.news import News, news, skill_label
from skillvault.vault import sync as syncing
from skillvault.vault.client import Vault
from skillvault.vault.fingerprint import Fingerprint, of_vault
from skillvault.vault.repository import create_bare
from skillvault.vault.state import State, pending
from skillvault.vault.sync import Synced
from skillvault.vault.verify import verify as verify_line


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What `sync` did."""

    vault: Vault
    synced: Synced
    news: News
    resealed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """What `status` says. `newest_by_others`: seconds since 1970, or None. Counts of entries.

    `copies`: those on this machine that differ, or whose skill was taken away.
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
    pending: tuple[str, ...]
    newest_by_others: int | None
    stale: bool
    spoiled: tuple[str, ...]
    warnings: tuple[str, ...]
    copies: tuple[Copy, ...]


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
    from skillvault.services.resealing import reseal_pending

    opened = opening.open_vault(ctx, vault)
    with opened.changing():
        here = set(opened.state.skills)
        synced = syncing.sync(opened, ctx.now, ask=ctx.interactive)
        for line in synced.kept:
            ctx.warn(line)
        done = reseal_pending(ctx, opened, reseal) if opened.me is not None else ()
        told = news(opened, synced.before, synced.after, here)
        if opened.identity is not None:
            opened.workbench.keep_merged(Bases(ctx.paths).contents(opened.notes.vault))
        opened.notebook.save() if opened.identity else None
    report = SyncReport(opened, synced, told, done)
    tell(report)
    for error in synced.left[1:]:
        ctx.warn(str(error))
    if synced.left:
        raise synced.left[0]
    return report


def status(ctx: Context, *, vault: str | None = None) -> Status:
    """Where a vault stands. VerificationError (5) if it does not verify."""
    opened = opening.open_vault(ctx, vault)
    state, me = opened.state, opened.me
    newest = staleness.newest_by_others(opened)
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
        pending=tuple(sorted({skill_label(opened, p.skill) for p in pending(state)})),
        newest_by_others=newest,
        stale=staleness.is_stale(ctx, newest),
        spoiled=tuple(f"{p}: {why}" for p, why in opened.reader.keyring.spoiled) if me else (),
        warnings=opened.warnings,
        copies=copies.of_vault(ctx, opened),
    )


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
