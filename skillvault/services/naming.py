"""Names to complete what somebody types: from what this client keeps, without a question."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from skillvault.errors import SkillvaultError
from skillvault.services import opening
from skillvault.services.context import Context
from skillvault.skill.frontmatter import name_problem
from skillvault.skill.text import visible
from skillvault.vault import settings
from skillvault.vault.client import Vault


def skills(ctx: Context, vault: str | None = None) -> list[tuple[str, str, str]]:
    """(vault, name, description) of the skills that were listed before; nothing is opened.

    Names that are no skill's name are left out: whoever typed them might run them.
    """
    found = []
    for home in _homes(ctx, vault):
        newest: dict[str, tuple[int, str, str]] = {}
        for summary in home.notebook.summaries.values():
            if summary.skill not in home.state.skills or name_problem(summary.name) is not None:
                continue
            if newest.get(summary.skill, (0, "", ""))[0] < summary.version:
                newest[summary.skill] = (summary.version, summary.name, summary.description)
        found += [(home.name, name, text) for _, name, text in newest.values()]
    return sorted(set(found))


def versions(ctx: Context, name: str, vault: str | None = None) -> list[int]:
    """The versions of the skill of this name, the newest first."""
    for home in _homes(ctx, vault):
        for summary in home.notebook.summaries.values():
            record = home.state.skills.get(summary.skill)
            if summary.name == name and record is not None:
                return list(range(len(record.versions), 0, -1))
    return []


def people(ctx: Context, vault: str | None = None) -> list[tuple[str, str]]:
    """(name, role or `group`) of active members and groups."""
    found = set()
    for home in _homes(ctx, vault):
        members = [(i, m.role) for i, m in home.state.members.items() if m.is_active]
        for identifier, role in (*members, *((i, "group") for i in home.state.groups)):
            name = home.reader.name(identifier)
            if name == visible(name, lines=False):
                found.add((name, str(role)))
    return sorted(found)


def vaults(ctx: Context) -> list[str]:
    """The vaults of this machine."""
    return settings.names(ctx.paths)


def _homes(ctx: Context, vault: str | None) -> Iterator[Vault]:
    """The vault that is meant, or all; one that does not open gives no names."""
    wanted = vault or ctx.environ.get("SKILLVAULT_VAULT")
    for name in [wanted] if wanted else settings.names(ctx.paths):
        with contextlib.suppress(SkillvaultError):
            home = opening.open_named(ctx, name)
            if home.me is not None:
                yield home
