"""Out of a group: who loses what, who follows, what is sealed anew, and how it leaves here."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import AccessError, NotFoundError, UsageError
from skillvault.services import checking, grouping, put, reading, ungrouping
from skillvault.vault.state import pending
from tests.crew import Crew, agree
from tests.services.test_groups import make, seen


@pytest.fixture
def team(tmp_path: Path) -> Crew:
    return Crew.of(tmp_path, bob="admin", cyd="member", ci="machine")


def remove(team: Crew, group: str, *who: str) -> grouping.Grouped:
    done = ungrouping.remove(team["ada"].ctx, group, who, approve=agree)
    assert done is not None
    return done


def shared(team: Crew, name: str, *with_: str) -> str:
    """A skill of Ada's, shared with groups or members. Its id."""
    ada = team["ada"]
    done = put.put(ada.ctx, [ada.skill(name)])
    for who in with_:
        ada.share(name, with_=who)
    return done.skills[0].skill


def test_who_is_taken_out_loses_what_they_read_through_it_alone(team: Crew) -> None:
    make(team, "payments", "Bob", "Cyd")
    skill = shared(team, "refund", "payments")
    preview = seen(ungrouping.remove, team["ada"].ctx, "payments", ["Cyd"])
    assert preview.lose == ("Cyd",)
    assert preview.members == ("Ada", "Bob")
    assert [(one.name, one.span) for one in preview.reach] == [("refund", "@1 and later")]
    team["ada"].share("refund", with_="Cyd")
    assert seen(ungrouping.remove, team["ada"].ctx, "payments", ["Cyd"]).lose == ()
    done = remove(team, "payments", "Cyd")
    state = team.vault().state
    group = state.groups[done.group]
    assert done.resealed == ("refund",)
    assert group.epoch == 2
    assert f"{done.group}/2" in state.skills[skill].files[-1].refs
    assert not list(pending(state))


def test_an_admin_who_is_not_in_it_closes_it(team: Crew) -> None:
    make(team, "legal", "Bob", "Cyd", without_me=True)
    preview = seen(ungrouping.remove, team["ada"].ctx, "legal", ["Cyd"])
    assert any(note.startswith("closed: Bob opens it at their next sync") for note in preview.notes)
    done = remove(team, "legal", "Cyd")
    assert (done.closed or "").startswith("closed: Bob opens it")


def test_who_takes_themselves_out_closes_it(team: Crew) -> None:
    make(team, "payments", "Bob")
    assert (remove(team, "payments", "Ada").closed or "").startswith("closed: Bob opens it")


def test_what_is_left_of_a_group_is_said_before(team: Crew) -> None:
    make(team, "payments", "Cyd", "Ci")
    notes = seen(ungrouping.remove, team["ada"].ctx, "payments", ["Ada"]).notes
    assert any("nobody in payments is an admin" in note for note in notes)
    notes = seen(ungrouping.remove, team["ada"].ctx, "payments", ["Ada", "Cyd"]).notes
    assert any("machines alone" in note for note in notes)


def test_a_group_that_alone_reads_a_skill_takes_it_along_and_says_so_first(team: Crew) -> None:
    make(team, "payments", "Bob")
    ada = team["ada"]
    put.put(ada.ctx, [ada.skill("refund")], for_="payments")
    shared(team, "other", "payments")
    preview = seen(ungrouping.remove, ada.ctx, "payments")
    assert preview.orphans == ("refund",)
    assert preview.lose == ("Ada", "Bob")
    assert "cannot be brought back" in preview.notes[0]
    done = remove(team, "payments")
    state = team.vault().state
    assert done.group not in state.groups
    assert [s.readers for s in state.skills.values()] == [(team.id("ada"),)]


def test_a_skill_that_others_read_passes_on(team: Crew) -> None:
    make(team, "payments", "Bob")
    make(team, "legal", "Cyd")
    ada = team["ada"]
    put.put(ada.ctx, [ada.skill("refund")], for_="payments")
    ada.share("refund", with_="legal")
    preview = seen(ungrouping.remove, ada.ctx, "payments")
    assert preview.orphans == ()
    assert preview.heirs == (("refund", "Ada"),)  # who wrote it last, and reads it still
    remove(team, "payments")
    (skill,) = team.vault().state.skills.values()
    assert (skill.owner, skill.writers) == (team.id("ada"), (team.id("ada"),))


def test_taking_out_everybody_deletes_the_group(team: Crew) -> None:
    make(team, "payments", "Bob")
    preview = seen(ungrouping.remove, team["ada"].ctx, "payments", ["Ada", "Bob"])
    assert "deleted" in preview.notes[0]
    done = remove(team, "payments", "Ada", "Bob")
    assert done.group not in team.vault().state.groups
    with pytest.raises(NotFoundError):
        ungrouping.remove(team["ada"].ctx, "payments", approve=agree)


def test_a_closed_group_stays_closed_without_them(team: Crew) -> None:
    make(team, "legal", "Bob", "Cyd", without_me=True)
    epoch = team.vault().state.groups[team.id("legal")].epoch
    remove(team, "legal", "Cyd")
    group = team.vault().state.groups[team.id("legal")]
    assert (group.epoch, group.members) == (epoch, (team.id("bob"),))


def test_who_is_not_in_it_cannot_be_taken_out_nor_anybody_of_everyone(team: Crew) -> None:
    make(team, "payments", "Bob")
    with pytest.raises(UsageError, match="not in payments"):
        ungrouping.remove(team["ada"].ctx, "payments", ["Cyd"], approve=agree)
    with pytest.raises(UsageError, match="holds all members"):
        ungrouping.remove(team["ada"].ctx, "everyone", ["Cyd"], approve=agree)
    with pytest.raises(NotFoundError):
        ungrouping.remove(team["ada"].ctx, "payment", ["Bob"], approve=agree)
    with pytest.raises(NotFoundError, match="no group of this name"):
        ungrouping.remove(team["ada"].ctx, "Bob", approve=agree)


def test_it_goes_ahead_of_what_was_not_pushed_and_nobody_else_removes(tmp_path: Path) -> None:
    team = Crew.of(tmp_path, remote=True, bob="member", cyd="member")
    ada = team["ada"]
    make(team, "payments", "Bob", "Cyd")
    shared(team, "refund", "payments")
    vault = team.vault("cyd")
    assert [row.found.summary.name for row in reading.list_skills(team["cyd"].ctx, vault)]
    with pytest.raises(AccessError, match="only an admin"):
        ungrouping.remove(team["cyd"].ctx, "payments", ["Bob"], approve=agree)
    put.put(ada.ctx, [ada.skill("waiting")])
    done = remove(team, "payments", "Cyd")
    assert done.published.pushed
    assert done.published.went_along == 0
    checking.sync(ada.ctx)
    vault = team.vault("cyd")
    assert not reading.list_skills(team["cyd"].ctx, vault)
    assert not list(pending(vault.state))
    bob = team.vault("bob")
    assert bob.reader.open_newest(
        next(s for s, r in bob.state.skills.items() if len(r.readers) > 1)
    )
