"""Records on their way into the catalog: none is lost, none is readable, none breaks the others."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault import age
from skillvault.vault import identity, spool
from skillvault.vault.identity import Identity
from skillvault.vault.spool import PACK_AT


@pytest.fixture(scope="module")
def me() -> Identity:
    return identity.generate("x25519")


def bodies(state: Path, me: Identity) -> list[Any]:
    records, strange = spool.read(state, me)
    assert not strange
    return [record.body for record in records]


def test_records_come_back_in_their_order_and_nothing_of_them_is_readable(
    tmp_path: Path, me: Identity
) -> None:
    for word in ("quagga", "zebra", "okapi"):
        spool.append(tmp_path, me, "journal", {"word": word})
    assert bodies(tmp_path, me) == [{"word": "quagga"}, {"word": "zebra"}, {"word": "okapi"}]
    assert spool.waiting(tmp_path, me) == 3
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 3
    assert not any(b"quagga" in path.read_bytes() for path in files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(spool.folder(tmp_path, me).stat().st_mode) == 0o700


def test_each_identity_has_its_own(tmp_path: Path, me: Identity) -> None:
    other = identity.generate("x25519")
    spool.append(tmp_path, me, "journal", {"whose": "mine"})
    spool.append(tmp_path, other, "journal", {"whose": "theirs"})
    assert bodies(tmp_path, me) == [{"whose": "mine"}]
    assert bodies(tmp_path, other) == [{"whose": "theirs"}]


def test_where_nothing_was_written_nothing_waits(tmp_path: Path, me: Identity) -> None:
    assert spool.read(tmp_path / "nowhere", me) == ([], [])
    assert spool.waiting(tmp_path / "nowhere", me) == 0


def test_many_small_records_become_one_file_and_all_are_there(tmp_path: Path, me: Identity) -> None:
    for number in range(PACK_AT * 2 + 3):
        spool.append(tmp_path, me, "journal", {"number": number})
    names = sorted(path.name for path in spool.folder(tmp_path, me).iterdir())
    assert len(names) == 2 + 3
    assert sum(name.startswith("pack-") for name in names) == 2
    assert bodies(tmp_path, me) == [{"number": number} for number in range(PACK_AT * 2 + 3)]
    assert spool.waiting(tmp_path, me) == PACK_AT * 2 + 3


def test_a_kill_between_packing_and_removing_leaves_a_record_twice_under_one_id(
    tmp_path: Path, me: Identity
) -> None:
    kept = {}
    for number in range(PACK_AT - 1):
        path = spool.append(tmp_path, me, "journal", {"number": number}).path
        kept[path] = path.read_bytes()
    spool.append(tmp_path, me, "journal", {"number": PACK_AT})
    path, data = next(iter(kept.items()))
    assert not path.exists()
    path.write_bytes(data)
    records, _ = spool.read(tmp_path, me)
    assert len(records) == PACK_AT + 1
    assert len({record.id for record in records}) == PACK_AT


def test_writers_that_pack_at_the_same_time_lose_nothing(tmp_path: Path, me: Identity) -> None:
    each = PACK_AT

    def write(who: int) -> None:
        for number in range(each):
            spool.append(tmp_path, me, "journal", {"who": who, "number": number})

    threads = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        spool.read(tmp_path, me)
    for thread in threads:
        thread.join()
    records, strange = spool.read(tmp_path, me)
    assert not strange
    by_id = {record.id: (record.body["who"], record.body["number"]) for record in records}
    assert sorted(by_id.values()) == [(who, number) for who in range(4) for number in range(each)]


def sealed(me: Identity, plain: bytes) -> bytes:
    return age.encrypt(plain, [age.parse_recipient(me.recipient)])


WRONG = [
    b"",
    b"[]",
    b"null",
    b"{",
    b"[" * 100_000,
    b'{"format":2,"records":[]}',
    b'{"format":1}',
    b'{"format":1,"records":null}',
    b'{"format":1,"records":[1]}',
    b'{"format":1,"records":[{"id":1,"kind":"journal","body":{}}]}',
    b'{"format":1,"records":[{"id":"a","kind":null,"body":{}}]}',
    b'{"format":1,"records":[{"id":"a","kind":"journal","body":[]}]}',
    b'{"format":1,"records":[{"id":"a","kind":"journal"}]}',
    b"\xff",
]


@pytest.mark.parametrize("plain", WRONG, ids=[str(number) for number in range(len(WRONG))])
def test_what_is_no_record_is_named_and_hides_no_other(
    tmp_path: Path, me: Identity, plain: bytes
) -> None:
    spool.append(tmp_path, me, "journal", {"word": "okapi"})
    wrong = spool.folder(tmp_path, me) / "0.age"
    wrong.write_bytes(sealed(me, plain))
    records, strange = spool.read(tmp_path, me)
    assert [record.body for record in records] == [{"word": "okapi"}]
    assert strange == [wrong]


@pytest.mark.parametrize("data", [b"", b"rubbish", b"age-encryption.org/v1\n"])
def test_a_file_that_is_damaged_hides_no_other(tmp_path: Path, me: Identity, data: bytes) -> None:
    spool.append(tmp_path, me, "journal", {"word": "okapi"})
    (spool.folder(tmp_path, me) / "0.age").write_bytes(data)
    cut = spool.append(tmp_path, me, "journal", {"word": "zebra"}).path
    cut.write_bytes(cut.read_bytes()[:-1])
    (spool.folder(tmp_path, me) / "1.age").mkdir()
    (spool.folder(tmp_path, me) / ".half.tmp").write_bytes(b"half")
    records, strange = spool.read(tmp_path, me)
    assert [record.body for record in records] == [{"word": "okapi"}]
    assert sorted(path.name for path in strange) == sorted(["0.age", "1.age", cut.name])


def test_what_is_sealed_to_another_key_is_no_record_of_mine(tmp_path: Path, me: Identity) -> None:
    spool.append(tmp_path, me, "journal", {})
    theirs = spool.folder(tmp_path, me) / "0.age"
    theirs.write_bytes(sealed(identity.generate("x25519"), b'{"format":1,"records":[]}'))
    assert spool.read(tmp_path, me)[1] == [theirs]


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_no_json_whatever_leaves_the_parser_as_anything_but_records(
    me: Identity, value: object
) -> None:
    for whole in (value, {"format": 1, "records": value}, {"format": 1, "records": [value]}):
        plain = json.dumps(whole).encode()
        found = spool._parse(Path("x.age"), sealed(me, plain), me)
        assert found is None or all(isinstance(record.body, dict) for record in found)


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path, me: Identity) -> None:
    (tmp_path / "catalog").write_text("a file where the folder should be")
    with pytest.raises(OSError, match=r"[Nn]ot a directory|exists"):
        spool.append(tmp_path, me, "journal", {})
    assert spool.read(tmp_path, me) == ([], [])
