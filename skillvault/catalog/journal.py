"""What went where, and when: read back. `services/journaling.py` writes it, without SQLModel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import SQLModel, col, select

from skillvault.catalog import tables

if TYPE_CHECKING:
    from skillvault.catalog.store import Catalog
    from skillvault.vault.spool import Record


@dataclass(frozen=True, slots=True)
class EventSkill:
    """A version of a skill. `vault` and `skill` are ids; the names are those of that time."""

    vault: str
    vault_name: str
    skill: str
    name: str
    version: int
    content: str


@dataclass(frozen=True, slots=True)
class Event:
    """`action` is what was done (inject, install, ...), to `skills`; `agent` and `target` where to.

    Both are None where there is none: what goes to standard output has no target.
    """

    id: str
    time: str
    action: str
    agent: str | None
    target: str | None
    skills: tuple[EventSkill, ...]


def events(catalog: Catalog) -> list[Event]:
    """All of them, the newest first."""
    skills: dict[str, list[EventSkill]] = {}
    ordered = select(tables.EventSkill).order_by(col(tables.EventSkill.number))
    for row in catalog.session.exec(ordered):
        skills.setdefault(row.event, []).append(
            EventSkill(row.vault, row.vault_name, row.skill, row.name, row.version, row.content)
        )
    newest = select(tables.Event).order_by(col(tables.Event.id).desc())
    return [
        Event(e.id, e.time, e.action, e.agent, e.target, tuple(skills.get(e.id, ())))
        for e in catalog.session.exec(newest)
    ]


def rows(record: Record) -> Iterable[SQLModel]:
    """The rows of a record. KeyError, TypeError: it has not the form of one."""
    body = record.body
    yield tables.Event(
        id=record.id,
        time=body["time"],
        action=body["action"],
        agent=body["agent"],
        target=body["target"],
    )
    for number, skill in enumerate(body["skills"]):
        yield tables.EventSkill(event=record.id, number=number, **skill)
