"""`sync --repair`: admins, confirmed, only where the branch has the pinned entry, with a lease."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from skillvault.errors import AccessError, ServiceError, UsageError, VerificationError
from skillvault.services import checking, put, repairing
from skillvault.services.repairing import Damage
from skillvault.vault.draft import Draft
from skillvault.vault.records import VaultRecord
from tests.people import Person
from tests.team import Team, sync_only, vault_of


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Team:
    return Team(tmp_path_factory.mktemp("template") / "team").make()


@pytest.fixture
def team(template: Team, tmp_path: Path) -> Team:
    return template.copy(tmp_path / "team")


def git(team: Team, *words: str) -> str:
    said = ["git", "-C", str(team.host), "-c", "user.name=x", "-c", "user.email=x@x", *words]
    return subprocess.check_output(said).decode().strip()


def tip(team: Team) -> str:
    return git(team, "rev-parse", "main")


def junk(team: Team, *, behind: str = "main") -> str:
    """One more commit of stock git at the host."""
    tree = git(team, "rev-parse", f"{behind}^{{tree}}")
    made = git(team, "commit-tree", tree, "-p", behind, "-m", "junk")
    git(team, "update-ref", "refs/heads/main", made)
    return made


def yes(_damage: Damage) -> bool:
    return True


def news(team: Team) -> str:
    """A good entry of Eve's; where it ends."""
    put.put(team.eve.ctx, [team.eve.skill("news")])
    sync_only(team.eve)
    return tip(team)


def test_the_branch_goes_back_to_the_last_good_entry_and_all_goes_on(team: Team) -> None:
    good = news(team)
    for _ in range(3):
        junk(team)
    seen: list[Damage] = []
    with pytest.raises(VerificationError):
        checking.sync(team.bob.ctx)

    def approve(damage: Damage) -> bool:
        seen.append(damage)
        return True

    done = repairing.repair(team.boss.ctx, approve=approve)
    assert done is not None
    assert (seen[0].commits, seen[0].good.commit) == (3, good)
    assert "entry" in seen[0].problem.subject
    assert tip(team) == good
    for person in (team.boss, team.bob):
        checking.sync(person.ctx)
    assert vault_of(team.bob).pin.commit == good


def test_what_waits_here_is_not_sent_by_it(team: Team) -> None:
    good = news(team)
    junk(team)
    put.put(team.boss.ctx, [team.boss.skill("mine")])
    repairing.repair(team.boss.ctx, approve=yes)
    assert tip(team) == good
    assert checking.sync(team.boss.ctx).synced.pushed == 1


def test_without_a_yes_nothing_moves(team: Team) -> None:
    bad = junk(team)
    assert repairing.repair(team.boss.ctx, approve=lambda _d: False) is None
    assert tip(team) == bad


@pytest.mark.parametrize("who", ["bob", "eve"])
def test_who_is_no_admin_may_not(team: Team, who: str) -> None:
    bad = junk(team)
    person: Person = getattr(team, who)
    with pytest.raises(AccessError, match="only an admin"):
        repairing.repair(person.ctx, approve=yes)
    assert tip(team) == bad


def test_where_nothing_is_bad_there_is_nothing_to_repair(team: Team) -> None:
    with pytest.raises(UsageError, match="nothing to repair"):
        repairing.repair(team.boss.ctx, approve=yes)
    good = news(team)
    with pytest.raises(UsageError, match="nothing to repair"):
        repairing.repair(team.boss.ctx, approve=yes)
    assert tip(team) == good


@pytest.mark.parametrize("bad", [False, True], ids=["older", "older, and junk behind it"])
def test_an_older_line_is_never_moved(team: Team, bad: bool) -> None:
    git(team, "update-ref", "refs/heads/main", git(team, "rev-parse", "main~2"))
    if bad:
        junk(team)
    there = tip(team)
    with pytest.raises(VerificationError, match="has not got entry"):
        repairing.repair(team.boss.ctx, approve=yes)
    assert tip(team) == there


def test_a_fork_is_never_moved(team: Team) -> None:
    """Good entries on an older one: whose line holds is not for one admin to say."""
    before = git(team, "rev-parse", "main~1")
    news(team)
    sync_only(team.boss)
    git(team, "update-ref", "refs/heads/main", before)
    fork = junk(team)
    with pytest.raises(VerificationError, match="has not got entry"):
        repairing.repair(team.boss.ctx, approve=yes)
    assert tip(team) == fork


def test_an_empty_remote_is_nothing_to_repair(team: Team) -> None:
    git(team, "update-ref", "-d", "refs/heads/main")
    with pytest.raises(UsageError, match="nothing to repair"):
        repairing.repair(team.boss.ctx, approve=yes)


def test_a_branch_that_was_moved_after_it_was_seen_stays(team: Team) -> None:
    """The lease: what stands there by now was never looked at."""
    junk(team)
    moved: list[str] = []

    def approve(_damage: Damage) -> bool:
        moved.append(junk(team))
        return True

    with pytest.raises(ServiceError, match="moved meanwhile"):
        repairing.repair(team.boss.ctx, approve=approve)
    assert tip(team) == moved[0]


def test_a_vault_that_moved_to_a_later_format_is_not_damage(team: Team) -> None:
    vault = vault_of(team.ada)
    record = VaultRecord(format=1, nonce=vault.state.nonce, suite="x25519").to_bytes()
    with vault.changing():
        vault.commit(Draft({"vault.json": record.replace(b'"format":1', b'"format":2')}), 1.8e9)
    sync_only(team.ada)
    junk(team)
    there = tip(team)
    with pytest.raises(UsageError, match="nothing to repair"):
        repairing.repair(team.boss.ctx, approve=yes)
    assert tip(team) == there


def test_without_a_remote_there_is_no_branch(tmp_path: Path) -> None:
    ada = Person("Ada", tmp_path / "ada")
    ada.init()
    with pytest.raises(UsageError, match="no remote"):
        repairing.repair(ada.ctx, approve=yes)
