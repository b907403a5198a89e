"""Keys on a disk: made once, never overwritten, restored from a sheet."""

from __future__ import annotations

import dataclasses
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from skillvault import age
from skillvault.errors import AccessError, NotFoundError, SkillvaultError, UsageError
from skillvault.services import checking, identities, put, reading, vaults
from skillvault.services.references import parse
from skillvault.vault import identity
from tests.people import Person, bare


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    return Person("Ada Lovelace", tmp_path / "ada")


def test_the_file_is_private_and_never_overwritten(ada: Person) -> None:
    ada.keygen()
    path = ada.paths.identities / "default.key"
    before = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with pytest.raises(UsageError, match="never overwritten"):
        identities.make(ada.ctx, "Somebody")
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["default.key"]


def test_a_second_name_of_a_key_that_a_kill_left_goes_after_a_day(ada: Person) -> None:
    ada.keygen()
    key = ada.paths.identities / "default.key"
    second = key.with_name(".default.key.0123456789ab.tmp")
    os.link(key, second)
    identities.load(ada.ctx)
    assert second.exists()
    os.utime(key, (0, 0))
    identities.load(ada.ctx)
    assert not second.exists()
    assert key.exists()


def test_stock_age_takes_the_file_as_it_is(ada: Person, require_tool: Callable[[str], str]) -> None:
    program = require_tool("age")
    card = ada.keygen()
    sealed = age.encrypt(b"hello", [age.parse_recipient(card.recipient)])
    key = str(ada.paths.identities / "default.key")
    done = subprocess.run([program, "-d", "-i", key], input=sealed, capture_output=True)
    assert done.stdout == b"hello", done.stderr


def test_wide_permissions_are_warned_about(ada: Person) -> None:
    ada.keygen()
    (ada.paths.identities / "default.key").chmod(0o644)
    identities.load(ada.ctx)
    assert any("others can read this key" in warning for warning in ada.warnings)


def test_a_passphrase_seals_the_file(ada: Person) -> None:
    identities.make(ada.ctx, "Ada", suite="x25519", passphrase="correct horse")
    data = (ada.paths.identities / "default.key").read_bytes()
    assert data.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----")
    assert b"AGE-SECRET" not in data
    with pytest.raises(AccessError, match="under a passphrase"):
        identities.load(ada.ctx)
    ada.environ["SKILLVAULT_PASSPHRASE"] = "wrong"
    with pytest.raises(AccessError, match="passphrase is wrong"):
        identities.load(ada.ctx)
    ada.environ["SKILLVAULT_PASSPHRASE"] = "correct horse"
    assert identities.load(ada.ctx)[0].name == "Ada"


def test_the_environment_gives_an_identity_to_machines(ada: Person, tmp_path: Path) -> None:
    made = identity.generate("x25519")
    ada.environ["SKILLVAULT_KEY"] = made.line + "\n"
    assert [h.identity for h in identities.load(ada.ctx)] == [made]
    del ada.environ["SKILLVAULT_KEY"]
    elsewhere = tmp_path / "elsewhere.key"
    elsewhere.write_bytes(identity.format_file(made, "Robot"))
    elsewhere.chmod(0o600)
    ada.environ["SKILLVAULT_IDENTITY"] = str(elsewhere)
    assert identities.load(ada.ctx)[0].name == "Robot"
    ada.environ["SKILLVAULT_IDENTITY"] = str(tmp_path / "missing")
    with pytest.raises(NotFoundError):
        identities.load(ada.ctx)


def test_a_backup_sheet_restores_key_and_pins(ada: Person, tmp_path: Path) -> None:
    host = bare(tmp_path / "host.git")
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one")])
    checking.sync(ada.ctx)
    held = identities.load(ada.ctx)[0]
    sheet = tmp_path / "sheet.txt"
    identities.write_backup(
        ada.ctx, held, sheet, vaults.backup_notes(ada.ctx, held.identity.recipient)
    )
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="not overwritten"):
        identities.write_backup(ada.ctx, held, sheet, ())
    again = Person("Ada Lovelace", tmp_path / "new machine")
    made = identities.restore(again.ctx, sheet.read_bytes())
    vaults.restore_pins(again.ctx, made.pinned)
    again.clone(host)
    assert b"Do it well" in reading.show(again.ctx, parse("one")).file.data
    assert checking.status(again.ctx).vault.state.vault_id == vault.state.vault_id


def test_a_host_cannot_serve_a_restored_machine_less_than_the_sheet_says(
    ada: Person, tmp_path: Path
) -> None:
    host = bare(tmp_path / "host.git")
    ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one")])
    checking.sync(ada.ctx)
    held = identities.load(ada.ctx)[0]
    notes = vaults.backup_notes(ada.ctx, held.identity.recipient)
    subprocess.run(["git", "-C", str(host), "update-ref", "refs/heads/main", "main~1"], check=True)
    again = Person("Ada Lovelace", tmp_path / "new machine")
    identities.restore(again.ctx, identity.format_file(held.identity, "Ada Lovelace", notes))
    vaults.restore_pins(again.ctx, notes)
    with pytest.raises(SkillvaultError, match="older history"):
        again.clone(host)
    assert not again.paths.vault("acme").exists()


def test_no_secret_is_in_any_file_but_the_key(ada: Person, tmp_path: Path) -> None:
    ada.init(remote=bare(tmp_path / "host.git"))
    put.put(ada.ctx, [ada.skill("one", "marker-of-plaintext\n")])
    checking.sync(ada.ctx)
    reading.show(ada.ctx, parse("one"))
    line = identities.load(ada.ctx)[0].identity.line.encode()
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.suffix != ".key":
            data = path.read_bytes()
            assert line not in data, path
            if "skills" not in path.parts:
                assert b"marker-of-plaintext" not in data, path
                assert b"How we do one" not in data, path


def test_no_repr_of_a_context_shows_the_environment(ada: Person) -> None:
    ada.environ["SKILLVAULT_KEY"] = "AGE-SECRET-KEY-1QQQ"
    assert "AGE-SECRET" not in repr(ada.ctx)
    assert dataclasses.replace(ada.ctx).environ is ada.environ
