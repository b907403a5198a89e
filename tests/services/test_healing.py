"""What a client mends by itself at its next sync or write, and what it says of what waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import AccessError, ServiceError, VerificationError
from skillvault.services import checking, healing, put, reading
from skillvault.services.healing import Healed
from skillvault.services.references import parse
from skillvault.vault import epochs, operations, sealed
from skillvault.vault.draft import Draft
from skillvault.vault.reader import Reader, lines
from skillvault.vault.state import State, pending, skill_path
from tests.people import Person
from tests.team import Team, id_of, skill_of, sync_only, vault_of, write
from tests.vault.test_replay import add_evidence


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Team:
    return Team(tmp_path_factory.mktemp("template") / "team").make()


@pytest.fixture
def team(template: Team, tmp_path: Path) -> Team:
    return template.copy(tmp_path / "team")


def close(team: Team, *, without: Person | None = None) -> str:
    """Ada closes `ops` and pushes that, and nothing more."""
    ops = id_of(team.ada, "ops")
    gone = set() if without is None else {id_of(team.ada, without)}
    write(
        team.ada,
        lambda d, r: epochs.close(d, r.state, ops, set(r.state.groups[ops].members) - gone),
    )
    sync_only(team.ada)
    return ops


def heal(person: Person) -> Healed:
    return checking.sync(person.ctx).healed


def state_of(person: Person) -> State:
    return vault_of(person).state


def text(person: Person, name: str) -> bytes:
    return reading.show(person.ctx, parse(name)).file.data


# Closed groups


def test_a_closed_group_is_opened_by_the_first_of_its_members_who_syncs(team: Team) -> None:
    ops = close(team)
    assert heal(team.bob).opened == ("ops",)
    state = state_of(team.bob)
    assert state.groups[ops].is_open
    assert state.groups[ops].epoch == 3
    assert not list(pending(state))
    assert heal(team.ada) == Healed()
    assert b"two" in text(team.ada, "two")


def test_who_was_taken_out_by_closing_reads_no_new_version(team: Team) -> None:
    close(team, without=team.bob)
    heal(team.boss)
    sync_only(team.ada)
    put.put(team.ada.ctx, [team.ada.skill("two", "after\n")])
    checking.sync(team.ada.ctx)
    checking.sync(team.bob.ctx)
    checking.sync(team.boss.ctx)
    assert b"after" in text(team.boss, "two")
    vault = vault_of(team.bob)
    assert vault.reader.newest_number(skill_of(team.ada, "two")) == 1


def test_clients_of_other_readers_wait_for_it_before_they_seal_anew(team: Team) -> None:
    two, eve = skill_of(team.ada, "two"), id_of(team.ada, team.eve)
    write(team.ada, lambda d, r: operations.change_access(d, r, two, add_readers=[eve]))
    sync_only(team.ada)
    close(team)
    done = heal(team.eve)
    assert (done.opened, done.resealed) == ((), ())
    (wait,) = checking.status(team.eve.ctx).waits
    assert (wait.name, wait.text, wait.results) == ("two", True, 0)
    assert "ops is closed" in wait.why
    assert wait.who == ("Ada Lovelace", "Bob Barker", "Boss Hogg")
    assert heal(team.bob).resealed == ("two",)
    heal(team.eve)
    assert checking.status(team.eve.ctx).waits == ()


def test_a_write_opens_it_too_so_that_what_is_written_is_sealed_to_it(team: Team) -> None:
    ops = close(team)
    sync_only(team.bob)
    put.put(team.bob.ctx, [team.bob.skill("fresh")])
    state = state_of(team.bob)
    assert state.groups[ops].is_open
    assert any("opened with a new key: ops" in line for line in team.bob.warnings)
    checking.sync(team.bob.ctx)
    checking.sync(team.ada.ctx)
    assert state_of(team.ada).groups[ops].epoch == 3


def test_what_is_written_for_a_closed_group_alone_survives_a_replay(team: Team) -> None:
    """The opening is not made again, it follows: without it the new version would have no reader."""
    ops, two = id_of(team.ada, "ops"), skill_of(team.ada, "two")
    write(team.ada, lambda d, r: operations.change_access(d, r, two, add_writers=[ops], owner=ops))
    ada = id_of(team.ada, team.ada)
    write(team.ada, lambda d, r: operations.change_access(d, r, two, strike=[ada]))
    close(team)
    sync_only(team.bob)
    put.put(team.bob.ctx, [team.bob.skill("two", "of bob\n")], onto=1)
    put.put(team.eve.ctx, [team.eve.skill("news")])
    sync_only(team.eve)
    checking.sync(team.bob.ctx)
    assert vault_of(team.bob).unpushed == 0
    checking.sync(team.ada.ctx)
    assert b"of bob" in text(team.ada, "two@2")


def test_a_skill_for_closed_groups_alone_cannot_be_sealed_and_says_so(team: Team) -> None:
    ops, two = id_of(team.ada, "ops"), skill_of(team.ada, "two")
    write(team.ada, lambda d, r: epochs.close(d, r.state, ops, r.state.groups[ops].members))
    ada = id_of(team.ada, team.ada)
    build = vault_of(team.ada).reader
    draft = Draft()
    operations.change_access(draft, build, two, owner=ops)
    assert operations.change_access(draft, build, two, strike=[ada])
    with pytest.raises(AccessError, match="sealed to nobody"):
        operations.put_evidence(draft, build.state, two, b"x\n")


def test_of_two_who_open_it_at_once_the_first_at_the_host_holds(team: Team) -> None:
    ops = close(team)
    for person in (team.bob, team.boss):
        sync_only(person)
        put.put(person.ctx, [person.skill(f"of-{person.name[:3].lower()}")])
    heal(team.bob)
    heal(team.boss)
    state = state_of(team.boss)
    assert state.groups[ops].epoch == 3
    assert state.groups[ops].epochs[2].opener == id_of(team.boss, team.bob)
    assert b"two" in text(team.boss, "two")


def test_a_vault_without_a_remote_is_mended_too(tmp_path: Path) -> None:
    eve = Person("Eve", tmp_path / "eve")
    eve.init()
    me = vault_of(eve).require_me()
    made = {}

    def found(d: Draft, r: Reader) -> None:
        made["id"] = epochs.make_group(d, r, "ops", [me])

    write(eve, found, lambda d, r: epochs.close(d, r.state, made["id"], [me]))
    vault = vault_of(eve)
    with vault.changing():
        assert healing.heal(eve.ctx, vault).opened == ("ops",)
    assert vault_of(eve).state.groups[made["id"]].is_open


# Links


def test_a_spoiled_link_is_led_around_once_by_one_who_holds_what_lies_behind(team: Team) -> None:
    """Ada starts `ops` anew with junk for its older keys: who comes later reads no history."""
    ops, eve = id_of(team.ada, "ops"), id_of(team.ada, team.eve)

    def poison(draft: Draft, reader: Reader) -> None:
        epochs.start_anew(draft, reader, ops, reader.state.groups[ops].members)
        key = operations.group_record(draft, reader.state, ops).recipient
        junk = sealed.seal(b"junk\n", [key or ""])
        draft.files[f"groups/{ops}/2/previous.age"] = junk

    write(team.ada, poison)
    write(team.ada, lambda d, r: epochs.grow(d, r, ops, [eve]))
    sync_only(team.ada)
    sync_only(team.eve)
    assert 1 not in vault_of(team.eve).reader.keyring.epochs(ops)
    assert heal(team.bob).bridged == ("ops",)
    checking.sync(team.eve.ctx)
    assert 1 in vault_of(team.eve).reader.keyring.epochs(ops)
    for person in (team.bob, team.boss, team.ada):
        assert heal(person).bridged == ()


# Sealed files


def test_pending_results_are_sealed_anew_with_their_skill(team: Team) -> None:
    one, eve = skill_of(team.bob, "one"), id_of(team.ada, team.eve)
    result = add_evidence(team.bob, one)
    sync_only(team.bob)
    sync_only(team.ada)
    write(team.ada, lambda d, r: operations.change_access(d, r, one, add_readers=[eve]))
    sync_only(team.ada)
    (wait,) = checking.status(team.ada.ctx).waits
    assert (wait.text, wait.results, wait.who) == (False, 1, ("Ada Lovelace",))
    done = heal(team.ada)
    assert (done.resealed, done.results) == ((), 1)
    sync_only(team.eve)
    (key,) = vault_of(team.eve).state.skills[one].evidence
    assert vault_of(team.eve).reader.open_evidence(one, key) == result


def spoil(team: Team, path: str, recipients: int) -> None:
    """Bob, a reader, seals junk at a path."""

    def junk(draft: Draft, reader: Reader) -> None:
        refs = reader.state.skills[path.split("/")[2]].files[-1].refs
        draft.files[path] = sealed.seal(b"x" * 512, lines(reader.state, refs)[:recipients])

    write(team.bob, junk)
    sync_only(team.bob)


@pytest.mark.parametrize("stanzas", [1, 2])
def test_who_had_to_fall_back_seals_anew_and_names_the_bad_entry(team: Team, stanzas: int) -> None:
    """Junk inside, and stanzas for fewer than the line says."""
    one = skill_of(team.ada, "one")
    spoil(team, skill_path(one), stanzas)
    bad = state_of(team.bob).seq
    done = heal(team.ada)
    assert done.resealed == ("one",)
    assert [f"one~{one[:8]}: entry {bad} spoiled it" in line for line in done.spoiled] == [True]
    sync_only(team.bob)
    vault = vault_of(team.bob)
    assert vault.reader.open_file(one, 1, vault.state.skills[one].files[-1])
    again = heal(team.ada)
    assert (again.resealed, again.spoiled) == ((), [])


def test_a_spoiled_result_is_sealed_anew_from_a_good_file(team: Team) -> None:
    one = skill_of(team.bob, "one")
    result = add_evidence(team.bob, one)
    (key,) = state_of(team.bob).skills[one].evidence
    path = skill_path(one, f"evidence/{key}.age")
    sync_only(team.bob)
    spoil(team, path, 2)
    bad = state_of(team.bob).seq
    done = heal(team.ada)
    assert (done.results, len(done.spoiled)) == (1, 1)
    assert f"one~{one[:8]}, result {key[:8]}: entry {bad} spoiled it" in done.spoiled[0]
    sync_only(team.bob)
    vault = vault_of(team.bob)
    item = vault.state.skills[one].evidence[key]
    assert vault.reader.open_evidence_file(path, key, item.files[-1]) == result


def test_where_no_good_file_is_left_it_is_said_and_nothing_is_written(team: Team) -> None:
    one = skill_of(team.ada, "one")

    def junk(draft: Draft, reader: Reader) -> None:
        made = operations.make_bundle(
            reader.state,
            vault_of(team.bob).signer(),
            one,
            name="one",
            files=reader.open_newest(one).bundle.files,
            message="",
            now=1.79e9,
            before=reader.state.skills[one],
        )
        operations.put_bundle(draft, reader.state, one, made)
        draft.files[skill_path(one)] = sealed.seal(
            b"x" * 512, lines(reader.state, reader.state.skills[one].files[-1].refs)
        )

    write(team.bob, junk)
    sync_only(team.bob)
    before = state_of(team.bob).seq
    done = heal(team.ada)
    assert done.resealed == ()
    assert len(done.spoiled) == 1
    assert state_of(team.ada).seq == before
    assert any("cannot be sealed anew" in line for line in team.ada.warnings)
    assert text(team.ada, "one@1")
    with pytest.raises(VerificationError, match="cannot be sealed anew"):
        checking.sync(team.ada.ctx, reseal="one")


def test_a_reseal_that_cannot_be_pushed_hides_nothing_of_the_report(team: Team) -> None:
    one, eve = skill_of(team.bob, "one"), id_of(team.ada, team.eve)
    add_evidence(team.bob, one)
    sync_only(team.bob)
    sync_only(team.ada)
    write(team.ada, lambda d, r: operations.change_access(d, r, one, add_readers=[eve]))
    sync_only(team.ada)
    put.put(team.eve.ctx, [team.eve.skill("news")])
    team.eve.share("news", with_=team.ada.name)
    hook = team.host / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    reports: list[checking.SyncReport] = []
    with pytest.raises(ServiceError):
        checking.sync(team.ada.ctx, tell=reports.append)
    (report,) = reports
    assert report.synced.fetched > 0
    assert "news@1 by Eve Stone" in report.news.skills
    assert report.healed.results == 0
    hook.unlink()
    assert heal(team.ada).results == 1


@pytest.mark.parametrize("expires", [None, "2026-01-01T00:00:00Z"])
def test_a_machine_that_may_not_push_or_write_any_more_syncs_all_the_same(
    team: Team, tmp_path: Path, expires: str | None
) -> None:
    """What it cannot mend is left to others: a job that reads goes on."""
    job = Person("ci", tmp_path / "ci")
    holder = job.keygen()
    made = {}

    def admit(d: Draft, r: Reader) -> None:
        made["id"] = operations.admit(d, r, holder, "machine", expires)

    write(team.ada, admit)
    ops = id_of(team.ada, "ops")
    write(team.ada, lambda d, r: epochs.grow(d, r, ops, [made["id"]]))
    sync_only(team.ada)
    job.clone(team.host, vault_of(team.ada).state.vault_id)
    close(team)
    hook = team.host / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert checking.sync(job.ctx).healed.opened == ()
    assert any("left to others" in line for line in job.warnings) is (expires is None)
    assert b"two" in text(job, "two")
    hook.unlink()
    assert heal(team.bob).opened == ("ops",)


def test_status_says_who_can_seal_anew_what_i_cannot(team: Team) -> None:
    """Ada reads `three` by now, but nothing of it is sealed to her: she waits for Bob or Eve."""
    three, ada = skill_of(team.eve, "three"), id_of(team.ada, team.ada)

    def share(draft: Draft, reader: Reader) -> None:
        operations.change_access(draft, reader, three, add_readers=[ada])
        del draft.files[skill_path(three)]

    write(team.eve, share)
    sync_only(team.eve)
    sync_only(team.ada)
    (wait,) = checking.status(team.ada.ctx).waits
    assert wait.name == f"~{three[:8]}"
    assert wait.who == ("Bob Barker", "Eve Stone")
    assert heal(team.ada).resealed == ()
    assert heal(team.bob).resealed == ("three",)
    checking.sync(team.ada.ctx)
    assert b"three" in text(team.ada, "three")


def test_one_who_is_locked_out_of_a_group_says_so_and_whom_to_ask(team: Team) -> None:
    ops, bob = id_of(team.ada, "ops"), id_of(team.ada, team.bob)

    def lock_out(draft: Draft, reader: Reader) -> None:
        epochs.start_anew(draft, reader, ops, reader.state.groups[ops].members)
        recipient = reader.state.members[bob].recipient
        draft.files[f"groups/{ops}/2/{bob}.age"] = sealed.seal(b"junk\n", [recipient])

    write(team.ada, lock_out)
    sync_only(team.ada)
    sync_only(team.bob)
    said = checking.status(team.bob.ctx).spoiled
    assert any("ops: its key does not open for you; ask Ada Lovelace" in line for line in said)
    assert checking.status(team.ada.ctx).spoiled == ()
