"""Groups, roles, machines and owners as one types them: what is told, asked, and printed as JSON."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from skillvault.cli import words
from skillvault.errors import Exit
from tests.cli.story import CheckJson, Person, host, ok, write_skill


@pytest.fixture(scope="module")
def _begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada's vault, with Bob, an admin, and a skill: made once, copied for each test."""
    root = tmp_path_factory.mktemp("groups")
    ada, bob = Person.at(root / "ada"), Person.at(root / "bob")
    ok(ada.run("init", "acme", "--name", "Ada"))
    ok(bob.run("keygen", "--name", "Bob Barker"))
    card = ok(bob.run("id", "-o", "-"))
    ok(ada.run("member", "add", "-", "--role", "admin", "--yes", stdin=card))
    ok(ada.run("put", str(write_skill(ada.home / "code-review"))))
    return ada.home


@pytest.fixture
def ada(_begun: Path, tmp_path: Path) -> Person:
    import shutil

    shutil.copytree(_begun, tmp_path / "ada")
    return Person(tmp_path / "ada")


def test_a_group_from_its_making_to_its_end(ada: Person, check_json: CheckJson) -> None:
    made = check_json(
        "group-new",
        ok(ada.run("group", "new", "payments", "--with", "Bob Barker", "--yes", "--json")),
    )
    assert made["members"] == ["Ada", "Bob Barker"]
    assert made["group"]["closed"] is None
    assert made["pushed"] is False
    ok(ada.run("share", "code-review", "--with", "payments", "--yes"))
    listed = check_json("group-list", ok(ada.run("group", "list", "--json")))["groups"]
    assert [(one["name"], one["reads"]) for one in listed] == [("everyone", 0), ("payments", 1)]
    turned = check_json(
        "group-rotate", ok(ada.run("group", "rotate", "payments", "--yes", "--json"))
    )
    assert turned["resealed"] == ["code-review"]
    named = ada.run("group", "rename", "payments", "billing", "--yes", "--json")
    assert check_json("group-rename", ok(named))["group"]["name"] == "payments"
    left = ada.run("group", "remove", "billing", "Bob Barker", "--yes", "--json")
    gone = check_json("group-remove", ok(left))
    assert gone["lose"] == ["Bob Barker"]
    back = ada.run("group", "add", "billing", "Bob Barker", "--yes", "--json")
    added = check_json("group-add", ok(back))
    assert added["gain"] == ["Bob Barker"]
    assert [(one["name"], one["versions"], one["later"]) for one in added["reach"]] == [
        ("code-review", [1], True)
    ]
    done = ada.run("group", "remove", "billing", "--yes")
    assert ok(done).startswith("deleted   group billing   entry ")
    assert "cannot be brought back" in done.stderr


def test_whatever_is_destructive_wants_the_name_typed(ada: Person) -> None:
    ok(ada.run("group", "new", "payments", "--with", "Bob Barker", "--yes"))
    code, seen = ada.type("group", "remove", "payments", keys="yes\n")
    assert code == Exit.CHECK
    assert "type payments to delete it" in seen
    code, seen = ada.type("group", "remove", "payments", "Bob Barker", keys="payments\n")
    assert code == 0, seen
    assert "1 keyholder loses" not in seen  # nothing was shared with the group
    refused = ada.run("group", "remove", "payments")
    assert refused.returncode == Exit.USAGE
    assert "delete group payments of acme" in refused.stderr


def test_a_prefix_counts_at_a_terminal_alone_and_never_under_yes(ada: Person) -> None:
    code, seen = ada.type("group", "new", "payments", "--with", "bob", keys="yes\nyes\n")
    assert code == 0, seen
    assert "bob: Bob Barker is meant? [yes/no]" in seen
    code, seen = ada.type("group", "remove", "payments", "bob", "--yes")
    assert code == Exit.NOT_FOUND
    assert "say the full name: 'Bob Barker'" in seen
    done = ada.run("group", "remove", "payments", "bob")
    assert done.returncode == Exit.NOT_FOUND


def test_a_closed_group_in_words(ada: Person) -> None:
    done = ada.run("group", "new", "legal", "--with", "Bob Barker", "--without-me", "--yes")
    words = "closed: Bob Barker opens it at their next sync; until then nothing new reaches it"
    assert words in ok(done)
    assert "three entries" in done.stderr
    listed = ada.run("group", "list")
    assert words in listed.stderr
    assert ok(listed).splitlines()[1].startswith("legal\t1 member\t\t0 skills\tclosed\tBob Barker")


def test_roles_names_and_expiry(ada: Person, tmp_path: Path, check_json: CheckJson) -> None:
    done = ada.run("member", "role", "Bob Barker", "owner", "--yes", "--json")
    changed = check_json("member-role", ok(done))
    assert (changed["before"]["role"], changed["member"]["role"]) == ("admin", "owner")
    done = ada.run("member", "role", "Bob Barker", "member", "--yes")
    assert ok(done).startswith("role      Bob Barker: member   entry ")
    assert "`skillvault member role 'Bob Barker' owner` goes back" in done.stderr
    done = ada.run("member", "rename", "Ada", "Ada Lovelace", "--yes", "--json")
    assert check_json("member-rename", ok(done))["member"]["name"] == "Ada Lovelace"
    key = tmp_path / "ci.key"
    words = ["member", "new", "ci", "--machine", "--expires", "90d", "-o", str(key), "--yes"]
    made = check_json("member-new", ok(ada.run(*words, "--json")))
    assert made["member"]["role"] == "machine"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert "AGE-SECRET-KEY" not in str(made)
    again = ada.run(*words)
    assert again.returncode == Exit.USAGE
    done = ada.run("member", "expires", "ci", "never", "--yes", "--json")
    assert check_json("member-expires", ok(done))["member"]["expires"] is None
    person = ada.run("member", "new", "eve", "-o", str(tmp_path / "eve.key"), "--yes")
    assert person.returncode == Exit.USAGE
    assert not (tmp_path / "eve.key").exists()


def test_a_machine_says_how_its_job_gets_its_key(ada: Person, tmp_path: Path) -> None:
    key = tmp_path / "my ci.key"
    done = ada.run("member", "new", "ci", "--machine", "-o", str(key), "--yes")
    assert f"`tail -n 1 '{key}'` is the secret SKILLVAULT_KEY" in done.stderr
    assert key.read_text().splitlines()[-1].startswith("AGE-SECRET-KEY-PQ-1")
    assert "AGE-SECRET" not in done.stdout + done.stderr


def test_a_skill_changes_hands(ada: Person, check_json: CheckJson) -> None:
    done = ada.run("own", "code-review", "--by", "Bob Barker", "--yes", "--json")
    given = check_json("own", ok(done))
    assert given["people"] == ["Bob Barker"]
    assert [one["before"] for one in given["skills"]] == ["Ada"]
    again = ada.run("own", "code-review", "--by", "Ada", "--yes")
    assert again.returncode == Exit.NO_ACCESS
    assert "ask Bob Barker" in again.stderr


def test_a_skill_for_a_group_is_read_by_it(tmp_path: Path, check_json: CheckJson) -> None:
    """Two people and a host: put for a group, synced, read; taken out, and read no more."""
    ada, bob = Person.at(tmp_path / "ada"), Person.at(tmp_path / "bob")
    url = host(tmp_path / "host.git")
    ok(ada.run("init", "acme", "--remote", url, "--name", "Ada"))
    ok(bob.run("keygen", "--name", "Bob"))
    ok(bob.run("id", "-o", "bob.card"))
    made = ada.run(
        "group", "new", "payments", "--with", str(bob.home / "bob.card"), "--yes", "--json"
    )
    clone = check_json("group-new", ok(made))["clone"]
    ok(ada.run("put", str(write_skill(ada.home / "refund")), "--for", "payments"))
    ok(ada.run("sync"))
    ok(bob.run(*clone.split()[1:]))
    assert [line.split("\t")[0] for line in ok(bob.run("list")).splitlines()] == ["refund"]
    refused = bob.run("group", "remove", "payments", "Ada", "--yes")
    assert refused.returncode == Exit.NO_ACCESS
    assert "ask Ada" in refused.stderr
    gone = check_json(
        "group-remove", ok(ada.run("group", "remove", "payments", "Bob", "--yes", "--json"))
    )
    assert gone["pushed"] is True
    assert gone["resealed"] == ["refund"]
    ok(bob.run("sync"))
    assert not ok(bob.run("list"))


def test_a_hostile_name_adds_no_line_and_no_command(ada: Person, tmp_path: Path) -> None:
    """A name is whatever a writer signed: nobody who copies a hint runs a part of it."""
    folder = write_skill(tmp_path / "x")
    for name in ("$(touch pwned)", "a;b"):
        done = ada.run("put", str(folder), "--new", "--name", name)
        assert done.returncode == Exit.REFUSED  # our own client writes none
    assert words.typed("$(touch pwned)", "abcdefghijklmnop") == "'$(touch pwned)'"
    assert words.typed("a\nhint: b", "abcdefghijklmnop") == "NAME~abcdefgh"
    assert words.typed("a/b", "abcdefghijklmnop") == "NAME~abcdefgh"
    assert words.typed("code-review", "abcdefghijklmnop") == "code-review"
