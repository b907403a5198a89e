"""A machine whose time is over: `status` names it, `sync` asks an admin at a terminal."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from skillvault.paths import Paths
from skillvault.services import opening
from skillvault.services.context import Context
from skillvault.vault import membership
from skillvault.vault.draft import Draft
from skillvault.vault.ids import format_time
from tests.cli.story import CheckJson, Person, host, ok

DAY = 24 * 3600


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    """Owner of a vault in which the machine `ci` expired a day ago, and `nightly` does in 5 days."""
    ada = Person.at(tmp_path / "ada")
    ok(ada.run("init", "acme", "--remote", host(tmp_path / "host.git"), "--name", "Ada"))
    for name in ("ci", "nightly"):
        ok(ada.run("member", "new", name, "--machine", "--yes", "-o", f"{name}.key"))
    ctx = Context(Paths.from_environment({"HOME": str(ada.home)}), {})
    vault = opening.open_vault(ctx)
    with vault.changing():
        for name, days in (("ci", -1), ("nightly", 5)):
            machine = next(i for i in vault.state.members if vault.reader.name(i) == name)
            draft, now = Draft(), time.time()
            until = format_time(now + days * DAY + 60)
            membership.set_expiry(draft, vault.state, machine, until)
            vault.commit(draft, now)
    ok(ada.run("sync"))
    return ada


def test_status_names_it_and_sync_says_how_to_remove_it(ada: Person, check_json: CheckJson) -> None:
    lines = ok(ada.run("status")).splitlines()
    assert "expired     ci, 23 hours ago: it reads until an admin removes it" in lines
    assert "expires     nightly in 5 days" in lines
    found = check_json("status", ok(ada.run("status", "--json")))["expiring"]
    assert [(one["name"], one["over"]) for one in found] == [("ci", True), ("nightly", False)]
    for words in (("sync",), ("sync", "--yes")):
        done = ada.run(*words)
        assert "ci expired at" in done.stderr
        assert "hint: ci expired" in done.stderr
        assert "`skillvault member remove ci`" in done.stderr
    assert ada.run("sync", "--json").stderr == ""
    members = ok(ada.run("member", "list"))
    assert "ci\tmachine" in members


def test_at_a_terminal_its_name_removes_it_and_nothing_else_does(ada: Person) -> None:
    code, seen = ada.type("sync", keys="yes\n")
    assert code == 0, seen
    assert "leaves acme" in seen
    assert "member expires ci 90d" in seen
    assert "ci\tmachine" in ok(ada.run("member", "list"))
    code, seen = ada.type("sync", keys="ci\n")
    assert code == 0, seen
    assert "removed  ci" in seen
    listed = ok(ada.run("member", "list"))
    assert "ci\tmachine" not in listed
    assert "nightly\tmachine" in listed
    assert "expired" not in ada.run("sync").stderr
