"""Entries and paths: what may stand in a commit's message, and in `changes`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.errors import VerificationError
from skillvault.vault import canonical
from skillvault.vault.entry import Entry, PathInfo, classify, parse_entry, size_limit
from skillvault.vault.ids import sha256
from tests.vault.world import TIME, ada, ben, digest, own

FIELDS: dict[str, Any] = {
    "changes": {f"skills/o/{own}/skill.age": digest("a"), f"names/{ada}.age": None},
    "content": {own: digest("b")},
    "member": ada,
    "previous": digest("c"),
    "seq": 12,
    "time": TIME,
}


def test_an_entry_comes_back_from_its_line() -> None:
    line = canonical.dumps(FIELDS)
    entry = parse_entry(line)
    assert entry == Entry(**FIELDS)
    assert entry.to_bytes() == line
    assert entry.hash == sha256(line) == Entry(**FIELDS).hash


def test_a_changed_copy_of_a_read_entry_has_a_line_of_its_own() -> None:
    entry = replace(parse_entry(canonical.dumps(FIELDS)), seq=13)
    assert parse_entry(entry.to_bytes()).seq == 13


def test_the_first_entry_has_no_previous() -> None:
    assert parse_entry(canonical.dumps({**FIELDS, "previous": None, "seq": 0})).previous is None


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_missing_field_is_refused(name: str) -> None:
    fields = {key: value for key, value in FIELDS.items() if key != name}
    with pytest.raises(VerificationError, match="other fields"):
        parse_entry(canonical.dumps(fields))


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(VerificationError, match="other fields"):
        parse_entry(canonical.dumps({**FIELDS, "note": 1}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("changes", []),
        ("changes", None),
        ("changes", {"vault.json": "sha256:00"}),
        ("changes", {"vault.json": digest("a").upper()}),
        ("changes", {"vault.json": digest("a") + "\n"}),
        ("changes", {"vault.json": 1}),
        ("changes", {"vault.json": False}),
        ("content", None),
        ("content", {own: None}),
        ("content", {own: "sha256:"}),
        ("content", {"x": digest("a")}),
        ("content", {own + "\n": digest("a")}),
        ("member", None),
        ("member", "ada"),
        ("member", ada.upper()),
        ("member", "1" * 16),
        ("previous", ""),
        ("previous", 0),
        ("previous", digest("a")[:-1]),
        ("seq", -1),
        ("seq", True),
        ("seq", "12"),
        ("seq", None),
        ("time", None),
        ("time", 0),
        ("time", "2026-11-24T17:00:00+00:00"),
        ("time", "2026-11-24 17:00:00Z"),
        ("time", "2026-11-24T17:00:00.0Z"),
        ("time", "2026-02-30T17:00:00Z"),
        ("time", "2026-11-24T24:00:00Z"),
        ("time", "2026-11-24T23:60:00Z"),
        ("time", "2026-11-24T23:59:60Z"),
        ("time", "2026-11-24T17:00:60Z"),
        ("time", "1969-12-31T23:59:59Z"),
        ("time", "\u0662\u0660\u0662\u0666-11-24T17:00:00Z"),
        ("time", "2026-11-24T17:00:00Z\n"),
    ],
)
def test_a_wrong_field_is_refused(name: str, value: object) -> None:
    with pytest.raises(VerificationError, match="entry"):
        parse_entry(canonical.dumps({**FIELDS, name: value}))


@given(st.binary(max_size=300))
def test_any_bytes_give_an_entry_or_a_verification_error(data: bytes) -> None:
    with pytest.raises(VerificationError):
        parse_entry(data)


@given(st.data())
def test_a_changed_byte_gives_another_entry_or_a_verification_error(data: st.DataObject) -> None:
    line = bytearray(canonical.dumps(FIELDS))
    at = data.draw(st.integers(0, len(line) - 1))
    line[at] ^= data.draw(st.integers(1, 255))
    try:
        entry = parse_entry(bytes(line))
    except VerificationError:
        return
    assert entry.to_bytes() == bytes(line)
    assert entry.hash != Entry(**FIELDS).hash


PATHS = {
    "vault.json": PathInfo("vault"),
    "RECOVERY.md": PathInfo("recovery"),
    f"members/{ada}.json": PathInfo("member", ada),
    f"names/{ada}.age": PathInfo("name", ada),
    f"groups/{ada}/group.json": PathInfo("group", ada),
    f"groups/{ada}/12/{ben}.age": PathInfo("slot", ada, 12, ben),
    f"groups/{ada}/12/previous.age": PathInfo("previous", ada, 12),
    f"skills/o/{own}/access.json": PathInfo("access", own),
    f"skills/o/{own}/skill.age": PathInfo("skill", own),
    f"skills/o/{own}/evidence/{ben}.age": PathInfo("evidence", own, 0, ben),
}


@pytest.mark.parametrize(("path", "info"), PATHS.items())
def test_every_path_of_the_format_is_known(path: str, info: PathInfo) -> None:
    assert classify(path) == info


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda p: f"/{p}",
        lambda p: f"./{p}",
        lambda p: f"{p}/",
        lambda p: f"{p}\n",
        lambda p: f"{p}\0",
        lambda p: p.upper(),
        lambda p: p.swapcase(),
        lambda p: p.replace("/", "//") if "/" in p else "vault.json/x",
        lambda p: p.replace(".", "_"),
        lambda p: f"x/{p}",
        lambda p: f"{p}.age",
        lambda p: f"../{p}",
    ],
)
def test_every_other_path_is_refused(path: str, spoil: Callable[[str], str]) -> None:
    with pytest.raises(VerificationError, match="not a path of format 1"):
        classify(spoil(path))


@pytest.mark.parametrize(
    "path",
    [
        "",
        "README.md",
        ".gitattributes",
        ".git/config",
        "members",
        f"members/{ada}.age",
        f"members/{ada[:-1]}.json",
        f"members/{ada}2.json",
        f"members/{ada[:-1]}1.json",
        f"groups/{ada}/0/{ben}.age",
        f"groups/{ada}/01/{ben}.age",
        f"groups/{ada}/-1/{ben}.age",
        f"groups/{ada}/1²/{ben}.age",
        f"groups/{ada}/\u0661/{ben}.age",
        f"groups/{ada}/{10**15}/{ben}.age",
        f"groups/{ada}/previous.age",
        f"groups/{ada}/1/group.json",
        f"skills/x/{own}/skill.age",
        f"skills/{own}/skill.age",
        f"skills/o/{own}/evidence/previous.age",
        f"skills/o/{own}/evidence",
        f"skills/o/{own}/skill",
    ],
)
def test_a_path_that_is_nearly_one_is_refused(path: str) -> None:
    with pytest.raises(VerificationError, match="not a path of format 1"):
        classify(path)


@given(st.text(max_size=80))
def test_any_text_is_a_path_of_the_format_or_a_verification_error(text: str) -> None:
    with pytest.raises(VerificationError):
        classify(text)


def test_every_class_of_path_has_a_size_limit() -> None:
    kib = 1024
    assert {info.kind: size_limit(info.kind) for info in PATHS.values()} == {
        "vault": 4 * kib,
        "recovery": 64 * kib,
        "member": 4 * kib,
        "name": 8 * kib + 1600,
        "group": 256 * kib,
        "slot": 4 * kib + 1600,
        "previous": 64 * kib + 1600,
        "access": 64 * kib,
        "skill": 72 * kib * kib + 1600,
        "evidence": 64 * kib + 1600,
    }
    assert size_limit("evidence", 10) == 64 * kib + 16_000
    assert size_limit("access", 10) == 64 * kib
