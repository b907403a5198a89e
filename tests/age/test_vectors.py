"""The C2SP test vectors (CCTV): each gives the expected result, and the expected kind of failure."""

from __future__ import annotations

import hashlib
import io
import os
import zlib
from pathlib import Path
from typing import NamedTuple

import pytest

from skillvault import age
from skillvault.age.payload import CHUNK_SIZE
from tests.age.helpers import Dribble
from tests.conftest import ROOT

FOLDER = Path(os.environ.get("SKILLVAULT_SHARED", ROOT.parent / "shared")) / "vectors" / "age"
NAMES = sorted(path.name for path in FOLDER.iterdir()) if FOLDER.is_dir() else []
KINDS = {
    "armor failure": "armor",
    "header failure": "header",
    "HMAC failure": "hmac",
    "no match": "no-match",
    "payload failure": "payload",
}
# Here something follows the last chunk. age's own reader has released that chunk when it notices;
# ours looks ahead, and does not.
AFTER_THE_END = {
    "armor_garbage_encoded",
    "stream_trailing_garbage_long",
    "stream_trailing_garbage_short",
    "stream_two_final_chunks",
    "stream_two_final_chunks_full",
    "stream_two_final_chunks_second",
}
# And here the file ends with a full chunk that is not marked as the last: age's reader releases it
# before it sees that, ours what the vector with one chunk less gives.
CUT_OFF = {
    "stream_no_final_full": "stream_no_final",
    "stream_no_final_two_chunks_full": "stream_no_final_two_chunks",
}


class Vector(NamedTuple):
    fields: dict[str, str]
    identities: list[age.Identity]
    data: bytes


def load(name: str) -> Vector:
    head, _, data = (FOLDER / name).read_bytes().partition(b"\n\n")
    pairs = [line.split(": ", 1) for line in head.decode().splitlines()]
    fields = {line[0]: line[1] for line in pairs}
    identities: list[age.Identity] = []
    for key, value in pairs:
        if key == "identity":
            identities.append(age.parse_identity(value))
        elif key == "passphrase":
            identities.append(age.PassphraseIdentity(value))
    return Vector(fields, identities, zlib.decompress(data) if "compressed" in fields else data)


@pytest.fixture(scope="module")
def plaintexts(shared: Path) -> dict[str, bytes]:
    """The plaintext of each vector that opens, by its SHA-256."""
    opened = {}
    for vector in (load(name) for name in NAMES):
        if vector.fields["expect"] == "success":
            plain = age.decrypt(vector.data, vector.identities)
            opened[hashlib.sha256(plain).hexdigest()] = plain
    return opened


def test_there_are_all_143_vectors(shared: Path) -> None:
    assert len(NAMES) == 143
    assert {load(name).fields["expect"] for name in NAMES} == {"success", *KINDS}


@pytest.mark.parametrize("name", NAMES)
def test_vector(name: str, plaintexts: dict[str, bytes]) -> None:
    vector = load(name)
    expect = vector.fields["expect"]
    got = io.BytesIO()
    if expect == "success":
        age.decrypt_stream(Dribble(vector.data), got, vector.identities)
        assert age.decrypt(vector.data, vector.identities) == got.getvalue()
        assert hashlib.sha256(got.getvalue()).hexdigest() == vector.fields["payload"]
        return
    with pytest.raises(age.AgeError) as whole:
        age.decrypt(vector.data, vector.identities)
    with pytest.raises(age.AgeError) as streamed:
        age.decrypt_stream(Dribble(vector.data), got, vector.identities)
    assert whole.value.kind == streamed.value.kind == KINDS[expect]
    assert str(whole.value) == str(streamed.value)
    released = got.getvalue()
    if expect != "payload failure":
        assert released == b""
    elif name in AFTER_THE_END:
        plain = plaintexts[vector.fields["payload"]]
        assert released == plain[: (len(plain) - 1) // CHUNK_SIZE * CHUNK_SIZE]
    else:
        authority = load(CUT_OFF.get(name, name))
        assert hashlib.sha256(released).hexdigest() == authority.fields["payload"]


@pytest.mark.parametrize("name", NAMES)
def test_the_stanza_types_of_a_vector_are_read_without_a_key(name: str) -> None:
    vector = load(name)
    if vector.fields["expect"] in {"success", "no match", "HMAC failure", "payload failure"}:
        types = age.stanza_types(vector.data)
        assert types
        if "armored" not in vector.fields:
            lines = vector.data.split(b"\n---")[0].split(b"\n")
            firsts = [line.split(b" ")[1].decode() for line in lines if line.startswith(b"-> ")]
            assert types == firsts
    elif vector.fields["expect"] == "armor failure":
        with pytest.raises(age.AgeError) as caught:
            age.stanza_types(vector.data)
        assert caught.value.kind == "armor"
