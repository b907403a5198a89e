"""The tables that hold results, as SQLModel sees them; `schema.py` has them as SQL."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class Answer(SQLModel, table=True):
    """A model's answer. `key`: what was asked of whom, hashed. `value`: JSON."""

    __tablename__ = "answer"

    key: str = Field(primary_key=True)
    time: str
    value: str


class Text(SQLModel, table=True):
    """A text that many calls share: a system prompt with a skill in it."""

    __tablename__ = "text"

    digest: str = Field(primary_key=True)
    body: str


class Run(SQLModel, table=True):
    """An evaluation. `body`: JSON of `runs.Run` without its calls."""

    __tablename__ = "run"

    id: str = Field(primary_key=True)
    time: str = Field(index=True)
    vault: str
    skill: str
    content: str
    suite: str
    model: str
    digest: str
    body: str


class Call(SQLModel, table=True):
    """One call of a run. `body`: JSON of `runs.Call`, its system prompt by digest."""

    __tablename__ = "call"

    run: str = Field(primary_key=True, foreign_key="run.id")
    number: int = Field(primary_key=True)
    task: str
    arm: str
    body: str


class Event(SQLModel, table=True):
    """Something that was given to an agent, or taken from one."""

    __tablename__ = "event"

    id: str = Field(primary_key=True)
    time: str = Field(index=True)
    action: str
    agent: str | None
    target: str | None


class EventSkill(SQLModel, table=True):
    """A version of a skill that an event was about."""

    __tablename__ = "event_skill"

    event: str = Field(primary_key=True, foreign_key="event.id")
    number: int = Field(primary_key=True)
    vault: str
    vault_name: str
    skill: str
    name: str
    version: int
    content: str
