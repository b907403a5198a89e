"""`doctor`: each thing that is wrong has its line, and the command that mends it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from skillvault.errors import Exit
from tests.cli.story import CheckJson, Person, git, host, ok, write_skill

Lines = dict[str, list[str]]


def examined(person: Person, check_json: CheckJson, **env: str) -> tuple[int, Lines]:
    """The exit code, and `level: text -> command` of every line by its subject."""
    done = person.run("doctor", "--json", env=env)
    found: Lines = {}
    for check in check_json("doctor", done.stdout)["checks"]:
        line = f"{check['level']}: {check['text']} -> {check['command']}"
        found.setdefault(check["subject"], []).append(line)
    return done.returncode, found


@pytest.fixture
def well(ada: Person, tmp_path: Path) -> Person:
    """Ada with a backup, a remote and nothing that waits."""
    ok(ada.run("init", "mine", "--remote", host(tmp_path / "host.git"), "--name", "Ada"))
    ok(ada.run("put", str(write_skill(ada.home / "code-review"))))
    ok(ada.run("sync"))
    ok(ada.run("id", "--backup", "sheet.txt"))
    return ada


def test_a_machine_that_is_well(well: Person, check_json: CheckJson) -> None:
    code, found = examined(well, check_json)
    assert code == 0
    assert {line[:3] for lines in found.values() for line in lines} == {"ok:"}
    assert "made today" in found["backup"][0]
    assert "takes pushes" in found["mine"][1]
    before = git(well.home / ".local/share/skillvault/mine.vault", "for-each-ref")
    text = ok(well.run("doctor"))
    assert text.startswith("ok    git: ")
    assert git(well.home / ".local/share/skillvault/mine.vault", "for-each-ref") == before
    assert "\x1b[32mok" in well.run("doctor", "--color", "always").stdout


def test_nothing_here_yet(ada: Person, check_json: CheckJson) -> None:
    code, found = examined(ada, check_json)
    assert code == 0
    assert found["identity"] == ["warn: none on this machine -> skillvault keygen"]


def test_no_backup_no_remote_and_copies_in_the_clear(ada: Person, check_json: CheckJson) -> None:
    ok(ada.run("init", "mine", "--name", "Ada"))
    ok(ada.run("put", str(write_skill(ada.home / "skills" / "code-review"))))
    ok(ada.run("get", "code-review", "out"))
    code, found = examined(ada, check_json)
    assert code == 0
    assert found["backup"][0].startswith("warn: none was made on this machine")
    assert found["mine"][1].endswith("-> skillvault remote URL")
    assert found["copies"][0].startswith("warn: ")


def test_what_fails_ends_with_1(well: Person, check_json: CheckJson, tmp_path: Path) -> None:
    key = well.home / ".config/skillvault/identities/default.key"
    key.chmod(0o644)
    code, found = examined(well, check_json)
    assert code == Exit.CHECK
    assert found["identity"][0].startswith("fail: ")
    assert f"-> chmod 600 {key}" in found["identity"][0]
    key.chmod(0o600)
    shutil.move(tmp_path / "host.git", tmp_path / "away.git")
    code, found = examined(well, check_json)
    assert code == Exit.CHECK
    assert found["mine"][1].startswith("fail: ")
    shutil.move(tmp_path / "away.git", tmp_path / "host.git")
    for pin in (well.home / ".local/state/skillvault/pins").iterdir():
        pin.unlink()
    code, found = examined(well, check_json)
    assert "its pin is gone" in found["mine"][0]
    done = well.run("doctor")
    assert "1 check failed" in done.stderr


def test_others_pushed_or_mine_waits(well: Person, check_json: CheckJson, tmp_path: Path) -> None:
    write_skill(well.home / "code-review", "Better. Use when asked to.")
    ok(well.run("put", "code-review"))
    _, found = examined(well, check_json)
    assert "not pushed yet: 1 -> skillvault sync --vault mine" in found["mine"][1]
    laptop = Person.at(tmp_path / "laptop")
    shutil.copytree(well.home / ".config", laptop.home / ".config")
    shutil.copytree(well.home / ".local", laptop.home / ".local")
    ok(laptop.run("sync"))
    _, found = examined(well, check_json)
    assert "others pushed since the last sync -> skillvault sync" in found["mine"][1]


def test_a_synced_folder_a_strange_package_and_damaged_files(
    well: Person, check_json: CheckJson, tmp_path: Path
) -> None:
    data = tmp_path / "Dropbox (Personal)" / "data"
    shutil.copytree(well.home / ".local/share", data)
    code, found = examined(well, check_json, XDG_DATA_HOME=str(data))
    assert code == Exit.CHECK
    assert "Dropbox (Personal), which another program copies" in found["folders"][0]
    (tmp_path / ".stfolder").mkdir()
    assert examined(well, check_json)[1]["folders"][0].startswith("fail: ")
    (tmp_path / ".stfolder").rmdir()

    site = tmp_path / "site" / "skillvault-0.1.dist-info"
    site.mkdir(parents=True)
    (site / "METADATA").write_text("Metadata-Version: 2.1\nName: skillvault\nVersion: 0.1\n")
    code, found = examined(well, check_json, PYTHONPATH=str(site.parent))
    assert code == Exit.CHECK
    assert "a stranger's package `skillvault` 0.1" in found["package"][0]

    (well.home / ".config/skillvault/config.toml").write_text('old = 1\nvault = "gone"\n')
    _, found = examined(well, check_json)
    assert [line[:5] for line in found["settings"]] == ["warn:", "warn:"]
    (well.home / ".config/skillvault/config.toml").write_text("= broken")
    assert examined(well, check_json)[1]["settings"][0].startswith("fail: ")
    (well.home / ".config/skillvault/identities/default.key").write_text("garbage")
    code, found = examined(well, check_json)
    assert code == Exit.CHECK
    assert found["identity"][0].startswith("fail: ")


def test_without_git(well: Person, check_json: CheckJson, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, found = examined(well, check_json, PATH=str(tmp_path / "empty"))
    assert code == Exit.CHECK
    assert found["git"] == ["fail: git: not found on this machine -> install git 2.32 or newer"]
