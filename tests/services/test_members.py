"""Roles, names and expiry of members; machines; and skills that change hands."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from skillvault.errors import AccessError, NotFoundError, RefusedError, ServiceError, UsageError
from skillvault.services import (
    grouping,
    identities,
    machines,
    members,
    opening,
    owning,
    put,
    reading,
)
from skillvault.services.members import MemberPreview
from skillvault.services.references import parse
from skillvault.vault import identity
from skillvault.vault.syntax import Role
from tests.crew import Crew, agree
from tests.people import Person


@pytest.fixture
def crew(tmp_path: Path) -> Crew:
    return Crew.of(tmp_path, bob="admin", cyd="member", ci="machine")


def yes(_preview: object) -> bool:
    return True


def role(crew: Crew, who: str, wanted: Role, by: str = "ada") -> members.MemberChanged:
    done = members.set_role(crew[by].ctx, who, wanted, approve=yes)
    assert done is not None
    return done


# Roles


def test_an_owner_gives_roles(crew: Crew) -> None:
    assert role(crew, "Cyd", "owner").after.role == "owner"
    assert crew.vault().state.members[crew.id("cyd")].role == "owner"
    assert role(crew, "Cyd", "member").preview.before.role == "owner"
    assert role(crew, "Cyd", "member").published.entry is None


def test_the_last_owner_stays_one(crew: Crew) -> None:
    with pytest.raises(UsageError, match="no owner of acme would be left"):
        role(crew, "Ada", "admin")
    role(crew, "Bob", "owner")
    done = role(crew, "Ada", "admin")
    assert any("only an owner gives it back, Bob" in note for note in done.preview.notes)


@pytest.mark.parametrize(("who", "wanted"), [("Ci", "admin"), ("Ci", "member"), ("Bob", "machine")])
def test_a_machine_stays_one_and_nobody_becomes_one(crew: Crew, who: str, wanted: Role) -> None:
    with pytest.raises(UsageError, match=r"a machine"):
        role(crew, who, wanted)


@pytest.mark.parametrize("who", ["everyone", "Nobody", "./bob.card"])
def test_only_a_member_has_a_role(crew: Crew, who: str) -> None:
    with pytest.raises((UsageError, NotFoundError)):
        role(crew, who, "admin")


def test_a_group_that_is_left_without_an_admin_is_said_before(crew: Crew) -> None:
    grouping.new(crew["ada"].ctx, "legal", ["Bob", "Cyd"], approve=agree, without_me=True)
    found: list[MemberPreview] = []

    def no(preview: MemberPreview) -> bool:
        found.append(preview)
        return False

    assert members.set_role(crew["ada"].ctx, "Bob", "member", approve=no) is None
    assert any("nobody in legal is an admin" in note for note in found[0].notes)
    assert not any("everyone" in note for note in found[0].notes)
    assert crew.vault().state.members[crew.id("bob")].role == "admin"


def test_an_admin_gives_no_roles_but_steps_down(tmp_path: Path) -> None:
    crew = Crew.of(tmp_path, remote=True, bob="admin", cyd="member")
    crew.vault("bob")
    with pytest.raises(AccessError, match="only an owner can give roles") as caught:
        role(crew, "Cyd", "admin", by="bob")
    assert caught.value.hint == "ask Ada"
    with pytest.raises(AccessError):
        role(crew, "Bob", "owner", by="bob")
    assert role(crew, "Bob", "member", by="bob").published.pushed
    assert crew.vault().state.members[crew.id("bob")].role == "member"


# Names


def test_a_name_takes_its_holders_signature(crew: Crew) -> None:
    bob = crew["bob"]
    card = bob.home / "new.card"
    card.write_text(identities.make_card(identities.load(bob.ctx)[0], "Bob Barker").to_text())
    done = members.rename(crew["ada"].ctx, "Bob", str(card), approve=yes)
    assert done is not None
    assert (done.preview.name, done.name) == ("Bob", "Bob Barker")
    assert crew.vault().reader.card(crew.id("Bob Barker")).name == "Bob Barker"
    with pytest.raises(UsageError, match="is their name already"):
        members.rename(crew["ada"].ctx, "Bob Barker", str(card), approve=yes)
    with pytest.raises(RefusedError, match="the card of another identity"):
        members.rename(crew["ada"].ctx, "Cyd", str(card), approve=yes)
    with pytest.raises(UsageError, match="takes their own signature") as caught:
        members.rename(crew["ada"].ctx, "Cyd", "Cyd Ray", approve=yes)
    assert "skillvault id --name" in (caught.value.hint or "")


def test_i_rename_myself_but_never_to_a_name_that_is_taken(crew: Crew) -> None:
    ctx = crew["ada"].ctx
    for bad in ("Bob", "everyone", "a@b"):
        with pytest.raises((UsageError, RefusedError)):
            members.rename(ctx, "Ada", bad, approve=yes)
    done = members.rename(ctx, "Ada", "ADA", approve=yes)
    assert done is not None
    assert crew.vault().reader.card(crew.id("ada")).name == "ADA"


# Expiry


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90d", "1970-04-01T00:00:00Z"),
        ("1W", "1970-01-08T00:00:00Z"),
        ("36h", "1970-01-02T12:00:00Z"),
        ("Never", None),
    ],
)
def test_spans_of_time(text: str, expected: str | None) -> None:
    assert members.moment(text, 0.0) == expected


@pytest.mark.parametrize(
    "text", ["", "0d", "-1d", "90", "d", "1.5d", "999999d", "90 d", "90m", "nie"]
)
def test_what_is_no_span_of_time(text: str) -> None:
    with pytest.raises(UsageError, match="no span of time"):
        members.moment(text, 0.0)


def test_a_machine_expires_and_nobody_else(crew: Crew) -> None:
    ctx = crew["ada"].ctx
    done = members.set_expiry(ctx, "Ci", "90d", approve=yes)
    assert done is not None
    assert done.after.expires == done.preview.wanted
    assert done.after.expires is not None
    assert done.after.expires.startswith("2026-12-2")
    again = members.set_expiry(ctx, "ci", "never", approve=yes)
    assert again is not None
    assert again.after.expires is None
    assert crew.vault().state.members[crew.id("ci")].expires is None
    with pytest.raises(UsageError, match="only a machine expires"):
        members.set_expiry(ctx, "Cyd", "90d", approve=yes)


# Machines


def test_a_machine_is_made_once_and_reads_what_is_shared_with_it(tmp_path: Path) -> None:
    crew = Crew.of(tmp_path, remote=True)
    ada, file = crew["ada"], tmp_path / "ci.key"
    done = machines.new(ada.ctx, "ci", file, approve=yes, expires="90d")
    assert done is not None
    assert done.published.pushed
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    held = identity.parse_file(file.read_bytes(), "ci.key")
    assert held.name == "ci"
    record = crew.vault().state.members[done.member]
    assert (record.role, record.recipient) == ("machine", held.identity.recipient)
    assert record.expires is not None
    put.put(ada.ctx, [ada.skill("review")])
    ada.share("review", with_="ci")
    key = file.read_text().splitlines()[-1]
    job = Person("job", tmp_path / "job", environ={"SKILLVAULT_KEY": key})
    assert crew.host is not None
    vault = job.clone(crew.host, crew.vault_id)
    assert [row.found.summary.name for row in reading.list_skills(job.ctx, vault)] == ["review"]
    with pytest.raises(AccessError):
        put.put(job.ctx, [job.skill("mine")])


def test_a_machines_file_is_never_overwritten_and_nothing_is_left_of_a_refusal(
    crew: Crew, tmp_path: Path
) -> None:
    ctx, file = crew["ada"].ctx, tmp_path / "ci.key"
    file.write_text("mine")
    before = crew.vault().state.head
    with pytest.raises(UsageError, match="not overwritten"):
        machines.new(ctx, "bot", file, approve=yes)
    link = tmp_path / "link.key"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError):
        machines.new(ctx, "bot", link, approve=yes)
    with pytest.raises(UsageError, match="somebody of this name"):
        machines.new(ctx, "bob", tmp_path / "bot.key", approve=yes)
    with pytest.raises(UsageError, match="no span"):
        machines.new(ctx, "bot", tmp_path / "bot.key", approve=yes, expires="soon")
    with pytest.raises(RefusedError):
        machines.new(ctx, "bot", tmp_path / "no folder" / "bot.key", approve=yes)
    assert machines.new(ctx, "bot", tmp_path / "bot.key", approve=lambda _: False) is None
    assert file.read_text() == "mine"
    assert not (tmp_path / "bot.key").exists()
    assert crew.vault().state.head == before


def test_the_key_stays_where_the_host_may_have_the_entry(tmp_path: Path) -> None:
    crew = Crew.of(tmp_path, remote=True)
    ada = crew["ada"]
    assert crew.host is not None

    def cut_off(_preview: object) -> bool:
        assert crew.host is not None
        crew.host.rename(tmp_path / "away")
        return True

    with pytest.raises(ServiceError, match="not confirmed"):
        machines.new(ada.ctx, "ci", tmp_path / "ci.key", approve=cut_off)
    assert (tmp_path / "ci.key").exists()
    assert "ci" in [
        opening.open_vault(ada.ctx, None).reader.name(m)
        for m in opening.open_vault(ada.ctx, None).state.members
    ]


# Owners


def give(crew: Crew, name: str, by: str) -> owning.Owned:
    done = owning.own(crew["ada"].ctx, [parse(name)], by, approve=yes)
    assert done is not None
    return done


def test_a_skill_changes_hands_and_the_old_owner_may_write_on(crew: Crew) -> None:
    ada = crew["ada"]
    skill = put.put(ada.ctx, [ada.skill("review")]).skills[0].skill
    done = give(crew, "review", "Cyd")
    record = crew.vault().state.skills[skill]
    assert record.owner == crew.id("cyd")
    assert set(record.writers) == set(record.readers) == {crew.id("ada"), crew.id("cyd")}
    assert set(record.files[-1].refs) == set(record.readers)
    assert not done.mine
    assert [one.before for one in done.preview.skills] == ["Ada"]
    with pytest.raises(AccessError, match="only its owner may give it away") as caught:
        give(crew, "review", "Bob")
    assert caught.value.hint == "ask Cyd"
    assert put.put(ada.ctx, [ada.skill("review", "More.\n")]).skills[0].version == 2


def test_a_group_owns_a_skill_by_its_persons(crew: Crew) -> None:
    ada = crew["ada"]
    grouping.new(ada.ctx, "payments", ["Bob", "Ci"], approve=agree)
    put.put(ada.ctx, [ada.skill("review")])
    done = give(crew, "review", "payments")
    assert done.preview.people == ("Ada", "Bob")
    assert done.mine
    assert give(crew, "review", "payments").published.entry is None
    assert give(crew, "review", "Ada").published.entry is not None


@pytest.mark.parametrize("who", ["everyone", "Ci", "bots"])
def test_neither_everyone_nor_machines_own(crew: Crew, who: str) -> None:
    ada = crew["ada"]
    grouping.new(ada.ctx, "bots", ["Ci"], approve=agree, without_me=True)
    put.put(ada.ctx, [ada.skill("review")])
    with pytest.raises(UsageError):
        give(crew, "review", who)


def test_a_skill_is_put_for_a_group(crew: Crew) -> None:
    ada = crew["ada"]
    grouping.new(ada.ctx, "payments", ["Bob"], approve=agree)
    done = put.put(ada.ctx, [ada.skill("review")], for_="Payments")
    record = crew.vault().state.skills[done.skills[0].skill]
    group = crew.id("payments")
    assert (record.owner, record.readers, record.writers) == (group, (group,), (group,))
    assert record.files[-1].refs == (f"{group}/1",)
    again = put.put(ada.ctx, [ada.skill("review", "Two.\n")], for_="payments")
    assert again.skills[0].version == 2
    put.put(ada.ctx, [ada.skill("own")])
    with pytest.raises(UsageError, match="belongs to Ada") as caught:
        put.put(ada.ctx, [ada.skill("own", "Two.\n")], for_="payments")
    assert "own own --by payments" in (caught.value.hint or "")


def test_nobody_puts_for_a_group_that_they_are_not_in_or_that_is_closed(crew: Crew) -> None:
    ada = crew["ada"]
    grouping.new(ada.ctx, "legal", ["Bob"], approve=agree, without_me=True)
    folder = ada.skill("review")
    with pytest.raises(AccessError, match="only who is in a group"):
        put.put(ada.ctx, [folder], for_="legal")
    with pytest.raises(UsageError, match="owns nothing"):
        put.put(ada.ctx, [folder], for_="everyone")
    with pytest.raises(NotFoundError, match="no group of this name"):
        put.put(ada.ctx, [folder], for_="Bob")
    assert not crew.vault().state.skills


def test_the_beginning_of_a_name_is_no_name_of_a_group_either(crew: Crew) -> None:
    ada = crew["ada"]
    grouping.new(ada.ctx, "payments", ["Bob"], approve=agree)
    with pytest.raises(NotFoundError, match="nobody of this name"):
        put.put(ada.ctx, [ada.skill("review")], for_="pay")
    ctx = replace(ada.ctx, ask_person=lambda _question: True)
    assert put.put(ctx, [ada.skill("review")], for_="pay").entry is not None
