"""The client with files, reviewed: streams that are not there, and words that promise too much."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from skillvault.cli import table
from tests.cli.story import ROOT, Person, World, host, ok, write_skill


@pytest.mark.parametrize("closed", ["<&-", "<&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("words", ["list", "exposure 'Bob Barker' --json", "member list"])
def test_a_command_without_streams_ends_as_with_them(world: World, words: str, closed: str) -> None:
    line = f"exec {sys.executable} -m skillvault {words} {closed}"
    env = world.ada.environment()
    done = subprocess.run(["sh", "-c", line], env=env, cwd=ROOT, check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_card_from_a_closed_stream_is_no_card(world: World) -> None:
    line = f"exec {sys.executable} -m skillvault share incident --with - --yes <&-"
    env = world.ada.environment()
    done = subprocess.run(["sh", "-c", line], env=env, cwd=ROOT, check=False, capture_output=True)
    assert done.returncode == 8
    assert b"no card in it" in done.stderr


def test_a_vault_that_is_not_here_is_not_said_to_be_deleted(world: World) -> None:
    done = world.ada.run("vaults", "forget", "acne", "--yes")
    assert done.returncode == 3
    assert "deleted" not in done.stderr


@pytest.mark.parametrize("words", [("--abort",), ("--into", "."), ("--forget",)])
def test_a_message_is_refused_where_it_would_be_dropped(
    world: World, words: tuple[str, ...]
) -> None:
    done = world.bob.run("resolve", "code-review", "-m", "why", *words)
    assert done.returncode == 2
    assert f"not with {words[0]}" in done.stderr


def test_a_sheet_without_an_end_is_refused(ada: Person) -> None:
    done = ada.run("keygen", "--import", "/dev/zero")
    assert done.returncode == 8
    assert "too large" in done.stderr


NOT_AS_ROOT = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Ada, with a skill in a vault on a host, and a machine."""
    root = tmp_path_factory.mktemp("owned")
    ada = Person.at(root / "ada")
    ok(ada.run("init", "acme", "--name", "Ada", "--remote", host(root / "host.git")))
    write_skill(ada.home / "skills" / "one")
    ok(ada.run("put", "skills/one"))
    ok(ada.run("sync"))
    ok(ada.run("member", "new", "ci", "--machine", "-o", "ci.key", "--yes"))
    return ada


def bound(ada: Person, *words: str) -> subprocess.CompletedProcess[str]:
    """The command by somebody whom modes of files bind, as they do not bind root."""
    before = NOT_AS_ROOT if os.geteuid() == 0 else []
    if before and (not shutil.which("setpriv") or subprocess.call([*before, "true"]) != 0):
        pytest.skip("root, and no setpriv")
    return subprocess.run(
        [*before, sys.executable, "-m", "skillvault", *words],
        env=ada.environment(),
        cwd=ada.home,
        check=False,
        capture_output=True,
        text=True,
    )


@contextmanager
def shut(place: Path, mode: int = 0o500) -> Iterator[Path]:
    """A folder in which nothing can be made for a while."""
    before = place.stat().st_mode
    place.chmod(mode)
    try:
        yield place
    finally:
        place.chmod(before)


def test_a_repository_that_cannot_be_written_is_not_blamed_on_the_host(owned: Person) -> None:
    with shut(owned.home / ".local/share/skillvault/acme.vault/objects") as place:
        done = bound(owned, "sync")
    assert (done.returncode, str(place) in done.stderr) == (7, True)
    assert "host" not in done.stderr


def test_what_fails_here_after_a_push_is_not_confirmed_and_comes_with_the_next_sync(
    owned: Person,
) -> None:
    with shut(owned.home / ".local/state/skillvault/pins"):
        done = bound(owned, "member", "remove", "ci", "--yes")
    assert done.returncode == 7
    assert "not confirmed: the host may already have it" in done.stderr
    ok(owned.run("sync"))
    assert "ci" not in ok(owned.run("member", "list"))


def test_doctor_says_which_folder_is_shut(owned: Person) -> None:
    for place, mode in (("pins", 0o500), ("pins", 0), ("vaults", 0o500)):
        with shut(owned.home / ".local/state/skillvault" / place, mode) as folder:
            done = bound(owned, "doctor")
        assert done.returncode == 1
        assert f"chmod u+rwX {folder}" in done.stdout


def test_a_receipt_that_could_not_be_written_stops_a_removal(owned: Person) -> None:
    (owned.home / "shut").mkdir()
    with shut(owned.home / "shut"):
        done = bound(owned, "member", "remove", "Ada", "--receipt", "shut/r.txt", "--yes")
    assert done.returncode == 2
    assert "cannot be written to" in done.stderr


def test_a_sync_under_a_limit_on_files_that_others_set(owned: Person) -> None:
    line = f"ulimit -f 100000; exec {sys.executable} -m skillvault sync"
    done = subprocess.run(
        ["sh", "-c", line], env=owned.environment(), cwd=ROOT, check=False, capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    "words",
    [("inject", "one", "--into"), ("id", "-o"), ("verify", "--allowed-signers")],
    ids=lambda words: words[0],
)
@pytest.mark.parametrize("what", ["pipe", "folder", "."])
def test_what_is_no_file_is_not_replaced_by_one(
    owned: Person, tmp_path: Path, words: tuple[str, ...], what: str
) -> None:
    place = tmp_path / what
    if what == "pipe":
        os.mkfifo(place)
    else:
        place.mkdir(exist_ok=True)
    before = place.stat()
    done = owned.run(*words, what, cwd=tmp_path)
    assert done.returncode in {7, 8}, done.stderr
    assert (place.stat().st_ino, place.stat().st_mode) == (before.st_ino, before.st_mode)


def test_every_command_is_listed_somewhere(owned: Person) -> None:
    listed = ok(owned.run("help", "commands")).splitlines()
    for row in table.ROWS:
        assert any(line.startswith(f"  {row.name} ") and row.help in line for line in listed)
    assert "skillvault help commands" in ok(owned.run("--help"))


@pytest.mark.parametrize("words", [("undo", "99"), ("member", "expires", "Ada", "90d")])
def test_a_hint_is_a_command_that_runs(owned: Person, words: tuple[str, ...]) -> None:
    """What is named as the way out takes an argument, and says so."""
    hint = owned.run(*words).stderr.partition("hint: ")[2]
    assert "`skillvault log NAME`" in hint or "`skillvault member remove WHO`" in hint
