"""A conflict holds up content, and nothing of what is done to people and access."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import AccessError, ConflictError, ServiceError
from skillvault.services import checking, put, reading, sharing
from skillvault.services.references import parse
from skillvault.vault import epochs, membership, operations, sync, workbench
from skillvault.vault.client import REMOTE
from skillvault.vault.repository import read_ref
from skillvault.vault.state import State
from tests.people import Person, yes
from tests.team import Team, id_of, skill_of, sync_only, vault_of, write


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Team:
    return Team(tmp_path_factory.mktemp("template") / "team").make()


@pytest.fixture
def team(template: Team, tmp_path: Path) -> Team:
    """Ada and Bob both wrote `one`; Bob's is at the host, Ada's conflicts."""
    made = template.copy(tmp_path / "team")
    put.put(made.bob.ctx, [made.bob.skill("one", "bob\n")], onto=1)
    sync_only(made.bob)
    put.put(made.ada.ctx, [made.ada.skill("one", "ada\n")])
    conflict(made.ada)
    return made


def conflict(person: Person) -> None:
    with pytest.raises(ConflictError, match="both changed it"):
        checking.sync(person.ctx)


def there(team: Team) -> State:
    """What the host has."""
    return checking.verify(team.ada.ctx, str(team.host)).state


def test_a_share_gets_through_and_content_does_not(team: Team) -> None:
    two, eve = skill_of(team.ada, "two"), id_of(team.ada, team.eve)
    put.put(team.ada.ctx, [team.ada.skill("two", "newer\n")])
    assert team.ada.share("two", with_=team.eve.name).published.pushed
    assert eve in there(team).skills[two].readers
    assert len(there(team).skills[two].versions) == 1
    conflict(team.ada)
    assert b"newer" in reading.show(team.ada.ctx, parse("two")).file.data


def test_an_admission_gets_through(team: Team, tmp_path: Path) -> None:
    dan = Person("Dan", tmp_path / "dan")
    done = sharing.admit(team.ada.ctx, str(dan.card_file()), approve=lambda *_: True)
    assert done is not None
    assert done.published.pushed
    dan.clone(team.host, vault_of(team.ada).state.vault_id)
    conflict(team.ada)


def test_a_removal_and_a_change_of_a_group_get_through(team: Team) -> None:
    eve, bob, ops = (id_of(team.ada, who) for who in (team.eve, team.bob, "ops"))
    write(team.ada, lambda d, r: membership.expel(d, r, [eve], r.me or ""))
    write(team.ada, lambda d, r: epochs.take_out(d, r, ops, [bob], r.me or ""))
    conflict(team.ada)
    state = there(team)
    assert not state.members[eve].is_active
    assert bob not in state.groups[ops].members
    assert [len(state.skills[skill_of(team.ada, "one")].versions)] == [2]


def test_what_went_ahead_is_not_done_twice_though_others_took_it_back(team: Team) -> None:
    """Ada shares, Ada's other client takes it back: the old entry does not bring it again."""
    two, eve = skill_of(team.ada, "two"), id_of(team.ada, team.eve)
    team.ada.share("two", with_=team.eve.name)
    write(team.boss, lambda d, r: membership.expel(d, r, [eve], r.me or ""))
    ops, bob = id_of(team.ada, "ops"), id_of(team.ada, team.bob)
    write(team.ada, lambda d, r: epochs.take_out(d, r, ops, [bob], r.me or ""))
    conflict(team.ada)
    sync_only(team.boss)
    write(team.boss, lambda d, r: epochs.grow(d, r, ops, [bob]))
    sync_only(team.boss)
    for _ in range(2):
        conflict(team.ada)
    assert bob in there(team).groups[ops].members
    assert eve not in there(team).skills[two].readers


def test_a_share_of_what_waits_itself_waits_too_and_says_so(team: Team) -> None:
    put.put(team.ada.ctx, [team.ada.skill("fresh")])
    with pytest.raises(ConflictError, match="waits here"):
        team.ada.share("fresh", with_=team.eve.name)
    assert len(there(team).skills) == 3


def test_a_card_admitted_with_such_a_share_is_admitted_once(team: Team, tmp_path: Path) -> None:
    dan = Person("Dan", tmp_path / "dan")
    put.put(team.ada.ctx, [team.ada.skill("fresh")])
    with pytest.raises(ConflictError, match="waits here"):
        team.ada.share("fresh", with_=str(dan.card_file()))
    active = [m for m in there(team).members.values() if m.is_active]
    assert len(active) == 5
    resolve(team)
    fresh = skill_of(team.ada, "fresh")
    assert id_of(team.ada, dan) in there(team).skills[fresh].readers
    assert len([m for m in there(team).members.values() if m.is_active]) == 5


def test_a_group_that_went_ahead_is_the_one_that_later_entries_name(team: Team) -> None:
    ada, eve = id_of(team.ada, team.ada), id_of(team.ada, team.eve)
    put.put(team.ada.ctx, [team.ada.skill("fresh")])
    fresh = skill_of(team.ada, "fresh")
    write(team.ada, lambda d, r: epochs.make_group(d, r, "payments", [ada, eve]))
    payments = id_of(team.ada, "payments")
    write(team.ada, lambda d, r: operations.change_access(d, r, fresh, add_readers=[payments]))
    conflict(team.ada)
    assert payments in there(team).groups
    resolve(team)
    checking.sync(team.eve.ctx)
    assert b"fresh" in reading.show(team.eve.ctx, parse("fresh")).file.data


def test_what_others_forbade_meanwhile_is_an_error_and_never_called_pushed(
    team: Team, tmp_path: Path
) -> None:
    """A conflict keeps Ada's line on an old base, where she still is an owner."""
    boss, ada = id_of(team.ada, team.boss), id_of(team.ada, team.ada)
    write(team.ada, lambda d, r: membership.set_role(d, r.state, boss, "owner"))
    conflict(team.ada)
    sync_only(team.boss)
    write(team.boss, lambda d, r: membership.set_role(d, r.state, ada, "member"))
    sync_only(team.boss)
    dan = Person("Dan", tmp_path / "dan")
    with pytest.raises(AccessError, match="not made again"):
        sharing.admit(team.ada.ctx, str(dan.card_file()), approve=lambda *_: True)
    assert len(there(team).members) == 4


def test_a_closed_group_is_opened_though_a_conflict_waits(team: Team) -> None:
    ops = id_of(team.ada, "ops")
    sync_only(team.boss)
    write(team.boss, lambda d, r: epochs.close(d, r.state, ops, r.state.groups[ops].members))
    sync_only(team.boss)
    reports: list[checking.SyncReport] = []
    with pytest.raises(ConflictError, match="both changed it"):
        checking.sync(team.ada.ctx, tell=reports.append)
    assert [report.healed.opened for report in reports] == [("ops",)]
    assert there(team).groups[ops].epoch == 3
    resolve(team)
    assert vault_of(team.ada).state.groups[ops].epoch == 3


def resolve(team: Team) -> None:
    """Ada takes her own text, on Bob's version: an answer on the workbench; then all goes."""
    vault, one = vault_of(team.ada), skill_of(team.ada, "one")
    (clash,) = sync.clashes(vault, team.ada.ctx.now())
    known = vault.at(vault.verified_at(read_ref(vault.path, REMOTE) or ""))
    text = operations.make_bundle(
        known.state,
        vault.signer(),
        one,
        name="one",
        files=clash.mine.files,
        message="",
        now=team.ada.ctx.now(),
        before=known.state.skills[one],
    )
    vault.workbench.keep(workbench.answer(clash.mine, text, team.ada.ctx.now()))
    assert checking.sync(team.ada.ctx).synced.left == ()
    assert vault_of(team.ada).unpushed == 0


def test_a_refused_push_of_it_is_an_attempt_and_is_repeated(team: Team) -> None:
    hook = team.host / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    two, eve = skill_of(team.ada, "two"), id_of(team.ada, team.eve)
    with pytest.raises(ServiceError, match="not confirmed"):
        team.ada.share("two", with_=team.eve.name)
    vault = vault_of(team.ada)
    assert vault.attempted(vault.local.commit or "")
    assert not vault.attempted(vault.parent_of(vault.local.commit or "") or "")
    hook.unlink()
    conflict(team.ada)
    assert eve in there(team).skills[two].readers


def test_an_unshare_of_what_the_host_has_and_of_what_it_has_not(
    template: Team, tmp_path: Path
) -> None:
    """The first goes ahead of what was not pushed, the second with it."""
    team = template.copy(tmp_path / "team")
    eve, two = id_of(team.ada, team.eve), skill_of(team.ada, "two")
    team.ada.share("two", with_=team.eve.name)
    put.put(team.ada.ctx, [team.ada.skill("fresh")])
    fresh = skill_of(team.ada, "fresh")
    write(team.ada, lambda d, r: operations.change_access(d, r, fresh, add_readers=[eve]))
    names = [parse("two"), parse("fresh")]
    done = sharing.unshare(team.ada.ctx, names, [team.eve.name], approve=yes)
    assert done is not None
    assert done.published.pushed
    state = there(team)
    assert all(eve not in state.skills[s].readers for s in (two, fresh))
    assert eve not in state.skills[two].files[-1].refs
    assert state.skills[two].files[-1].seq < state.skills[fresh].versions[0].seq
