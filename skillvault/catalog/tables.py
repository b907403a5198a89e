"""The tables that hold results, as SQLModel sees them; `schema.py` has them as SQL.

`body` and `value` are JSON, deflated.
"""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class Answer(SQLModel, table=True):
    """A model's answer. `key`: what was asked of whom, hashed."""

    __tablename__ = "answer"

    key: str = Field(primary_key=True)
    time: str
    value: bytes


class Text(SQLModel, table=True):
    """A text that many calls share: a system prompt with a skill in it. `digest`: its SHA-256."""

    __tablename__ = "text"

    digest: str = Field(primary_key=True)
    body: bytes


class Run(SQLModel, table=True):
    """An evaluation. `body`: `runs.Run` without its calls."""

    __tablename__ = "run"

    id: str = Field(primary_key=True)
    time: str = Field(index=True)
    skill: str
    suite: str
    body: bytes


class Call(SQLModel, table=True):
    """One call of a run. `body`: `runs.Call`, its prompts by digest."""

    __tablename__ = "call"

    run: str = Field(primary_key=True, foreign_key="run.id")
    number: int = Field(primary_key=True)
    task: str
    body: bytes


class Event(SQLModel, table=True):
    """Something that was given to an agent, or taken from one. `body`: `journal.Event`."""

    __tablename__ = "event"

    id: str = Field(primary_key=True)
    body: bytes
