"""The catalog as a whole: what was acknowledged is there, whoever dies or writes beside it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from skillvault import age
from skillvault.catalog import answers, image
from skillvault.catalog.store import FOLD_AT, Catalog
from skillvault.vault import spool
from skillvault.vault.identity import Identity
from tests.conftest import ROOT

NOW = "2026-11-24T17:00:00Z"


def keep(catalog: Catalog, *keys: str) -> None:
    for key in keys:
        answers.keep(catalog, key, {"text": f"answer to {key}"}, time=NOW)


def in_image(state: Path, me: Identity) -> list[str]:
    with closing(image.load(state, me)) as db:
        return [key for (key,) in db.execute("SELECT key FROM answer ORDER BY key")]


def asked(**changes: object) -> str:
    base: dict[str, Any] = {
        "model": "sha256:m",
        "parameters": {"threads": 2, "context": 4096},
        "request": {"system": "s", "prompt": "p", "temperature": 0.0, "seed": 1},
        "sample": 0,
    }
    return answers.key_of(**{**base, **changes})


def test_an_answer_is_kept_under_all_that_it_follows_from() -> None:
    assert asked() == asked(parameters={"context": 4096, "threads": 2}), "in whatever order"
    others = [
        asked(model="sha256:n"),
        asked(parameters={"threads": 3, "context": 4096}),
        asked(request={"system": "s", "prompt": "p", "temperature": 0.0, "seed": 2}),
        asked(request={"system": "sp", "prompt": "", "temperature": 0.0, "seed": 1}),
        asked(request={"system": "s", "prompt": "p", "temperature": 0.5, "seed": 1}),
        asked(sample=1),
    ]
    assert len({asked(), *others}) == 1 + len(others)
    assert asked(request={"prompt": "\ud800"}) != asked(request={"prompt": "\ud801"})


def test_what_is_kept_is_found_at_once_and_the_next_time(state: Path, me: Identity) -> None:
    value = {
        "text": "caf\u00e9 \ud800 \U0001f600",
        "finish": "stop",
        "seconds": 0.25,
        "more": [1, None],
    }
    with Catalog(state, me) as catalog:
        assert answers.find(catalog, "k") is None
        answers.keep(catalog, "k", value, time=NOW)
        assert answers.find(catalog, "k") == value
    with Catalog(state, me) as catalog:
        assert answers.find(catalog, "k") == value
        assert answers.find(catalog, "l") is None


def test_the_first_answer_under_a_key_stays(state: Path, me: Identity) -> None:
    with Catalog(state, me) as one, Catalog(state, me) as two:
        answers.keep(one, "k", {"text": "first"}, time=NOW)
        answers.keep(two, "k", {"text": "second"}, time=NOW)
        answers.keep(one, "k", {"text": "third"}, time=NOW)
        assert answers.find(one, "k") == {"text": "first"}
    with Catalog(state, me) as catalog:
        catalog.fold()
    with Catalog(state, me) as catalog:
        assert answers.find(catalog, "k") == {"text": "first"}


def test_few_records_wait_and_many_are_folded_in_when_it_closes(state: Path, me: Identity) -> None:
    with Catalog(state, me) as catalog:
        keep(catalog, "a", "b")
    assert spool.waiting(state, me) == 2
    assert not image.file_of(state, me).exists()
    with Catalog(state, me) as catalog:
        keep(catalog, *map(str, range(FOLD_AT)))
    assert spool.waiting(state, me) == 0
    assert len(in_image(state, me)) == FOLD_AT + 2
    with Catalog(state, me) as catalog:
        assert answers.find(catalog, "a") == {"text": "answer to a"}


def test_folding_twice_what_a_kill_left_behind_changes_nothing(state: Path, me: Identity) -> None:
    with Catalog(state, me) as catalog:
        keep(catalog, "a", "b")
        records, _ = spool.read(state, me)
        left = {record.path: record.path.read_bytes() for record in records}
        assert catalog.fold() == 2
        for path, data in left.items():
            path.write_bytes(data)  # the image was written, and then the power went
        assert catalog.fold() == 2
    assert in_image(state, me) == ["a", "b"]
    assert spool.waiting(state, me) == 0


def test_two_that_are_open_at_once_lose_nothing_of_each_other(state: Path, me: Identity) -> None:
    def work(who: str) -> None:
        for block in range(3):
            with Catalog(state, me) as catalog:
                keep(catalog, *(f"{who}-{block}-{number}" for number in range(FOLD_AT)))
                catalog.fold()

    threads = [threading.Thread(target=work, args=(who,)) for who in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Catalog(state, me) as catalog:
        catalog.fold()
    assert len(in_image(state, me)) == 3 * 3 * FOLD_AT


def test_what_another_process_wrote_survives_a_catalog_that_was_open_all_the_time(
    state: Path, me: Identity
) -> None:
    with Catalog(state, me) as old:
        with Catalog(state, me) as other:
            keep(other, "theirs")
            other.fold()
        keep(old, "mine")
        old.fold()
    assert in_image(state, me) == ["mine", "theirs"]


KEEPER = """
import sys
from pathlib import Path
from skillvault.catalog import answers
from skillvault.catalog.store import Catalog
from skillvault.vault import identity
me = identity.parse(sys.stdin.readline().strip())
for block in range(10**6):
    with Catalog(Path(sys.argv[1]), me) as catalog:
        for number in range(40):
            answers.keep(catalog, f"{block}-{number}", {"text": "x"}, time="t")
            print(f"{block}-{number}", flush=True)
"""


@pytest.mark.parametrize("after", [1, 39, 57, 100])
def test_what_was_acknowledged_before_a_kill_is_there(
    state: Path, me: Identity, after: int
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KEEPER, str(state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{me.line}\n")
    process.stdin.close()
    said = [process.stdout.readline().strip() for _ in range(after)]
    os.kill(process.pid, signal.SIGKILL)
    said += process.stdout.read().split()
    process.stdout.close()
    process.wait()
    with Catalog(state, me, pytest.fail) as catalog:
        assert [key for key in said if answers.find(catalog, key) is None] == []
        catalog.fold()
    assert set(in_image(state, me)) >= set(said)


def test_a_record_that_cannot_be_read_is_set_aside_and_the_others_are_folded(
    state: Path, me: Identity
) -> None:
    said: list[str] = []
    with Catalog(state, me, said.append) as catalog:
        keep(catalog, "good")
        spool.append(state, me, "answer", {})
        spool.append(state, me, "answer", {"key": None, "time": NOW})
        spool.append(state, me, "run", {"run": {"calls": []}, "texts": {}})
        spool.append(state, me, "journal", {"time": NOW, "skills": 3})
        spool.append(state, me, "of the future", {"key": "k"})  # type: ignore[arg-type]  # a newer program's
        (spool.folder(state, me) / "0.age").write_bytes(b"rubbish")
        assert catalog.fold() == 1
    assert in_image(state, me) == ["good"]
    asides = sorted(path.name for path in spool.folder(state, me).glob("*.aside"))
    assert len(asides) == len(said) == 6
    assert all(any(name in line for line in said) for name in asides)
    with Catalog(state, me, pytest.fail) as catalog:
        assert answers.find(catalog, "good")


def test_a_catalog_that_cannot_be_used_is_begun_anew_and_kept(state: Path, me: Identity) -> None:
    path = image.file_of(state, me)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"rubbish")
    said: list[str] = []
    with Catalog(state, me, said.append) as catalog:
        keep(catalog, "a")
        assert not said
        catalog.fold()
    assert len(said) == 1
    assert in_image(state, me) == ["a"]
    assert [aside.read_bytes() for aside in state.rglob("*.aside")] == [b"rubbish"]


def test_a_folder_in_the_image_s_place_is_set_aside_too(state: Path, me: Identity) -> None:
    said: list[str] = []
    image.file_of(state, me).mkdir(parents=True)
    with Catalog(state, me, said.append) as catalog:
        keep(catalog, "a")
        assert catalog.fold() == 1
    assert len(said) == 1
    assert in_image(state, me) == ["a"]


def test_a_place_that_cannot_be_written_says_so_and_loses_nothing(
    state: Path, me: Identity
) -> None:
    said: list[str] = []
    with Catalog(state, me, said.append) as catalog:
        keep(catalog, "a")
        image.file_of(state, me).with_suffix(".age.lock").mkdir()
        assert catalog.fold() == 0
    assert said == ["catalog: not written: Is a directory"]
    with Catalog(state, me, pytest.fail) as catalog:
        assert answers.find(catalog, "a")


def test_a_secret_does_not_stand_in_the_error_of_the_database(state: Path, me: Identity) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import IntegrityError

    with Catalog(state, me) as catalog:
        statement = text("INSERT INTO answer VALUES (NULL, :time, :value)")
        with pytest.raises(IntegrityError) as caught:
            catalog.session.execute(statement, {"time": NOW, "value": "quagga"})
        assert "quagga" not in str(caught.value)


def test_the_tables_are_what_the_schema_makes(state: Path, me: Identity) -> None:
    with closing(image.load(state, me)) as made, closing(sqlite3.connect(":memory:")) as mapped:
        from sqlalchemy import create_engine
        from sqlalchemy.pool import StaticPool

        engine = create_engine("sqlite://", creator=lambda: mapped, poolclass=StaticPool)
        SQLModel.metadata.create_all(engine)
        names = [
            n for (n,) in mapped.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        ]
        assert sorted(names) == ["answer", "call", "event", "run", "text"]
        for name in names:
            for what in ("table_info", "foreign_key_list", "index_list"):
                query = f"SELECT * FROM pragma_{what}(?)"
                ours = [
                    str(row).upper().replace("VARCHAR", "TEXT")
                    for row in made.execute(query, (name,))
                ]
                theirs = [
                    str(row).upper().replace("VARCHAR", "TEXT")
                    for row in mapped.execute(query, (name,))
                ]
                assert ours == theirs


def test_the_image_on_disk_is_one_age_file_that_sqlite_reads(state: Path, me: Identity) -> None:
    with Catalog(state, me) as catalog:
        keep(catalog, "a")
        catalog.fold()
    plain = age.decrypt(image.file_of(state, me).read_bytes(), [me.key])
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(plain)
        assert db.execute("SELECT key FROM answer").fetchall() == [("a",)]
        assert db.execute("PRAGMA quick_check").fetchall() == [("ok",)]
