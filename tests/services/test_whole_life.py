"""Keep, seal, share, fetch: two people and a real git host."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import AccessError, ConflictError, NotFoundError, UsageError
from skillvault.services import checking, get, put, reading
from skillvault.services.references import parse
from tests.people import Person, bare


@pytest.fixture(params=["x25519", "mlkem768x25519"])
def ada(tmp_path: Path, request: pytest.FixtureRequest) -> Person:
    return Person("Ada Lovelace", tmp_path / "ada", suite=request.param)


@pytest.fixture
def bob(tmp_path: Path, ada: Person) -> Person:
    return Person("Bob Barker", tmp_path / "bob", suite=ada.suite)


@pytest.fixture
def host(tmp_path: Path) -> Path:
    return bare(tmp_path / "host git.git")


def test_a_skill_reaches_a_second_keyholder_byte_for_byte(
    ada: Person, bob: Person, host: Path
) -> None:
    vault = ada.init(remote=host)
    folder = ada.skill("review", "Look twice.\r\n", **{"notes.txt": "caf\u00e9"})
    (folder / "run.sh").write_bytes(b"#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    done = put.put(ada.ctx, [folder], message="first")
    assert [(s.name, s.version, s.change) for s in done.skills] == [("review", 1, "new")]
    shared = ada.share("review", with_=str(bob.card_file()))
    assert shared.published.pushed
    bob.clone(host, vault.state.vault_id)
    got = get.get(bob.ctx, parse("review"), bob.home)
    assert got.folder == bob.home / "review"
    for path in ("SKILL.md", "notes.txt", "run.sh"):
        assert (got.folder / path).read_bytes() == (folder / path).read_bytes()
    assert (got.folder / "run.sh").stat().st_mode & 0o777 == 0o755
    rows = reading.list_skills(bob.ctx, reading.open_for_list(bob.ctx, None)[0])
    assert [(r.found.summary.name, r.owner) for r in rows] == [("review", "Ada Lovelace")]


def test_the_host_learns_no_name_and_no_text(ada: Person, bob: Person, host: Path) -> None:
    ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("zebrastripe", "quagga secret\n")])
    ada.share("zebrastripe", with_=str(bob.card_file()))
    everything = b"".join(p.read_bytes() for p in host.rglob("*") if p.is_file())
    for word in (b"zebrastripe", b"quagga", b"Lovelace", b"Barker"):
        assert word not in everything


def test_an_unchanged_folder_makes_no_version(ada: Person) -> None:
    ada.init()
    folder = ada.skill("review")
    put.put(ada.ctx, [folder])
    again = put.put(ada.ctx, [folder])
    assert again.entry is None
    assert again.skills[0].change == "unchanged"


def test_an_edit_on_an_older_version_never_overwrites_a_newer_one(
    ada: Person, bob: Person, host: Path
) -> None:
    vault = ada.init(remote=host)
    folder = ada.skill("review")
    put.put(ada.ctx, [folder])
    ada.share("review", with_=str(bob.card_file()), write=True)
    bob.clone(host, vault.state.vault_id)
    copy = get.get(bob.ctx, parse("review"), bob.home).folder
    (folder / "SKILL.md").write_text("---\nname: review\ndescription: d\n---\nnewer\n")
    put.put(ada.ctx, [folder])
    checking.sync(ada.ctx)
    checking.sync(bob.ctx)
    (copy / "SKILL.md").write_text("---\nname: review\ndescription: d\n---\nolder base\n")
    with pytest.raises(ConflictError, match="came from @1, the vault is at @2"):
        put.put(bob.ctx, [copy])
    put.put(bob.ctx, [copy], onto=2)
    checking.sync(bob.ctx)
    checking.sync(ada.ctx)
    shown = reading.show(ada.ctx, parse("review"))
    assert b"older base" in shown.file.data
    located, lines = reading.log(ada.ctx, parse("review"))
    assert [line.author for line in lines] == ["Bob Barker", "Ada Lovelace", "Ada Lovelace"]
    assert located.label == "acme/review"


def test_two_clients_push_at_once_and_the_loser_replays(
    ada: Person, bob: Person, host: Path
) -> None:
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one")])
    ada.share("one", with_=str(bob.card_file()), write=True)
    bob.clone(host, vault.state.vault_id)
    put.put(ada.ctx, [ada.skill("two")])
    put.put(bob.ctx, [bob.skill("three")])
    assert checking.sync(ada.ctx).synced.pushed == 1
    done = checking.sync(bob.ctx)
    assert (done.synced.pushed, done.synced.replayed, done.synced.fetched) == (1, 1, 1)
    checking.sync(ada.ctx)
    states = [checking.status(p.ctx).vault.state for p in (ada, bob)]
    assert states[0].head == states[1].head
    assert len(states[0].skills) == 3


def test_two_versions_of_one_skill_are_a_conflict_and_both_stay(
    ada: Person, bob: Person, host: Path
) -> None:
    vault = ada.init(remote=host)
    folder = ada.skill("one")
    put.put(ada.ctx, [folder])
    ada.share("one", with_=str(bob.card_file()), write=True)
    bob.clone(host, vault.state.vault_id)
    copy = get.get(bob.ctx, parse("one"), bob.home).folder
    (folder / "SKILL.md").write_text("---\nname: one\ndescription: d\n---\nada\n")
    put.put(ada.ctx, [folder])
    checking.sync(ada.ctx)
    (copy / "SKILL.md").write_text("---\nname: one\ndescription: d\n---\nbob\n")
    put.put(bob.ctx, [copy])
    before = checking.status(bob.ctx).vault.local.commit
    with pytest.raises(ConflictError, match="both changed it"):
        checking.sync(bob.ctx)
    assert checking.status(bob.ctx).vault.local.commit == before
    assert b"bob" in reading.show(bob.ctx, parse("one")).file.data


def test_two_equal_versions_are_one(ada: Person, bob: Person, host: Path) -> None:
    vault = ada.init(remote=host)
    folder = ada.skill("one")
    put.put(ada.ctx, [folder])
    ada.share("one", with_=str(bob.card_file()), write=True)
    bob.clone(host, vault.state.vault_id)
    copy = get.get(bob.ctx, parse("one"), bob.home).folder
    for person, path in ((ada, folder), (bob, copy)):
        (path / "SKILL.md").write_text("---\nname: one\ndescription: d\n---\nthe same\n")
        put.put(person.ctx, [path])
    checking.sync(ada.ctx)
    assert checking.sync(bob.ctx).synced.pushed == 0
    status = checking.status(bob.ctx)
    assert (status.unpushed, status.seq) == (0, 3)


def test_unshare_goes_ahead_of_what_was_not_pushed_and_reseals(
    ada: Person, bob: Person, host: Path
) -> None:
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one")])
    ada.share("one", with_=str(bob.card_file()))
    bob.clone(host, vault.state.vault_id)
    put.put(ada.ctx, [ada.skill("two")])
    done = ada.unshare("one", from_="bob barker")
    assert done.published.pushed
    checking.sync(bob.ctx)
    with pytest.raises(NotFoundError, match="among the 0 you can read"):
        reading.show(bob.ctx, parse("one"))
    status = checking.status(ada.ctx)
    assert (status.unpushed, status.pending) == (1, ())  # what was put waits for a sync still
    assert checking.sync(ada.ctx).synced.pushed == 1
    checking.sync(bob.ctx)
    assert len(checking.status(bob.ctx).vault.state.skills) == 2


def test_who_may_not_share_is_told_whom_to_ask(ada: Person, bob: Person, host: Path) -> None:
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one")])
    ada.share("one", with_=str(bob.card_file()))
    bob.clone(host, vault.state.vault_id)
    with pytest.raises(AccessError, match="only its owner") as caught:
        bob.share("one", with_="Ada Lovelace")
    assert "Ada Lovelace" in (caught.value.hint or "")


def test_a_stranger_clones_and_reads_nothing(ada: Person, bob: Person, host: Path) -> None:
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one")])
    checking.sync(ada.ctx)
    bob.keygen()
    bob.clone(host, vault.state.vault_id)
    with pytest.raises(AccessError, match="not a member"):
        reading.show(bob.ctx, parse("one"))


def test_a_clone_without_id_asks(ada: Person, bob: Person, host: Path) -> None:
    ada.init(remote=host)
    bob.keygen()
    with pytest.raises(UsageError, match="not confirmed"):
        bob.clone(host)
    assert not bob.paths.vault("acme").exists()
    bob.answer = True
    bob.clone(host)


def test_share_admits_a_group_of_all(ada: Person, bob: Person, host: Path) -> None:
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one")])
    ada.share("one", with_="everyone")
    ada.share("one", with_=str(bob.card_file()))
    bob.clone(host, vault.state.vault_id)
    assert b"Do it well" in reading.show(bob.ctx, parse("one")).file.data
