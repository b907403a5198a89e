"""Which vault is meant, and whose identity it is opened with."""

from __future__ import annotations

from skillvault.errors import NotFoundError, UsageError
from skillvault.services import config, identities
from skillvault.services.context import Context
from skillvault.services.identities import Held
from skillvault.vault import settings
from skillvault.vault.client import Vault


def choose(ctx: Context, named: str | None) -> str:
    """The vault to use: the one named, else `SKILLVAULT_VAULT`, the configured, the only one.

    NotFoundError if it does not exist or there is none; UsageError where several could be meant.
    """
    known = settings.names(ctx.paths)
    wanted = named or ctx.environ.get("SKILLVAULT_VAULT") or config.get(ctx.paths, "vault")
    if wanted:
        if wanted not in known:
            hint = "skillvault vaults" if known else "skillvault init, or skillvault clone URL"
            raise NotFoundError(wanted, "no such vault on this machine", hint)
        return wanted
    if not known:
        raise NotFoundError(
            "vault", "none on this machine", "skillvault init, or skillvault clone URL"
        )
    if len(known) > 1:
        problem = f"{len(known)} on this machine: {', '.join(known)}"
        raise UsageError("vault", problem, "--vault NAME, or skillvault vaults use NAME")
    return known[0]


def open_vault(ctx: Context, named: str | None = None) -> Vault:
    """Open and verify a vault with the identity that is a member of it."""
    name = choose(ctx, named)
    return open_named(ctx, name)


def open_named(ctx: Context, name: str) -> Vault:
    """Open and verify the vault that this machine calls `name`."""
    notes = settings.load(ctx.paths, name)
    held = own_identity(ctx, notes.identity)
    return Vault.open(ctx.paths, name, held.identity if held else None, progress=ctx.progress)


def own_identity(ctx: Context, recipient: str | None) -> Held | None:
    """The identity that a vault remembers as its own; else the first of this machine, or None.

    A key file that cannot be read is warned about; it is an error where the vault's own may be it.
    """
    held, broken = identities.load_all(ctx)
    mine = next((h for h in held if h.identity.recipient == recipient), None)
    if broken and mine is None and (recipient is not None or not held):
        raise broken[0]
    identities.warn_broken(ctx, broken)
    return mine or (held[0] if held else None)
