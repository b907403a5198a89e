"""Vaults of this machine: making, cloning, naming, their remotes."""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Self

from skillvault.errors import (
    NotFoundError,
    RefusedError,
    ServiceError,
    SkillvaultError,
    UsageError,
    VerificationError,
)
from skillvault.services import config, identities, opening
from skillvault.services.context import Context
from skillvault.services.identities import Held, Made
from skillvault.vault import attempts, pins, settings
from skillvault.vault.client import MAIN, REMOTE, Vault
from skillvault.vault.fingerprint import Fingerprint, of_vault
from skillvault.vault.identity import DEFAULT_SUITE, VaultNote
from skillvault.vault.lock import locked
from skillvault.vault.pins import Pin
from skillvault.vault.repository import create_bare, update_ref
from skillvault.vault.settings import Settings
from skillvault.vault.verified import NOTHING, Verified
from skillvault.vault.verify import verify

ID = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Initialised:
    """`made` is the identity that this made, or None if there was one. `pushed`: to the remote."""

    vault: Vault
    held: Held
    made: Made | None
    pushed: bool


@dataclass(frozen=True, slots=True)
class Cloned:
    """`member`: my name in it, or None if I am no member (yet)."""

    vault: Vault
    member: str | None
    role: str | None


@dataclass(frozen=True, slots=True)
class VaultLine:
    """A line of `vaults`. `problem` where it does not open."""

    name: str
    id: str
    remote: str | None
    default: bool
    seq: int | None
    skills: int | None
    member: str | None
    unpushed: int | None
    problem: str | None


def init(
    ctx: Context,
    name: str = "default",
    *,
    holder: Callable[[], str],
    remote: str | None = None,
    suite: str | None = None,
) -> Initialised:
    """Make a vault that I own; an identity too if there is none, for the name `holder` gives.

    With `remote` (an empty repository) the first entry is pushed; if that fails, the vault stays,
    unpushed: ServiceError (7).
    """
    from skillvault.vault import operations, sync  # not by whoever clones

    name = settings.check_vault_name(name)
    if name in settings.names(ctx.paths):
        raise UsageError(name, "a vault of this name exists here", "skillvault init NAME")
    if remote is not None:
        remote = _check_empty(ctx, remote)
    held, made = _identity(ctx, holder, suite)
    card = identities.make_card(held, held.name or holder())
    founded = operations.found(card)
    with _place(ctx, name) as place:
        vault = Vault(ctx.paths, name, Settings(vault="sha256:" + "0" * 64), held.identity)
        line, _ = vault.append(NOTHING, founded.draft, ctx.now())
        _settle(ctx, vault, line, remote=remote, identity=held.identity.recipient)
        place.keep()
    vault.notes = settings.load(ctx.paths, name)
    vault.advance(line)
    if remote is not None:
        with vault.changing():
            sync.sync(vault, ctx.now, ask=ctx.interactive)
    return Initialised(vault, held, made, remote is not None)


def clone(
    ctx: Context,
    url: str,
    name: str | None = None,
    *,
    vault_id: str | None = None,
    approve: Callable[[str, Fingerprint, int], bool],
) -> Cloned:
    """Fetch and verify a vault, and pin it.

    `vault_id` says which vault it must be; without it `approve` is asked with the id, the vault's
    fingerprint and its number of entries. UsageError if that says no.
    """
    from skillvault.vault import remote as remotes

    if vault_id is not None and ID.fullmatch(vault_id) is None:
        raise UsageError(vault_id, "not a vault's id", "--id sha256:... as its members have it")
    name = settings.check_vault_name(name or _name_from(url))
    if name in settings.names(ctx.paths):
        raise UsageError(name, "a vault of this name exists here", "skillvault clone URL NAME")
    url = remotes.check_url(url)
    with _place(ctx, name) as place:
        path = ctx.paths.vault(name)
        tip = remotes.fetch(path, url, ask=ctx.interactive)
        if tip is None:
            raise ServiceError(url, "an empty repository, no vault", "check the URL")
        line = _verified(ctx, name, url, tip, vault_id)
        state = line.state
        if vault_id is not None:
            pins.drop_damaged(ctx.paths.state, vault_id)
        known = pins.load(ctx.paths.state, state.vault_id)
        if vault_id is None and known is None:
            words = of_vault(state.vault_id, state.head or "")
            if not approve(state.vault_id, words, state.seq + 1):
                raise UsageError(url, "not cloned: which vault it is was not confirmed")
        held = _member_among(ctx, line)
        own = held.identity if held is not None else None
        vault = Vault(ctx.paths, name, Settings(vault=state.vault_id), own)
        pins.check_continues(path, line, known, name)
        update_ref(path, REMOTE, tip, None)
        _settle(ctx, vault, line, remote=url, identity=own.recipient if own else None)
        place.keep()
    vault.notes = settings.load(ctx.paths, name)
    vault.advance(line)
    me = vault.me
    if me is None:
        return Cloned(vault, None, None)
    return Cloned(vault, vault.reader.name(me), vault.state.members[me].role)


def set_remote(ctx: Context, named: str | None, url: str | None) -> tuple[str, str | None]:
    """Give a vault another remote (None: just tell). Returns (vault, URL)."""
    from skillvault.vault import remote as remotes

    name = opening.choose(ctx, named)
    notes = settings.load(ctx.paths, name)
    if url is not None:
        url = remotes.check_url(url)
        with locked(settings.settings_file(ctx.paths, name)):
            notes = settings.load(ctx.paths, name)
            if notes.remote != url:
                notes = replace(notes, remote=url, moved=True)
                settings.save(ctx.paths, name, notes)
    return name, notes.remote


def list_vaults(ctx: Context) -> list[VaultLine]:
    """Every vault of this machine; one that does not open says why and hides no other."""
    default = ctx.environ.get("SKILLVAULT_VAULT") or config.get(ctx.paths, "vault")
    names = settings.names(ctx.paths)
    return [_line(ctx, n, default=n == default or len(names) == 1) for n in names]


def use(ctx: Context, name: str) -> None:
    """Make a vault the default one of this machine."""
    if name not in settings.names(ctx.paths):
        raise NotFoundError(name, "no such vault on this machine", "skillvault vaults")
    config.put(ctx.paths, "vault", name)


def require_here(ctx: Context, name: str) -> None:
    """NotFoundError unless this machine has a vault of that name."""
    if name not in settings.names(ctx.paths):
        raise NotFoundError(name, "no such vault on this machine", "skillvault vaults")


def forget(ctx: Context, name: str, *, force: bool = False) -> None:
    """Take a vault off this machine; what was not pushed is lost.

    UsageError if something was not pushed, unless `force`. The pin stays.
    """
    require_here(ctx, name)
    if not force and ctx.paths.vault(name).exists():
        vault = opening.open_named(ctx, name)
        if vault.unpushed:
            problem = f"{vault.unpushed} entries were never pushed and would be lost"
            raise UsageError(name, problem, "skillvault sync first, or --force")
    with locked(settings.settings_file(ctx.paths, name)):
        settings.settings_file(ctx.paths, name).unlink()
        attempts.forget(ctx.paths, name)
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(ctx.paths.vault(name))
    if config.get(ctx.paths, "vault") == name:
        config.put(ctx.paths, "vault", "")


def backup_notes(ctx: Context, recipient: str) -> tuple[VaultNote, ...]:
    """The pins of the vaults that an identity is a member of, for its backup sheet."""
    notes = []
    for name in settings.names(ctx.paths):
        mine = settings.load(ctx.paths, name)
        pin = pins.load(ctx.paths.state, mine.vault)
        if mine.identity == recipient and pin is not None:
            url = (mine.remote or "-").replace(" ", "%20")
            notes.append(VaultNote(mine.vault, pin.seq, pin.head, url))
    return tuple(notes)


def restore_pins(ctx: Context, notes: tuple[VaultNote, ...]) -> None:
    """Pin what a backup sheet says, where nothing newer is pinned already."""
    for note in notes:
        pins.drop_damaged(ctx.paths.state, note.vault)
        known = pins.load(ctx.paths.state, note.vault)
        if known is None or known.seq < note.seq:
            pins.save(ctx.paths.state, Pin(note.vault, note.seq, note.head, None))


class _Place:
    """A fresh repository that goes away again unless it is kept."""

    def __init__(self, ctx: Context, name: str) -> None:
        self.path = ctx.paths.vault(name)
        self._kept = False
        ctx.paths.data.mkdir(mode=0o700, parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        unfinished = re.compile(rf"\.{re.escape(self.path.name)}\.[0-9a-f]{{12}}\.tmp")
        for other in self.path.parent.iterdir():
            if unfinished.fullmatch(other.name):
                shutil.rmtree(other, ignore_errors=True)
        if self.path.exists():
            self._clear()
        create_bare(self.path)
        return self

    def _clear(self) -> None:
        """Make room where a kill left a repository before its notes were written.

        One with a line is set aside, not removed: perhaps it was in use, and its notes got lost.
        """
        if (self.path / MAIN).exists() or (self.path / "packed-refs").exists():
            self.path.rename(self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}.old"))
        else:
            shutil.rmtree(self.path)

    def keep(self) -> None:
        self._kept = True

    def __exit__(self, *_exc: object) -> None:
        if not self._kept:
            shutil.rmtree(self.path, ignore_errors=True)


@contextlib.contextmanager
def _place(ctx: Context, name: str) -> Iterator[_Place]:
    """A fresh place for vault `name`, mine alone until its notes are written."""
    notes = settings.settings_file(ctx.paths, name)
    notes.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(notes):
        if notes.exists():
            raise UsageError(name, "another process made a vault of this name just now")
        with _Place(ctx, name) as place:
            yield place


def _settle(
    ctx: Context, vault: Vault, line: Verified, *, remote: str | None, identity: str | None
) -> None:
    """Make the line this machine's: branch, pin, and last the notes by which it exists."""
    state = line.state
    assert line.commit is not None and state.head is not None  # noqa: S101, PT018 - verified
    update_ref(vault.path, MAIN, line.commit, None)
    pins.save(ctx.paths.state, Pin(state.vault_id, state.seq, state.head, line.commit))
    settings.save(
        ctx.paths,
        vault.name,
        Settings(vault=state.vault_id, remote=remote, identity=identity),
    )


def _identity(
    ctx: Context, holder: Callable[[], str], suite: str | None
) -> tuple[Held, Made | None]:
    """The identity to own the vault with: the first of the suite, else a new one."""
    held = identities.load(ctx)
    fitting = [h for h in held if suite in (None, h.identity.suite)]
    if fitting:
        return fitting[0], None
    file = identities.DEFAULT if not held else (suite or DEFAULT_SUITE)
    made = identities.make(ctx, holder(), suite=suite or DEFAULT_SUITE, file=file)
    return made.held, made


def _check_empty(ctx: Context, url: str) -> str:
    """The address to keep; ServiceError unless there is an empty repository."""
    from skillvault.vault import remote as remotes

    url = remotes.check_url(url)
    if remotes.ls_remote(url, ask=ctx.interactive):
        hint = "make it without README, licence or .gitignore, or give another URL"
        raise ServiceError(url, "not empty: a new vault needs an empty repository", hint)
    return url


def _verified(ctx: Context, name: str, url: str, tip: str, vault_id: str | None) -> Verified:
    path = ctx.paths.vault(name)
    outcome = verify(path, tip, progress=lambda done: ctx.progress("verify", done, 0))
    found = outcome.verified.state
    if found.seq < 0:
        raise ServiceError(url, "no vault: its history does not begin as one", None)
    if vault_id is not None and found.vault_id != vault_id:
        problem = "the host serves another vault than the one you asked for"
        raise VerificationError(url, problem, "compare the id with whoever sent it to you")
    if outcome.error is not None:
        raise outcome.error
    for warning in outcome.warnings:
        ctx.warn(f"{name}: {warning}")
    return outcome.verified


def _member_among(ctx: Context, line: Verified) -> Held | None:
    """The identity of this machine that is an active member; else the first one, or None."""
    held = identities.load(ctx)
    active = {m.recipient for m in line.state.members.values() if m.is_active}
    mine = [h for h in held if h.identity.recipient in active]
    return next(iter([*mine, *held]), None)


def _line(ctx: Context, name: str, *, default: bool) -> VaultLine:
    try:
        notes = settings.load(ctx.paths, name)
    except SkillvaultError as error:
        return VaultLine(name, "", None, default, None, None, None, None, error.problem)
    try:
        vault = opening.open_named(ctx, name)
        me = vault.reader.name(vault.me) if vault.me else None
        return VaultLine(
            name=name,
            id=notes.vault,
            remote=notes.remote,
            default=default,
            seq=vault.state.seq,
            skills=len(vault.state.skills),
            member=me,
            unpushed=vault.unpushed if notes.remote else 0,
            problem=None,
        )
    except SkillvaultError as error:
        return VaultLine(
            name, notes.vault, notes.remote, default, None, None, None, None, error.problem
        )


def _name_from(url: str) -> str:
    """A vault's name from its URL, as git does it."""
    last = re.split(r"[/:]", url.rstrip("/"))[-1].removesuffix(".git").removesuffix(".vault")
    if not last:
        raise UsageError(url, "no name to take from it", "skillvault clone URL NAME")
    try:
        return settings.check_vault_name(last)
    except UsageError as error:
        raise RefusedError(url, error.problem, "skillvault clone URL NAME") from None
