"""`sync --repair`: the remote's branch goes back to its last good entry. All else never forces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from skillvault.errors import ServiceError, UsageError, VerificationError
from skillvault.services import opening, people
from skillvault.services.context import Context
from skillvault.vault import pins
from skillvault.vault.client import REMOTE, Vault
from skillvault.vault.fetching import acknowledge
from skillvault.vault.remote_url import shown
from skillvault.vault.repository import read_ref
from skillvault.vault.verified import NOTHING, Verified
from skillvault.vault.verify import verify


@dataclass(frozen=True, slots=True)
class Damage:
    """What a remote's branch has behind its last good entry.

    `tip` is where the branch stands, `good` the line that it goes back to, `problem` why the next
    entry is bad; `commits` go from the branch.
    """

    vault: Vault
    url: str
    tip: str
    good: Verified
    problem: VerificationError
    commits: int

    @property
    def where(self) -> str:
        """The remote, without a password."""
        return shown(self.url)


def repair(
    ctx: Context, *, approve: Callable[[Damage], bool], vault: str | None = None
) -> Damage | None:
    """Move the remote's branch back to its last good entry, from exactly where it was seen.

    None if `approve` said no. AccessError (4) unless I am an admin; UsageError where nothing is
    bad; VerificationError (5) unless the branch has the pinned entry in it: then it is a fork or an
    older line, which nobody repairs from here; ServiceError (7) if somebody moved it meanwhile.
    """
    from skillvault.vault import remote

    opened = opening.open_vault(ctx, vault)
    with opened.changing():
        people.require_admin(opened, "repair the remote's branch")
        damage = look(ctx, opened)
        if not approve(damage):
            return None
        acknowledge(opened, damage.good)
        try:
            remote.push(
                opened.path,
                damage.url,
                damage.good.commit or "",
                damage.tip,
                repair=True,
                ask=ctx.interactive,
            )
        except remote.PushRejected as error:
            problem = f"the branch was moved meanwhile, or may not be moved back ({error.problem})"
            hint = "nothing was changed there: skillvault sync, and look again"
            raise ServiceError(shown(damage.url), problem, hint) from error
    return damage


def look(ctx: Context, vault: Vault) -> Damage:
    """What is bad at the remote. Errors as for `repair`."""
    from skillvault.vault import remote

    url = vault.notes.remote
    if url is None:
        raise UsageError(vault.name, "has no remote", "skillvault remote URL")
    tip = remote.fetch(vault.path, url, ask=ctx.interactive)
    seen = read_ref(vault.path, REMOTE)
    known = NOTHING if seen is None else vault.verified_at(seen)
    if tip is None or tip == known.commit:
        raise UsageError(vault.name, "nothing to repair: the remote serves nothing bad")
    outcome = verify(vault.path, tip, known)
    good = outcome.verified
    if good.commit is None or vault.commits_between(tip, good.commit):
        problem = (
            f"the remote's branch has not got entry {vault.pin.seq} in it, which you have seen"
        )
        hint = "that is a fork or an older line: compare `skillvault status` with a colleague"
        raise VerificationError(vault.name, problem, hint)
    pins.check_continues(vault.path, good, vault.pin, vault.name)
    if outcome.error is None:
        raise UsageError(vault.name, "nothing to repair: the remote serves nothing bad")
    commits = len(vault.commits_between(good.commit, tip))
    return Damage(vault, url, tip, good, outcome.error, commits)
