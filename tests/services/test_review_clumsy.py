"""State files that were deleted, damaged or mixed up: what is said then, and the way out of it."""

from __future__ import annotations

import dataclasses
import os
import shutil
import sys
from pathlib import Path

import pytest

from skillvault.errors import (
    AccessError,
    NotFoundError,
    RefusedError,
    UsageError,
    VerificationError,
)
from skillvault.services import checking, get, identities, opening, put, reading, vaults
from skillvault.services.references import parse
from skillvault.vault import pins, settings
from tests.people import Person, bare


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    """Ada has a vault with one skill, and no remote."""
    person = Person("Ada", tmp_path / "ada")
    person.init()
    put.put(person.ctx, [person.skill("one")])
    return person


def pin_file(person: Person) -> Path:
    vault = settings.load(person.paths, "acme").vault
    return person.paths.state / "pins" / f"{vault.removeprefix('sha256:')}.json"


@pytest.mark.parametrize("harm", ["gone", "junk"])
def test_the_backup_sheet_brings_back_a_pin_on_a_machine_that_has_the_key(
    ada: Person, harm: str
) -> None:
    held = identities.load(ada.ctx)[0]
    sheet = ada.home / "sheet.txt"
    notes = vaults.backup_notes(ada.ctx, held.identity.recipient)
    identities.write_backup(ada.ctx, held, sheet, notes)
    pin_file(ada).unlink()
    if harm == "junk":
        pin_file(ada).write_text("junk")
    with pytest.raises(VerificationError):
        opening.open_vault(ada.ctx)
    key = (ada.paths.identities / "default.key").read_bytes()
    made = identities.restore(ada.ctx, sheet.read_bytes())
    vaults.restore_pins(ada.ctx, made.pinned)
    assert (ada.paths.identities / "default.key").read_bytes() == key
    assert opening.open_vault(ada.ctx).state.seq == 1


def test_a_sheet_of_another_key_replaces_none(ada: Person, tmp_path: Path) -> None:
    bob = Person("Bob", tmp_path / "bob")
    bob.keygen()
    sheet = tmp_path / "sheet.txt"
    identities.write_backup(bob.ctx, identities.load(bob.ctx)[0], sheet, ())
    with pytest.raises(UsageError, match="never overwritten"):
        identities.restore(ada.ctx, sheet.read_bytes())


def test_a_damaged_pin_gives_way_to_a_clone_with_the_id_alone(ada: Person) -> None:
    vault = settings.load(ada.paths, "acme").vault
    pin_file(ada).write_text("junk")
    ada.answer = True
    with pytest.raises(VerificationError, match="damaged"):
        ada.clone(ada.paths.vault("acme"), None, "again")
    assert ada.clone(ada.paths.vault("acme"), vault, "again").state.seq == 1
    assert pins.load(ada.paths.state, vault) is not None


def test_a_vault_whose_folder_was_deleted_says_so_and_can_be_forgotten(ada: Person) -> None:
    shutil.rmtree(ada.paths.vault("acme"))
    with pytest.raises(NotFoundError, match="gone") as caught:
        opening.open_vault(ada.ctx)
    assert "forget" in (caught.value.hint or "")
    vaults.forget(ada.ctx, "acme")
    assert vaults.list_vaults(ada.ctx) == []


def test_a_key_that_was_removed_is_missed_by_name(ada: Person, tmp_path: Path) -> None:
    key = ada.paths.identities / "default.key"
    key.rename(tmp_path / "away")
    for call in (
        lambda: reading.show(ada.ctx, parse("one")),
        lambda: put.put(ada.ctx, [ada.skill("two")]),
    ):
        with pytest.raises(AccessError, match="not on this machine") as caught:
            call()
        assert "--import" in (caught.value.hint or "")
    Person("Eve", ada.home, suite="x25519").keygen()
    with pytest.raises(AccessError, match="not on this machine"):
        reading.show(ada.ctx, parse("one"))
    assert checking.verify(ada.ctx).error is None


@pytest.mark.parametrize("junk", ["", "[]", "{", "[" * 100_000, "\udcff", '{"a": 1}'])
def test_damaged_records_of_folders_are_set_aside_and_stop_nothing(ada: Person, junk: str) -> None:
    bases = ada.paths.state / "bases.json"
    bases.write_bytes(os.fsencode(junk))
    assert put.put(ada.ctx, [ada.skill("one", "new\n")]).entry is not None
    assert get.get(ada.ctx, parse("one"), ada.home / "out").changed
    if junk != '{"a": 1}':
        assert (ada.paths.state / "bases.damaged").read_bytes() == os.fsencode(junk)


@pytest.fixture
def full(ada: Person) -> Path:
    """The folders of caches and notes can hold nothing more."""
    state = ada.paths.state
    for name in ("notebooks", "pins"):
        for path in (state / name).glob("*"):
            if path.suffix in {".age", ".state"}:
                path.unlink()
                path.mkdir()
    return state


@pytest.mark.usefixtures("full")
def test_reading_and_writing_go_on_where_caches_cannot_be_kept(ada: Person) -> None:
    assert b"Do it well" in reading.show(ada.ctx, parse("one")).file.data
    assert put.put(ada.ctx, [ada.skill("one", "new\n")]).entry is not None
    assert len(reading.list_skills(ada.ctx, opening.open_vault(ada.ctx))) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_folder_that_cannot_be_written_is_refused(ada: Person) -> None:
    with pytest.raises(RefusedError, match="cannot be written"):
        get.get(ada.ctx, parse("one"), Path("/proc"))


def test_damaged_notes_of_a_vault_lose_nothing(ada: Person) -> None:
    """Cloned from where it lies, under another name, it has all that was not pushed."""
    vault = settings.load(ada.paths, "acme").vault
    settings.settings_file(ada.paths, "acme").write_text("junk")
    with pytest.raises(RefusedError, match="damaged") as caught:
        opening.open_vault(ada.ctx)
    assert str(ada.paths.vault("acme")) in (caught.value.hint or "")
    assert ada.clone(ada.paths.vault("acme"), vault, "again").state.seq == 1


def test_a_clock_set_back_is_a_warning_and_no_more(ada: Person) -> None:
    ada.clock -= 10_000_000
    assert put.put(ada.ctx, [ada.skill("one", "earlier\n")]).entry is not None
    assert checking.verify(ada.ctx).error is None
    assert any("before the entry" in warning for warning in checking.verify(ada.ctx).warnings)


def test_an_invitation_has_no_password_of_mine_and_is_quoted(tmp_path: Path) -> None:
    from skillvault.services.sharing import clone_command

    ada = Person("Ada", tmp_path / "ada")
    vault = ada.init(remote=bare(tmp_path / "host git.git"))
    assert f"'{tmp_path}/host git.git'" in (clone_command(vault) or "")
    vault.notes = dataclasses.replace(vault.notes, remote="https://ada:token@host/x.git")
    assert "token" not in (clone_command(vault) or "")
