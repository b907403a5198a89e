"""What went where, and when: read back. `services/journaling.py` writes it, without SQLModel."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select

from skillvault.catalog import tables
from skillvault.catalog.image import deflate, inflate

if TYPE_CHECKING:
    from skillvault.catalog.store import Catalog
    from skillvault.vault.spool import Record


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class EventSkill(_Frozen):
    """A version of a skill. `vault` and `skill` are ids; the names are those of that time."""

    vault: str
    vault_name: str
    skill: str
    name: str
    version: int
    content: str


class Event(_Frozen):
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
    newest = select(tables.Event).order_by(col(tables.Event.id).desc())
    return [_event(row.id, json.loads(inflate(row.body))) for row in catalog.session.exec(newest)]


def rows(record: Record) -> Iterator[tables.Event]:
    """The rows of a record. ValidationError: it has not the form of one."""
    _event(record.id, record.body)
    yield tables.Event(id=record.id, body=deflate(json.dumps(record.body)))


def _event(identifier: str, body: Mapping[str, Any]) -> Event:
    # Not from JSON text, where pydantic takes no surrogates: file names have them.
    return Event.model_validate({**body, "id": identifier})
