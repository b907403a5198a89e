"""Removing a member: what it does, for whom, and what each key opens before and after."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from skillvault.errors import (
    AccessError,
    ConflictError,
    NotFoundError,
    ServiceError,
    UsageError,
)
from skillvault.services import (
    checking,
    exposure,
    get,
    leaving,
    opening,
    put,
)
from skillvault.services.leaving import Leaving, Removed
from skillvault.services.references import parse
from skillvault.vault import membership, operations
from skillvault.vault.draft import Draft
from skillvault.vault.reader import Reader
from skillvault.vault.state import pending, skill_path
from skillvault.vault.syntax import Role
from tests.leavers import group, join, key_of, member_id, push, readable, result, skill_id, write
from tests.opens import Line
from tests.people import Person


def remove(
    who: Person, name: str, approve: leaving.Approve = lambda _: True, *, lazy: bool = False
) -> Removed:
    done = leaving.remove(who.ctx, name, approve=approve, lazy=lazy)
    assert done is not None
    return done


def preview(who: Person, name: str) -> Leaving:
    seen: list[Leaving] = []

    def no(removal: Leaving) -> bool:
        seen.append(removal)
        return False

    assert leaving.remove(who.ctx, name, approve=no) is None
    return seen[0]


def test_who_was_removed_opens_what_they_could_and_nothing_after(ada: Person, host: Path) -> None:
    bob, cyd = join(ada, host, "Bob"), join(ada, host, "Cyd")
    put.put(ada.ctx, [ada.skill("two"), ada.skill("three"), ada.skill("own")])
    team = group(ada, "team", bob, cyd)
    ada.share("one", with_="Bob")
    ada.share("two", with_="everyone")
    ada.share("three", with_="team")
    push(ada, result(ada, skill_id(ada, "three")))
    write(ada, "one", "second\n")
    before = Line(host).opens(key_of(bob))
    assert len(before) == 4

    done = remove(ada, "bob")
    assert done.published.pushed
    assert done.resealed is not None
    assert (sorted(done.resealed.names), done.resealed.results) == (["one", "three", "two"], 1)
    for name in ("one", "two", "three"):
        write(ada, name, "after\n")
    line = Line(host)
    assert line.opens(key_of(bob)) == before
    assert line.opens_now(key_of(bob)) == set()
    said = {(s.skill, n) for s in done.report.skills for n in s.numbers}
    assert said == before
    assert not list(pending(line.state))
    assert all(len(line.state.groups[g].members) == 2 for g in (line.state.everyone, team))
    checking.sync(cyd.ctx)
    assert readable(cyd) == ["three", "two"]
    assert {n for _, n in line.opens(key_of(cyd))} == {1, 2}
    assert len(line.opens(key_of(ada))) == 8


def test_what_it_will_do_is_told_first_and_no_means_no(ada: Person, host: Path) -> None:
    bob, cyd = join(ada, host, "Bob"), join(ada, host, "Cyd")
    for name in ("alone", "with-cyd"):
        put.put(bob.ctx, [bob.skill(name)])
    bob.share("with-cyd", with_="Cyd")
    ada.share("one", with_="Bob")
    head = subprocess.run(["git", "-C", str(host), "rev-parse", "main"], capture_output=True).stdout
    seen = preview(ada, "Bob")
    assert seen.label == "Bob"
    assert [(g.name, g.became) for g in seen.groups] == [("everyone", "anew")]
    assert [one.label.startswith("~") for one in seen.orphans] == [True]
    (heir,) = seen.heirs
    assert (heir.label[0], heir.heir) == ("~", "Cyd")
    assert (seen.skills, seen.results, seen.others) == (1, 0, 1)
    assert [line.name for line in seen.report.skills] == ["one", None, None]
    again = subprocess.run(["git", "-C", str(host), "rev-parse", "main"], capture_output=True)
    assert again.stdout == head
    remove(ada, "Bob")
    checking.sync(cyd.ctx)
    assert readable(cyd) == ["with-cyd"]
    state = opening.open_vault(cyd.ctx).state
    assert next(iter(state.skills[skill_id(cyd, "with-cyd")].writers)) == member_id(cyd, cyd)
    assert not list(pending(state))


def test_what_a_lazy_removal_leaves_is_finished_by_whoever_can(ada: Person, host: Path) -> None:
    bob, cyd = join(ada, host, "Bob"), join(ada, host, "Cyd")
    ada.share("one", with_="everyone")
    done = remove(ada, "Bob", lazy=True)
    assert (done.resealed, done.waiting) == (None, 1)
    assert Line(host).opens_now(key_of(bob)) != set()
    assert checking.status(ada.ctx).pending == ("one",)
    report = checking.sync(cyd.ctx)
    assert report.resealed == ("one",)
    assert Line(host).opens_now(key_of(bob)) == set()
    checking.sync(ada.ctx)
    assert checking.status(ada.ctx).pending == ()


def test_what_the_admin_cannot_read_its_readers_seal_anew(ada: Person, host: Path) -> None:
    bob, cyd = join(ada, host, "Bob"), join(ada, host, "Cyd")
    put.put(cyd.ctx, [cyd.skill("secret")])
    cyd.share("secret", with_="Bob")
    push(cyd, result(cyd, skill_id(cyd, "secret")))
    done = remove(ada, "Bob")
    assert done.waiting == 1
    assert len(Line(host).opens_now(key_of(bob))) == 2
    assert [s[0] for s in checking.status(ada.ctx).pending] == ["~"]
    assert checking.sync(cyd.ctx).resealed == ("secret",)
    line = Line(host)
    assert line.opens_now(key_of(bob)) == set()
    assert len(line.opens_now(key_of(cyd))) == 2


def test_it_goes_alone_ahead_of_what_was_not_pushed(ada: Person, host: Path) -> None:
    join(ada, host, "Bob")
    ada.share("one", with_="Bob")
    put.put(ada.ctx, [ada.skill("one", "second\n"), ada.skill("new")])
    assert preview(ada, "Bob").unpushed == 1
    done = remove(ada, "Bob")
    line = Line(host)
    (skill,) = line.state.skills.values()
    assert len(skill.versions) == 1
    assert done.published.entry is not None
    assert done.published.entry.content == {}
    vault = opening.open_vault(ada.ctx)
    assert vault.unpushed == 1
    assert checking.sync(ada.ctx).synced.pushed == 1
    assert len(Line(host).state.skills) == 2
    assert checking.verify(ada.ctx, str(host)).error is None


def test_a_conflict_does_not_delay_it(ada: Person, host: Path) -> None:
    bob, eve = join(ada, host, "Bob"), join(ada, host, "Eve")
    ada.share("one", with_="Bob", write=True)
    put.put(ada.ctx, [ada.skill("other")])
    ada.share("other", with_="Eve")
    put.put(ada.ctx, [ada.skill("one", "ada's\n")])
    checking.sync(bob.ctx)
    folder = get.get(bob.ctx, parse("one"), bob.home).folder
    (folder / "SKILL.md").write_text("---\nname: one\ndescription: d\n---\nbob's\n")
    put.put(bob.ctx, [folder])
    checking.sync(bob.ctx)
    with pytest.raises(ConflictError):
        checking.sync(ada.ctx)
    done = remove(ada, "Eve")
    assert done.published.pushed
    line = Line(host)
    assert not line.state.members[done.report.member].is_active
    assert line.opens_now(key_of(eve)) == set()
    assert [w for w in ada.warnings if "both changed it" in w]
    with pytest.raises(ConflictError):
        checking.sync(ada.ctx)
    copy = get.get(ada.ctx, parse("one"), ada.home / "mine").folder
    assert "ada's" in (copy / "SKILL.md").read_text()


def test_a_push_that_fails_is_not_confirmed_and_nothing_of_it_waits(
    ada: Person, host: Path
) -> None:
    bob = join(ada, host, "Bob")
    ada.share("one", with_="Bob")
    hook = host / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(ServiceError, match="not confirmed: the host may already have it") as caught:
        remove(ada, "Bob")
    assert caught.value.hint is not None
    assert "run this again" in caught.value.hint
    assert checking.status(ada.ctx).unpushed == 0
    hook.unlink()
    assert remove(ada, "Bob").published.pushed
    assert Line(host).opens_now(key_of(bob)) == set()


def test_sealing_anew_that_fails_leaves_the_removal_and_says_so(ada: Person, host: Path) -> None:
    bob = join(ada, host, "Bob")
    ada.share("one", with_="Bob")
    hook = host / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    # The second push is refused: the first leaves a mark.
    hook.write_text('#!/bin/sh\ntest ! -e "$GIT_DIR/seen" && touch "$GIT_DIR/seen"\n')
    hook.chmod(0o755)
    done = remove(ada, "Bob")
    assert done.published.pushed
    assert (done.resealed, done.waiting) == (None, 1)
    assert done.failed is not None
    hook.unlink()
    assert checking.sync(ada.ctx).resealed == ("one",)
    assert Line(host).opens_now(key_of(bob)) == set()


@pytest.mark.parametrize("by", ["member", "admin"])
def test_roles_are_told_before_anything_is_written(ada: Person, host: Path, by: Role) -> None:
    bob = join(ada, host, "Bob", by)
    join(ada, host, "Cyd", "admin")
    checking.sync(bob.ctx)
    with pytest.raises(AccessError) as caught:
        remove(bob, "Cyd")
    assert caught.value.hint == ("ask Ada or Cyd" if by == "member" else "ask Ada")
    with pytest.raises(AccessError):
        remove(bob, "Ada")


def test_nobody_removes_themselves(ada: Person, host: Path) -> None:
    with pytest.raises(AccessError, match="nobody removes themselves") as caught:
        remove(ada, "Ada")
    assert "admit another owner" in (caught.value.hint or "")
    join(ada, host, "Bob", "admin")
    cyd = join(ada, host, "Cyd", "owner")
    with pytest.raises(AccessError, match="nobody removes themselves") as caught:
        remove(ada, "Ada")
    assert caught.value.hint == "ask Cyd"
    remove(cyd, "Ada")
    with pytest.raises(AccessError, match="not a member"):
        remove(ada, "Bob")


def test_two_owners_who_remove_each_other(ada: Person, host: Path) -> None:
    bob = join(ada, host, "Bob", "owner")
    remove(ada, "Bob")
    tip = Line(host).state.head
    with pytest.raises(AccessError):
        remove(bob, "Ada")
    assert Line(host).state.head == tip


def test_one_of_two_who_remove_each_other_while_both_look(ada: Person, host: Path) -> None:
    bob = join(ada, host, "Bob", "owner")

    def meanwhile(_removal: Leaving) -> bool:
        remove(bob, "Ada")
        return True

    with pytest.raises(AccessError):
        remove(ada, "Bob", meanwhile)
    members = Line(host).state.members
    assert members[member_id(bob, bob)].is_active
    assert not members[member_id(bob, ada)].is_active


def test_somebody_else_removes_them_while_one_looks(ada: Person, host: Path) -> None:
    bob = join(ada, host, "Bob")
    cyd = join(ada, host, "Cyd", "admin")

    def meanwhile(_removal: Leaving) -> bool:
        remove(cyd, "Bob")
        return True

    done = remove(ada, "Bob", meanwhile)
    assert done.published.entry is None
    assert done.report.remover == "Cyd"
    assert Line(host).opens_now(key_of(bob)) == set()


def test_more_would_go_than_was_shown(ada: Person, host: Path) -> None:
    bob = join(ada, host, "Bob")

    def meanwhile(_removal: Leaving) -> bool:
        put.put(bob.ctx, [bob.skill("new")])
        checking.sync(bob.ctx)
        return True

    with pytest.raises(ConflictError, match="what goes with them"):
        remove(ada, "Bob", meanwhile)
    assert Line(host).state.members[member_id(ada, bob)].is_active
    assert len(preview(ada, "Bob").orphans) == 1


def test_others_push_while_one_looks(ada: Person, host: Path) -> None:
    bob, cyd = join(ada, host, "Bob"), join(ada, host, "Cyd")

    def meanwhile(_removal: Leaving) -> bool:
        put.put(cyd.ctx, [cyd.skill("new")])
        checking.sync(cyd.ctx)
        cyd.share("new", with_="Bob")
        return True

    done = remove(ada, "Bob", meanwhile)
    assert done.published.pushed
    assert done.waiting == 1
    checking.sync(cyd.ctx)
    assert Line(host).opens_now(key_of(bob)) == set()


def test_removed_before_is_no_error_and_finishes_what_is_left(ada: Person, host: Path) -> None:
    bob = join(ada, host, "Bob")
    ada.share("one", with_="Bob")
    remove(ada, "Bob", lazy=True)

    def never(_removal: Leaving) -> bool:
        raise AssertionError

    done = remove(ada, "Bob", never)
    assert (done.leaving, done.waiting) == (None, 0)
    assert done.resealed is not None
    assert done.resealed.names == ("one",)
    assert Line(host).opens_now(key_of(bob)) == set()


def test_the_last_admin_of_a_group_leaves(ada: Person, host: Path) -> None:
    bob, cyd = join(ada, host, "Bob", "admin"), join(ada, host, "Cyd")
    team = group(bob, "team", cyd)
    put.put(bob.ctx, [bob.skill("theirs")])
    bob.share("theirs", with_="team", write=True)
    checking.sync(ada.ctx)
    seen = preview(ada, "Bob")
    (left,) = [g for g in seen.groups if g.name == "team"]
    assert (left.became, left.leaderless, left.stuck) == ("closed", True, False)
    assert [one.heir for one in seen.heirs] == ["team"]
    assert (seen.skills, seen.others) == (0, 1)
    done = remove(ada, "Bob")
    assert done.waiting == 1
    record = Line(host).state.groups[team]
    assert (record.is_open, record.members) == (False, (member_id(ada, cyd),))
    checking.sync(cyd.ctx)
    assert Line(host).state.groups[team].is_open
    assert Line(host).opens_now(key_of(bob)) == set()
    assert readable(cyd) == ["theirs"]


def test_a_group_of_machines_alone_stays_closed(ada: Person, host: Path) -> None:
    bob, bot = join(ada, host, "Bob", "admin"), join(ada, host, "ci", "machine")
    group(bob, "robots", bot)
    put.put(bob.ctx, [bob.skill("deploy")])
    bob.share("deploy", with_="robots")
    checking.sync(ada.ctx)
    (left,) = [g for g in preview(ada, "Bob").groups if g.name == "robots"]
    assert (left.became, left.stuck) == ("closed", True)
    assert len(preview(ada, "Bob").orphans) == 1
    remove(ada, "Bob")
    assert set(Line(host).state.skills) == {skill_id(ada, "one")}


def test_a_group_that_nobody_is_left_in_goes(ada: Person, host: Path) -> None:
    bob = join(ada, host, "Bob", "admin")
    team = group(bob, "solo")
    checking.sync(ada.ctx)
    assert ("solo", "deleted") in [(g.name, g.became) for g in preview(ada, "Bob").groups]
    remove(ada, "Bob")
    assert team not in Line(host).state.groups


def test_an_admin_removes_a_machine(ada: Person, host: Path) -> None:
    bot, bob = join(ada, host, "ci", "machine"), join(ada, host, "Bob", "admin")
    ada.share("one", with_="ci")
    done = remove(bob, "ci")
    assert done.report.role == "machine"
    assert done.waiting == 1
    assert checking.sync(ada.ctx).resealed == ("one",)
    assert Line(host).opens_now(key_of(bot)) == set()


def test_two_of_one_name_are_told_apart(ada: Person, host: Path) -> None:
    join(ada, host, "Bob")
    other = Person("Bob", ada.home.parent / "other")
    card = other.keygen()
    push(ada, lambda draft, reader: operations.admit(draft, reader, card, "member"))
    with pytest.raises(NotFoundError, match="2 have this name"):
        remove(ada, "Bob")
    mine = member_id(ada, other)
    assert preview(ada, f"bob~{mine[:8]}").label == f"Bob~{mine[:8]}"
    done = remove(ada, f"Bob~{mine}")
    assert done.report.member == mine
    assert remove(ada, "Bob").report.member != mine


@pytest.mark.parametrize(("who", "error"), [("everyone", UsageError), ("Eve", NotFoundError)])
def test_who_is_no_member_is_not_removed(ada: Person, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        remove(ada, who)


def test_a_member_who_was_never_pushed_is_removed_behind_their_admission(
    ada: Person, host: Path
) -> None:
    bob = Person("Bob", ada.home.parent / "bob")
    vault = opening.open_vault(ada.ctx)
    with vault.changing():
        draft = Draft()
        operations.admit(draft, vault.reader, bob.keygen(), "member")
        vault.commit(draft, ada.ctx.now())
    assert remove(ada, "Bob").published.pushed
    state = Line(host).state
    assert [m.is_active for m in state.members.values()] == [True, False]


def test_without_a_remote_it_is_local(tmp_path: Path) -> None:
    ada, bob = Person("Ada", tmp_path / "ada"), Person("Bob", tmp_path / "bob")
    ada.init()
    put.put(ada.ctx, [ada.skill("one")])
    ada.share("one", with_=str(bob.card_file()))
    done = remove(ada, "Bob")
    assert not done.published.pushed
    line = Line(opening.open_vault(ada.ctx).path)
    assert line.opens_now(key_of(bob)) == set()
    assert exposure.exposure(ada.ctx, "Bob").found.removed is not None


def test_a_role_that_fell_meanwhile_ends_it(ada: Person, host: Path) -> None:
    join(ada, host, "Bob")
    cyd = join(ada, host, "Cyd", "admin")
    low = member_id(ada, cyd)

    def meanwhile(_removal: Leaving) -> bool:
        push(ada, lambda draft, reader: membership.set_role(draft, reader.state, low, "member"))
        return True

    with pytest.raises(AccessError):
        remove(cyd, "Bob", meanwhile)
    assert all(m.is_active for m in Line(host).state.members.values())


def test_results_that_are_pending_alone_are_sealed_anew(ada: Person, host: Path) -> None:
    bob = join(ada, host, "Bob")
    ada.share("one", with_="Bob")
    one = skill_id(ada, "one")
    push(ada, result(ada, one))
    remove(ada, "Bob", lazy=True)

    def text_only(draft: Draft, reader: Reader) -> None:
        operations.reseal(draft, reader, one)

    vault = opening.open_vault(ada.ctx)
    with vault.changing():
        draft = Draft()
        text_only(draft, vault.reader)
        vault.commit(draft, ada.ctx.now())
    (path,) = [p.path for p in pending(opening.open_vault(ada.ctx).state)]
    assert path != skill_path(one)
    assert checking.status(ada.ctx).pending == ("one",)
    checking.sync(ada.ctx)
    assert Line(host).opens_now(key_of(bob)) == set()
