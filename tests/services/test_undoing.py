"""`undo`: what never left vanishes; anything else gets its inverse, or says why it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import (
    AccessError,
    ConflictError,
    NotFoundError,
    ServiceError,
    SkillvaultError,
    UsageError,
)
from skillvault.services import (
    checking,
    finding,
    get,
    grouping,
    leaving,
    members,
    opening,
    owning,
    put,
    reading,
    removing,
    sharing,
    undoing,
    ungrouping,
    vaults,
)
from skillvault.services.bases import Bases
from skillvault.services.references import parse
from skillvault.services.undoing import Undoing, Undone
from skillvault.vault import attempts, canonical, operations, sshsig
from skillvault.vault.draft import Draft
from skillvault.vault.state import reads
from tests.people import Person, bare, copied

TOP = "---\nname: one\ndescription: How we do one.\n---\n"
BODY = "first\n\nsecond\n\nthird\n"
ONE = parse("one")
LATER = 1_790_001_000.0


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada owns the vault and `one`; Bob is a member who reads nothing yet."""
    root = tmp_path_factory.mktemp("two")
    host = bare(root / "host.git")
    ada, bob = Person("Ada", root / "ada"), Person("Bob", root / "bob")
    vault = ada.init(remote=host)
    sharing.admit(ada.ctx, str(bob.card_file()), approve=lambda *_: True)
    put.put(ada.ctx, [ada.skill("one", BODY)])
    checking.sync(ada.ctx)
    bob.clone(host, vault.state.vault_id)
    return root


@pytest.fixture
def host(two: tuple[Person, Person]) -> Path:
    return two[0].home.parent / "host.git"


@pytest.fixture
def two(template: Path, tmp_path: Path) -> tuple[Person, Person]:
    """A copy of the template's people."""
    root = copied(template, tmp_path / "two")
    return Person("Ada", root / "ada", clock=LATER), Person("Bob", root / "bob", clock=LATER)


def undo(who: Person, seq: int | None = None) -> Undone:
    done = undoing.undo(who.ctx, seq, approve=lambda _: True)
    assert done is not None
    return done


def write(who: Person, body: str) -> None:
    folder = get.get(who.ctx, ONE, who.home, force=True).folder
    (folder / "SKILL.md").write_text(TOP + body)
    put.put(who.ctx, [folder])


def body(who: Person, name: str = "one") -> str:
    return reading.show(who.ctx, parse(name)).file.data.decode().removeprefix(TOP)


def names(who: Person) -> list[str]:
    vault = opening.open_vault(who.ctx)
    return [f.summary.name for f in finding.readable(who.ctx, vault)]


def readers(who: Person) -> list[str]:
    vault = opening.open_vault(who.ctx)
    (skill,) = vault.state.skills.values()
    active = [m for m, record in vault.state.members.items() if record.is_active]
    return sorted(vault.reader.name(m) for m in active if reads(vault.state, skill, m))


def refused(who: Person, kind: type[SkillvaultError], match: str, seq: int | None = None) -> None:
    """It is refused so, and nothing has changed."""
    before = opening.open_vault(who.ctx).local.commit
    with pytest.raises(kind, match=match):
        undo(who, seq)
    assert opening.open_vault(who.ctx).local.commit == before


# What never left


def test_a_version_that_was_never_sent_vanishes(two: tuple[Person, Person]) -> None:
    ada, _ = two
    before = opening.open_vault(ada.ctx).local.commit
    write(ada, "mine\n")
    folder = ada.home / "one"
    done = undo(ada)
    assert done.undoing.vanishes
    assert done.undoing.did == ("one@2: written",)
    assert done.entry is None
    vault = opening.open_vault(ada.ctx)
    assert (vault.local.commit, vault.unpushed) == (before, 0)
    assert body(ada) == BODY
    assert "mine" in (folder / "SKILL.md").read_text()
    assert put.put(ada.ctx, [folder]).skills[0].version == 2
    assert body(ada) == "mine\n"


def test_a_new_skill_that_was_never_sent_vanishes_and_can_be_put_again(
    two: tuple[Person, Person],
) -> None:
    ada, _ = two
    folder = ada.skill("other")
    put.put(ada.ctx, [folder])
    assert undo(ada).undoing.did == ("other: new",)
    assert names(ada) == ["one"]
    assert Bases(ada.paths).of(folder.resolve()) is None
    assert put.put(ada.ctx, [folder]).skills[0].change == "new"


def test_one_after_the_other_vanishes_down_to_what_was_sent(two: tuple[Person, Person]) -> None:
    ada, _ = two
    write(ada, "2\n")
    write(ada, "3\n")
    assert undo(ada).undoing.vanishes
    assert undo(ada).undoing.vanishes
    assert body(ada) == BODY
    assert not undo(ada).undoing.vanishes
    assert names(ada) == []


def test_without_a_remote_all_vanishes_but_the_beginning(tmp_path: Path) -> None:
    ada = Person("Ada", tmp_path / "ada")
    ada.init()
    put.put(ada.ctx, [ada.skill("one")])
    assert undo(ada).undoing.vanishes
    refused(ada, UsageError, "the vault's beginning")
    assert opening.open_vault(ada.ctx).state.seq == 0


def test_what_a_push_was_tried_of_does_not_vanish(two: tuple[Person, Person], host: Path) -> None:
    """The host may have kept what it said it did not get."""
    ada, _ = two
    write(ada, "mine\n")
    hidden = host.rename(host.with_name("hidden.git"))
    with pytest.raises(ServiceError):
        checking.sync(ada.ctx)
    hidden.rename(host)
    vault = opening.open_vault(ada.ctx)
    assert vault.local.commit is not None
    attempts.add(ada.paths, vault.name, [vault.local.commit])
    done = undo(ada)
    assert not done.undoing.vanishes
    assert body(ada) == BODY
    assert opening.open_vault(ada.ctx).state.seq == vault.state.seq + 1


def test_an_older_unsent_entry_gets_its_inverse(two: tuple[Person, Person]) -> None:
    ada, _ = two
    write(ada, "2\n")
    seq = opening.open_vault(ada.ctx).state.seq
    put.put(ada.ctx, [ada.skill("other")])
    done = undo(ada, seq)
    assert not done.undoing.vanishes
    assert body(ada) == BODY
    assert names(ada) == ["one", "other"]


def test_saying_no_changes_nothing(two: tuple[Person, Person]) -> None:
    ada, _ = two
    seen: list[Undoing] = []

    def no(shown: Undoing) -> bool:
        seen.append(shown)
        return False

    write(ada, "mine\n")
    assert undoing.undo(ada.ctx, approve=no) is None
    checking.sync(ada.ctx)
    assert undoing.undo(ada.ctx, approve=no) is None
    assert [s.vanishes for s in seen] == [True, False]
    assert body(ada) == "mine\n"


# Versions and skills


def test_a_sent_version_goes_back_to_the_one_before(two: tuple[Person, Person]) -> None:
    ada, bob = two
    ada.share("one", with_="Bob", write=True)
    write(ada, "mine\n")
    checking.sync(ada.ctx)
    done = undo(ada)
    assert done.undoing.back == ("one@3: what @1 held; @2 stays in the log",)
    assert not done.pushed
    checking.sync(ada.ctx)
    checking.sync(bob.ctx)
    assert body(bob) == BODY
    assert undo(ada).undoing.did == ("one@3: written",)
    assert body(ada) == "mine\n"


def test_what_others_wrote_on_it_stays(two: tuple[Person, Person]) -> None:
    ada, bob = two
    ada.share("one", with_="Bob", write=True)
    write(ada, "FIRST\n\nsecond\n\nthird\n")
    checking.sync(ada.ctx)
    checking.sync(bob.ctx)
    write(bob, "FIRST\n\nsecond\n\nTHIRD\n")
    checking.sync(bob.ctx)
    checking.sync(ada.ctx)
    assert undo(ada).undoing.back == ("one@4: without it; @2 stays in the log",)
    assert body(ada) == "first\n\nsecond\n\nTHIRD\n"


def test_what_others_changed_again_is_a_conflict(two: tuple[Person, Person]) -> None:
    ada, bob = two
    ada.share("one", with_="Bob", write=True)
    write(ada, "FIRST\n\nsecond\n\nthird\n")
    checking.sync(ada.ctx)
    checking.sync(bob.ctx)
    write(bob, "1st\n\nsecond\n\nthird\n")
    checking.sync(bob.ctx)
    checking.sync(ada.ctx)
    refused(ada, ConflictError, "changed again since one@2: SKILL.md")
    seq = opening.open_vault(bob.ctx).state.seq
    refused(ada, AccessError, "written by Bob", seq)


def test_a_sent_new_skill_is_removed(two: tuple[Person, Person]) -> None:
    ada, _ = two
    done = undo(ada)
    assert done.undoing.final == "one"
    assert done.undoing.back == ("one: removed for everybody",)
    assert names(ada) == []
    back = undo(ada)
    assert back.undoing.vanishes
    assert names(ada) == ["one"]


def test_a_new_skill_that_others_wrote_on_stays(two: tuple[Person, Person]) -> None:
    ada, bob = two
    seq = opening.open_vault(ada.ctx).state.seq
    ada.share("one", with_="Bob", write=True)
    checking.sync(bob.ctx)
    write(bob, "bob's\n")
    checking.sync(bob.ctx)
    checking.sync(ada.ctx)
    refused(ada, ConflictError, "Bob wrote @2 since", seq)


def test_a_removed_skill_comes_back_with_its_readers(two: tuple[Person, Person]) -> None:
    ada, bob = two
    ada.share("one", with_="Bob", write=True)
    old = set(opening.open_vault(ada.ctx).state.skills)
    removing.remove(ada.ctx, ONE, approve=lambda _: True)
    checking.sync(ada.ctx)
    done = undo(ada)
    assert done.undoing.back == ("one@1: a new skill with what @1 held, read by Bob as before",)
    checking.sync(ada.ctx)
    checking.sync(bob.ctx)
    assert body(bob) == BODY
    assert not old & set(opening.open_vault(ada.ctx).state.skills)
    write(bob, "bob writes it too\n")


# Trust


def test_a_share_is_taken_back_at_once(two: tuple[Person, Person]) -> None:
    ada, bob = two
    ada.share("one", with_="Bob")
    done = undo(ada)
    assert done.pushed
    assert done.undoing.did == ("one: shared with Bob",)
    assert done.undoing.back == ("one: no longer with Bob; up to @1 it may have been read",)
    checking.sync(bob.ctx)
    assert readers(bob) == ["Ada"]
    assert undo(ada).undoing.back == ("one: with Bob again, as before",)
    checking.sync(bob.ctx)
    assert body(bob) == BODY


def test_taking_back_a_share_goes_ahead_of_a_conflict(two: tuple[Person, Person]) -> None:
    ada, bob = two
    ada.share("one", with_="Bob", write=True)
    seq = opening.open_vault(ada.ctx).state.seq
    checking.sync(bob.ctx)
    write(bob, "bob's\n")
    checking.sync(bob.ctx)
    write(ada, "ada's\n")
    with pytest.raises(ConflictError):
        checking.sync(ada.ctx)
    assert undo(ada, seq).pushed
    checking.sync(bob.ctx)
    assert readers(bob) == ["Ada"]


def test_writing_alone_is_taken_back_alone(two: tuple[Person, Person]) -> None:
    ada, bob = two
    ada.share("one", with_="Bob")
    ada.share("one", with_="Bob", write=True)
    assert undo(ada).undoing.back == ("one: read only for Bob",)
    assert readers(ada) == ["Ada", "Bob"]
    checking.sync(bob.ctx)
    with pytest.raises(AccessError, match="not write it"):
        write(bob, "bob's\n")


def test_an_unshare_is_taken_back(two: tuple[Person, Person]) -> None:
    ada, _ = two
    ada.share("one", with_="Bob", write=True)
    ada.unshare("one", from_="Bob")
    assert undo(ada).undoing.back == ("one: with Bob again, as before",)
    assert readers(ada) == ["Ada", "Bob"]


def test_an_owner_is_given_back_by_the_new_one_alone(two: tuple[Person, Person]) -> None:
    ada, bob = two
    owning.own(ada.ctx, [ONE], "Bob", approve=lambda _: True)
    refused(ada, AccessError, "only its owner changes")
    checking.sync(bob.ctx)
    owning.own(bob.ctx, [ONE], "Ada", approve=lambda _: True)
    checking.sync(ada.ctx)
    (skill,) = opening.open_vault(ada.ctx).state.skills.values()
    assert opening.open_vault(ada.ctx).reader.name(skill.owner) == "Ada"


def test_an_admission_is_taken_back_by_removal(two: tuple[Person, Person], tmp_path: Path) -> None:
    ada, _ = two
    eve = Person("Eve", tmp_path / "eve")
    ada.share("one", with_=str(eve.card_file()))
    done = undo(ada)
    assert done.pushed
    assert done.undoing.final == "Eve"
    assert done.undoing.back == ("Eve: removed; to come back takes a new identity",)
    assert readers(ada) == ["Ada"]
    refused(ada, UsageError, "a removal is final")


def test_a_removal_is_final_and_says_so(two: tuple[Person, Person]) -> None:
    ada, _ = two
    leaving.remove(ada.ctx, "Bob", approve=lambda _: True)
    refused(ada, UsageError, r"Bob was removed\): a removal is final")


def test_a_removal_is_final_also_where_others_had_shared_with_them(
    two: tuple[Person, Person], host: Path, tmp_path: Path
) -> None:
    """It struck them from a skill whose access is not the admin's to give back."""
    ada, _ = two
    cyd = Person("Cyd", tmp_path / "cyd", clock=LATER)
    sharing.admit(ada.ctx, str(cyd.card_file()), approve=lambda *_: True)
    cyd.clone(host, opening.open_vault(ada.ctx).state.vault_id)
    put.put(cyd.ctx, [cyd.skill("two")])
    cyd.share("two", with_="Bob")
    leaving.remove(ada.ctx, "Bob", approve=lambda _: True)
    refused(ada, UsageError, r"Bob was removed.*a removal is final")


def test_a_removal_that_was_never_sent_vanishes(tmp_path: Path) -> None:
    ada, bob = Person("Ada", tmp_path / "ada"), Person("Bob", tmp_path / "bob")
    ada.init()
    sharing.admit(ada.ctx, str(bob.card_file()), approve=lambda *_: True)
    leaving.remove(ada.ctx, "Bob", approve=lambda _: True)
    assert undo(ada).undoing.vanishes
    vault = opening.open_vault(ada.ctx)
    assert sum(m.is_active for m in vault.state.members.values()) == 2


def test_a_role_and_a_name_go_back(two: tuple[Person, Person]) -> None:
    ada, bob = two
    members.set_role(ada.ctx, "Bob", "admin", approve=lambda _: True)
    assert undo(ada).undoing.back == ("Bob: member again",)
    members.rename(ada.ctx, "Ada", "Ada L", approve=lambda _: True)
    assert undo(ada).undoing.back == ("Ada L: called Ada again",)
    checking.sync(bob.ctx)
    vault = opening.open_vault(bob.ctx)
    assert {vault.reader.name(m): r.role for m, r in vault.state.members.items()} == {
        "Ada": "owner",
        "Bob": "member",
    }


def test_a_role_that_was_changed_again_stays(two: tuple[Person, Person]) -> None:
    ada, _ = two
    members.set_role(ada.ctx, "Bob", "admin", approve=lambda _: True)
    seq = opening.open_vault(ada.ctx).state.seq
    members.set_role(ada.ctx, "Bob", "owner", approve=lambda _: True)
    refused(ada, UsageError, "Bob: owner since", seq)


# Groups


def test_a_group_is_taken_back_step_by_step(two: tuple[Person, Person]) -> None:
    ada, bob = two
    grouping.new(ada.ctx, "team", [], approve=lambda _: True)
    made = opening.open_vault(ada.ctx).state.seq
    grouping.add(ada.ctx, "team", ["Bob"], approve=lambda _: True)
    ada.share("one", with_="team")
    assert readers(ada) == ["Ada", "Bob"]
    done = undo(ada, made + 1)
    assert done.undoing.back == ("group team: without Bob; what it could read they may have read",)
    assert readers(ada) == ["Ada"]
    assert not checking.status(ada.ctx).pending
    grouping.rename(ada.ctx, "team", "crew", approve=lambda _: True)
    assert undo(ada).undoing.back == ("group crew: called team again",)
    done = undo(ada, made)
    assert done.undoing.back == ("group team: deleted; it can only be made anew",)
    assert done.undoing.final == "team"
    checking.sync(bob.ctx)
    assert len(opening.open_vault(bob.ctx).state.groups) == 1
    refused(ada, UsageError, "`skillvault group new team` makes it anew; in it were Ada")


def test_who_was_taken_out_of_a_group_is_let_in_again(two: tuple[Person, Person]) -> None:
    ada, bob = two
    grouping.new(ada.ctx, "team", ["Bob"], approve=lambda _: True)
    ada.share("one", with_="team")
    ungrouping.remove(ada.ctx, "team", ["Bob"], approve=lambda _: True)
    assert undo(ada).undoing.back == ("group team: Bob in it again",)
    checking.sync(bob.ctx)
    assert body(bob) == BODY


def test_a_new_key_is_not_taken_back(two: tuple[Person, Person]) -> None:
    ada, _ = two
    grouping.new(ada.ctx, "team", ["Bob"], approve=lambda _: True)
    grouping.rotate(ada.ctx, "team", approve=lambda _: True)
    refused(ada, UsageError, "a key is not taken back")


# While two edits conflict


def test_taking_back_what_conflicts_ends_the_conflict(two: tuple[Person, Person]) -> None:
    ada, bob = two
    ada.share("one", with_="Bob", write=True)
    checking.sync(bob.ctx)
    write(bob, "bob's\n")
    checking.sync(bob.ctx)
    write(ada, "ada's\n")
    with pytest.raises(ConflictError):
        checking.sync(ada.ctx)
    assert undo(ada).undoing.vanishes
    checking.sync(ada.ctx)
    assert body(ada) == "bob's\n"


# Which entry


def test_entries_that_are_not_there_or_not_mine(two: tuple[Person, Person]) -> None:
    ada, bob = two
    refused(ada, NotFoundError, "the newest is entry 2", 99)
    refused(bob, AccessError, "written by Ada", 2)
    refused(bob, NotFoundError, "you changed nothing")
    refused(ada, UsageError, "the vault's beginning", 0)


def test_a_share_in_a_conflict_with_the_remote_gone(two: tuple[Person, Person]) -> None:
    ada, _ = two
    ada.share("one", with_="Bob")
    vaults.set_remote(ada.ctx, "acme", str(ada.home / "gone.git"))
    refused(ada, ServiceError, "gone")
    assert readers(ada) == ["Ada", "Bob"]


# What others did since


def test_what_others_took_away_since_is_said(two: tuple[Person, Person], tmp_path: Path) -> None:
    ada, _ = two
    ada.share("one", with_="Bob")
    seq = opening.open_vault(ada.ctx).state.seq
    ada.unshare("one", from_="Bob")
    refused(ada, UsageError, r"one: shared with Bob\): one: taken back already", seq)
    leaving.remove(ada.ctx, "Bob", approve=lambda _: True)
    refused(ada, UsageError, "one: Bob left meanwhile; one: taken back already", seq + 1)
    removing.remove(ada.ctx, ONE, approve=lambda _: True)
    checking.sync(ada.ctx)
    refused(ada, UsageError, r"one: removed since", seq)
    refused(ada, UsageError, r"one: new\): one: removed since", 2)


def test_a_version_of_a_skill_that_was_removed_or_is_not_mine_to_write(
    two: tuple[Person, Person],
) -> None:
    ada, bob = two
    ada.share("one", with_="Bob", write=True)
    checking.sync(bob.ctx)
    write(bob, "bob's\n")
    checking.sync(bob.ctx)
    ada.share("one", with_="Bob")
    ada.unshare("one", from_="Bob")
    ada.share("one", with_="Bob")
    checking.sync(bob.ctx)
    refused(bob, AccessError, "you may not write it any more")
    checking.sync(ada.ctx)
    removing.remove(ada.ctx, ONE, approve=lambda _: True)
    checking.sync(ada.ctx)
    checking.sync(bob.ctx)
    refused(bob, UsageError, "one: removed since")


def test_somebody_elses_skill_that_an_admin_removed_comes_back_as_the_admins(
    two: tuple[Person, Person],
) -> None:
    ada, bob = two
    folder = bob.skill("other", "bob's\n")
    put.put(bob.ctx, [folder])
    bob.share("other", with_="Ada")
    checking.sync(ada.ctx)
    removing.remove(ada.ctx, parse("other"), approve=lambda _: True)
    checking.sync(ada.ctx)
    assert undo(ada).undoing.stays == ("other: it was Bob's, and is yours now",)
    checking.sync(ada.ctx)
    checking.sync(bob.ctx)
    bob.answer = True  # the name means another skill than last time, which is asked
    assert "bob's" in body(bob, "other")


def test_a_skill_that_one_never_read_does_not_come_back(two: tuple[Person, Person]) -> None:
    ada, bob = two
    members.set_role(ada.ctx, "Bob", "admin", approve=lambda _: True)
    checking.sync(bob.ctx)
    vault = opening.open_vault(bob.ctx)
    (skill,) = vault.state.skills
    draft = Draft()
    operations.remove_skill(draft, vault.state, skill)
    with vault.changing():
        vault.commit(draft, bob.ctx.now())
    checking.sync(bob.ctx)
    refused(bob, UsageError, "its text does not open")


def test_who_was_admitted_and_owns_a_skill_by_now_is_not_undone(
    two: tuple[Person, Person],
) -> None:
    ada, bob = two
    put.put(bob.ctx, [bob.skill("other")])
    checking.sync(bob.ctx)
    checking.sync(ada.ctx)
    refused(ada, ConflictError, "skills belong to them by now", 1)


def test_groups_that_others_changed_since(two: tuple[Person, Person]) -> None:
    ada, _ = two
    grouping.new(ada.ctx, "team", [], approve=lambda _: True)
    made = opening.open_vault(ada.ctx).state.seq
    grouping.add(ada.ctx, "team", ["Bob"], approve=lambda _: True)
    ungrouping.remove(ada.ctx, "team", ["Ada"], approve=lambda _: True)
    refused(ada, AccessError, "only an admin who is in it lets them in again")
    refused(ada, ConflictError, "nobody else is in it by now", made + 1)
    ungrouping.remove(ada.ctx, "team", approve=lambda _: True)
    refused(ada, UsageError, "the group was deleted since", made)
    refused(ada, UsageError, "group team: deleted since", made + 1)


def test_a_member_who_left_since_keeps_what_was_changed_of_them(two: tuple[Person, Person]) -> None:
    ada, _ = two
    members.set_role(ada.ctx, "Bob", "admin", approve=lambda _: True)
    seq = opening.open_vault(ada.ctx).state.seq
    leaving.remove(ada.ctx, "Bob", approve=lambda _: True)
    refused(ada, UsageError, "Bob: removed since", seq)
    refused(ada, UsageError, "Bob: removed since", 1)


def test_a_result_is_taken_away_and_comes_back(two: tuple[Person, Person]) -> None:
    ada, _ = two
    vault = opening.open_vault(ada.ctx)
    (skill,) = vault.state.skills
    draft = Draft()
    line = canonical.dumps({"content": vault.state.skills[skill].content})
    signed = sshsig.sign(vault.signer().identity.signing_key, line, "skillvault-evidence")
    operations.put_evidence(draft, vault.state, skill, line + sshsig.armor(signed))
    with vault.changing():
        vault.commit(draft, ada.ctx.now())
    checking.sync(ada.ctx)

    def results() -> list[str]:
        now = opening.open_vault(ada.ctx)
        keys = sorted(now.state.skills[skill].evidence)
        return [now.reader.open_evidence(skill, key).partition(b"\n")[0].decode() for key in keys]

    assert len(results()) == 1
    before = results()
    assert "taken away; it may have been read" in undo(ada).undoing.back[0]
    assert results() == []
    checking.sync(ada.ctx)
    assert "there again" in undo(ada).undoing.back[0]
    assert results() == before
