"""The journal of this machine: what was given to an agent, where and when.

Writing an event costs one small sealed file, and imports neither SQLModel nor the catalog.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from skillvault.services import identities
from skillvault.services.context import Context
from skillvault.vault import spool
from skillvault.vault.client import Vault
from skillvault.vault.identity import Identity

if TYPE_CHECKING:
    from skillvault.catalog.journal import Event
    from skillvault.vault.bundle import Bundle

Action = Literal["inject", "install", "update", "uninstall", "wipe", "run"]


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a skill, as the journal names it. `vault` and `skill` are ids.

    `identity`: whose journal it goes to; None means the first of this machine.
    """

    vault: str
    vault_name: str
    skill: str
    name: str
    version: int
    content: str
    identity: Identity | None = field(default=None, repr=False)

    @classmethod
    def of(cls, vault: Vault, opened: Bundle) -> Version:
        """The version that was opened, in the journal of whoever opened it."""
        said = opened.manifest
        return cls(
            vault=vault.notes.vault,
            vault_name=vault.name,
            skill=said.skill,
            name=said.name,
            version=said.version,
            content=opened.content,
            identity=vault.identity,
        )


def note(
    ctx: Context,
    action: Action,
    versions: Sequence[Version],
    *,
    agent: str | None = None,
    target: str | None = None,
) -> None:
    """Write down that these versions went somewhere, or were taken away from there.

    `target` is a folder, a file or a program; None for standard output and for messages in memory.
    Each identity has a journal of its own. What cannot be written fails nothing: it is warned
    about.
    """
    by_owner: dict[str, tuple[Identity, list[Version]]] = {}
    for version in versions:
        owner = version.identity or _first(ctx)
        if owner is not None:
            by_owner.setdefault(owner.recipient, (owner, []))[1].append(version)
    for owner, mine in by_owner.values():
        body = {
            "time": datetime.fromtimestamp(ctx.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "action": action,
            "agent": agent,
            "target": target,
            "skills": [_said(version) for version in mine],
        }
        try:
            spool.append(ctx.paths.state, owner, "journal", body)
        except OSError as error:
            ctx.warn(f"journal: not written: {error.strerror}")


def read(ctx: Context) -> list[Event]:
    """The events of all identities of this machine, the newest first."""
    from skillvault.catalog.journal import events
    from skillvault.catalog.store import Catalog

    found: list[Event] = []
    for held in identities.load(ctx):
        with Catalog(ctx.paths.state, held.identity, ctx.warn) as catalog:
            found += events(catalog)
    return sorted(found, key=lambda event: event.id, reverse=True)


def about(events: Iterable[Event], name: str) -> list[Event]:
    """Those that have to do with a skill of this name."""
    from skillvault.services.labels import fold

    return [e for e in events if any(fold(s.name) == fold(name) for s in e.skills)]


def _first(ctx: Context) -> Identity | None:
    held = identities.load(ctx)
    return held[0].identity if held else None


def _said(version: Version) -> dict[str, object]:
    return {
        "vault": version.vault,
        "vault_name": version.vault_name,
        "skill": version.skill,
        "name": version.name,
        "version": version.version,
        "content": version.content,
    }
