"""An admin spoils the record behind a name, and lets somebody else in under it."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import NotFoundError
from skillvault.services import people, sharing
from skillvault.services.labels import labels
from skillvault.services.references import parse
from skillvault.vault import card, epochs, membership, operations
from skillvault.vault.draft import Draft
from skillvault.vault.identity import generate
from skillvault.vault.ids import sha256
from skillvault.vault.reader import Reader
from tests.people import yes
from tests.team import NAMES, Team, id_of, skill_of, sync_only, vault_of, write


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Team:
    return Team(tmp_path_factory.mktemp("template") / "team").make()


@pytest.fixture
def team(template: Team, tmp_path: Path) -> Team:
    return template.copy(tmp_path / "team")


def spoil(draft: Draft, reader: Reader, path: str, name: str) -> None:
    """Another hash of a name, with junk behind it."""
    data = draft.files[path]
    assert data is not None
    draft.files[path] = data.replace(name.encode(), sha256(b"junk").encode())
    (record,) = (p for p in draft.files if p.startswith("names/"))
    draft.files[record] = b"junk"
    del reader


def test_a_name_is_not_free_because_somebody_spoiled_its_record(team: Team) -> None:
    bob, skill = id_of(team.ada, team.bob), skill_of(team.ada, "two")

    def spoil_bob(draft: Draft, reader: Reader) -> None:
        membership.rename(draft, reader.state, bob, reader.card(bob))
        path = f"members/{bob}.json"
        spoil(draft, reader, path, membership.member_record(draft, reader.state, bob).name)

    puppet = card.make(generate("x25519"), NAMES["bob"])
    write(team.boss, spoil_bob, lambda d, r: operations.admit(d, r, puppet, "member"))
    sync_only(team.boss)
    with pytest.raises(NotFoundError, match="2 have this name"):
        sharing.share(team.ada.ctx, [parse("two")], [NAMES["bob"]], approve=yes)
    assert any("a new name was given that does not open" in line for line in team.ada.warnings)
    vault = vault_of(team.ada)
    assert len(vault.state.skills[skill].readers) == 2
    assert labels(vault)[bob] == f"{NAMES['bob']}~{bob[:8]}"
    assert people.resolve(team.ada.ctx, vault, f"{NAMES['bob']}~{bob[:8]}").id == bob


def test_nor_is_a_groups(team: Team) -> None:
    ops = id_of(team.ada, "ops")

    def spoil_ops(draft: Draft, reader: Reader) -> None:
        epochs.rename_group(draft, reader, ops, "ops")
        path = f"groups/{ops}/group.json"
        spoil(draft, reader, path, operations.group_record(draft, reader.state, ops).name)

    def impostor(draft: Draft, reader: Reader) -> None:
        epochs.make_group(draft, reader, "ops", [reader.me or ""])

    write(team.boss, spoil_ops, impostor)
    sync_only(team.boss)
    with pytest.raises(NotFoundError, match="2 have this name"):
        sharing.share(team.ada.ctx, [parse("one")], ["ops"], approve=yes)
