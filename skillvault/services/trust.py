"""How changes of trust reach the others: synced first, pushed at once, or said to be local."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from skillvault.errors import AccessError, ConflictError, ServiceError
from skillvault.services import reopening
from skillvault.services.context import Context
from skillvault.services.news import news
from skillvault.vault import sync
from skillvault.vault.client import REMOTE, Vault
from skillvault.vault.draft import Draft
from skillvault.vault.entry import CONTROL, Entry, classify
from skillvault.vault.reader import Reader
from skillvault.vault.repository import read_ref

Build = Callable[[Reader], Draft]
"""The draft of an entry, from a reader of the line that it goes on."""

NOT_CONFIRMED = "not confirmed: the host may already have it"


@dataclass(frozen=True, slots=True)
class Published:
    """`entry` is None where nothing changed. `pushed`: the remote has it; False: local only.

    `went_along`: so many earlier entries, unpushed till then, were pushed with it. `earlier`: the
    entries of the same change before `entry`, where it took several.
    """

    entry: Entry | None
    pushed: bool
    went_along: int = 0
    earlier: tuple[Entry, ...] = ()


def before(ctx: Context, vault: Vault, *, removal: bool = False) -> None:
    """Sync first, so that a change of trust is judged on what others did. Without a remote: no.

    A conflict of what was not pushed is no reason to stop; before a `removal` nothing of mine is.
    What others changed is told here, for the next `sync` knows it already.
    """
    if vault.notes.remote is not None:
        here = set(vault.state.skills)
        try:
            done = _warn_kept(
                ctx, vault, sync.sync(vault, ctx.now, push=False, ask=ctx.interactive)
            )
            told = news(vault, done.before, done.after, here)
            for line in (*told.trust, *told.skills):
                ctx.warn(f"others changed: {line}")
        except (AccessError, ConflictError):
            if not removal:
                raise
    reopening.before_write(ctx, vault)


def publish(ctx: Context, vault: Vault, build: Build, *more: Build) -> Published:
    """Write an entry behind all others, and one for each of `more`; push them with what waits.

    Where there is nothing to write, what was not pushed is pushed all the same: it may be just
    this, written by a call that was killed or did not reach the remote.
    ServiceError (7), `not confirmed`, if the push fails: the entry stays here, unpushed;
    ConflictError (6) where it is about what a conflict holds up; AccessError (4) or ConflictError
    where others changed meanwhile what it needs.
    """
    draft = build(vault.reader)
    earlier = vault.unpushed
    if draft.is_empty and (vault.notes.remote is None or not earlier):
        return Published(None, pushed=False)
    builds = [lambda _reader: draft, *more]
    entries = [] if draft.is_empty else vault.commit_all(builds, ctx.now)
    vault.notebook.save()
    mine, along, stood = vault.local.commit, 0, read_ref(vault.path, REMOTE)
    if pushed := vault.notes.remote is not None:
        done = _confirm(ctx, vault, None)
        if entries and mine in done.waiting:
            problem = f"entry {entries[-1].seq} waits here: it is about what was not pushed"
            raise ConflictError(vault.name, problem, done.left[0].hint)
        if done.left and any(entry.seq in done.dropped for entry in entries):
            raise done.left[-1]
        along = max(0, earlier - len(done.waiting))
        if done.replayed:
            entries = _as_pushed(vault, stood, entries)
    last = entries.pop() if entries else None
    return Published(last, pushed=pushed, went_along=along, earlier=tuple(entries))


def _as_pushed(vault: Vault, stood: str | None, entries: list[Entry]) -> list[Entry]:
    """What became of entries that were made again on top of others': those that are there now.

    `stood`: the remote's head before. One that changes nothing any more was not written.
    """
    line = vault.commits_between(stood, read_ref(vault.path, REMOTE))
    sent = [entry for entry in map(vault.entry_of, line) if entry.member == vault.me]
    found: list[Entry] = []
    for entry in reversed(entries):
        while sent:
            last = sent.pop()
            if _control(last) == _control(entry):
                found.insert(0, last)
                break
    return found


def _control(entry: Entry) -> set[str]:
    """The control files that an entry is about: what follows from them may differ."""
    return {path for path in entry.changes if classify(path).kind in CONTROL}


def publish_alone(ctx: Context, vault: Vault, build: Build, again: str) -> Published:
    """Push one entry and nothing else, ahead of whatever was not pushed, which still waits after.

    Built anew where others were first. If the push fails nothing of it waits here: ServiceError (7)
    with `again` as its hint.
    """
    if vault.notes.remote is None or read_ref(vault.path, REMOTE) is None:
        return publish(ctx, vault, build)
    done = _confirm(ctx, vault, build, push=False, again=again)
    return Published(done.first, pushed=done.first is not None)


def _confirm(
    ctx: Context,
    vault: Vault,
    build: Build | None,
    *,
    push: bool = True,
    again: str = "skillvault sync",
) -> sync.Synced:
    try:
        done = sync.sync(vault, ctx.now, first=build, push=push, ask=ctx.interactive)
    except ServiceError as error:
        problem = f"{NOT_CONFIRMED} ({error.problem})"
        raise ServiceError(vault.name, problem, again) from error
    except OSError as error:
        # A full or read-only disk: the push may be through, and what follows it here is not.
        problem = f"{NOT_CONFIRMED} ({error.filename}: {(error.strerror or '').lower()})"
        raise ServiceError(vault.name, problem, again) from error
    return _warn_kept(ctx, vault, done)


def _warn_kept(ctx: Context, vault: Vault, done: sync.Synced) -> sync.Synced:
    odd = (f"{vault.name}: {line}" for line in done.warnings)
    for line in (*odd, *done.kept, *map(str, done.left)):
        ctx.warn(line)
    return done
