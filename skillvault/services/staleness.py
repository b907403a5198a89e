"""How old is the newest entry of somebody else: what a host that withholds news cannot hide."""

from __future__ import annotations

from skillvault.errors import RefusedError, VerificationError
from skillvault.services import config
from skillvault.services.context import Context
from skillvault.vault import git
from skillvault.vault.client import Vault

DAY = 24 * 3600
DEFAULT_DAYS = 30
AHEAD = 600


def newest_by_others(vault: Vault, now: float) -> int | None:
    """When another active person made their newest entry, in seconds since 1970; None: never.

    Read from the commits of the verified line, whose author and time are their entry's. A time
    that has not come yet says nothing: else one such entry would silence this for ever.
    """
    people = {i for i, m in vault.state.members.items() if m.is_person and i != vault.me}
    if not people or vault.local.commit is None:
        return None
    words = ["log", "--format=%an %at", "--end-of-options", vault.local.commit]
    for line in git.run(vault.path, words).decode().splitlines():
        member, _, seconds = line.partition(" ")
        if member in people and int(seconds) <= now + AHEAD:
            return int(seconds)
    return None


def is_stale(ctx: Context, newest: int | None) -> bool:
    """Whether that is longer ago than `stale-age` (days, 30 by default)."""
    return newest is not None and ctx.now() - newest > _age(ctx) * DAY


def check(ctx: Context, vault: Vault) -> None:
    """Say before a write that the host may keep this client in the past.

    VerificationError (5) where the configuration says `stale = "refuse"`.
    """
    newest = newest_by_others(vault, ctx.now())
    if not is_stale(ctx, newest):
        return
    problem = f"no entry of another person for {_age(ctx)} days: the host may keep you in the past"
    hint = "compare the words of `skillvault status` with a colleague"
    if config.get(ctx.paths, "stale") == "refuse":
        raise VerificationError(vault.name, problem, hint)
    ctx.warn(f"{vault.name}: {problem}; {hint}")


def _age(ctx: Context) -> int:
    value = config.load(ctx.paths).get("stale-age", DEFAULT_DAYS)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise RefusedError(str(ctx.paths.config_file), "stale-age is not a number of days")
    return value
