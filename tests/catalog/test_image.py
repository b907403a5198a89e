"""The sealed image: whole or not at all, migrated or set aside, never wiped."""

from __future__ import annotations

import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from skillvault import age
from skillvault.catalog import image, schema
from skillvault.vault.identity import Identity


def nobody(text: str) -> None:
    pytest.fail(f"nothing was to be said: {text}")


def put(state: Path, me: Identity, key: str) -> None:
    with image.changing(state, me, nobody) as db:
        db.execute("INSERT INTO answer VALUES (?, '', '')", (key,))


def keys(state: Path, me: Identity) -> list[str]:
    with closing(image.load(state, me)) as db:
        return [key for (key,) in db.execute("SELECT key FROM answer ORDER BY key")]


def seal(state: Path, me: Identity, plain: bytes) -> Path:
    path = image.file_of(state, me)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(age.encrypt(plain, [age.parse_recipient(me.recipient)]))
    return path


def unseal(path: Path, me: Identity) -> bytes:
    return age.decrypt(path.read_bytes(), [me.key])


def database(*statements: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as db:
        for statement in statements:
            db.executescript(statement)
        return db.serialize()


def test_what_is_put_in_is_there_the_next_time_and_sealed(state: Path, me: Identity) -> None:
    assert keys(state, me) == []
    assert not state.exists(), "reading makes nothing"
    put(state, me, "quagga")
    put(state, me, "zebra")
    assert keys(state, me) == ["quagga", "zebra"]
    path = image.file_of(state, me)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert age.stanza_types(path.read_bytes())[0] == "mlkem768x25519"
    for file in (p for p in state.rglob("*") if p.is_file()):
        assert b"quagga" not in file.read_bytes()
        assert b"SQLite" not in file.read_bytes()


def test_nothing_of_it_spills_to_disk(state: Path, me: Identity) -> None:
    put(state, me, "quagga")
    with closing(image.load(state, me)) as db:
        assert db.execute("PRAGMA temp_store").fetchone() == (2,), "memory"
        assert db.execute("PRAGMA journal_mode").fetchone() == ("memory",)


def test_a_change_that_fails_writes_nothing(state: Path, me: Identity) -> None:
    put(state, me, "before")
    held = image.file_of(state, me).read_bytes()
    with pytest.raises(RuntimeError), image.changing(state, me, nobody) as db:  # noqa: PT012 - the change and its failure
        db.execute("INSERT INTO answer VALUES ('after', '', '')")
        raise RuntimeError
    assert image.file_of(state, me).read_bytes() == held


def test_changes_at_the_same_time_lose_nothing(state: Path, me: Identity) -> None:
    words = [f"{number:02}" for number in range(12)]
    threads = [threading.Thread(target=put, args=(state, me, word)) for word in words]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keys(state, me) == words


UNUSABLE = [
    (b"", "no SQLite database"),
    (b"SQLite format 3\0" + b"rubbish" * 1000, "not a database|malformed|no SQLite"),
    (database("CREATE TABLE mail (text TEXT)"), "some other program's"),
    (database("PRAGMA application_id = 77", "PRAGMA user_version = 1"), "some other program's"),
    (
        database(f"PRAGMA application_id = {schema.APPLICATION}", "PRAGMA user_version = 99"),
        "newer skillvault",
    ),
]


@pytest.mark.parametrize(("plain", "reason"), UNUSABLE, ids=["0", "1", "2", "3", "4"])
def test_what_cannot_be_used_is_set_aside_with_a_word_and_kept(
    state: Path, me: Identity, plain: bytes, reason: str
) -> None:
    path = seal(state, me, plain)
    held = path.read_bytes()
    assert keys(state, me) == []
    assert path.read_bytes() == held, "reading leaves it where it is"
    said: list[str] = []
    with image.changing(state, me, said.append) as db:
        db.execute("INSERT INTO answer VALUES ('new', '', '')")
    assert keys(state, me) == ["new"]
    (aside,) = state.rglob("*.aside")
    assert aside.read_bytes() == held
    (line,) = said
    assert aside.name in line
    assert any(part in line for part in reason.split("|")), line


@pytest.mark.parametrize("damage", [b"rubbish", b"", b"age-encryption.org/v1\n-> X25519 x\n"])
def test_a_damaged_file_is_set_aside(state: Path, me: Identity, damage: bytes) -> None:
    put(state, me, "old")
    path = image.file_of(state, me)
    path.write_bytes(damage)
    said: list[str] = []
    with image.changing(state, me, said.append):
        pass
    assert keys(state, me) == []
    assert [aside.read_bytes() for aside in state.rglob("*.aside")] == [damage]
    assert len(said) == 1


def test_each_that_is_set_aside_has_a_name_of_its_own(state: Path, me: Identity) -> None:
    for number in range(3):
        image.file_of(state, me).parent.mkdir(parents=True, exist_ok=True)
        image.file_of(state, me).write_bytes(b"rubbish %d" % number)
        with image.changing(state, me, lambda _text: None):
            pass
    asides = sorted(aside.read_bytes() for aside in state.rglob("*.aside"))
    assert asides == [b"rubbish 0", b"rubbish 1", b"rubbish 2"]


def test_an_older_version_is_migrated_and_keeps_what_it_holds(me: Identity) -> None:
    del me
    steps = (*schema.STEPS, "ALTER TABLE answer ADD COLUMN price REAL; CREATE TABLE more (x)")
    with closing(sqlite3.connect(":memory:")) as db:
        assert schema.migrate(db)
        db.execute("INSERT INTO answer VALUES ('old', 't', 'v')")
        db.commit()
        assert schema.migrate(db, steps)
        assert db.execute("SELECT * FROM answer").fetchall() == [("old", "t", "v", None)]
        assert db.execute("PRAGMA user_version").fetchone() == (len(steps),)
        assert not schema.migrate(db, steps), "once"
        with pytest.raises(ValueError, match="newer"):
            schema.migrate(db)


def test_a_step_that_fails_changes_nothing(me: Identity) -> None:
    del me
    steps = (*schema.STEPS, "CREATE TABLE more (x); INSERT INTO nowhere VALUES (1)")
    with closing(sqlite3.connect(":memory:")) as db:
        schema.migrate(db)
        with pytest.raises(sqlite3.Error):
            schema.migrate(db, steps)
        db.rollback()
        assert db.execute("PRAGMA user_version").fetchone() == (len(schema.STEPS),)
        assert not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'more'").fetchone()


def test_a_place_that_holds_no_folder_is_an_empty_catalog_to_read(
    state: Path, me: Identity
) -> None:
    state.mkdir()
    (state / "catalog").write_text("a file where the folder should be")
    assert keys(state, me) == []
    with pytest.raises(OSError, match="exists"), image.changing(state, me, nobody):
        pass


def test_long_texts_come_back_as_they_were() -> None:
    text = "caf\u00e9 \u6f22\u5b57 \U0001f600\n" * 100
    assert image.inflate(image.deflate(text)) == text
    assert len(image.deflate(text)) < len(text)
    assert image.storable("a\ud800b") == "a?b"
