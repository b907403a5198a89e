"""What a review of the client with files found: places, versions and options that were not looked at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from skillvault.errors import NotFoundError, RefusedError, SkillvaultError, UsageError
from skillvault.services import (
    checking,
    configuring,
    doctoring,
    identities,
    machines,
    opening,
    owning,
    put,
    receipts,
    resolving,
    vaults,
)
from skillvault.services.references import Reference, parse, require_whole
from skillvault.vault import remote
from tests.people import Person, bare


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    """Ada has a vault with one skill, on a host."""
    person = Person("Ada", tmp_path / "ada")
    person.init(remote=bare(tmp_path / "host.git"))
    put.put(person.ctx, [person.skill("one")])
    return person


def yes(_preview: object) -> bool:
    return True


@pytest.mark.parametrize(
    ("name", "elsewhere"),
    [
        ("GIT_OBJECT_DIRECTORY", "objects"),
        ("GIT_COMMON_DIR", "."),
        ("GIT_DIR", "."),
        ("GIT_WORK_TREE", ".."),
        ("GIT_INDEX_FILE", "index"),
    ],
)
def test_a_sync_in_a_hook_of_another_repository_finds_its_own(
    ada: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, elsewhere: str
) -> None:
    other = bare(tmp_path / "other.git")
    monkeypatch.setenv(name, str(other / elsewhere))
    checking.sync(ada.ctx)
    assert opening.open_vault(ada.ctx).unpushed == 0
    assert not list((other / "objects").glob("??")), "nothing of ours is in the other one"


@pytest.mark.parametrize("text", ["one@1", "acme/one@2", "one~abcd@3"])
def test_a_version_is_said_in_vain_where_the_whole_skill_is_meant(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        require_whole([parse("one"), parse(text)], "whole")
    assert caught.value.subject == text
    assert caught.value.hint == f"say {text.partition('@')[0]}"


def test_access_and_ownership_are_of_no_single_version(ada: Person) -> None:
    before = opening.open_vault(ada.ctx).state.seq
    for change in (
        lambda: ada.share("one@1", with_="everyone"),
        lambda: ada.unshare("one@1", from_="everyone"),
        lambda: owning.own(ada.ctx, [parse("one@1")], "Ada", approve=yes),
    ):
        with pytest.raises(UsageError, match="every later one"):
            change()
    assert opening.open_vault(ada.ctx).state.seq == before


def test_a_conflict_is_of_no_single_version(ada: Person) -> None:
    for name, error in (("one@1", UsageError), ("one", NotFoundError)):
        with pytest.raises(error):
            resolving.take(ada.ctx, parse(name), "mine")
        with pytest.raises(error):
            resolving.forget(ada.ctx, parse(name), approve=yes)


def test_a_version_is_not_claimed_for_a_skill_that_is_new(ada: Person) -> None:
    folder = ada.skill("two")
    with pytest.raises(NotFoundError, match="no @3"):
        put.put(ada.ctx, [folder], onto=3)
    with pytest.raises(UsageError, match="exclude"):
        put.put(ada.ctx, [folder], onto=1, new=True)
    assert len(opening.open_vault(ada.ctx).state.skills) == 1


def test_a_stream_is_no_place_for_a_key_nor_for_a_receipt(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ada.home)
    with pytest.raises(UsageError, match="file"):
        machines.new(ada.ctx, "ci", Path("-"), approve=yes)
    with pytest.raises(UsageError, match="file"):
        identities.write_backup(ada.ctx, identities.load(ada.ctx)[0], Path("-"), ())
    with pytest.raises(UsageError, match="file"):
        receipts.check_place(Path("-"))
    assert not (ada.home / "-").exists()
    assert len(opening.open_vault(ada.ctx).state.members) == 1


def test_what_is_not_there_is_not_said_to_be_deleted(ada: Person) -> None:
    with pytest.raises(NotFoundError):
        vaults.require_here(ada.ctx, "acne")
    vaults.require_here(ada.ctx, "acme")


def test_a_reference_without_its_version_is_what_the_hint_says() -> None:
    require_whole([Reference("one", "acme", "abcd")], "whole")
    with pytest.raises(SkillvaultError):
        require_whole([Reference("one", "acme", "abcd", 1)], "whole")


@pytest.mark.parametrize("left", [b"", b"\0" * 41, b"ref: refs/heads/main\n"])
def test_what_a_power_cut_left_of_the_fetched_tip_stops_no_sync(ada: Person, left: bytes) -> None:
    checking.sync(ada.ctx)
    tip = ada.paths.vault("acme") / remote.FETCHED
    checking.sync(ada.ctx)
    tip.write_bytes(left)
    checking.sync(ada.ctx)
    assert tip.read_bytes() == (ada.paths.vault("acme") / "refs/heads/main").read_bytes()


def test_doctor_tells_what_it_cannot_look_at(ada: Person) -> None:
    pin = next((ada.paths.state / "pins").glob("*.json"))
    names = ada.paths.state / "vaults" / "acme.json"
    pin.unlink()
    names.unlink()
    names.mkdir()
    found = list(doctoring.examine(ada.ctx))
    assert [c.level for c in found if c.subject == "acme"] == ["fail"]


@pytest.mark.parametrize("odd", [[], {}, None, 1, {"a": []}])
@pytest.mark.parametrize("field", ["vault", "skill", "content"])
def test_a_record_of_a_folder_with_odd_fields_is_none(ada: Person, field: str, odd: object) -> None:
    file = ada.paths.state / "bases.json"
    known = json.loads(file.read_bytes())
    (place,) = known
    known[place][field] = odd
    file.write_text(json.dumps(known))
    assert put.put(ada.ctx, [ada.skill("one", "new\n")]).entry is not None
    assert json.loads(file.read_bytes())[place][field]


@pytest.mark.parametrize("line", ['model = ["a"]', "[stale]\na = 1", "theme = 1979-05-27"])
def test_a_setting_that_is_no_text_is_refused_by_name(ada: Person, line: str) -> None:
    ada.paths.config_file.write_text(line)
    with pytest.raises(RefusedError, match="neither text nor a number"):
        configuring.settings(ada.ctx)


def test_an_address_that_no_system_has_is_refused() -> None:
    with pytest.raises(RefusedError, match="no address has"):
        remote.check_url("/srv/\ud800")
    assert remote.check_url("/srv/\udcff") == "/srv/\udcff"
