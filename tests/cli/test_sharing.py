"""Letting people in and out, and what a host can and cannot do to it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from skillvault.errors import Exit
from tests.cli.story import CheckJson, Person, World, git, host, ok, write_skill


def test_who_is_let_in_reads_from_then_on_and_no_more_after_unshare(
    tmp_path: Path, check_json: CheckJson
) -> None:
    ada, bob = Person.at(tmp_path / "ada"), Person.at(tmp_path / "bob")
    url = host(tmp_path / "my host.git")
    ok(ada.run("init", "acme", "--remote", url, "--name", "Ada"))
    folder = write_skill(ada.home / "code-review")
    ok(ada.run("put", str(folder)))
    ok(ada.run("sync"))
    ok(bob.run("keygen", "--name", "Bob"))
    ok(bob.run("id", "-o", "bob.card"))
    card = str(bob.home / "bob.card")

    refused = ada.run("share", "code-review", "--with", card)
    assert refused.returncode == Exit.USAGE
    assert "new member   Bob" in refused.stderr
    code, seen = ada.type("share", "code-review", "--with", card, keys="no\n")
    assert code == Exit.CHECK
    assert "nothing changed" in seen
    code, seen = ada.type("share", "code-review", "--with", card, keys="yes\n")
    assert code == 0, seen
    line = next(line for line in seen.splitlines() if line.startswith("send Bob  "))
    assert line.startswith("send Bob  skillvault clone ")
    assert "pushed" in seen
    vault_id = line.rpartition(" ")[2].strip()
    ok(bob.run("clone", url, "acme", "--id", vault_id))
    assert ok(bob.run("show", "code-review")) == (folder / "SKILL.md").read_text()

    done = bob.run("share", "code-review", "--with", "everyone", "--yes")
    assert done.returncode == Exit.NO_ACCESS
    assert "ask Ada" in done.stderr

    gone = check_json(
        "unshare", ok(ada.run("unshare", "code-review", "--from", "Bob", "--yes", "--json"))
    )
    assert gone["people"] == ["Bob"]
    assert gone["pushed"] is True
    write_skill(folder, "Another text. Use when asked to.")
    ok(ada.run("put", str(folder)))
    ok(ada.run("sync"))
    news = check_json("sync", ok(bob.run("sync", "--json")))["news"]
    assert news["trust"]
    assert not ok(bob.run("list"))
    assert bob.run("show", "code-review").returncode == Exit.NOT_FOUND


def test_member_add_ends_with_the_line_to_send(tmp_path: Path, check_json: CheckJson) -> None:
    ada, bob = Person.at(tmp_path / "ada"), Person.at(tmp_path / "bob")
    url = host(tmp_path / "host.git")
    ok(ada.run("init", "acme", "--remote", url, "--name", "Ada"))
    ok(bob.run("keygen", "--name", "Bob"))
    ok(bob.run("id", "-o", str(ada.home / "bob.card")))
    added = check_json("member-add", ok(ada.run("member", "add", "bob.card", "--yes", "--json")))
    assert added["member"]["name"] == "Bob"
    ok(bob.run(*added["clone"].split()[1:]))
    rows = [line.split("\t") for line in ok(bob.run("member", "list")).splitlines()]
    assert [row[:3] for row in rows] == [["Ada", "owner", ""], ["Bob", "member", "you"]]
    assert all(len(row[3].split()) == 8 for row in rows)
    again = ada.run("member", "add", "bob.card", "--yes")
    assert again.returncode == Exit.USAGE


def test_verify_needs_no_key_and_names_the_bad_entry(
    world: World, ada: Person, tmp_path: Path, check_json: CheckJson
) -> None:
    found = check_json("verify", ok(ada.run("verify", world.url, "--json")))
    assert found["holds"] is True
    assert found["vault"]["id"] == world.vault_id
    broken = tmp_path / "broken.git"
    subprocess.run(["git", "clone", "-q", "--bare", world.url, str(broken)], check=True)
    tree = git(broken, "rev-parse", "main^{tree}")
    forged = git(broken, "commit-tree", tree, "-p", "main", "-m", "skillvault")
    git(broken, "update-ref", "refs/heads/main", forged)
    done = ada.run("verify", str(broken), "--json")
    assert done.returncode == Exit.VERIFICATION
    assert check_json("verify", done.stdout)["entries"] == found["entries"]
    error = check_json("error", done.stderr)["error"]
    assert error["subject"].startswith(f"entry {found['entries']}")


def test_the_allowed_signers_satisfy_git(world: World, tmp_path: Path) -> None:
    signers = tmp_path / "signers"
    ok(world.ada.run("verify", "--allowed-signers", str(signers)))
    setting = f"gpg.ssh.allowedSignersFile={signers}"
    git(world.url, "-c", setting, "verify-commit", "main")


def test_a_host_that_goes_back_is_refused(tmp_path: Path) -> None:
    ada = Person.at(tmp_path / "ada")
    url = host(tmp_path / "host.git")
    ok(ada.run("init", "acme", "--remote", url, "--name", "Ada"))
    old = git(url, "rev-parse", "main")
    ok(ada.run("put", str(write_skill(ada.home / "code-review"))))
    ok(ada.run("sync"))
    git(url, "update-ref", "refs/heads/main", old)
    done = ada.run("sync")
    assert done.returncode == Exit.VERIFICATION
    assert "older history" in done.stderr
    assert "do not clone afresh" in done.stderr


def test_forgetting_a_vault_wants_its_name(ada: Person) -> None:
    ok(ada.run("init", "acme", "--name", "Ada"))
    assert ada.type("vaults", "forget", "acme", "--force", keys="yes\n")[0] == Exit.CHECK
    assert "acme" in ok(ada.run("vaults"))
    assert ada.run("vaults", "forget", "acme", "--yes").returncode == Exit.USAGE
    ok(ada.run("vaults", "forget", "acme", "--yes", "--force"))
    assert not ok(ada.run("vaults"))


def test_quiet_prints_only_what_was_asked_for(ada: Person) -> None:
    done = ada.run("init", "-q", "--name", "Ada")
    assert (done.stdout, done.stderr) == ("", "")
    ok(ada.run("put", "-q", str(write_skill(ada.home / "code-review"))))
    assert ok(ada.run("list", "-q")).startswith("code-review\t1\t")


def test_the_secret_key_from_the_environment_reaches_no_child(
    world: World, tmp_path: Path, ada: Person
) -> None:
    key = world.ada.home / ".config/skillvault/identities/default.key"
    line = key.read_text().splitlines()[-1]
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    spy = bin_folder / "git"
    real = subprocess.run(["sh", "-c", "command -v git"], capture_output=True, text=True)
    spy.write_text(f'#!/bin/sh\nenv >> "{tmp_path}/seen"\nexec {real.stdout.strip()} "$@"\n')
    spy.chmod(0o755)
    path = f"{bin_folder}:{ada.environment()['PATH']}"
    done = ada.run("clone", world.url, "--yes", env={"SKILLVAULT_KEY": line, "PATH": path})
    assert done.returncode == 0, done.stderr
    seen = (tmp_path / "seen").read_text()
    assert "GIT_CONFIG_NOSYSTEM=1" in seen
    assert "SKILLVAULT_KEY" not in seen
    assert line not in seen
