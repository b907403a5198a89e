"""What was written here and did not reach the host: doing it again sends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import ServiceError, UsageError
from skillvault.services import checking, put
from skillvault.vault import settings
from skillvault.vault.reader import Reader
from skillvault.vault.repository import create_bare, read_ref
from skillvault.vault.state import State
from tests.people import Person, bare


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    return Person("Ada Lovelace", tmp_path / "ada")


@pytest.fixture
def bob(tmp_path: Path) -> Person:
    return Person("Bob Barker", tmp_path / "bob")


@pytest.fixture
def host(tmp_path: Path) -> Path:
    return bare(tmp_path / "host.git")


def at(host: Path, person: Person) -> State:
    return checking.verify(person.ctx, str(host)).state


def test_a_share_that_was_not_pushed_is_pushed_by_the_same_share(
    ada: Person, bob: Person, host: Path
) -> None:
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one")])
    refuse(host)
    with pytest.raises(ServiceError, match="not confirmed"):
        ada.share("one", with_=str(bob.card_file()))
    assert at(host, ada).seq == 0
    accept(host)
    again = ada.share("one", with_=str(bob.card_file())).published
    assert (again.entry, again.pushed, again.went_along) == (None, True, 2)
    bob.clone(host, vault.state.vault_id)
    third = ada.share("one", with_=str(bob.card_file())).published
    assert (third.entry, third.pushed, third.went_along) == (None, False, 0)


def test_an_unshare_that_was_not_pushed_is_pushed_by_the_same_unshare(
    ada: Person, bob: Person, host: Path
) -> None:
    ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one")])
    ada.share("one", with_=str(bob.card_file()))
    refuse(host)
    with pytest.raises(ServiceError, match="not confirmed"):
        ada.unshare("one", from_="Bob Barker")
    accept(host)
    assert ada.unshare("one", from_="Bob Barker").published.pushed
    (skill,) = at(host, ada).skills.values()
    assert len(skill.readers) == 1
    with pytest.raises(UsageError, match="not shared with Bob Barker by name"):
        ada.unshare("one", from_="Bob Barker")


def test_a_lock_that_a_killed_git_left_at_the_host_is_named(ada: Person, host: Path) -> None:
    ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one")])
    lock = host / "refs" / "heads" / "main.lock"
    lock.touch()
    with pytest.raises(ServiceError, match="takes no push, though nobody else pushed") as caught:
        checking.sync(ada.ctx)
    assert "refs/heads/*.lock" in (caught.value.hint or "")
    lock.unlink()
    assert checking.sync(ada.ctx).synced.pushed == 1


def refuse(host: Path) -> None:
    """From now on a hook of the host's takes no push."""
    hook = host / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)


def accept(host: Path) -> None:
    (host / "hooks" / "pre-receive").unlink()


def test_a_git_that_dies_is_no_fault_of_whoever_sealed_it(ada: Person) -> None:
    """It is an error, never a file that does not open: that would be told of its author."""
    vault = ada.init()
    put.put(ada.ctx, [ada.skill("one")])
    state = checking.status(ada.ctx).vault.state
    (skill,) = state.skills
    assert vault.identity is not None

    def dies(path: str, digest: str) -> bytes:
        raise ServiceError("git cat-file", "it ended early")

    def reader() -> Reader:
        return Reader(state, identity, vault.me, dies)

    identity = vault.identity
    for use in (
        lambda: reader().open_newest(skill),
        lambda: reader().open_version(skill, 1),
        lambda: reader().group_key(state.everyone),
        lambda: reader().name(state.everyone),
        lambda: reader().name(vault.me or ""),
    ):
        with pytest.raises(ServiceError, match="ended early"):
            use()


def test_what_a_killed_init_left_makes_room(ada: Person) -> None:
    ada.keygen()
    place = ada.paths.vault("acme [1]")
    place.parent.mkdir(parents=True)
    create_bare(place)
    (place.parent / ".acme [1].vault.0123456789ab.tmp" / "objects").mkdir(parents=True)
    of_another = place.parent / ".acme [1].vault.x.vault.0123456789ab.tmp"
    of_another.mkdir()
    ada.init("acme [1]")
    assert set(place.parent.iterdir()) == {place, of_another}


def test_a_vault_whose_notes_got_lost_is_set_aside_by_init_not_removed(ada: Person) -> None:
    ada.init()
    put.put(ada.ctx, [ada.skill("one")])
    place = ada.paths.vault("acme")
    head = read_ref(place, "refs/heads/main")
    settings.settings_file(ada.paths, "acme").unlink()
    ada.init()
    (aside,) = place.parent.glob(".acme.vault.*.old")
    assert read_ref(aside, "refs/heads/main") == head
