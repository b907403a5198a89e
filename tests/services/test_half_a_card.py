"""A member with somebody's recipient and another signing key: a card proves the latter alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from skillvault.errors import AccessError, ConflictError
from skillvault.services import checking
from skillvault.vault import card, operations, sshsig
from skillvault.vault.card import Card
from skillvault.vault.draft import Draft
from skillvault.vault.identity import Identity, generate
from skillvault.vault.reader import Reader
from tests.people import Person
from tests.team import Team, id_of, skill_of, sync_only, vault_of, write


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Team:
    return Team(tmp_path_factory.mktemp("template") / "team").make()


@pytest.fixture
def team(template: Team, tmp_path: Path) -> Team:
    return template.copy(tmp_path / "team")


def half(name: str, recipient: str, signer: Identity) -> Card:
    """A sound card, whose recipient is not its maker's."""
    made = Card(name, recipient, signer.signing_line, "x25519", b"")
    return replace(made, signature=sshsig.sign(signer.signing_key, made.payload, card.NAMESPACE))


def test_a_share_that_is_replayed_never_reaches_who_has_half_of_a_card(team: Team) -> None:
    gus, thief, skill = generate("x25519"), generate("x25519"), skill_of(team.ada, "one")
    admitted = ""

    def admit(draft: Draft, reader: Reader) -> None:
        nonlocal admitted
        admitted = operations.admit(draft, reader, card.make(gus, "Gus Fring"), "member")

    write(
        team.ada,
        admit,
        lambda d, r: operations.change_access(
            d, r, skill, add_readers=[admitted], add_writers=[admitted]
        ),
    )
    fake = half("Gus Fring", gus.recipient, thief)
    write(team.boss, lambda d, r: operations.admit(d, r, fake, "member"))
    sync_only(team.boss)
    with pytest.raises(ConflictError, match="one of its keys"):
        checking.sync(team.ada.ctx)
    state = vault_of(team.ada).state
    (thiefs,) = (i for i, m in state.members.items() if m.signing_key == thief.signing_line)
    assert thiefs not in (*state.skills[skill].readers, *state.skills[skill].writers)
    checking.sync(team.ada.ctx)


def test_whoever_has_my_recipient_and_another_signing_key_is_not_me(
    team: Team, tmp_path: Path
) -> None:
    gus = Person("Gus Fring", tmp_path / "gus")
    recipient = gus.keygen().recipient
    fake = half("Gus Fring", recipient, generate("x25519"))
    write(team.boss, lambda d, r: operations.admit(d, r, fake, "member"))
    sync_only(team.boss)
    vault = gus.clone(team.host, vault_of(team.ada).state.vault_id)
    assert vault.me is None
    assert vault.reader.me is None
    with pytest.raises(AccessError):
        vault.require_me()
    assert id_of(team.boss, "Gus Fring")
