"""Groups: made, grown, rotated, renamed; who reads what through them, and who may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from skillvault.errors import AccessError, NotFoundError, RefusedError, UsageError
from skillvault.services import grouping, groups, labels, owning, people, put, reading, sharing
from skillvault.services.grouping import GroupPreview
from skillvault.services.references import parse
from skillvault.vault import epochs, operations
from skillvault.vault.card import make as make_card
from skillvault.vault.draft import Draft
from skillvault.vault.entry import parse_entry
from skillvault.vault.identity import generate
from tests.crew import Crew, agree
from tests.people import Person, yes


@pytest.fixture
def team(tmp_path: Path) -> Crew:
    """Ada alone acts; Bob is an admin, Cyd a member, ci a machine."""
    return Crew.of(tmp_path, bob="admin", cyd="member", ci="machine")


def seen(run: Callable[..., object], *words: object, **options: object) -> GroupPreview:
    """The preview of a change that is then not approved."""
    found: list[GroupPreview] = []

    def no(preview: GroupPreview) -> bool:
        found.append(preview)
        return False

    assert run(*words, approve=no, **options) is None
    return found[0]


def make(team: Crew, name: str, *who: str, without_me: bool = False) -> grouping.Grouped:
    done = grouping.new(team["ada"].ctx, name, who, approve=agree, without_me=without_me)
    assert done is not None
    return done


def test_a_group_has_its_maker_and_whom_they_name(team: Crew) -> None:
    done = make(team, "payments", "bob", "CI")
    state = team.vault().state
    assert set(state.groups[done.group].members) == {team.id(n) for n in ("ada", "bob", "ci")}
    assert done.closed is None
    assert done.preview.members == ("Ada", "Bob", "Ci")
    lines = groups.list_groups(team.vault())
    assert [(line.label, line.me, line.closed) for line in lines] == [
        ("everyone", True, None),
        ("payments", True, None),
    ]
    assert lines[1].admins == ("Ada", "Bob")


def test_a_group_without_its_maker_is_closed_until_one_of_them_opens_it(team: Crew) -> None:
    preview = seen(grouping.new, team["ada"].ctx, "legal", ["Bob", "Cyd"], without_me=True)
    assert "three entries" in preview.notes[0]
    before = team.vault().state.seq
    done = make(team, "legal", "Bob", "Cyd", without_me=True)
    state = team.vault().state
    assert state.seq == before + 2
    assert [entry.seq for entry in done.published.earlier] == [before + 1]
    assert set(state.groups[done.group].members) == {team.id("bob"), team.id("cyd")}
    assert state.groups[done.group].recipient is None
    words = "closed: Bob or Cyd opens it at the next sync of one of them; until then nothing new"
    assert (done.closed or "").startswith(words)
    assert groups.list_groups(team.vault())[1].closed == done.closed


def test_it_is_said_where_nobody_in_a_group_could_add_to_it(team: Crew) -> None:
    preview = seen(grouping.new, team["ada"].ctx, "legal", ["Cyd"], without_me=True)
    assert any("nobody in legal is an admin" in note for note in preview.notes)
    preview = seen(grouping.new, team["ada"].ctx, "legal", ["Bob"], without_me=True)
    assert not any("nobody in legal" in note for note in preview.notes)


def test_it_is_said_where_machines_alone_would_have_to_open_a_group(team: Crew) -> None:
    preview = seen(grouping.new, team["ada"].ctx, "bots", ["Ci"], without_me=True)
    assert any("machines alone" in note and "may push" in note for note in preview.notes)


def test_a_card_is_admitted_and_in_the_group_by_one_entry(team: Crew, tmp_path: Path) -> None:
    card = str(Person("Eve", tmp_path / "eve").card_file())
    before = team.vault().state.seq
    done = grouping.new(team["ada"].ctx, "payments", [card], approve=agree)
    assert done is not None
    state = team.vault().state
    assert state.seq == before + 1
    assert team.id("eve") in state.groups[done.group].members
    assert [c.name for c in done.preview.admits] == ["Eve"]


def test_a_preview_that_is_not_approved_changes_nothing(team: Crew) -> None:
    before = team.vault().state.head
    seen(grouping.new, team["ada"].ctx, "payments", ["Bob"])
    assert team.vault().state.head == before


@pytest.mark.parametrize("name", ["Bob", "bOB", "everyone", "a/b", "-x", "x.card", ""])
def test_a_group_takes_no_name_that_is_taken_or_bad(team: Crew, name: str) -> None:
    with pytest.raises((UsageError, RefusedError)):
        grouping.new(team["ada"].ctx, name, ["Cyd"], approve=agree)
    assert len(team.vault().state.groups) == 1


def test_groups_hold_no_groups(team: Crew) -> None:
    make(team, "payments", "Bob")
    with pytest.raises(UsageError, match="groups hold members only") as caught:
        grouping.new(team["ada"].ctx, "legal", ["payments"], approve=agree)
    assert caught.value.hint == "name them: Ada, Bob"


def test_a_group_without_anybody_is_not_made(team: Crew) -> None:
    with pytest.raises(UsageError, match="nobody would be in it"):
        grouping.new(team["ada"].ctx, "legal", ["Ada"], approve=agree, without_me=True)


def test_whoever_comes_in_gains_all_that_the_group_ever_could_read(team: Crew) -> None:
    ada = team["ada"]
    make(team, "payments", "Bob")
    put.put(ada.ctx, [ada.skill("refund"), ada.skill("deploy"), ada.skill("own")])
    ada.share("refund", "deploy", with_="payments")
    put.put(ada.ctx, [ada.skill("refund", "Twice.\n")])
    ada.unshare("deploy", from_="payments")
    put.put(ada.ctx, [ada.skill("deploy", "Later.\n")])
    preview = seen(grouping.add, ada.ctx, "payments", ["Cyd"])
    assert preview.gain == ("Cyd",)
    assert [(one.name, one.span, one.now) for one in preview.reach] == [
        ("refund", "@1 and later", True),
        ("deploy", "@1", False),
    ]
    done = grouping.add(ada.ctx, "payments", ["Cyd"], approve=agree)
    assert done is not None
    assert team.id("cyd") in team.vault().state.groups[done.group].members


def test_adding_somebody_who_is_in_it_changes_nothing(team: Crew) -> None:
    make(team, "payments", "Bob")
    done = grouping.add(team["ada"].ctx, "payments", ["Bob"], approve=agree)
    assert done is not None
    assert done.published.entry is None
    assert done.preview.gain == ()


def test_an_admin_who_is_not_in_a_group_is_told_whom_to_ask(team: Crew) -> None:
    make(team, "legal", "Bob", "Cyd", without_me=True)
    ctx = team["ada"].ctx
    calls: list[Callable[[], object]] = [
        lambda: grouping.add(ctx, "legal", ["Ci"], approve=agree),
        lambda: grouping.rename(ctx, "legal", "law", approve=agree),
        lambda: grouping.rotate(ctx, "legal", approve=agree),
    ]
    for call in calls:
        with pytest.raises(AccessError, match="only an admin who is in it can") as caught:
            call()
        assert caught.value.hint == "ask Bob"


def test_where_no_admin_is_in_a_group_an_owner_can_make_one(team: Crew) -> None:
    make(team, "legal", "Cyd", without_me=True)
    with pytest.raises(AccessError) as caught:
        grouping.add(team["ada"].ctx, "legal", ["Ci"], approve=agree)
    assert "nobody in it is an admin" in (caught.value.hint or "")
    assert "Ada can make one" in (caught.value.hint or "")


def test_a_renamed_group_keeps_its_readers(team: Crew) -> None:
    done = make(team, "payments", "Bob")
    renamed = grouping.rename(team["ada"].ctx, "payments", "Payments", approve=agree)
    assert renamed is not None
    vault = team.vault()
    assert vault.reader.group_name(done.group) == "Payments"
    for taken in ("Payments", "Bob", "everyone"):
        with pytest.raises((UsageError, RefusedError)):
            grouping.rename(team["ada"].ctx, "payments", taken, approve=agree)
    with pytest.raises(UsageError, match="holds all members"):
        grouping.rename(team["ada"].ctx, "everyone", "all", approve=agree)


@pytest.mark.parametrize("name", ["payments", "everyone"])
def test_a_rotated_group_has_another_key_and_its_skills_are_sealed_to_it(
    team: Crew, name: str
) -> None:
    ada = team["ada"]
    make(team, "payments", "Bob")
    put.put(ada.ctx, [ada.skill("refund")])
    ada.share("refund", with_=name)
    group = team.id(name)
    before = team.vault().state.groups[group]
    done = grouping.rotate(ada.ctx, name, approve=agree)
    assert done is not None
    assert done.resealed == ("refund",)
    after = team.vault().state
    assert after.groups[group].members == before.members
    assert after.groups[group].epoch == before.epoch + 1
    assert f"{group}/{before.epoch + 1}" in after.skills[next(iter(after.skills))].files[-1].refs


def test_who_is_in_a_group_reads_its_skills_and_its_history(tmp_path: Path) -> None:
    """Several clients and a real host: added late, through two epochs."""
    team = Crew.of(tmp_path, remote=True, bob="admin", cyd="member")
    ada = team["ada"]
    make(team, "payments", "Bob")
    put.put(ada.ctx, [ada.skill("refund", "One.\n")])
    ada.share("refund", with_="payments")
    grouping.rotate(ada.ctx, "payments", approve=agree)
    put.put(ada.ctx, [ada.skill("refund", "Two.\n")])
    team.vault()
    bob = team["bob"]
    team.vault("bob")
    done = grouping.add(bob.ctx, "payments", ["Cyd"], approve=agree)
    assert done is not None
    assert done.published.pushed
    vault = team.vault("cyd")
    rows = reading.list_skills(team["cyd"].ctx, vault)
    assert [(row.found.summary.name, row.found.summary.version) for row in rows] == [("refund", 2)]
    skill = rows[0].skill
    assert vault.reader.can_open_version(skill, 1)
    assert b"One." in vault.reader.open_version(skill, 1).bundle.files[0].data


def test_a_plain_member_makes_no_group(tmp_path: Path) -> None:
    team = Crew.of(tmp_path, remote=True, cyd="member")
    team.vault("cyd")
    with pytest.raises(AccessError, match="only an admin can make a group") as caught:
        grouping.new(team["cyd"].ctx, "mine", [], approve=agree)
    assert caught.value.hint == "ask Ada"


def test_a_closed_group_is_opened_by_an_admin_in_it_who_adds(tmp_path: Path) -> None:
    team = Crew.of(tmp_path, remote=True, bob="admin", cyd="member")
    make(team, "legal", "Bob", without_me=True)
    bob = team["bob"]
    vault = team.vault("bob")
    group = team.id("legal")
    done = grouping.add(bob.ctx, "legal", ["Cyd"], approve=agree)
    assert done is not None
    assert done.closed is None
    assert epochs.bridgeable(team.vault("bob").reader, group) == []
    assert group in vault.state.groups
    assert set(team.vault("cyd").reader.keyring.epochs(group)) >= {1}


def test_two_of_one_name_are_told_apart_and_found_by_it(team: Crew) -> None:
    """A client writes no second one: a line may hold it all the same."""
    vault = team.vault()
    draft = Draft()
    second = operations.admit(draft, vault.reader, make_card(generate("x25519"), "BOB"), "member")
    entry = vault.commit(draft, 1_790_000_100.0)
    assert parse_entry(entry.to_bytes()) == entry
    vault = team.vault()
    known = labels.labels(vault)
    assert known[second] == f"BOB~{second[:8]}"
    assert known[team.id("cyd")] == "Cyd"
    rows = [line.label for line in people.list_members(vault)]
    assert f"BOB~{second[:8]}" in rows
    assert people.resolve_member(team["ada"].ctx, vault, f"bob~{second[:6]}") == second
    with pytest.raises(NotFoundError, match="2 have this name") as caught:
        people.resolve(team["ada"].ctx, vault, "Bob")
    assert f"BOB~{second[:8]}" in caught.value.problem


def test_the_beginning_of_a_name_counts_only_where_somebody_says_yes(team: Crew) -> None:
    vault, asked = team.vault(), list[str]()

    def answer(question: str) -> bool:
        asked.append(question)
        return len(asked) == 1

    ctx = replace(team["ada"].ctx, ask_person=answer)
    assert people.resolve_member(ctx, vault, "bo") == team.id("bob")
    assert "Bob" in asked[0]
    with pytest.raises(NotFoundError) as caught:
        people.resolve(ctx, vault, "bo")
    assert caught.value.hint == "say the full name: Bob"
    with pytest.raises(NotFoundError):
        people.resolve(team["ada"].ctx, vault, "bo")
    with pytest.raises(NotFoundError) as caught:
        people.resolve(ctx, vault, "C")
    assert caught.value.hint == "say the full name: Ci or Cyd"
    assert len(asked) == 2


def test_listings_tell_two_of_one_name_apart(team: Crew) -> None:
    vault, ada, first = team.vault(), team["ada"], team.id("cyd")
    draft = Draft()
    second = operations.admit(draft, vault.reader, make_card(generate("x25519"), "CYD"), "member")
    vault.commit(draft, 1_790_000_100.0)
    grouping.new(ada.ctx, "ops", [f"cyd~{second[:6]}"], approve=agree)
    put.put(ada.ctx, [ada.skill("own")])
    ada.share("own", with_=f"Cyd~{first}")
    known = f"CYD~{second[:8]}"
    assert groups.list_groups(team.vault())[1].members == ("Ada", known)
    (row,) = reading.list_skills(ada.ctx, team.vault())
    assert row.readers == ("Ada", f"Cyd~{first[:8]}")
    done = owning.own(ada.ctx, [parse("own")], f"Cyd~{first}", approve=lambda _: True)
    assert done is not None
    with pytest.raises(AccessError) as caught:
        ada.share("own", with_="ops")
    assert caught.value.hint == f"ask Cyd~{first[:8]}"


def test_a_closed_group_opens_at_the_next_sync_of_one_of_them(tmp_path: Path) -> None:
    crew = Crew.of(tmp_path, remote=True, cyd="member")
    ada = crew["ada"]
    put.put(ada.ctx, [ada.skill("own")])
    make(crew, "legal", "Cyd", without_me=True)
    ada.share("own", with_="legal")
    vault = crew.vault("cyd")
    assert vault.state.groups[crew.id("legal")].is_open
    crew.vault()  # Ada seals it to the group
    (row,) = reading.list_skills(crew["cyd"].ctx, crew.vault("cyd"))
    assert row.found.summary.name == "own"


def test_a_share_with_a_closed_group_reaches_nobody_yet(team: Crew) -> None:
    make(team, "legal", "Bob", without_me=True)
    ada = team["ada"]
    put.put(ada.ctx, [ada.skill("own")])
    done = sharing.share(ada.ctx, [parse("own")], ["legal"], approve=yes)
    assert done is not None
    state = team.vault().state
    assert state.skills[done.preview.skills[0].skill].files[-1].refs == (team.id("ada"),)
