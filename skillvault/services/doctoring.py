"""`doctor`: what is wrong on this machine, or will be, each with the command that mends it."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Final, Literal

from skillvault import age
from skillvault.agents import placements
from skillvault.errors import ConflictError, SkillvaultError
from skillvault.services import backups, config, identities, opening, workspace
from skillvault.services.context import Context
from skillvault.vault import git, settings
from skillvault.vault.client import REMOTE, Vault
from skillvault.vault.remote_url import shown
from skillvault.vault.repository import read_ref

Level = Literal["ok", "warn", "fail"]
_DAY: Final = 24 * 3600
_OLD_BACKUP: Final = 365
# Folders that some program carries to other machines, by their names and by what it puts in them.
_SYNC_NAMES: Final = (
    *("dropbox", "onedrive", "google drive", "googledrive", "icloud drive", "mobile documents"),
    *("nextcloud", "owncloud", "pcloud", "pclouddrive", "megasync", "seafile", "syncthing"),
)
_SYNC_MARKS: Final = (".stfolder", ".dropbox", ".dropbox.cache", ".seafile-data")


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, how it stands, and the command that mends it, or None."""

    level: Level
    subject: str
    text: str
    command: str | None = None


def examine(ctx: Context) -> Iterator[Check]:
    """Every check, as it is done: tools, keys, settings, each vault and its remote, leftovers."""
    yield from _guarded("git", _git, "install git 2.32 or newer")
    yield from _guarded("post-quantum", _mlkem, "pip install --upgrade cryptography")
    yield from _package()
    yield from _guarded("settings", lambda: _settings(ctx), None)
    yield from _guarded("identity", lambda: _identities(ctx), "skillvault keygen --import BACKUP")
    yield from _guarded("folders", lambda: _places(ctx), None)
    yield from _guarded("folders", lambda: _writable(ctx), None)
    for name in settings.names(ctx.paths):
        yield from _vault(ctx, name)
    yield from _guarded("copies", lambda: _copies(ctx), None)
    yield _workspaces(ctx)


def _guarded(
    subject: str, look: Callable[[], Iterator[Check]], command: str | None
) -> Iterator[Check]:
    """What a check finds; an error of ours is a `fail` of it."""
    try:
        yield from look()
    except SkillvaultError as error:
        yield Check("fail", subject, f"{error.subject}: {error.problem}", command or error.hint)
    except OSError as error:
        yield _refused(subject, error)


def _refused(subject: str, error: OSError) -> Check:
    """What the system did not let us look at."""
    where = str(error.filename)
    text = f"{where}: {(error.strerror or '').lower()}"
    shut = isinstance(error, PermissionError) and error.filename is not None
    return Check("fail", subject, text, f"chmod u+rwX {shlex.quote(where)}" if shut else None)


def _git() -> Iterator[Check]:
    git.require_version()
    yield Check("ok", "git", "new enough")


def _mlkem() -> Iterator[Check]:
    age.HybridIdentity.generate()
    yield Check("ok", "post-quantum", "ML-KEM is available")


def _package() -> Iterator[Check]:
    """Our distribution is `skillvault-cli`; a stranger's has the shorter name."""
    try:
        version = metadata.version("skillvault")
    except metadata.PackageNotFoundError:
        yield Check("ok", "package", "no stranger's `skillvault` beside this one")
        return
    text = f"a stranger's package `skillvault` {version} is installed here: ours is skillvault-cli"
    command = "pip uninstall skillvault && pip install --force-reinstall skillvault-cli"
    yield Check("fail", "package", text, command)


def _settings(ctx: Context) -> Iterator[Check]:
    known = config.load(ctx.paths)
    for key in known:
        if key not in config.KEYS:
            command = f"edit {ctx.paths.config_file}"
            yield Check("warn", "settings", f"no such setting: {key}", command)
    default = config.get(ctx.paths, "vault")
    if default and default not in settings.names(ctx.paths):
        text = f"the default vault, {default}, is not on this machine"
        yield Check("warn", "settings", text, "skillvault config --unset vault")


def _identities(ctx: Context) -> Iterator[Check]:
    quiet = replace(ctx, warn=_silent)
    held = identities.load(quiet)
    if not held:
        yield Check("warn", "identity", "none on this machine", "skillvault keygen")
    for one in held:
        where = str(one.path) if one.path else "SKILLVAULT_KEY"
        if one.path is not None:
            mode = stat.S_IMODE(one.path.stat().st_mode)
            if mode & 0o077:
                command = f"chmod 600 {shlex.quote(where)}"
                text = f"{where}: others can read it ({mode:04o})"
                yield Check("fail", "identity", text, command)
                continue
        yield Check("ok", "identity", f"{where}: nobody else reads it")
        yield _backup(ctx, one.identity.recipient)


def _backup(ctx: Context, recipient: str) -> Check:
    command = "skillvault id --backup FILE"
    written = backups.when(ctx.paths, recipient)
    if written is None:
        text = "none was made on this machine: without a copy of the key all is lost"
        return Check("warn", "backup", text, command)
    days = max(int((ctx.now() - written) // _DAY), 0)
    text = f"made {days} days ago" if days else "made today"
    if days > _OLD_BACKUP:
        return Check("warn", "backup", f"{text}: is it still where you put it?", command)
    return Check("ok", "backup", text)


def _places(ctx: Context) -> Iterator[Check]:
    """Whether a program carries our folders to other machines: a vault copied so goes wrong."""
    for place in (ctx.paths.config, ctx.paths.data, ctx.paths.state):
        found = _synced(place)
        if found is not None:
            text = f"{place} lies in {found}, which another program copies elsewhere"
            command = "XDG_DATA_HOME, XDG_CONFIG_HOME and XDG_STATE_HOME move it"
            yield Check("fail", "folders", text, command)
            return
    yield Check("ok", "folders", "no program copies them elsewhere, as far as one sees")


def _writable(ctx: Context) -> Iterator[Check]:
    """Folders of ours in which nothing can be written: a disk gone read-only, another user's."""
    paths = ctx.paths
    repositories = [paths.vault(name) for name in settings.names(paths)]
    ours = [paths.config, paths.identities, paths.data, paths.state]
    kept = [paths.state / "pins", paths.state / "vaults", *repositories]
    shut = [place for place in (*ours, *kept) if place.is_dir() and not _opens(place)]
    for place in shut:
        command = f"chmod u+rwX {shlex.quote(str(place))}"
        yield Check("fail", "folders", f"{place}: cannot be written to", command)


def _opens(place: Path) -> bool:
    return os.access(place, os.R_OK | os.W_OK | os.X_OK)


def _synced(place: Path) -> Path | None:
    real = place.resolve()
    for folder in (real, *real.parents):
        named = folder.name.casefold().startswith(_SYNC_NAMES)
        if named or any((folder / mark).exists() for mark in _SYNC_MARKS):
            return folder
    return None


def _vault(ctx: Context, name: str) -> Iterator[Check]:
    try:
        vault = opening.open_named(ctx, name)
        pinned = vault.pin.seq
    except SkillvaultError as error:
        yield Check("fail", name, error.problem, error.hint)
        return
    except OSError as error:
        yield _refused(name, error)
        return
    if vault.me is None:
        nobody = vault.no_member()
        yield Check("warn", name, nobody.problem, nobody.hint)
    text = f"verified up to entry {vault.state.seq}"
    yield Check("ok", name, f"{text}, pinned at {pinned}" if pinned >= 0 else text)
    for warning in vault.warnings:
        yield Check("warn", name, warning)
    yield _remote(ctx, vault)


def _remote(ctx: Context, vault: Vault) -> Check:
    """Whether the host answers and would take a push: asked by one that changes nothing."""
    from skillvault.vault import remote

    url = vault.notes.remote
    if url is None:
        text = "no remote: this machine has the only copy"
        return Check("warn", vault.name, text, "skillvault remote URL")
    known = read_ref(vault.path, REMOTE) or vault.local.commit
    assert known is not None  # noqa: S101 - an opened vault has a line
    try:
        remote.push(vault.path, url, known, None, dry_run=True, ask=ctx.interactive)
    except ConflictError:
        text = f"{shown(url)}: others pushed since the last sync"
        return Check("ok", vault.name, text, "skillvault sync")
    except SkillvaultError as error:
        return Check("fail", vault.name, f"{shown(url)}: {error.problem}", error.hint)
    waits = vault.unpushed
    if waits:
        text = f"{shown(url)}: takes pushes; not pushed yet: {waits}"
        return Check("warn", vault.name, text, f"skillvault sync --vault {vault.name}")
    return Check("ok", vault.name, f"{shown(url)}: reachable, and takes pushes")


def _copies(ctx: Context) -> Iterator[Check]:
    count = len(placements.load(ctx.paths))
    if count:
        text = f"copies in the clear that were written on this machine: {count}"
        yield Check("warn", "copies", text, "skillvault wipe removes them all")
    else:
        yield Check("ok", "copies", "none in the clear on record")


def _workspaces(ctx: Context) -> Check:
    """Private folders of `edit` and `run`: those of killed ones went when this command began."""
    found = workspace.remaining(ctx.paths, ctx.environ)
    if not found:
        return Check("ok", "leftovers", "no private folder of `edit` or `run`")
    text = f"private folders in use, or not to be removed: {', '.join(map(str, found))}"
    return Check("warn", "leftovers", text, "end the editor or agent that works there")


def _silent(_text: str) -> None:
    """What `load` would warn about is a check of its own."""
