"""What goes wrong on this machine is said as such: what, where, and what to do."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from skillvault.errors import RefusedError, SkillvaultError, VerificationError
from skillvault.services import checking, get, identities, opening, put, reading
from skillvault.services.references import parse
from tests.people import Person, bare


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    ada = Person("Ada", tmp_path / "ada")
    ada.init(remote=bare(tmp_path / "host.git"))
    put.put(ada.ctx, [ada.skill("one")])
    checking.sync(ada.ctx)
    return ada


def repo(person: Person) -> Path:
    return person.paths.vault("acme")


def test_a_repository_that_was_rolled_back_here_is_not_blamed_on_the_host(ada: Person) -> None:
    old = ada.home / "old.vault"
    shutil.copytree(repo(ada), old)
    put.put(ada.ctx, [ada.skill("two")])
    checking.sync(ada.ctx)
    shutil.rmtree(repo(ada))
    old.rename(repo(ada))
    with pytest.raises(VerificationError, match="this machine's copy is an older") as caught:
        checking.sync(ada.ctx)
    assert "host" not in str(caught.value)
    assert "rolled back" in (caught.value.hint or "")


def test_a_host_that_was_rolled_back_is_still_the_host(ada: Person, tmp_path: Path) -> None:
    host = tmp_path / "host.git"
    subprocess.run(["git", "-C", str(host), "update-ref", "refs/heads/main", "main~1"], check=True)
    with pytest.raises(VerificationError, match="the host serves an older"):
        checking.sync(ada.ctx)


@pytest.mark.parametrize("text", [b"", b"junk\n", b"0" * 39 + b"\n", b"ref: refs/heads/x\n"])
def test_a_damaged_ref_says_which_and_what_to_do(ada: Person, text: bytes) -> None:
    (repo(ada) / "refs/heads/main").write_bytes(text)
    with pytest.raises(RefusedError) as caught:
        opening.open_vault(ada.ctx)
    assert str(repo(ada)) in str(caught.value)
    assert "restore the vault" in (caught.value.hint or "")


@pytest.mark.parametrize("how", ["missing", "cut", "empty"])
def test_a_damaged_object_says_what_to_do(ada: Person, how: str) -> None:
    vault = opening.open_vault(ada.ctx)
    oid = vault.local.commit or ""
    path = repo(ada) / "objects" / oid[:2] / oid[2:]
    shutil.rmtree(ada.paths.state / "pins")
    shutil.copytree(ada.paths.state / "vaults", ada.home / "kept")
    data = path.read_bytes()
    path.unlink()
    if how != "missing":
        path.write_bytes(data[:40] if how == "cut" else b"")
    with pytest.raises(SkillvaultError) as caught:
        opening.open_vault(ada.ctx)
    assert "restore" in (caught.value.hint or ""), caught.value


# Keys


def test_a_broken_key_beside_a_good_one_is_warned_about_and_stops_nothing(ada: Person) -> None:
    (ada.paths.identities / "other.key").write_bytes(b"junk\n")
    assert reading.show(ada.ctx, parse("one")).file.data
    assert any("other.key" in line and "not used" in line for line in ada.warnings)


def test_where_the_vaults_own_key_is_the_broken_one_it_is_an_error(ada: Person) -> None:
    identities.make(ada.ctx, "Ada too", suite="x25519", file="other")
    (ada.paths.identities / "default.key").write_bytes(b"junk\n")
    with pytest.raises(SkillvaultError) as caught:
        reading.show(ada.ctx, parse("one"))
    assert "default.key" in str(caught.value)


def test_where_no_key_can_be_read_it_is_an_error(ada: Person) -> None:
    (ada.paths.identities / "default.key").write_bytes(b"junk\n")
    with pytest.raises(SkillvaultError) as caught:
        identities.load(ada.ctx)
    assert "default.key" in str(caught.value)


# Folders that cannot be written, disks that are full


def test_a_copy_whose_base_cannot_be_recorded_is_written_and_that_is_said(ada: Person) -> None:
    (ada.paths.state / "bases.json.lock").unlink(missing_ok=True)
    (ada.paths.state / "bases.json.lock").mkdir()
    done = get.get(ada.ctx, parse("one"), ada.home / "copies")
    assert (done.folder / "SKILL.md").is_file()
    assert any("not on record" in line and "--onto" in line for line in ada.warnings)


FULL = """
import resource, sys
from pathlib import Path
from skillvault import atomic
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    atomic.write(Path(sys.argv[1]), bytes(2000))
except OSError as error:
    print(error.filename)
"""


def test_what_did_not_fit_says_where_it_should_have_gone(tmp_path: Path) -> None:
    """A limit on the size of files stands in for a full disk: the system names no file either."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)
    place = tmp_path / "file"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(place)], capture_output=True, check=True, env=os.environ
    )
    assert done.stdout.decode().strip() == str(place)
    assert list(tmp_path.iterdir()) == []
