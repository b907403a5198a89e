"""Manifests are checked by hand; a pydantic model that says the same is the oracle."""

from __future__ import annotations

import contextlib
import json
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skillvault.errors import RefusedError
from skillvault.vault import canonical
from skillvault.vault.manifest import (
    FILES_LIMIT,
    INFLATED_LIMIT,
    ManifestFile,
    describe_version,
    digest,
    parse_manifest,
)

Id = Annotated[str, Field(pattern=r"^[a-z2-7]{16}$")]
Hash = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Nonce = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Time = Annotated[str, Field(pattern=r"^(19[7-9]|[2-9][0-9]{2})[0-9]-01-01T00:00:00Z$")]
HASH = f"sha256:{'5' * 64}"
FILE: dict[str, Any] = {"mode": "755", "path": "run.sh", "sha256": HASH, "size": 3}
GOOD: dict[str, Any] = {
    "author": "ada2222222222222",
    "files": [FILE, {**FILE, "path": "x"}],
    "format": 1,
    "message": "",
    "name": "one",
    "parent": None,
    "salt": "0" * 32,
    "skill": "one2222222222222",
    "time": "2026-01-01T00:00:00Z",
    "vault": HASH,
    "version": 1,
}


class _File(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")

    mode: Literal["644", "755"]
    path: str
    sha256: Hash
    size: Annotated[int, Field(ge=0, le=INFLATED_LIMIT)]


class _Oracle(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")

    author: Id
    files: Annotated[tuple[_File, ...], Field(min_length=1, max_length=FILES_LIMIT)]
    format: Annotated[int, Field(ge=1, le=1)]
    message: Annotated[str, Field(max_length=4096)]
    name: Annotated[str, Field(min_length=1, max_length=64)]
    parent: Hash | None
    salt: Nonce
    skill: Id
    time: Time
    vault: Hash
    version: Annotated[int, Field(ge=1, lt=2**53)]


def line(fields: dict[str, Any]) -> bytes:
    return canonical.dumps(fields)


def refused(fields: dict[str, Any]) -> str:
    with pytest.raises(RefusedError) as caught:
        parse_manifest(line(fields), "one@1")
    assert caught.value.subject == "one@1"
    return caught.value.problem


def test_a_manifest_is_what_its_line_says_and_back() -> None:
    read = parse_manifest(line(GOOD), "one@1")
    assert read.to_bytes() == line(GOOD)
    assert read.files[0] == ManifestFile("755", "run.sh", HASH, 3)
    assert read == describe_version(**{**GOOD, "files": read.files})


def test_fields_that_nobody_knows_are_kept_in_files_too() -> None:
    said = {**GOOD, "extra": [1], "files": [{**FILE, "extra": {"a": None}}]}
    read = parse_manifest(line(said), "one@1")
    assert (read.extra, read.files[0].extra) == ({"extra": [1]}, {"extra": {"a": None}})
    assert read.to_bytes() == line(said)
    plain = parse_manifest(line({**GOOD, "files": [FILE]}), "one@1")
    assert digest(read.files) != digest(plain.files)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("author", "ada"),
        ("author", None),
        ("files", []),
        ("files", {}),
        ("files", "x"),
        ("files", [FILE] * (FILES_LIMIT + 1)),
        ("format", 2),
        ("format", True),
        ("format", "1"),
        ("message", "x" * 4097),
        ("message", None),
        ("name", ""),
        ("name", "x" * 65),
        ("name", 1),
        ("parent", "x"),
        ("parent", False),
        ("salt", "0" * 31),
        ("salt", 0),
        ("skill", "One2222222222222"),
        ("time", "2026-11-24T17:00:00"),
        ("time", "2026-13-24T17:00:00Z"),
        ("vault", HASH[:-1]),
        ("version", 0),
        ("version", True),
        ("version", "1"),
    ],
)
def test_each_field_holds_what_it_must(field: str, value: object) -> None:
    assert refused({**GOOD, field: value}).startswith(f"its manifest: {field}: ")
    assert refused({k: v for k, v in GOOD.items() if k != field}).endswith(f"{field}: missing")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mode", "777"),
        ("mode", 644),
        ("mode", ["644"]),
        ("path", None),
        ("sha256", "5" * 64),
        ("size", -1),
        ("size", True),
        ("size", INFLATED_LIMIT + 1),
    ],
)
def test_each_field_of_a_file_holds_what_it_must(field: str, value: object) -> None:
    bad = {**GOOD, "files": [FILE, {**FILE, field: value}]}
    assert refused(bad).startswith(f"its manifest: files.1.{field}: ")


def test_a_file_that_is_no_object_is_refused() -> None:
    assert refused({**GOOD, "files": [FILE, "run.sh"]}) == "its manifest: files.1: not an object"


@pytest.mark.parametrize(("field", "value"), [("message", "x" * 5000), ("name", "")])
def test_what_does_not_fit_is_refused_before_it_is_signed(field: str, value: str) -> None:
    with pytest.raises(RefusedError, match=f"its {field} does not fit into a version"):
        describe_version(**{**GOOD, field: value})


_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2**53 - 1),
    st.text(max_size=3),
    st.text(min_size=63, max_size=66),
    st.sampled_from([HASH, "644", "1", "one2222222222222", "0" * 32, "1970-01-01T00:00:00Z"]),
    st.lists(st.none() | st.just(FILE), max_size=2),
    st.fixed_dictionaries({}, optional=dict.fromkeys(FILE, st.none() | st.text(max_size=2))),
)


@settings(max_examples=300)
@given(
    st.dictionaries(st.sampled_from([*GOOD, "origin"]), _ODD, max_size=2),
    st.dictionaries(st.sampled_from([*FILE, "extra"]), _ODD, max_size=2),
    st.sets(st.sampled_from([*GOOD]), max_size=1),
)
def test_it_takes_what_pydantic_takes(
    said: dict[str, Any], of_a_file: dict[str, Any], left_out: set[str]
) -> None:
    fields = {**GOOD, "files": [{**FILE, **of_a_file}], **said}
    fields = {name: value for name, value in fields.items() if name not in left_out}
    try:
        data = line(fields)
    except RefusedError:
        return
    try:
        _Oracle.model_validate_json(data)
    except ValidationError:
        with pytest.raises(RefusedError):
            parse_manifest(data, "one@1")
    else:
        assert parse_manifest(data, "one@1").to_bytes() == data


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_any_bytes_are_refused_in_our_voice(data: bytes | str) -> None:
    with contextlib.suppress(RefusedError):
        parse_manifest(data if isinstance(data, bytes) else data.encode(), "one@1")


@pytest.mark.parametrize(
    ("said", "origin"),
    [
        ({"kind": "git", "source": "u", "commit": "c", "more": 1}, ("git", "u", "c")),
        ({"kind": 1, "source": ["u"]}, None),
        ({}, None),
        ("text", None),
        (None, None),
    ],
)
def test_an_origin_is_texts_that_we_know_whatever_its_author_wrote(
    said: object, origin: tuple[str, ...] | None
) -> None:
    line = canonical.dumps({**GOOD, "origin": said})
    found = parse_manifest(line, "x").origin
    assert (tuple(found.values()) if found else None) == origin


@pytest.mark.parametrize(("said", "licence"), [("MIT", "MIT"), ("", None), (7, None), (None, None)])
def test_a_licence_is_a_text(said: object, licence: str | None) -> None:
    assert parse_manifest(canonical.dumps({**GOOD, "license": said}), "x").licence == licence


def test_neither_is_longer_than_a_line() -> None:
    said = {**GOOD, "license": "x" * 5000, "origin": {"source": "y" * 5000}}
    found = parse_manifest(canonical.dumps(said), "x")
    assert len(found.licence or "") == 100
    assert found.origin == {"source": "y" * 1000}
