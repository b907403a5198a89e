"""A host keeps a push that it refuses, and somebody makes other things under the ids in it.

Ids are random: whoever uses one of mine before me has seen what I could not push. What is replayed
then must not take theirs for mine.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import SkillvaultError
from skillvault.services import checking, put
from skillvault.skill.files import SkillFile
from skillvault.vault import card, epochs, operations
from skillvault.vault.draft import Draft
from skillvault.vault.identity import generate
from skillvault.vault.reader import Reader
from skillvault.vault.records import AccessRecord
from tests.people import Person
from tests.team import Team, id_of, skill_of, sync_only, vault_of, write


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Team:
    return Team(tmp_path_factory.mktemp("template") / "team").make()


@pytest.fixture
def team(template: Team, tmp_path: Path) -> Team:
    return template.copy(tmp_path / "team")


def said(person: Person) -> str:
    """Sync as often as it takes, and give what it complained of."""
    lines = []
    for _ in range(2):
        try:
            checking.sync(person.ctx)
        except SkillvaultError as error:
            lines.append(str(error))
    assert vault_of(person).unpushed == 0
    return " ".join([*lines, *person.warnings])


@pytest.mark.parametrize("later", [False, True])
def test_a_share_with_my_new_group_never_reaches_a_group_of_the_same_id(
    team: Team, *, later: bool
) -> None:
    skill, bob = skill_of(team.ada, "one"), id_of(team.ada, team.bob)
    made: list[str] = []

    def found(draft: Draft, reader: Reader) -> None:
        made.append(epochs.make_group(draft, reader, "secret", [reader.me or ""]))

    def share(draft: Draft, reader: Reader) -> None:
        operations.change_access(draft, reader, skill, add_readers=made)

    def grow(draft: Draft, reader: Reader) -> None:
        epochs.grow(draft, reader, made[0], [bob])

    write(team.ada, found, share, *([grow] if later else []))
    write(team.boss, lambda d, r: epochs.make_group(d, r, "mine", [r.me or ""], group=made[0]))
    sync_only(team.boss)
    assert "somebody else has its id" in said(team.ada)
    state = vault_of(team.ada).state
    assert made[0] not in state.skills[skill].readers
    assert state.groups[made[0]].members == (id_of(team.ada, team.boss),)


def test_a_share_with_whom_i_admitted_never_reaches_a_member_of_the_same_id(team: Team) -> None:
    skill, gus, puppet = skill_of(team.ada, "one"), generate("x25519"), generate("x25519")
    made: list[str] = []

    def admit(draft: Draft, reader: Reader) -> None:
        made.append(operations.admit(draft, reader, card.make(gus, "Gus Fring"), "member"))
        operations.change_access(draft, reader, skill, add_readers=made, add_writers=made)

    def promote(draft: Draft, reader: Reader) -> None:
        operations.give(draft, reader, skill, made[0])

    write(team.ada, admit, promote)
    fake = card.make(puppet, "Gus Bring")
    write(team.boss, lambda d, r: operations.admit(d, r, fake, "member", member=made[0]))
    sync_only(team.boss)
    assert "somebody else has its id" in said(team.ada)
    record = vault_of(team.ada).state.skills[skill]
    assert made[0] not in (record.owner, *record.readers, *record.writers)


@pytest.mark.parametrize("give", [False, True])
def test_my_new_skill_is_not_written_into_a_skill_of_the_same_id(team: Team, *, give: bool) -> None:
    put.put(team.ada.ctx, [team.ada.skill("plan", "First.\n")])
    put.put(team.ada.ctx, [team.ada.skill("plan", "Second.\n")])
    skill, ada = skill_of(team.ada, "plan"), id_of(team.ada, team.ada)
    files = [SkillFile("notes.md", b"nothing\n", "644")]

    def take(draft: Draft, reader: Reader) -> None:
        me = reader.me or ""
        signer = vault_of(team.eve).signer()
        bundle = operations.make_bundle(
            reader.state,
            signer,
            skill,
            name="plan",
            files=files,
            message="",
            now=team.eve.ctx.now(),
            before=None,
        )
        both = tuple(sorted((me, ada)))
        access = AccessRecord(owner=me, readers=both, writers=both)
        operations.put_new(draft, reader.state, skill, bundle, access)

    write(team.eve, take, *([lambda d, r: operations.give(d, r, skill, ada)] if give else []))
    sync_only(team.eve)
    assert "laid aside" in said(team.ada)
    vault = vault_of(team.ada)
    assert len(vault.state.skills[skill].versions) == 1
    kept = [work.text.files[0].data for work in vault.workbench.asides()]
    assert any(b"Second." in data for data in kept)
