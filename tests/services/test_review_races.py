"""Two clients, two processes, and rights that were lost in between."""

from __future__ import annotations

import multiprocessing
import subprocess
from pathlib import Path

import pytest

from skillvault.errors import (
    ConflictError,
    ServiceError,
    SkillvaultError,
    VerificationError,
)
from skillvault.services import checking, get, opening, put, reading, sharing, vaults
from skillvault.services.references import parse
from skillvault.vault import operations, pins
from skillvault.vault.client import REMOTE
from skillvault.vault.draft import Draft
from skillvault.vault.notebook import Notebook
from skillvault.vault.repository import delete_ref, read_ref
from tests.people import Person, bare


@pytest.fixture
def host(tmp_path: Path) -> Path:
    return bare(tmp_path / "host.git")


@pytest.fixture
def two(tmp_path: Path, host: Path) -> tuple[Person, Person]:
    """Ada owns `one`, Bob may write it."""
    ada, bob = Person("Ada", tmp_path / "ada"), Person("Bob", tmp_path / "bob")
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one")])
    ada.share("one", with_=str(bob.card_file()), write=True)
    bob.clone(host, vault.state.vault_id)
    return ada, bob


def conflict(ada: Person, bob: Person) -> None:
    """Both write `one`; Bob is first at the host."""
    copy = get.get(bob.ctx, parse("one"), bob.home).folder
    (copy / "SKILL.md").write_text("---\nname: one\ndescription: d\n---\nbob\n")
    put.put(bob.ctx, [copy])
    put.put(ada.ctx, [ada.skill("one", "ada\n")])
    checking.sync(bob.ctx)
    with pytest.raises(ConflictError, match="both changed it"):
        checking.sync(ada.ctx)


def test_a_conflict_never_delays_an_unshare(two: tuple[Person, Person], tmp_path: Path) -> None:
    ada, bob = two
    put.put(ada.ctx, [ada.skill("other")])
    eve = Person("Eve", tmp_path / "eve")
    ada.share("other", with_=str(eve.card_file()))
    checking.sync(bob.ctx)
    conflict(ada, bob)
    assert ada.unshare("other", from_="Eve").published.pushed
    checking.sync(bob.ctx)
    vault = opening.open_vault(bob.ctx)
    assert sorted(len(s.readers) for s in vault.state.skills.values()) == [1, 2]
    assert b"ada" in reading.show(ada.ctx, parse("one")).file.data
    with pytest.raises(ConflictError, match="both changed it"):
        checking.sync(ada.ctx)


def test_work_whose_right_was_lost_meanwhile_stays_and_is_no_tampering(
    two: tuple[Person, Person],
) -> None:
    ada, bob = two
    copy = get.get(bob.ctx, parse("one"), bob.home).folder
    (copy / "SKILL.md").write_text("---\nname: one\ndescription: d\n---\nbob\n")
    put.put(bob.ctx, [copy])
    ada.unshare("one", from_="Bob")
    checking.sync(bob.ctx)
    assert [w for w in bob.warnings if "one: you may not write it any more" in w]
    vault = opening.open_vault(bob.ctx)
    assert vault.unpushed == 0
    assert [b"bob" in work.text.files[0].data for work in vault.workbench.all()] == [True]


@pytest.mark.parametrize("more", [False, True])
def test_unpushed_entries_of_another_identity_are_refused(
    two: tuple[Person, Person], host: Path, *, more: bool
) -> None:
    ada, bob = two
    put.put(ada.ctx, [ada.skill("mine")])
    key = (bob.paths.identities / "default.key").read_bytes()
    (ada.paths.identities / "default.key").write_bytes(key)
    if more:
        put.put(ada.ctx, [ada.skill("of-another")])
    before = subprocess.check_output(["git", "-C", str(host), "rev-parse", "main"])
    with pytest.raises(ConflictError, match="another identity"):
        checking.sync(ada.ctx)
    assert subprocess.check_output(["git", "-C", str(host), "rev-parse", "main"]) == before


def test_two_admins_who_admit_the_same_name_do_not_both_succeed(
    two: tuple[Person, Person], tmp_path: Path
) -> None:
    ada, _ = two
    boss = Person("Boss", tmp_path / "boss")
    sharing.admit(ada.ctx, str(boss.card_file()), approve=lambda *_: True, role="admin")
    vault = opening.open_vault(ada.ctx)
    url = vault.notes.remote or ""
    boss.clone(Path(url), vault.state.vault_id)
    vaults.set_remote(boss.ctx, "acme", str(tmp_path / "gone.git"))
    eves = [Person("Eve", tmp_path / "eve1"), Person("EVE", tmp_path / "eve2")]
    offline = opening.open_vault(boss.ctx)
    draft = Draft()
    operations.admit(draft, offline.reader, eves[1].keygen(), "member")
    with offline.changing():
        offline.commit(draft, boss.ctx.now())
    sharing.admit(ada.ctx, str(eves[0].card_file()), approve=lambda *_: True)
    vaults.set_remote(boss.ctx, "acme", url)
    with pytest.raises(ConflictError, match="name"):
        checking.sync(boss.ctx)


def test_a_line_is_held_against_the_pin_though_the_remote_ref_is_gone(
    two: tuple[Person, Person], host: Path, tmp_path: Path
) -> None:
    """A fork from the first entry on, longer than what was seen."""
    ada, _ = two
    fork = bare(tmp_path / "fork.git")
    old = subprocess.check_output(["git", "-C", str(host), "rev-parse", "main~2"]).decode().strip()
    subprocess.run(
        ["git", "-C", str(host), "push", "-q", str(fork), f"{old}:refs/heads/main"], check=True
    )
    twin = Person("Ada", tmp_path / "twin")
    twin.paths.identities.mkdir(parents=True)
    key = (ada.paths.identities / "default.key").read_bytes()
    (twin.paths.identities / "default.key").write_bytes(key)
    twin.clone(fork, opening.open_vault(ada.ctx).state.vault_id)
    for n in range(4):
        put.put(twin.ctx, [twin.skill(f"fork-{n}")])
    checking.sync(twin.ctx)
    vaults.set_remote(ada.ctx, "acme", str(fork))
    vault = opening.open_vault(ada.ctx)
    delete_ref(vault.path, REMOTE, read_ref(vault.path, REMOTE) or "")
    pin = vault.pin
    with pytest.raises(VerificationError, match="fork"):
        checking.sync(ada.ctx)
    assert pins.load(ada.paths.state, vault.notes.vault) == pin


def test_two_processes_forget_nothing_of_each_others_notes(two: tuple[Person, Person]) -> None:
    ada, _ = two
    one, other = opening.open_vault(ada.ctx).notebook, opening.open_vault(ada.ctx).notebook
    one.means("review", "a" * 16)
    other.means("deploy", "b" * 16)
    one.save()
    other.save()
    found = Notebook.load(one.path, one.identity)
    assert (found.names["review"], found.names["deploy"]) == ("a" * 16, "b" * 16)


def test_a_vault_that_another_process_changed_is_read_anew(two: tuple[Person, Person]) -> None:
    ada, _ = two
    waiting = opening.open_vault(ada.ctx)
    assert waiting.reader.state.seq == waiting.state.seq
    sharing.unshare(ada.ctx, [parse("one")], ["Bob"], approve=lambda _p: True)
    with waiting.changing():
        assert waiting.reader.state is waiting.state
        assert waiting.state.seq == opening.open_vault(ada.ctx).state.seq


def _init(person: Person, gate: object) -> None:
    gate.wait()  # type: ignore[attr-defined]
    try:
        person.init("both")
    except SkillvaultError:
        raise SystemExit(3) from None


def test_two_inits_of_one_name_leave_one_vault_that_opens(tmp_path: Path) -> None:
    for n in range(3):
        ada = Person("Ada", tmp_path / f"ada{n}")
        ada.keygen()
        context = multiprocessing.get_context("fork")
        gate = context.Barrier(3)
        players = [context.Process(target=_init, args=(ada, gate)) for _ in range(3)]
        for one in players:
            one.start()
        for one in players:
            one.join()
        assert sorted(one.exitcode or 0 for one in players) == [0, 3, 3]
        assert opening.open_vault(ada.ctx).state.seq == 0
        assert [p.name for p in ada.paths.data.iterdir()] == ["both.vault"]


def test_a_failed_push_leaves_the_share_here_and_says_not_confirmed(
    two: tuple[Person, Person], host: Path, tmp_path: Path
) -> None:
    ada, _ = two
    hook = host / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    eve = Person("Eve", tmp_path / "eve")
    with pytest.raises(ServiceError, match="not confirmed"):
        ada.share("one", with_=str(eve.card_file()))
    assert checking.status(ada.ctx).unpushed == 1
    hook.unlink()
    assert checking.sync(ada.ctx).synced.pushed == 1


def test_a_new_home_for_a_vault_takes_all_of_it(two: tuple[Person, Person], tmp_path: Path) -> None:
    ada, _ = two
    vaults.set_remote(ada.ctx, None, str(bare(tmp_path / "new.git")))
    checking.sync(ada.ctx)
    report = checking.verify(ada.ctx, str(tmp_path / "new.git"))
    assert report.state.seq == opening.open_vault(ada.ctx).state.seq
