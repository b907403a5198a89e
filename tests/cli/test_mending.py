"""What `sync` and `status` say of what is mended, and `sync --repair`, as typed."""

from __future__ import annotations

from pathlib import Path

from skillvault.errors import Exit
from tests.cli.story import CheckJson, Person, git, host, ok, write_skill


def test_a_damaged_branch_is_shown_then_moved_back(tmp_path: Path, check_json: CheckJson) -> None:
    ada = Person.at(tmp_path / "ada")
    url = host(tmp_path / "host.git")
    ok(ada.run("init", "acme", "--remote", url, "--name", "Ada"))
    ok(ada.run("put", str(write_skill(ada.home / "code-review"))))
    ok(ada.run("sync"))
    good = git(tmp_path / "host.git", "rev-parse", "main").strip()
    tree = git(tmp_path / "host.git", "rev-parse", "main^{tree}").strip()
    named = ("-c", "user.name=x", "-c", "user.email=x@x")
    junk = git(tmp_path / "host.git", *named, "commit-tree", tree, "-p", "main", "-m", "junk")
    git(tmp_path / "host.git", "update-ref", "refs/heads/main", junk.strip())
    assert ada.run("sync").returncode == Exit.VERIFICATION
    asked = ada.run("sync", "--repair")
    assert asked.returncode == Exit.USAGE
    assert "good     up to entry 1" in asked.stderr
    assert "goes     1 commit" in asked.stderr
    code, seen = ada.type("sync", "--repair", keys="no\n")
    assert code == Exit.CHECK
    assert "nothing changed" in seen
    assert git(tmp_path / "host.git", "rev-parse", "main").strip() == junk.strip()
    done = check_json("sync", ok(ada.run("sync", "--repair", "--yes", "--json")))
    assert done["fetched"] == 0
    assert git(tmp_path / "host.git", "rev-parse", "main").strip() == good
    again = ada.run("sync", "--repair", "--yes")
    assert again.returncode == Exit.USAGE
    assert "nothing to repair" in again.stderr


def test_a_closed_group_is_waited_for_and_its_opening_is_said(
    tmp_path: Path, check_json: CheckJson
) -> None:
    """Ada takes herself out of `ops`: Bob, who is left in it, opens it at his next sync."""
    ada, bob = Person.at(tmp_path / "ada"), Person.at(tmp_path / "bob")
    url = host(tmp_path / "host.git")
    ok(ada.run("init", "acme", "--remote", url, "--name", "Ada"))
    ok(bob.run("keygen", "--name", "Bob"))
    ok(bob.run("id", "-o", str(ada.home / "bob.card")))
    clone = check_json("member-add", ok(ada.run("member", "add", "bob.card", "--yes", "--json")))
    ok(bob.run(*clone["clone"].split()[1:]))
    ok(ada.run("group", "new", "ops", "--with", "Bob", "--yes"))
    ok(ada.run("put", str(write_skill(ada.home / "code-review"))))
    ok(ada.run("share", "code-review", "--with", "ops", "--yes"))
    ok(ada.run("group", "remove", "ops", "Ada", "--yes"))
    waiting = check_json("status", ok(ada.run("status", "--json")))["waiting"]
    assert [(w["name"], w["text"], w["who"]) for w in waiting] == [("code-review", True, ["Bob"])]
    shown = ok(ada.run("status"))
    assert "code-review   waits: ops is closed until one who is in it syncs: Bob" in shown
    said = ok(bob.run("sync"))
    assert "opened with a new key: ops\nsealed anew: code-review\n" in said
    news = check_json("sync", ok(ada.run("sync", "--json")))
    assert (news["opened"], news["resealed"]) == ([], [])
    assert check_json("status", ok(ada.run("status", "--json")))["waiting"] == []
