"""Recipients to which nothing can be sealed: the rules see syntax alone, so a member can write one.

Nobody holds the key of such a line. It locks out whoever it stands for, and stops nobody else.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from skillvault.services import checking, grouping, leaving, put, sharing
from skillvault.vault import card, epochs, names
from skillvault.vault.draft import Draft
from skillvault.vault.identity import generate
from skillvault.vault.ids import new_id
from skillvault.vault.operations import group_record
from skillvault.vault.reader import Reader
from skillvault.vault.records import MemberRecord
from skillvault.vault.state import pending
from tests.people import Person
from tests.team import NAMES, Team, id_of, skill_of, sync_only, vault_of, write


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Team:
    return Team(tmp_path_factory.mktemp("template") / "team").make()


@pytest.fixture
def team(template: Team, tmp_path: Path) -> Team:
    return template.copy(tmp_path / "team")


def spoiled(line: str) -> str:
    """A recipient with the right letters and the wrong checksum."""
    return line[:-1] + ("q" if line[-1] != "q" else "p")


def sock_puppet(draft: Draft, reader: Reader) -> None:
    """Admit somebody to whom nothing can be sealed, past the checks of our own client."""
    state, member = reader.state, new_id()
    holder = card.make(generate(state.suite), f"Nobody {member[:4]}")
    record = names.person_record(holder)
    group = group_record(draft, state, state.everyone)
    made = MemberRecord(
        expires=None,
        name=record.hash,
        recipient=spoiled(holder.recipient),
        role="member",
        signing_key=holder.signing_key,
        state="active",
    )
    draft.files[f"members/{member}.json"] = made.to_bytes()
    draft.files[f"names/{member}.age"] = b"junk"
    draft.files[f"groups/{state.everyone}/{group.epoch}/{member}.age"] = b"junk"
    after = replace(group, members=tuple(sorted((*group.members, member))))
    draft.files[f"groups/{state.everyone}/group.json"] = after.to_bytes()


def bad_epoch(draft: Draft, reader: Reader, group: str) -> None:
    """The next epoch of a group, with a key that nobody has."""
    epochs.start_anew(draft, reader, group, reader.state.groups[group].members)
    path = f"groups/{group}/group.json"
    record = group_record(draft, reader.state, group)
    assert record.recipient is not None
    draft.files[path] = replace(record, recipient=spoiled(record.recipient)).to_bytes()


def test_an_admin_who_admits_people_without_a_key_can_be_removed(team: Team) -> None:
    write(team.boss, sock_puppet, sock_puppet)
    sync_only(team.boss)
    boss = id_of(team.ada, team.boss)
    done = leaving.remove(team.ada.ctx, NAMES["boss"], approve=lambda _: True)
    assert done is not None
    state = vault_of(team.ada).state
    assert not state.members[boss].is_active
    for person in (team.ada, team.bob, team.eve):
        checking.sync(person.ctx)
        vault = vault_of(person)
        assert vault.reader.group_key(vault.state.everyone) is not None


def test_a_group_whose_key_nobody_has_keeps_no_writer_from_the_next_version(team: Team) -> None:
    ops, skill = id_of(team.boss, "ops"), skill_of(team.ada, "two")
    write(team.boss, lambda d, r: bad_epoch(d, r, ops))
    sync_only(team.boss)
    folder = team.ada.skill("two", text="# Two\n\nThe next version.\n")
    put.put(team.ada.ctx, [folder])
    checking.sync(team.ada.ctx)
    vault = vault_of(team.ada)
    assert len(vault.state.skills[skill].versions) == 2
    assert vault.reader.open_newest(skill).number == 2
    assert not list(pending(vault.state))


def test_a_key_of_everyone_that_nobody_has_is_rotated_and_names_are_read_again(
    team: Team, tmp_path: Path
) -> None:
    everyone = vault_of(team.boss).state.everyone
    write(team.boss, lambda d, r: bad_epoch(d, r, everyone))
    sync_only(team.boss)
    checking.sync(team.bob.ctx)
    assert grouping.rotate(team.ada.ctx, "everyone", approve=lambda _: True) is not None
    gus = Person("Gus Fring", tmp_path / "gus")
    gus.keygen()
    card_file = str(gus.card_file())
    assert sharing.admit(team.ada.ctx, card_file, approve=lambda *_: True) is not None
    for person in (team.bob, team.ada):
        checking.sync(person.ctx)
        reader = vault_of(person).reader
        names_read = {reader.name(member) for member in reader.state.members}
        assert names_read == {*NAMES.values(), "Gus Fring"}
