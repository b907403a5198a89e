"""Closed groups that I am in: my client opens them by itself, at its next sync or write."""

from __future__ import annotations

from skillvault.services import staleness
from skillvault.services.context import Context
from skillvault.vault import epochs
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.reader import Reader


def before_write(ctx: Context, vault: Vault) -> None:
    """What every write begins with, once it holds `changing()`: staleness, and closed groups.

    A group that is opened here is told; it goes along with what is written.
    """
    staleness.check(ctx, vault)
    open_here(ctx, vault)


def open_here(ctx: Context, vault: Vault) -> None:
    """Open them on the local line, so that what is written next is sealed to them too."""
    if vault.me is None or not (closed := epochs.closed_of_mine(vault.reader)):
        return
    names = [vault.reader.name(group) for group in closed]
    vault.commit(epochs.opening(vault.reader), ctx.now())
    ctx.warn(f"{vault.name}: opened with a new key: {', '.join(names)}")


def bridging(reader: Reader) -> tuple[Draft, list[tuple[str, int]]]:
    """The draft that leads around spoiled links, where I hold what lies behind; (group, epoch)."""
    draft, found = Draft(), []
    for group in sorted(reader.state.groups):
        if _is_in(reader, group):
            for epoch in epochs.bridgeable(reader, group):
                epochs.bridge(draft, reader, group, epoch)
                found.append((group, epoch))
    return draft, found


def _is_in(reader: Reader, group: str) -> bool:
    return reader.me in reader.state.groups[group].members
