"""A client that the host keeps in the past: what can be known is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import VerificationError
from skillvault.services import checking, put
from tests.people import Person, bare

MONTH = 31 * 24 * 3600


@pytest.fixture
def two(tmp_path: Path) -> tuple[Person, Person]:
    ada, bob = Person("Ada", tmp_path / "ada"), Person("Bob", tmp_path / "bob")
    vault = ada.init(remote=bare(tmp_path / "host.git"))
    put.put(ada.ctx, [ada.skill("one")])
    ada.share("one", with_=str(bob.card_file()))
    bob.clone(tmp_path / "host.git", vault.state.vault_id)
    return ada, bob


def test_a_vault_of_one_person_is_never_stale(tmp_path: Path) -> None:
    ada = Person("Ada", tmp_path / "ada")
    ada.init()
    ada.clock += MONTH
    assert not checking.status(ada.ctx).stale


def test_news_of_others_that_are_a_month_old_are_said(two: tuple[Person, Person]) -> None:
    _, bob = two
    assert not checking.status(bob.ctx).stale
    bob.clock += MONTH
    assert checking.status(bob.ctx).stale
    put.put(bob.ctx, [bob.skill("two")])
    assert any("keep you in the past" in warning for warning in bob.warnings)


def test_a_configuration_that_refuses_makes_it_an_error(two: tuple[Person, Person]) -> None:
    _, bob = two
    bob.paths.config_file.write_text('stale = "refuse"\nstale-age = 40\n')
    bob.clock += MONTH
    put.put(bob.ctx, [bob.skill("two")])
    bob.clock += MONTH
    with pytest.raises(VerificationError, match="for 40 days"):
        put.put(bob.ctx, [bob.skill("three")])
    assert checking.status(bob.ctx).vault.state.seq == 3
