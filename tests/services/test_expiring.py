"""Machines whose time is over: told to everybody, removed by an admin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from skillvault.errors import AccessError
from skillvault.services import checking, expiring, leaving, opening, put
from skillvault.vault import membership
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.ids import format_time
from skillvault.vault.reader import Reader
from tests.leavers import join, member_id, push
from tests.people import Person, bare

DAY = 24 * 3600


@pytest.fixture
def host(tmp_path: Path) -> Path:
    return bare(tmp_path / "host.git")


@pytest.fixture
def ada(tmp_path: Path, host: Path) -> Person:
    """The owner; `early` and `late` are machines that expire in 3 and in 90 days, `ever` never."""
    ada = Person("Ada", tmp_path / "ada")
    ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one")])
    for name in ("early", "late", "ever"):
        join(ada, host, name, "machine")
    ada.share("one", with_="early", write=True)
    for name, days in (("early", 3), ("late", 90)):
        until = format_time(ada.clock + days * DAY)
        push(ada, until_then(by_name(opening.open_vault(ada.ctx), name), until))
    return ada


def until_then(machine: str, until: str) -> Callable[[Draft, Reader], None]:
    """Sets when a machine expires."""
    return lambda draft, reader: membership.set_expiry(draft, reader.state, machine, until)


def by_name(vault: Vault, name: str) -> str:
    return next(i for i in vault.state.members if vault.reader.name(i) == name)


def told(who: Person, days: int) -> list[tuple[str, bool]]:
    vault = opening.open_vault(who.ctx)
    return [(e.label, e.over) for e in expiring.expiring(vault, who.clock + days * DAY)]


def test_who_expires_soon_and_who_has(ada: Person) -> None:
    assert told(ada, 0) == [("early", False)]
    assert told(ada, 2) == [("early", False)]
    assert told(ada, 4) == [("early", True)]
    assert told(ada, 80) == [("early", True), ("late", False)]
    assert told(ada, 100) == [("early", True), ("late", True)]


def test_only_an_admin_is_asked_to_remove_one(ada: Person, host: Path) -> None:
    bob = join(ada, host, "Bob")
    later = ada.clock + 4 * DAY
    assert [e.label for e in expiring.to_remove(opening.open_vault(ada.ctx), later)] == ["early"]
    assert expiring.to_remove(opening.open_vault(bob.ctx), later) == ()
    assert told(bob, 4) == [("early", True)]


def test_who_was_removed_is_told_no_more(ada: Person) -> None:
    leaving.remove(ada.ctx, "early", approve=lambda _: True)
    assert told(ada, 4) == []


def test_an_expired_machine_writes_nothing_and_reads_until_it_is_removed(
    ada: Person, host: Path
) -> None:
    bot = Person("early", ada.home.parent / "early")
    checking.sync(bot.ctx)
    bot.clock += 4 * DAY
    put_by(bot, refused=True)
    ada.clock += 4 * DAY
    done = leaving.remove(ada.ctx, "early", approve=lambda _: True)
    assert done is not None
    assert done.published.pushed
    assert not opening.open_vault(ada.ctx).state.members[member_id(ada, bot)].is_active


def put_by(who: Person, *, refused: bool) -> None:
    folder = who.skill("one", "by the machine\n")
    if refused:
        with pytest.raises(AccessError, match="expired"):
            put.put(who.ctx, [folder], onto=1)
