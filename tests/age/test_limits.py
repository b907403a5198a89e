"""What a hostile header asks for is refused before it costs memory or time."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Iterator

import pytest

from skillvault import age
from skillvault.age import header, scrypt
from skillvault.age.primitives import encode64
from skillvault.age.stanza import Stanza
from tests.age.helpers import Endless, Reluctant

INTRO = b"age-encryption.org/v1\n"


@pytest.fixture(autouse=True)
def _little_memory() -> Iterator[None]:
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 << 20


def refused(source: Endless, kind: str, most: int) -> age.AgeError:
    with pytest.raises(age.AgeError) as caught:
        age.decrypt_stream(source, Reluctant(), [])
    assert caught.value.kind == kind
    assert source.taken < most
    return caught.value


def test_ten_thousand_stanzas() -> None:
    data = INTRO + b"-> grease\n\n" * 10_000 + b"--- " + b"A" * 43 + b"\n" + bytes(32)
    with pytest.raises(age.AgeError, match="more than 4096 stanzas") as caught:
        age.decrypt(data, [])
    assert caught.value.kind == "header"
    with pytest.raises(age.AgeError, match="more than 4096 stanzas"):
        age.stanza_types(data)


@pytest.mark.parametrize(
    ("start", "again"),
    [
        (INTRO + b"-> ", b"a"),
        (INTRO + b"-> ", b" a"),
        (INTRO + b"-> X25519 ", b"A"),
        (INTRO + b"-> grease\n", b"A"),
        (INTRO + b"--- ", b"A"),
        (INTRO, b"\0"),
        (b"age-encryption.org/v1", b" "),
    ],
)
def test_a_line_without_end(start: bytes, again: bytes) -> None:
    refused(Endless(start, again), "header", 1 << 18)


def test_stanzas_without_end() -> None:
    refused(Endless(INTRO, b"-> grease\n\n"), "header", 1 << 18)


def test_a_body_without_end() -> None:
    error = refused(Endless(INTRO + b"-> grease\n", b"A" * 64 + b"\n"), "header", 9 << 20)
    assert "longer than 8 MiB" in str(error)


def test_large_stanzas_without_end() -> None:
    again = b"-> " + b"a" * 8000 + b"\n\n"
    assert "longer than 8 MiB" in str(refused(Endless(INTRO, again), "header", 9 << 20))


def test_the_limits_hold_in_an_armor_too() -> None:
    begin = b"-----BEGIN AGE ENCRYPTED FILE-----\n"
    lines = b"YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IGFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh\n"
    refused(Endless(begin + lines, b"YWFh" * 16 + b"\n"), "header", 1 << 18)


@pytest.mark.parametrize(
    ("start", "again", "kind"),
    [
        (b"-----BEGIN AGE ENCRYPTED FILE-----\n", b"A", "armor"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----", b" ", "armor"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----\n-----END AGE ENCRYPTED FILE-----\n", b"\n", "armor"),
        (b"", b"\n", "header"),
        (b"", b" ", "header"),
        (b"", b"\0", "header"),
        (b"", b"-", "armor"),
    ],
)
def test_an_armor_without_end(start: bytes, again: bytes, kind: str) -> None:
    refused(Endless(start, again), kind, 1 << 18)


@pytest.mark.parametrize("factor", ["21", "22", "30", "31", "64", "99", "100", "1" + "0" * 400])
def test_a_work_factor_beyond_the_limit_costs_nothing(factor: str) -> None:
    stanza = Stanza("scrypt", (encode64(bytes(16)).decode(), factor), bytes(32))
    with pytest.raises(age.AgeError, match="work factor") as caught:
        age.PassphraseIdentity("x").unwrap(stanza)
    assert caught.value.kind == "header"
    sealed = header.write_header([stanza], bytes(16)) + bytes(32)
    with pytest.raises(age.AgeError, match="work factor"):
        age.decrypt(sealed, [age.PassphraseIdentity("x")])


def test_the_factors_are_those_of_the_format() -> None:
    assert scrypt.WORK_FACTOR == 18
    assert scrypt.MAX_WORK_FACTOR == 20


LITTLE_MEMORY = """
import resource
from skillvault import age
from skillvault.age.stanza import Stanza
identity = age.PassphraseIdentity("x")
identity.unwrap(Stanza("scrypt", ("A" * 22, "1"), bytes(32)))
resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20))
try:
    identity.unwrap(Stanza("scrypt", ("A" * 22, "20"), bytes(32)))
except age.AgeError as error:
    print(error.kind, error)
"""


def test_a_work_factor_that_this_machine_has_no_memory_for_is_said() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LITTLE_MEMORY], capture_output=True, text=True, check=True
    )
    assert done.stdout == "header age file: too little memory for scrypt work factor 20\n"
