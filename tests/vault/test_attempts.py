"""Before a push starts it is on the record, for each entry: the host may keep what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import ServiceError
from skillvault.services import checking, opening, put, vaults
from skillvault.vault import attempts, sync
from tests.people import Person, bare


@pytest.fixture
def host(tmp_path: Path) -> Path:
    return bare(tmp_path / "host.git")


@pytest.fixture
def ada(tmp_path: Path, host: Path) -> Person:
    ada = Person("Ada", tmp_path / "ada")
    ada.init(remote=host)
    return ada


def refuse(host: Path) -> Path:
    hook = host / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    return hook


def tried(person: Person) -> list[bool]:
    """Of each entry, the oldest first, whether the host may have it."""
    vault = opening.open_vault(person.ctx)
    return [vault.attempted(c) for c in vault.commits_between(None, vault.local.commit)]


def test_what_was_pushed_may_be_at_the_host_and_what_was_only_written_may_not(ada: Person) -> None:
    put.put(ada.ctx, [ada.skill("one")])
    assert tried(ada) == [True, False]
    checking.sync(ada.ctx)
    put.put(ada.ctx, [ada.skill("two")])
    assert tried(ada) == [True, True, False]


def test_without_any_remote_nothing_was_ever_attempted(tmp_path: Path) -> None:
    eve = Person("Eve", tmp_path / "eve")
    eve.init()
    assert tried(eve) == [False]


def test_a_refused_push_was_an_attempt_of_every_entry_in_it(ada: Person, host: Path) -> None:
    for name in ("one", "two"):
        put.put(ada.ctx, [ada.skill(name)])
    hook = refuse(host)
    with pytest.raises(ServiceError):
        checking.sync(ada.ctx)
    put.put(ada.ctx, [ada.skill("three")])
    assert tried(ada) == [True, True, True, False]
    hook.unlink()
    checking.sync(ada.ctx)
    vault = opening.open_vault(ada.ctx)
    assert not attempts.attempts_file(ada.paths, vault.name).exists()


def test_a_host_that_cannot_be_reached_for_a_fetch_was_sent_nothing(
    ada: Person, host: Path
) -> None:
    put.put(ada.ctx, [ada.skill("one")])
    host.rename(host.with_name("away.git"))
    with pytest.raises(ServiceError):
        checking.sync(ada.ctx)
    assert tried(ada) == [True, False]


def test_an_attempted_entry_that_is_made_again_still_counts_as_attempted(
    ada: Person, host: Path, tmp_path: Path
) -> None:
    bob = Person("Bob", tmp_path / "bob")
    put.put(ada.ctx, [ada.skill("one")])
    ada.share("one", with_=str(bob.card_file()))
    bob.clone(host, opening.open_vault(ada.ctx).state.vault_id)
    put.put(bob.ctx, [bob.skill("of-bob")])
    hook = refuse(host)
    with pytest.raises(ServiceError):
        checking.sync(bob.ctx)
    put.put(bob.ctx, [bob.skill("of-bob-too")])
    hook.unlink()
    put.put(ada.ctx, [ada.skill("two")])
    checking.sync(ada.ctx)
    vault = opening.open_vault(bob.ctx)
    old = vault.local.commit
    with vault.changing():
        sync.sync(vault, bob.ctx.now, push=False)
    assert vault.local.commit != old
    assert tried(bob)[-2:] == [True, False]


@pytest.mark.parametrize("damage", [b"\xff\xfe", b"junk\n", b"0" * 41])
def test_a_record_that_cannot_be_read_means_that_everything_may_be_there(
    ada: Person, damage: bytes
) -> None:
    put.put(ada.ctx, [ada.skill("one")])
    attempts.attempts_file(ada.paths, "acme").write_bytes(damage)
    assert tried(ada) == [True, True]
    checking.sync(ada.ctx)
    put.put(ada.ctx, [ada.skill("two")])
    assert tried(ada) == [True, True, False]


def test_a_forgotten_vault_leaves_no_record(ada: Person, host: Path) -> None:
    put.put(ada.ctx, [ada.skill("one")])
    refuse(host)
    with pytest.raises(ServiceError):
        checking.sync(ada.ctx)
    path = attempts.attempts_file(ada.paths, "acme")
    assert path.exists()
    vaults.forget(ada.ctx, "acme", force=True)
    assert not path.exists()
