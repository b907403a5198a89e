"""Identities, vaults, and clones: how somebody starts."""

from __future__ import annotations

import stat
from pathlib import Path

from skillvault.errors import Exit
from tests.cli.story import CheckJson, NamePerson, Person, World, ok


def test_init_makes_an_identity_once_and_warns_of_its_loss(
    ada: Person, check_json: CheckJson
) -> None:
    done = ada.run("init", "--name", "Ada")
    key = ada.home / ".config/skillvault/identities/default.key"
    lines = done.stdout.splitlines()
    assert lines[0] == "identity  made: ~/.config/skillvault/identities/default.key"
    assert lines[1].endswith("     (8 words: what people compare)")
    assert len(lines[1].partition("(")[0].split()) == 8
    assert lines[2] == "vault     default, post-quantum, local only"
    assert "`skillvault id --backup sheet.txt`" in done.stderr
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    again = check_json("init", ok(ada.run("init", "second", "--json")))
    assert again["made_identity"] is False
    assert key.read_bytes() == before


def test_init_refuses_a_name_that_is_taken_and_a_host_that_is_not_empty(
    world: World, ada: Person
) -> None:
    done = world.ada.run("init", "acme")
    assert done.returncode == Exit.USAGE
    assert done.stderr.startswith("skillvault: error: acme: ")
    done = ada.run("init", "mine", "--name", "Ada", "--remote", world.url)
    assert done.returncode == Exit.SERVICE
    assert "not empty" in done.stderr
    assert not (ada.home / ".local/share/skillvault/mine.vault").exists()


def test_a_name_is_taken_from_git_or_asked_for(ada: Person) -> None:
    done = ada.run("keygen")
    assert done.returncode == Exit.USAGE
    assert done.stderr == (
        "skillvault: error: name: asks a question, and there is no terminal\nhint: `--name NAME`\n"
    )
    code, seen = ada.type("keygen", keys="Ada Typed\n")
    assert code == 0
    assert "your name, as others will see it: " in seen
    assert (
        "# name: Ada Typed" in (ada.home / ".config/skillvault/identities/default.key").read_text()
    )
    (ada.home / ".gitconfig").write_text("[user]\n\tname = Ada of Git\n")
    ok(ada.run("keygen", "--as", "second"))
    assert (
        "# name: Ada of Git" in (ada.home / ".config/skillvault/identities/second.key").read_text()
    )


def test_keygen_never_overwrites(ada: Person) -> None:
    ok(ada.run("keygen", "--name", "Ada"))
    done = ada.run("keygen", "--name", "Ada")
    assert done.returncode == Exit.USAGE
    assert "never overwritten" in done.stderr


def test_an_identity_under_a_passphrase(ada: Person) -> None:
    ok(ada.run("keygen", "--name", "Ada", "--passphrase", env={"SKILLVAULT_PASSPHRASE": "hunter2"}))
    assert ada.run("id").returncode == Exit.NO_ACCESS
    assert ada.run("id", env={"SKILLVAULT_PASSPHRASE": "wrong"}).returncode == Exit.NO_ACCESS
    ok(ada.run("id", env={"SKILLVAULT_PASSPHRASE": "hunter2"}))
    code, seen = ada.type("id", keys="hunter2\n")
    assert code == 0
    assert "hunter2" not in seen


def test_the_backup_sheet_brings_identity_and_pins_back(
    world: World, person: NamePerson, tmp_path: Path, check_json: CheckJson
) -> None:
    sheet = tmp_path / "sheet.txt"
    ok(world.ada.run("id", "--backup", str(sheet)))
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    assert world.ada.run("id", "--backup", str(sheet)).returncode == Exit.USAGE
    new = person("new")
    found = check_json("keygen", ok(new.run("keygen", "--import", str(sheet), "--json")))
    assert found["identity"]["name"] == "Ada Lovelace"
    assert [note["vault"] for note in found["pinned"]] == [world.vault_id]
    # The sheet says which vault it is: no question, no --id.
    cloned = check_json("clone", ok(new.run("clone", world.url, "--json")))
    assert cloned["member"] == "Ada Lovelace"
    assert "code-review" in ok(new.run("list"))


def test_clone_asks_which_vault_it_is(world: World, ada: Person) -> None:
    done = ada.run("clone", world.url)
    assert done.returncode == Exit.USAGE
    assert world.vault_id in done.stderr
    assert not ok(ada.run("vaults"))
    code, seen = ada.type("clone", world.url, keys="no\n")
    assert code == Exit.CHECK
    code, seen = ada.type("clone", world.url, keys="yes\n")
    assert code == 0
    assert "no identity on this machine" in seen


def test_clone_refuses_another_vault_than_the_one_named(world: World, ada: Person) -> None:
    done = ada.run("clone", world.url, "--id", "sha256:" + "0" * 64)
    assert done.returncode == Exit.VERIFICATION
    assert ada.run("clone", world.url, "--id", "sha256:x").returncode == Exit.USAGE


def test_a_stranger_may_clone_and_read_nothing(world: World, ada: Person) -> None:
    ok(ada.run("keygen", "--name", "Eve"))
    done = ada.run("clone", world.url, "--id", world.vault_id)
    assert done.returncode == 0
    assert "you are not a member" in done.stderr
    done = ada.run("list")
    assert done.returncode == Exit.NO_ACCESS
    assert "skillvault id -o me.card" in done.stderr
    assert ada.run("verify").returncode == 0
