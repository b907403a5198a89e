"""Evaluation runs: what came out, and every call with what was asked, answered and checked.

Scores are exact fractions. A text that many calls share (the system prompt with the skill in it)
is kept once.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import b32encode
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict
from sqlmodel import SQLModel, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from skillvault.catalog import tables
from skillvault.catalog.image import deflate, inflate, storable
from skillvault.catalog.tables import Text
from skillvault.errors import NotFoundError

if TYPE_CHECKING:
    from skillvault.catalog.store import Catalog
    from skillvault.vault.spool import Record

LAST = "last"
_SHARED = ("system", "prompt")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Check(_Frozen):
    """What one check of a task saw: the check in words, its score, what it was judged on."""

    check: str
    score: Fraction
    saw: str


class Call(_Frozen):
    """One call. `score` is None where the result is missing, for the reason in `note`.

    `finish` as in `models.base`; `cached`: the answer was kept from an earlier run. Token counts
    and `seconds` are those of the call that was really made.
    """

    task: str
    arm: str
    index: int
    system: str
    prompt: str
    prefill: str = ""
    answer: str
    finish: str
    score: Fraction | None
    note: str = ""
    retries: int = 0
    cached: bool = False
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    served: str = ""
    checks: tuple[Check, ...] = ()


class Arm(_Frozen):
    """One side: the SHA-256 of its text, its tokens, its mean over complete tasks or None."""

    name: str
    digest: str
    tokens: int
    mean: Fraction | None


class Task(_Frozen):
    """One task's score in each arm, None where it is missing."""

    id: str
    scores: Mapping[str, Fraction | None]
    group: str | None = None


class Run(_Frozen):
    """An evaluation of one version of a skill on one model.

    A `temperature` of None was left to the model's service. `lines` are the report in words.
    `label` is `NAME@N`, `vault` and `skill` are ids, `content` the version's hash; `suite` and
    `digest` (the model's) are hashes. `report` is the object that `eval --json` prints of it.
    `calls` is empty in what `listed` gives.
    """

    id: str
    time: str
    label: str
    vault: str
    vault_name: str
    skill: str
    version: int
    content: str
    suite: str
    model: str
    digest: str
    parameters: Mapping[str, str | int | float | bool] = {}
    samples: int = 1
    temperature: float | None = 0.0
    seed: int = 0
    seconds: float = 0.0
    verdict: str
    arms: tuple[Arm, ...]
    tasks: tuple[Task, ...]
    report: Mapping[str, Any] = {}
    lines: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()


def new_id() -> str:
    """An id for a run: 8 characters of base32, which one can type."""
    return b32encode(secrets.token_bytes(5)).decode().lower()


def record(catalog: Catalog, run: Run) -> None:
    """Keep a run, on disk before this returns. OSError where it cannot be written."""
    texts: dict[str, str] = {}
    plain = run.model_dump(mode="json")
    for call in plain["calls"]:
        for name in _SHARED:
            digest = hashlib.sha256(call[name].encode("utf-8", "surrogatepass")).hexdigest()
            texts[digest] = call[name]
            call[name] = digest
    catalog.add("run", {"run": plain, "texts": texts})


def listed(catalog: Catalog) -> list[Run]:
    """Every run without its calls, the newest first."""
    return [_parse(row) for row in catalog.session.exec(_newest())]


def read(catalog: Catalog, run: str, task: str | None = None) -> Run:
    """A run with its calls, or with those of one task.

    `run` is an id, the beginning of one, or `last`. NotFoundError: none or several are called so,
    or it has no such task.
    """
    row = _row(catalog, run)
    whole = _parse(row)
    wanted = select(tables.Call).where(tables.Call.run == row.id).order_by(col(tables.Call.number))
    if task is not None:
        wanted = wanted.where(tables.Call.task == storable(task))
    calls = [_call(catalog, found.body) for found in catalog.session.exec(wanted).all()]
    if task is not None and not calls:
        names = ", ".join(each.id for each in whole.tasks[:20])
        raise NotFoundError(f"{row.id} {task}", "no such task in this run", f"it has {names}")
    return whole.model_copy(update={"calls": tuple(calls)})


def times(catalog: Catalog, *, skill: str, suite: str) -> int:
    """How often this suite was run for this skill."""
    wanted = select(func.count()).where(tables.Run.skill == skill, tables.Run.suite == suite)
    return catalog.session.exec(wanted).one()


def rows(record: Record) -> Iterator[SQLModel]:
    """The rows of a record. KeyError, ValidationError: it has not the form of one."""
    plain = dict(record.body["run"])
    calls = plain.pop("calls")
    run = Run.model_validate(plain)
    for digest, body in record.body["texts"].items():
        yield Text(digest=digest, body=deflate(json.dumps(body)))
    yield tables.Run(
        id=run.id, time=run.time, skill=run.skill, suite=run.suite, body=deflate(json.dumps(plain))
    )
    for number, call in enumerate(calls):
        task = Call.model_validate(call).task
        yield tables.Call(run=run.id, number=number, task=task, body=deflate(json.dumps(call)))


def _newest() -> SelectOfScalar[tables.Run]:
    return select(tables.Run).order_by(col(tables.Run.time).desc(), col(tables.Run.id))


def _parse(row: tables.Run) -> Run:
    return Run.model_validate(json.loads(inflate(row.body)))


def _call(catalog: Catalog, body: bytes) -> Call:
    call = json.loads(inflate(body))
    for name in _SHARED:
        text = catalog.session.get(Text, call[name])
        call[name] = json.loads(inflate(text.body)) if text else ""
    return Call.model_validate(call)


def _row(catalog: Catalog, wanted: str) -> tables.Run:
    if wanted == LAST:
        found = catalog.session.exec(_newest().limit(1)).all()
    else:
        begins = col(tables.Run.id).startswith(storable(wanted), autoescape=True)
        found = catalog.session.exec(_newest().where(begins).limit(2)).all()
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFoundError(wanted, "several runs begin so", "give more of its id")
    problem = "no run yet" if wanted == LAST else "no such run"
    raise NotFoundError(wanted, problem, "`skillvault runs` lists them")
