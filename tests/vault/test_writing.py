"""What this client writes is within the limits that every other client holds it to."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import AccessError
from skillvault.services import opening, put
from skillvault.vault import membership, operations
from skillvault.vault.client import Vault
from skillvault.vault.draft import Draft
from skillvault.vault.ids import new_id
from skillvault.vault.records import AccessRecord
from skillvault.vault.state import skill_path
from tests.people import Person


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    person = Person("Ada", tmp_path / "ada")
    person.init()
    put.put(person.ctx, [person.skill("one")])
    return person


def refuses(vault: Vault, draft: Draft, why: str) -> None:
    head = vault.state.head
    with vault.changing(), pytest.raises(AccessError, match=why):
        vault.commit(draft, 1_790_000_100)
    vault.refresh()
    assert vault.state.head == head


def test_a_file_beyond_its_limit_is_not_written(ada: Person) -> None:
    vault = opening.open_vault(ada.ctx)
    me, draft = vault.require_me(), Draft()
    membership.rename(draft, vault.state, me, vault.reader.card(me))
    (path,) = (p for p in draft.files if p.startswith("names/"))
    draft.files[path] = bytes(8 * 1024 + 1600 + 1)
    refuses(vault, draft, "larger than 9792 bytes")


def test_an_entry_beyond_its_limit_is_not_written(ada: Person) -> None:
    vault = opening.open_vault(ada.ctx)
    me, draft = vault.require_me(), Draft()
    ((skill, _),) = vault.state.skills.items()
    one = vault.reader.open_newest(skill).bundle
    access = AccessRecord(owner=me, readers=(me,), writers=(me,)).to_bytes()
    for _ in range(27_000):
        new = new_id()
        draft.files[skill_path(new, "access.json")] = access
        draft.files[skill_path(new)] = b"sealed"
        draft.versions[new] = one
    refuses(vault, draft, "54000 files are too many for one entry")
    operations.remove_skill(few := Draft(), vault.state, skill)
    with vault.changing():
        vault.commit(few, 1_790_000_200)
