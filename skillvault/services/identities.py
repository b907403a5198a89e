"""Making, finding, saving and restoring the identities of this machine."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from skillvault import age, atomic
from skillvault.errors import AccessError, NotFoundError, RefusedError, SkillvaultError, UsageError
from skillvault.services import backups
from skillvault.services.context import Context
from skillvault.vault import card, identity
from skillvault.vault.card import Card
from skillvault.vault.identity import Identity, IdentityFile, VaultNote

DEFAULT = "default"
AGE_MAGIC = (b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----")


@dataclass(frozen=True, slots=True)
class Held:
    """An identity that this machine holds. `path` is None for one from `SKILLVAULT_KEY`.

    `sealed`: its file is under a passphrase.
    """

    identity: Identity
    name: str | None
    path: Path | None
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """What `make` and `restore` did."""

    held: Held
    pinned: tuple[VaultNote, ...] = ()


def make(
    ctx: Context,
    name: str,
    *,
    suite: str = identity.DEFAULT_SUITE,
    passphrase: str | None = None,
    file: str = DEFAULT,
) -> Made:
    """Make an identity and keep it at `identities/FILE.key`, mode 0600.

    UsageError if that file exists: an identity is never overwritten.
    """
    name = card.check_name(name)
    made = identity.generate(suite)
    path = _save(ctx, identity.format_file(made, name), passphrase, file)
    return Made(Held(made, name, path))


def restore(ctx: Context, sheet: bytes, *, file: str = DEFAULT, subject: str = "sheet") -> Made:
    """Keep the identity of an identity file or backup sheet; it says which vaults to pin.

    Where this very identity is kept already, its file stays as it is.
    """
    content = parse_key_file(ctx, sheet, subject)
    name = content.name or "unnamed"
    path = ctx.paths.identities / f"{file}.key"
    if not path.exists() or _read(ctx, path).identity != content.identity:
        path = _save(ctx, identity.format_file(content.identity, name), None, file)
    return Made(Held(content.identity, content.name, path), content.vaults)


def load(ctx: Context) -> list[Held]:
    """Every identity of this machine, the default first; `SKILLVAULT_KEY` alone if it is set.

    Files that others can read are warned about, and so are those that cannot be read as an
    identity; RefusedError or AccessError where no other is left.
    """
    held, broken = load_all(ctx)
    if broken and not held:
        raise broken[0]
    warn_broken(ctx, broken)
    return held


def warn_broken(ctx: Context, broken: Sequence[SkillvaultError]) -> None:
    """Say which key files are not used, and why."""
    for error in broken:
        ctx.warn(f"{error}; this key is not used")


def load_all(ctx: Context) -> tuple[list[Held], list[SkillvaultError]]:
    """As `load`; and why each of the others in the folder cannot be read as an identity."""
    if line := ctx.environ.get("SKILLVAULT_KEY"):
        return [Held(identity.parse(line.strip()), None, None)], []
    if explicit := ctx.environ.get("SKILLVAULT_IDENTITY"):
        return [_read(ctx, Path(explicit))], []
    folder = ctx.paths.identities
    atomic.sweep(folder)  # a second name of a key, left by a kill, would outlive the key
    files = sorted(folder.glob("*.key"), key=lambda p: (p.stem != DEFAULT, p.name))
    held, broken = list[Held](), list[SkillvaultError]()
    for path in files:
        try:
            held.append(_read(ctx, path))
        except SkillvaultError as error:
            broken.append(error)
    return held, broken


def require(ctx: Context) -> list[Held]:
    """As `load`, but NotFoundError where there is none."""
    held = load(ctx)
    if not held:
        raise NotFoundError("identity", "none on this machine", "skillvault keygen")
    return held


def make_card(held: Held, name: str | None = None) -> Card:
    """The card to hand out. UsageError without a name."""
    name = name or held.name
    if name is None:
        raise UsageError("name", "the identity has none", "--name NAME")
    return card.make(held.identity, name)


def write_backup(ctx: Context, held: Held, path: Path, vaults: tuple[VaultNote, ...]) -> None:
    """Write the backup sheet, mode 0600. UsageError if the file exists.

    The sheet is for paper and drawers: the key stands in it in the clear, and that is said where
    its file is under a passphrase.
    """
    if str(path) == "-":
        raise UsageError("-", "a sheet is written to a file, not to a stream", "name a new file")
    data = identity.format_file(held.identity, held.name or "unnamed", vaults)
    try:
        atomic.write(path, data, exclusive=True)
    except FileExistsError:
        raise UsageError(str(path), "exists, and is not overwritten", "name a new file") from None
    except OSError as error:
        raise RefusedError(str(path), f"cannot be written: {error.strerror}") from None
    backups.wrote(ctx.paths, held.identity.recipient, ctx.now())
    if held.sealed:
        ctx.warn(f"{path}: the key stands in it in the clear, without your passphrase")


def parse_key_file(ctx: Context, data: bytes, subject: str) -> IdentityFile:
    """Read an identity file, under a passphrase or not."""
    if data.startswith(AGE_MAGIC):
        secret = ctx.environ.get("SKILLVAULT_PASSPHRASE") or ctx.passphrase(subject)
        try:
            data = age.decrypt(data, [age.PassphraseIdentity(secret)])
        except age.AgeError as error:
            if error.kind == "no-match":
                raise AccessError(subject, "the passphrase is wrong") from None
            raise
    return identity.parse_file(data, subject)


def _read(ctx: Context, path: Path) -> Held:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        with path.open("rb") as file:
            data = file.read(identity.FILE_LIMIT + 1)
    except OSError as error:
        raise NotFoundError(str(path), f"cannot be read: {error.strerror}") from None
    if mode & 0o077:
        ctx.warn(f"{path}: others can read this key (mode {mode:04o}): chmod 600 {path}")

    def unlock() -> Held:
        content = parse_key_file(ctx, data, str(path))
        return Held(content.identity, content.name, path, data.startswith(AGE_MAGIC))

    if ctx.unlocked is not None and data.startswith(AGE_MAGIC):
        return ctx.unlocked.open(path, unlock)
    return unlock()


def _save(ctx: Context, data: bytes, passphrase: str | None, file: str) -> Path:
    folder = ctx.paths.identities
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(folder, 0o700)  # noqa: PTH101 - a folder made earlier with a wider umask
    if passphrase is not None:
        data = age.encrypt(data, [age.PassphraseRecipient(passphrase)], armored=True)
    path = folder / f"{file}.key"
    try:
        atomic.write(path, data, exclusive=True)
    except FileExistsError:
        hint = "it is your key: keep it, or choose another file with --as NAME"
        raise UsageError(str(path), "exists, and is never overwritten", hint) from None
    return path
