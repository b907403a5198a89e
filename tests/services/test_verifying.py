"""Anybody can check a vault: with our `verify`, and with stock git."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from skillvault.errors import RefusedError, ServiceError, VerificationError
from skillvault.services import checking, put
from skillvault.vault.repository import update_ref
from tests.people import Person, bare


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    return Person("Ada Lovelace", tmp_path / "ada")


def _git(*words: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, **environ}
    return subprocess.run(["git", *words], capture_output=True, env=env, check=False)


def test_stock_git_verifies_our_commits(
    ada: Person, tmp_path: Path, require_tool: Callable[[str], str]
) -> None:
    require_tool("ssh-keygen")
    host = bare(tmp_path / "host.git")
    ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one")])
    checking.sync(ada.ctx)
    bob = Person("Bob", tmp_path / "bob")
    ada.share("one", with_=str(bob.card_file()))
    report = checking.verify(ada.ctx, str(host))
    signers = tmp_path / "allowed signers"
    signers.write_bytes(checking.allowed_signers(report.state))
    commits = _git("-C", str(host), "rev-list", "main").stdout.decode().split()
    assert len(commits) == 3
    ssh = ["-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={signers}"]
    for commit in commits:
        done = _git("-C", str(host), *ssh, "verify-commit", commit)
        assert done.returncode == 0, done.stderr
    signers.write_text("nobody@vault ssh-ed25519 " + bob.keygen().signing_key.split()[1] + "\n")
    assert _git("-C", str(host), *ssh, "verify-commit", commits[0]).returncode != 0
    assert _git("-C", str(host), "fsck", "--strict").returncode == 0


def test_verify_needs_no_key_and_opens_nothing_in_place(ada: Person, tmp_path: Path) -> None:
    host = bare(tmp_path / "host.git")
    ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one")])
    checking.sync(ada.ctx)
    stranger = Person("Nobody", tmp_path / "nobody")
    before = {p: p.stat().st_mtime_ns for p in host.rglob("*")}
    report = checking.verify(stranger.ctx, str(host))
    assert report.error is None
    assert (report.state.seq, len(report.state.skills)) == (1, 1)
    assert {p: p.stat().st_mtime_ns for p in host.rglob("*")} == before
    assert not list(stranger.home.rglob("*"))


def test_what_is_no_vault_is_said(ada: Person, tmp_path: Path) -> None:
    empty = bare(tmp_path / "empty.git")
    with pytest.raises(ServiceError, match="empty"):
        checking.verify(ada.ctx, str(empty))
    with pytest.raises(ServiceError):
        checking.verify(ada.ctx, str(tmp_path / "nowhere.git"))
    with pytest.raises(RefusedError):
        checking.verify(ada.ctx, "ext::sh -c touch% /tmp/x")


def test_a_thousand_folders_are_one_commit_and_one_pack(ada: Person) -> None:
    vault = ada.init()
    folders = [ada.skill(f"skill-{n}", f"body {n}\n") for n in range(1000)]
    done = put.put(ada.ctx, folders)
    assert done.entry is not None
    assert done.entry.seq == 1
    assert len(list((vault.path / "objects/pack").glob("*.pack"))) == 1
    loose = [p for p in (vault.path / "objects").glob("??/*") if p.is_file()]
    assert len(loose) < 20
    count = _git("-C", str(vault.path), "rev-list", "--count", "main").stdout
    assert int(count) == 2


def test_a_host_that_serves_an_older_history_is_refused(ada: Person, tmp_path: Path) -> None:
    host = bare(tmp_path / "host.git")
    ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one")])
    checking.sync(ada.ctx)
    old = _git("-C", str(host), "rev-parse", "main~1").stdout.decode().strip()
    new = _git("-C", str(host), "rev-parse", "main").stdout.decode().strip()
    assert _git("-C", str(host), "update-ref", "refs/heads/main", old).returncode == 0
    with pytest.raises(VerificationError, match=r"older history \(entry 0\) than you have seen"):
        checking.sync(ada.ctx)
    assert checking.status(ada.ctx).seq == 1
    assert _git("-C", str(host), "update-ref", "refs/heads/main", new).returncode == 0
    checking.sync(ada.ctx)


def test_a_host_that_forks_is_refused(ada: Person, tmp_path: Path) -> None:
    host = bare(tmp_path / "host.git")
    ada.init(remote=host)
    at_start = _git("-C", str(host), "rev-parse", "main").stdout.decode().strip()
    put.put(ada.ctx, [ada.skill("one")])
    checking.sync(ada.ctx)
    twin = Person("Ada Lovelace", tmp_path / "twin")
    twin.paths.identities.mkdir(parents=True)
    key = "default.key"
    (twin.paths.identities / key).write_bytes((ada.paths.identities / key).read_bytes())
    (twin.paths.identities / key).chmod(0o600)
    assert _git("-C", str(host), "update-ref", "refs/heads/main", at_start).returncode == 0
    vault = checking.status(ada.ctx).vault
    twin.clone(host, vault.state.vault_id)
    put.put(twin.ctx, [twin.skill("two")])
    checking.sync(twin.ctx)
    with pytest.raises(VerificationError, match="fork"):
        checking.sync(ada.ctx)
    assert checking.status(ada.ctx).seq == 1


def test_a_pin_that_is_gone_is_not_trusted_anew(ada: Person, tmp_path: Path) -> None:
    ada.init(remote=bare(tmp_path / "host.git"))
    for pin in (ada.paths.state / "pins").glob("*.json"):
        pin.unlink()
    with pytest.raises(VerificationError, match="pin is gone"):
        checking.status(ada.ctx)


def test_a_local_line_that_was_set_back_is_refused(ada: Person, tmp_path: Path) -> None:
    vault = ada.init(remote=bare(tmp_path / "host.git"))
    first = vault.local.commit
    put.put(ada.ctx, [ada.skill("one")])
    checking.sync(ada.ctx)
    now = checking.status(ada.ctx).vault.local.commit
    assert first is not None
    for ref in ("refs/heads/main", "refs/skillvault/remote"):
        update_ref(vault.path, ref, first, now)
    with pytest.raises(VerificationError, match="older history"):
        checking.status(ada.ctx)
