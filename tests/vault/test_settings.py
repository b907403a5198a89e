"""The notes of a vault on this machine: what they were saved as, or refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.errors import NotFoundError, RefusedError
from skillvault.paths import Paths
from skillvault.vault import settings
from skillvault.vault.settings import Settings

VAULT = f"sha256:{'5' * 64}"
WHOLE = Settings(vault=VAULT, remote="host:ada/x.git", identity="age1", moved=True)


def paths(home: Path) -> Paths:
    return Paths(config=home / "c", data=home / "d", state=home / "s")


def written(home: Path, data: bytes) -> Paths:
    here = paths(home)
    file = settings.settings_file(here, "acme")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return here


@pytest.mark.parametrize("notes", [WHOLE, Settings(vault=VAULT)])
def test_notes_are_what_they_were_saved_as(tmp_path: Path, notes: Settings) -> None:
    settings.save(paths(tmp_path), "acme", notes)
    assert settings.load(paths(tmp_path), "acme") == notes
    assert settings.names(paths(tmp_path)) == ["acme"]


def test_a_vault_that_is_not_here(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="acme: no such vault"):
        settings.load(paths(tmp_path), "acme")


def test_notes_from_before_a_field_was_added(tmp_path: Path) -> None:
    here = written(tmp_path, json.dumps({"format": 1, "vault": VAULT, "remote": None}).encode())
    assert settings.load(here, "acme") == Settings(vault=VAULT)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"format": 2, "vault": VAULT},
        {"format": 1, "vault": VAULT, "more": 1},
        {"format": 1, "vault": VAULT[:-1]},
        {"format": 1, "vault": None},
        {"format": 1, "vault": VAULT, "remote": 1},
        {"format": 1, "vault": VAULT, "identity": ["age1"]},
        {"format": 1, "vault": VAULT, "moved": 1},
        {"format": 1, "vault": VAULT, "moved": None},
        [],
        "text",
        None,
    ],
)
def test_notes_that_say_something_else_are_damaged(tmp_path: Path, said: object) -> None:
    with pytest.raises(RefusedError, match="damaged"):
        settings.load(written(tmp_path, json.dumps(said).encode()), "acme")


@given(st.binary() | st.text().map(str.encode) | st.just(b"[" * 100_000))
def test_whatever_stands_there_is_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    here = written(tmp_path_factory.mktemp("notes"), data)
    with pytest.raises(RefusedError, match="damaged"):
        settings.load(here, "acme")
