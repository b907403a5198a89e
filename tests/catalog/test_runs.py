"""Runs: every call comes back as it was, and one finds it by what one remembers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from skillvault.catalog import image, runs
from skillvault.catalog.runs import Arm, Call, Check, Run, Task
from skillvault.catalog.store import Catalog
from skillvault.errors import NotFoundError
from skillvault.vault import spool
from skillvault.vault.identity import Identity

SYSTEM = "You review code. " * 500


def call(task: str, arm: str, **changes: object) -> Call:
    base: dict[str, Any] = {
        "task": task,
        "arm": arm,
        "index": 0,
        "system": SYSTEM if arm == "skill" else "",
        "prompt": f"What of {task}?",
        "answer": f"answer of {arm} to {task} \ud800 \u202e",
        "finish": "stop",
        "score": Fraction(1, 3),
        "seconds": 0.1,
        "checks": (Check(check="contains `x`", score=Fraction(1), saw="x\ny"),),
    }
    return Call(**{**base, **changes})


def run(number: int = 0, **changes: object) -> Run:
    base: dict[str, Any] = {
        "id": runs.new_id(),
        "time": f"2026-11-24T17:00:{number:02}Z",
        "label": "code-review@2",
        "vault": "sha256:" + "0" * 64,
        "vault_name": "acme",
        "skill": "a" * 16,
        "version": 2,
        "content": "sha256:" + "1" * 64,
        "suite": "sha256:" + "2" * 64,
        "model": "echo:",
        "digest": "sha256:" + "3" * 64,
        "parameters": {"threads": 2, "runtime": "x", "ratio": 0.5, "on": True},
        "verdict": "improves",
        "arms": (
            Arm(name="baseline", digest="sha256:0", tokens=0, mean=None),
            Arm(name="skill", digest="sha256:1", tokens=9, mean=Fraction(2, 3)),
        ),
        "tasks": (
            Task(id="first", scores={"baseline": None, "skill": Fraction(1, 3)}),
            Task(
                id="second \ud800",
                scores={"baseline": Fraction(0), "skill": Fraction(1)},
                group="g",
            ),
        ),
        "report": {"interval": [-0.02, 0.28], "nested": {"null": None}},
        "calls": tuple(
            call(task, arm) for task in ("first", "second \ud800") for arm in ("baseline", "skill")
        ),
    }
    return Run(**{**base, **changes})


def test_a_run_comes_back_as_it_was(state: Path, me: Identity) -> None:
    whole = run(
        calls=(*run().calls, call("first", "skill", score=None, note="429", finish="failed"))
    )
    with Catalog(state, me) as catalog:
        runs.record(catalog, whole)
        assert runs.read(catalog, whole.id) == whole
        catalog.fold()
    with Catalog(state, me) as catalog:
        assert runs.read(catalog, "last") == whole
        assert runs.listed(catalog) == [whole.model_copy(update={"calls": ()})]


def test_one_task_of_it(state: Path, me: Identity) -> None:
    whole = run()
    with Catalog(state, me) as catalog:
        runs.record(catalog, whole)
        first = runs.read(catalog, "last", "first")
        assert first.calls == whole.calls[:2]
        assert runs.read(catalog, "last", "second \ud800").calls == whole.calls[2:]
        with pytest.raises(NotFoundError, match="no such task") as caught:
            runs.read(catalog, "last", "third")
        assert "first" in (caught.value.hint or "")


def test_by_the_beginning_of_an_id_or_as_the_last(state: Path, me: Identity) -> None:
    with Catalog(state, me) as catalog:
        with pytest.raises(NotFoundError, match="no run yet"):
            runs.read(catalog, "last")
        for number, name in enumerate(("abcd2222", "abce2222", "%_bc2222")):
            runs.record(catalog, run(number, id=name))
        assert runs.read(catalog, "abcd").id == "abcd2222"
        assert runs.read(catalog, "last").id == "%_bc2222"
        assert [each.id for each in runs.listed(catalog)] == ["%_bc2222", "abce2222", "abcd2222"]
        for wanted, problem in (
            ("abc", "several"),
            ("x", "no such"),
            ("", "several"),
            ("\ud800", "no such"),
        ):
            with pytest.raises(NotFoundError, match=problem):
                runs.read(catalog, wanted)
        assert runs.read(catalog, "%").id == "%_bc2222", "no pattern"


def test_how_often_a_suite_was_run(state: Path, me: Identity) -> None:
    with Catalog(state, me) as catalog:
        for number in range(3):
            runs.record(catalog, run(number, suite="sha256:same", skill="b" * 16))
        runs.record(catalog, run(suite="sha256:other", skill="b" * 16))
        runs.record(catalog, run(suite="sha256:same", skill="c" * 16))
        assert runs.times(catalog, skill="b" * 16, suite="sha256:same") == 3
        assert runs.times(catalog, skill="d" * 16, suite="sha256:same") == 0


def test_a_text_that_many_calls_share_is_kept_once(state: Path, me: Identity) -> None:
    many = tuple(call("first", "skill", index=number) for number in range(200))
    with Catalog(state, me) as catalog:
        runs.record(catalog, run(calls=many))
        (record,) = spool.read(state, me)[0]
        assert record.path.stat().st_size < 200_000
        assert SYSTEM in record.body["texts"].values()
        catalog.fold()
        assert runs.read(catalog, "last").calls == many
    assert image.file_of(state, me).stat().st_size < 200_000


def test_an_older_record_lacks_what_was_added_since_and_a_newer_one_has_more(
    state: Path, me: Identity
) -> None:
    plain = run(calls=()).model_dump(mode="json")
    del plain["report"], plain["seconds"]
    plain["of the future"] = 1
    spool.append(state, me, "run", {"run": plain, "texts": {}})
    with Catalog(state, me, pytest.fail) as catalog:
        assert runs.read(catalog, "last").report == {}
        assert catalog.fold() == 1


def test_ids_can_be_typed_and_differ() -> None:
    made = {runs.new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(each) == 8 and each.isalnum() and each == each.lower() for each in made)
