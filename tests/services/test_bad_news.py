"""What a host can put behind good entries: junk, or a format of the future."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from skillvault.errors import RefusedError, VerificationError
from skillvault.services import checking, opening, put, reading
from skillvault.services.references import parse
from skillvault.vault.draft import Draft
from skillvault.vault.records import VaultRecord
from tests.people import Person, bare


@pytest.fixture
def host(tmp_path: Path) -> Path:
    return bare(tmp_path / "host.git")


@pytest.fixture
def two(tmp_path: Path, host: Path) -> tuple[Person, Person]:
    ada, bob = Person("Ada", tmp_path / "ada"), Person("Bob", tmp_path / "bob")
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one")])
    ada.share("one", with_=str(bob.card_file()))
    bob.clone(host, vault.state.vault_id)
    return ada, bob


def test_good_entries_before_bad_ones_count_and_can_be_read(
    two: tuple[Person, Person], host: Path
) -> None:
    ada, bob = two
    put.put(ada.ctx, [ada.skill("one", "second version\n")])
    checking.sync(ada.ctx)
    git = ["git", "-C", str(host), "-c", "user.name=x", "-c", "user.email=x@x"]
    tree = subprocess.check_output([*git, "rev-parse", "main^{tree}"]).decode().strip()
    words = [*git, "commit-tree", tree, "-p", "main", "-m", "junk"]
    junk = subprocess.check_output(words).decode().strip()
    good = subprocess.check_output([*git, "rev-parse", "main"]).decode().strip()
    subprocess.run([*git, "update-ref", "refs/heads/main", junk], check=True)
    for _ in range(2):
        with pytest.raises(VerificationError):
            checking.sync(bob.ctx)
    assert b"second version" in reading.show(bob.ctx, parse("one")).file.data
    assert checking.status(bob.ctx).pinned_seq == 3
    subprocess.run([*git, "update-ref", "refs/heads/main", good], check=True)
    checking.sync(bob.ctx)


def test_after_the_end_of_format_1_one_reads_and_writes_nothing(
    two: tuple[Person, Person],
) -> None:
    ada, bob = two
    vault = opening.open_vault(ada.ctx)
    record = VaultRecord(format=1, nonce=vault.state.nonce, suite="x25519").to_bytes()
    with vault.changing():
        vault.commit(Draft({"vault.json": record.replace(b'"format":1', b'"format":2')}), 1.8e9)
    checking.sync(ada.ctx)
    for _ in range(2):
        with pytest.raises(RefusedError, match="moved to format 2 at entry 3"):
            checking.sync(bob.ctx)
    assert b"Do it well" in reading.show(bob.ctx, parse("one")).file.data
    with pytest.raises(RefusedError, match="moved to format 2"):
        put.put(bob.ctx, [bob.skill("two")])
