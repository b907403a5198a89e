"""One identity follows another: lost, stolen, still at hand, come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import (
    AccessError,
    ConflictError,
    NotFoundError,
    RefusedError,
    ServiceError,
    UsageError,
)
from skillvault.services import (
    checking,
    get,
    identities,
    leaving,
    opening,
    put,
    replacing,
    sharing,
)
from skillvault.services.references import parse
from skillvault.services.replacing import Replaced, Replacing
from tests.leavers import group, join, key_of, member_id, readable, skill_id, write
from tests.opens import Line
from tests.people import Person


def anew(who: Person) -> Person:
    """The same person with a new machine and a new key."""
    made = Person(who.name, who.home.parent / f"{who.home.name}-new")
    made.card_file()
    return made


def replace(
    by: Person,
    who: str,
    new: Person,
    approve: bool = True,
    *,
    stolen: bool = False,
    keep: bool = False,
) -> Replaced:
    done = replacing.replace_member(
        by.ctx, who, str(new.home / "me.card"), approve=lambda _: approve, stolen=stolen, keep=keep
    )
    assert done is not None
    return done


def preview(by: Person, who: str, new: Person, *, stolen: bool = False) -> Replacing:
    seen: list[Replacing] = []

    def no(what: Replacing) -> bool:
        seen.append(what)
        return False

    card = str(new.home / "me.card")
    assert replacing.replace_member(by.ctx, who, card, approve=no, stolen=stolen) is None
    return seen[0]


def start(who: Person, host: Path) -> Person:
    """Clone the vault with a new key."""
    who.clone(host, Line(host).state.vault_id)
    return who


def test_a_lost_laptop(ada: Person, host: Path) -> None:
    eve, cyd = join(ada, host, "Eve"), join(ada, host, "Cyd")
    group(ada, "team", eve)
    put.put(ada.ctx, [ada.skill("teams"), ada.skill("writes")])
    ada.share("one", with_="Eve")
    ada.share("teams", with_="team")
    ada.share("writes", with_="Eve", write=True)
    put.put(cyd.ctx, [cyd.skill("cyds")])
    cyd.share("cyds", with_="Eve")
    put.put(eve.ctx, [eve.skill("alone"), eve.skill("heir")])
    checking.sync(eve.ctx)
    eve.share("heir", with_="Ada", write=True)
    before = Line(host).opens(key_of(eve))

    new = anew(eve)
    seen = preview(ada, "Eve", new)
    assert sorted(s.label for s in seen.plan.skills) == ["heir", "one", "writes"]
    assert [g.label for g in seen.plan.groups] == ["team"]
    assert [(a.whom, a.command.split()[:2]) for a in seen.plan.asks] == [
        ("Cyd", ["skillvault", "share"])
    ]
    assert seen.leaving is not None
    assert len(seen.leaving.orphans) == 1
    done = replace(ada, "Eve", new)
    assert [a.whom for a in done.asks] == ["Cyd"]
    line = Line(host)
    assert not line.state.members[done.replaced].is_active
    assert line.opens(key_of(eve)) == before
    assert line.opens_now(key_of(eve)) == {
        path for path in line.opens_now(key_of(eve)) if skill_id(cyd, "cyds") in path
    }
    checking.sync(cyd.ctx)
    assert Line(host).opens_now(key_of(eve)) == set()
    start(new, host)
    assert readable(new) == ["heir", "one", "teams", "writes"]
    state = opening.open_vault(new.ctx).state
    assert state.skills[skill_id(new, "heir")].owner == done.member
    assert done.member in state.skills[skill_id(new, "writes")].writers
    assert done.member not in state.skills[skill_id(new, "one")].writers
    cyd.share("cyds", with_="Eve")
    checking.sync(new.ctx)
    assert "cyds" in readable(new)
    folder = get.get(new.ctx, parse("writes"), new.home).folder
    (folder / "SKILL.md").write_text("---\nname: writes\ndescription: d\n---\nnew\n")
    put.put(new.ctx, [folder])
    assert checking.sync(new.ctx).synced.pushed == 1
    assert done.clone is not None


def test_an_old_key_among_mine_hands_over_first(ada: Person, host: Path) -> None:
    eve = join(ada, host, "Eve")
    put.put(eve.ctx, [eve.skill("alone"), eve.skill("shared")])
    checking.sync(eve.ctx)
    eve.share("shared", with_="Ada")
    (key,) = eve.paths.identities.iterdir()
    (ada.paths.identities / "eves.key").write_bytes(key.read_bytes())
    (ada.paths.identities / "eves.key").chmod(0o600)
    new = anew(eve)
    checking.sync(ada.ctx)
    seen = preview(ada, "Eve", new)
    assert seen.old_key
    assert seen.leaving is not None
    assert (seen.leaving.orphans, seen.leaving.heirs) == ((), ())
    assert [s.owner for s in seen.plan.skills] == [True, True]
    done = replace(ada, "Eve", new)
    assert (len(done.published), done.asks) == (2, ())
    assert done.removed is not None
    start(new, host)
    assert readable(new) == ["alone", "shared"]
    state = Line(host).state
    assert {s.owner for k, s in state.skills.items() if k != skill_id(ada, "one")} == {done.member}
    assert readable(ada) == ["one", "shared"]
    assert opening.open_vault(ada.ctx).me == member_id(ada, ada)
    assert checking.verify(ada.ctx, str(host)).error is None


def test_an_old_key_whose_push_fails_blocks_nothing(ada: Person, host: Path) -> None:
    eve = join(ada, host, "Eve")
    put.put(eve.ctx, [eve.skill("alone")])
    checking.sync(eve.ctx)
    (key,) = eve.paths.identities.iterdir()
    (ada.paths.identities / "eves.key").write_bytes(key.read_bytes())
    (ada.paths.identities / "eves.key").chmod(0o600)
    hook = host / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    # The first push is the admission; the second, by the old key, is refused.
    hook.write_text('#!/bin/sh\ntest ! -e "$GIT_DIR/seen" && touch "$GIT_DIR/seen"\n')
    hook.chmod(0o755)
    new = anew(eve)
    with pytest.raises(ServiceError, match="not confirmed"):
        replace(ada, "Eve", new)
    hook.unlink()
    put.put(ada.ctx, [ada.skill("next")])
    assert checking.sync(ada.ctx).synced.pushed == 1
    done = replace(ada, "Eve", new)
    assert done.removed is not None
    start(new, host)
    assert readable(new) == ["alone"]


def test_a_member_hands_over_by_themselves_and_an_admin_removes_the_rest(
    ada: Person, host: Path
) -> None:
    eve = join(ada, host, "Eve")
    put.put(eve.ctx, [eve.skill("alone")])
    checking.sync(eve.ctx)
    ada.share("one", with_="Eve")
    new = anew(eve)
    with pytest.raises(AccessError, match="only an admin can admit the new identity"):
        replace(eve, "Eve", new)
    kept = replace(ada, "Eve", new, keep=True)
    assert kept.removed is None
    assert Line(host).state.members[kept.replaced].is_active
    done = replace(eve, "Eve", new)
    assert done.removed is None
    assert done.replacing.stays is not None
    assert "Ada" in done.replacing.stays
    assert Line(host).state.skills[skill_id(eve, "alone")].owner == kept.member
    last = replace(ada, "Eve", new)
    assert last.removed is not None
    assert last.member == kept.member
    assert last.removed.leaving is not None
    assert last.removed.leaving.orphans == ()
    start(new, host)
    assert readable(new) == ["alone", "one"]
    checking.sync(new.ctx)
    assert Line(host).opens_now(key_of(eve)) == set()


def test_the_only_owner_goes_on_with_a_new_key(ada: Person, host: Path) -> None:
    new = anew(ada)
    done = replace(ada, "Ada", new)
    assert done.removed is None
    assert done.replacing.role == "owner"
    (key,) = new.paths.identities.iterdir()
    (ada.paths.identities / "new.key").write_bytes(key.read_bytes())
    (ada.paths.identities / "new.key").chmod(0o600)
    ada.environ["SKILLVAULT_IDENTITY"] = str(ada.paths.identities / "new.key")
    last = replace(ada, "Ada", new)
    assert last.removed is not None
    del ada.environ["SKILLVAULT_IDENTITY"]
    vault = opening.open_vault(ada.ctx)
    assert vault.me == done.member
    assert readable(ada) == ["one"]
    state = Line(host).state
    assert [m.is_active for m in state.members.values()] == [False, True]
    write(ada, "one", "with the new key\n")


def test_a_stolen_key_is_removed_first(ada: Person, host: Path) -> None:
    eve = join(ada, host, "Eve")
    ada.share("one", with_="Eve")
    group(ada, "team", eve)
    new = anew(eve)
    put.put(ada.ctx, [ada.skill("one", "not pushed\n")])
    done = replace(ada, "Eve", new, stolen=True)
    state = Line(host).state
    assert done.removed is not None
    assert done.removed.published.entry is not None
    first = done.removed.published.entry.seq
    assert all(p.entry is not None and p.entry.seq > first for p in done.published)
    assert not state.members[done.replaced].is_active
    (one,) = state.skills.values()
    assert len(one.versions) == 2  # it went along with the admission
    assert Line(host).opens_now(key_of(eve)) == set()
    assert {n for _, n in Line(host).opens(key_of(eve))} == {1}
    start(new, host)
    assert readable(new) == ["one"]
    team = next(g for k, g in state.groups.items() if k != state.everyone)
    assert done.member in team.members


def test_a_stolen_key_does_nothing_more(ada: Person, host: Path) -> None:
    eve = join(ada, host, "Eve", "admin")
    new = anew(eve)
    with pytest.raises(AccessError, match="does not remove itself") as caught:
        replace(eve, "Eve", new, stolen=True)
    assert caught.value.hint == "ask Ada"
    with pytest.raises(UsageError):
        replace(ada, "Eve", new, stolen=True, keep=True)


def test_a_conflict_delays_neither_the_removal_nor_the_new_one(ada: Person, host: Path) -> None:
    eve, bob = join(ada, host, "Eve"), join(ada, host, "Bob")
    ada.share("one", with_="Bob", write=True)
    ada.share("one", with_="Eve")
    put.put(ada.ctx, [ada.skill("one", "ada's\n")])
    checking.sync(bob.ctx)
    folder = get.get(bob.ctx, parse("one"), bob.home).folder
    (folder / "SKILL.md").write_text("---\nname: one\ndescription: d\n---\nbob's\n")
    put.put(bob.ctx, [folder])
    checking.sync(bob.ctx)
    with pytest.raises(ConflictError):
        checking.sync(ada.ctx)
    new = anew(eve)
    done = replace(ada, "Eve", new, stolen=True)
    line = Line(host)
    assert not line.state.members[done.replaced].is_active
    assert line.opens_now(key_of(eve)) == set()
    start(new, host)
    assert readable(new) == ["one"]
    with pytest.raises(ConflictError):
        checking.sync(ada.ctx)


def test_a_person_who_comes_back(ada: Person, host: Path) -> None:
    eve = join(ada, host, "Eve")
    team = group(ada, "team", eve)
    put.put(ada.ctx, [ada.skill("teams")])
    ada.share("teams", with_="team")
    ada.share("one", with_="Eve")
    assert leaving.remove(ada.ctx, "Eve", approve=lambda _: True) is not None
    new = anew(eve)
    seen = preview(ada, "Eve", new)
    assert (seen.leaving, seen.stays) == (None, None)
    done = replace(ada, "Eve", new)
    assert done.removed is None
    start(new, host)
    assert readable(new) == ["one", "teams"]
    assert done.member in Line(host).state.groups[team].members
    again = replace(ada, "Eve", new)
    assert (again.published, again.asks) == ((), ())


def test_the_same_keys_never_come_back(ada: Person, host: Path) -> None:
    eve = join(ada, host, "Eve")
    leaving.remove(ada.ctx, "Eve", approve=lambda _: True)
    with pytest.raises((UsageError, RefusedError)):
        replace(ada, "Eve", eve)


def test_who_may_not_give_a_role_lets_somebody_in_as_a_member(ada: Person, host: Path) -> None:
    bob, eve = join(ada, host, "Bob", "admin"), join(ada, host, "Eve", "admin")
    checking.sync(bob.ctx)
    new = anew(eve)
    with pytest.raises(AccessError, match="only an owner can remove an admin"):
        replace(bob, "Eve", new)
    done = replace(eve, "Eve", new)
    assert Line(host).state.members[done.member].role == "member"
    assert [(a.what, a.whom) for a in done.asks] == [("the role admin", "Ada")]
    last = replace(ada, "Eve", new)
    assert last.removed is not None
    assert not Line(host).state.members[done.replaced].is_active


def test_who_has_a_higher_role_already_is_not_to_be_lowered(ada: Person, host: Path) -> None:
    join(ada, host, "Bob", "admin")
    join(ada, host, "Eve")
    assert preview(ada, "Eve", Person("Bob", host.parent / "bob")).plan.asks == ()


def test_a_name_of_somebody_else_is_not_taken(ada: Person, host: Path) -> None:
    join(ada, host, "Eve")
    join(ada, host, "Bob")
    other = Person("Bob", ada.home.parent / "other")
    other.card_file()
    with pytest.raises(UsageError, match="somebody of this name"):
        replace(ada, "Eve", other)
    renamed = Person("Eve Stone", ada.home.parent / "stone")
    renamed.card_file()
    assert replace(ada, "Eve", renamed).removed is not None


def test_the_names_are_unique_but_for_the_successor(ada: Person, host: Path) -> None:
    eve = join(ada, host, "Eve")
    new = anew(eve)
    with pytest.raises(UsageError, match="somebody of this name"):
        sharing.admit(ada.ctx, str(new.home / "me.card"), approve=lambda *_: True)
    replace(ada, "Eve", new, keep=True)
    with pytest.raises(NotFoundError, match="2 have this name"):
        leaving.remove(ada.ctx, "Eve", approve=lambda _: True)
    assert preview(ada, "Eve", new).label.startswith("Eve~")
    replace(ada, "Eve", new)
    assert member_id(ada, new) in opening.open_vault(ada.ctx).state.members


def test_a_machine_follows_a_machine(ada: Person, host: Path) -> None:
    bot = join(ada, host, "ci", "machine")
    ada.share("one", with_="ci")
    new = anew(bot)
    done = replace(ada, "ci", new)
    assert done.replacing.role == "machine"
    assert Line(host).opens_now(key_of(bot)) == set()
    join(ada, host, "Bob")
    person = Person("Carl", ada.home.parent / "carl")
    sharing.admit(ada.ctx, str(person.card_file()), approve=lambda *_: True, role="machine")
    with pytest.raises(UsageError, match="do not follow each other"):
        replace(ada, "Bob", person)


def test_a_closed_group_is_to_be_asked_for(ada: Person, host: Path) -> None:
    bob, eve = join(ada, host, "Bob", "admin"), join(ada, host, "Eve")
    team = group(bob, "team", eve)
    put.put(bob.ctx, [bob.skill("teams")])
    bob.share("teams", with_="team", write=True)
    checking.sync(ada.ctx)
    done = replace(ada, "Eve", anew(eve))
    assert [(a.what, a.whom) for a in done.asks] == [("team", "Bob")]
    record = Line(host).state.groups[team]
    assert (record.is_open, record.members) == (False, (member_id(ada, bob),))
    checking.sync(bob.ctx)
    assert Line(host).opens_now(key_of(eve)) == set()


@pytest.mark.parametrize("who", ["everyone", "Ada", "Nobody"])
def test_who_is_not_replaced(ada: Person, host: Path, who: str) -> None:
    eve = join(ada, host, "Eve")
    new = eve if who != "Ada" else ada
    if who == "Ada":
        ada.card_file()
    with pytest.raises((UsageError, NotFoundError, RefusedError)):
        replace(ada, who, new)


def test_no_means_no(ada: Person, host: Path) -> None:
    eve = join(ada, host, "Eve")
    head = Line(host).state.head
    preview(ada, "Eve", anew(eve))
    assert Line(host).state.head == head
    assert opening.open_vault(ada.ctx).unpushed == 0
    assert len(identities.load(ada.ctx)) == 1
