"""Machines whose time is over, or nearly: they write nothing then, and are removed by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from skillvault.services.labels import labels
from skillvault.vault.client import Vault
from skillvault.vault.ids import format_time

SOON: Final = 14 * 24 * 3600
"""Seconds before its time at which a machine is told of."""


@dataclass(frozen=True, slots=True)
class Expiring:
    """A machine with a time. `over`: it has passed; the machine still reads until it is removed."""

    member: str
    label: str
    expires: str
    over: bool


def expiring(vault: Vault, now: float) -> tuple[Expiring, ...]:
    """The active machines whose time has passed, or passes within two weeks, the earliest first."""
    latest, moment = format_time(now + SOON), format_time(now)
    found = [
        (member.expires, identifier)
        for identifier, member in vault.state.members.items()
        if member.is_active and member.expires is not None and member.expires <= latest
    ]
    known = labels(vault) if found and vault.me is not None else {}
    return tuple(
        Expiring(identifier, known.get(identifier, identifier), expires, expires < moment)
        for expires, identifier in sorted(found)
    )


def to_remove(vault: Vault, now: float) -> tuple[Expiring, ...]:
    """Those whose time has passed, if I am an admin, who removes them."""
    me = vault.me
    if me is None or not vault.state.members[me].is_admin:
        return ()
    return tuple(one for one in expiring(vault, now) if one.over)


def days_left(expires: str, now: float) -> int:
    """Whole days until then; negative once it has passed."""
    return int((datetime.fromisoformat(expires).timestamp() - now) // (24 * 3600))
