"""`member remove` as it is told and typed, and its receipt held against the line with stock git."""

from __future__ import annotations

import json
import re
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from skillvault.errors import Exit
from tests.cli.story import CheckJson, Person, host, ok, write_skill

ISO = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    """Owner of a vault in which Eve Stone and Bob read `code-review`, both by name."""
    ada = Person.at(tmp_path / "ada")
    ok(ada.run("init", "acme", "--remote", host(tmp_path / "host.git"), "--name", "Ada"))
    folder = write_skill(ada.home / "code-review")
    ok(ada.run("put", str(folder)))
    for name in ("Eve Stone", "Bob"):
        one = Person.at(tmp_path / name.casefold().replace(" ", "-"))
        ok(one.run("keygen", "--name", name))
        card = ok(one.run("id", "-o", "-"))
        ok(ada.run("share", "code-review", "--with", "-", "--yes", stdin=card))
    write_skill(folder, "Another text. Use when asked to.")
    ok(ada.run("put", str(folder)))
    ok(ada.run("sync"))
    return ada


def test_the_text_before_the_question_and_what_is_typed(ada: Person, tmp_path: Path) -> None:
    url = str(tmp_path / "host.git")
    refused = ada.run("member", "remove", "eve stone")
    assert refused.returncode == Exit.USAGE
    lines = refused.stderr.splitlines()
    assert re.fullmatch(r"Eve Stone \(([a-z]+ ){7}[a-z]+\) leaves acme", lines[0])
    told = {line[2:11].strip(): line[13:] for line in lines[1:7]}
    assert told["re-key"] == "everyone"
    assert told["writes"] == ("2 entries: removal, pushed at once; then re-sealing of 1 skill")
    assert re.fullmatch(rf"code-review @1-@2 {{6}}since {ISO}", told["has read"])
    assert told["final"] == "to come back they need a new identity"
    assert told["not ours"] == f"what they copied; their access to {url}: remove it there too"
    for typed in ("eve", "yes", "bob"):
        code, seen = ada.type("member", "remove", "eve stone", keys=f"{typed}\n")
        assert code == Exit.CHECK
        assert "type Eve Stone to remove:" in seen
        assert "nothing changed" in seen
    code, seen = ada.type("member", "remove", "eve stone", keys="Eve Stone\n")
    assert code == 0, seen
    assert "removed  Eve Stone   entry 5, pushed" in seen
    assert "sealed anew  1 skill   entry 6, pushed" in seen
    assert "nothing undoes it" in seen
    again = ada.run("member", "remove", "Eve Stone", "--yes")
    assert again.returncode == 0
    assert "removed already  Eve Stone   entry 5" in again.stdout
    assert ada.run("member", "remove", "Nobody", "--yes").returncode == Exit.NOT_FOUND
    assert ada.run("member", "remove", "Ada", "--yes").returncode == Exit.NO_ACCESS


def test_yes_skips_the_question_and_never_the_text(ada: Person, check_json: CheckJson) -> None:
    done = ada.run("member", "remove", "Bob", "--lazy", "--yes", "-q", "--json")
    assert "leaves acme" in done.stderr
    assert "1 entry: removal, pushed at once; re-sealing of 1 skill is left to" in done.stderr
    found = check_json("member-remove", ok(done))
    assert (found["pushed"], found["already"], found["waiting"]) == (True, False, 1)
    assert found["resealed"]["entry"] is None
    assert found["regrouped"] == [{"name": "everyone", "became": "anew"}]
    assert found["exposure"]["removed"]["hash"] == found["entry"]["hash"]
    waits = ok(ada.run("status"))
    assert "to re-seal  code-review" in waits


def test_a_push_that_fails_is_7(ada: Person, tmp_path: Path) -> None:
    hook = tmp_path / "host.git" / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    done = ada.run("member", "remove", "Bob", "--yes")
    assert done.returncode == Exit.SERVICE
    assert "not confirmed: the host may already have it" in done.stderr
    assert "run this again" in done.stderr


def test_a_receipt_is_checked_with_stock_git_alone(ada: Person, tmp_path: Path) -> None:
    ok(ada.run("member", "remove", "Eve Stone", "--yes", "--receipt", "eve.txt"))
    copy = tmp_path / "copy"
    subprocess.run(["git", "clone", "-q", str(tmp_path / "host.git"), str(copy)], check=True)
    text = (ada.home / "eve.txt").read_text()
    assert "code-review ~" in text
    said = dict(re.findall(r"^(removed|by) +(?:entry )?(\S+)", text, re.MULTILINE))
    assert said == {"removed": "5", "by": "Ada,"}
    commit = shown(text, "commit ([0-9a-f]{40})")
    entry_hash = shown(text, "removed .*\n +sha256:([0-9a-f]{64})")
    member = shown(text, "member +([a-z2-7]{16})")
    file_hash = shown(text, "the file is sha256:([0-9a-f]{64})")
    commands = [
        line.strip()
        for line in text.partition("with git alone\n")[2].splitlines()
        if line.strip() and not line.strip().startswith("#")
    ]
    out = {command: plain(copy, command) for command in commands}
    assert len(out) == 10
    assert all(code == 0 for c, (code, _) in out.items() if "grep" not in c), out
    sums = [o.split()[0] for c, (_, o) in out.items() if "sha256sum" in c]
    assert sums == [entry_hash, file_hash]
    states = [json.loads(o) for c, (_, o) in out.items() if c.endswith(f"members/{member}.json")]
    assert [state["state"] for state in states] == ["active", "removed"]
    (nothing,) = [o for c, o in out.items() if "grep" in c]
    assert nothing == (1, "")
    before = plain(copy, next(c for c in out if "grep" in c).replace(commit, f"{commit}^"))
    assert before[0] == 0
    assert len(before[1].split()) == 2  # everyone, and the access file of the skill
    access = json.loads(next(o for c, (_, o) in out.items() if c.endswith("access.json")))
    assert member in access["readers"]
    # A receipt for another commit is found out: nobody was removed by it.
    other = plain(copy, f"git show {commit}~1:members/{member}.json")
    assert json.loads(other[1])["state"] == "active"


def test_each_version_of_the_json_is_in_the_line(
    ada: Person, tmp_path: Path, check_json: CheckJson
) -> None:
    ok(ada.run("member", "remove", "Bob", "--yes"))
    ok(ada.run("member", "remove", "Bob", "--yes", "--receipt", "bob.json"))
    receipt = json.loads((ada.home / "bob.json").read_text())
    assert receipt.pop("receipt") == "removal"
    assert [line for line in receipt.pop("check") if "verify-commit" in line]
    found = check_json("exposure", json.dumps(receipt))
    repo = tmp_path / "host.git"
    ended = found["removed"]["commit"]
    key = plain(repo, f"git show {ended}^:members/{found['removed_by']['id']}.json")[1]
    signers = tmp_path / "signers"
    line = json.loads(key)["signing_key"]
    signers.write_text(f'{found["removed_by"]["id"]}@vault namespaces="git" {line}\n')
    checked = f"git -c gpg.ssh.allowedSignersFile={signers} verify-commit {ended}"
    assert plain(repo, checked)[0] == 0
    signers.write_text(f'x@vault namespaces="git" {found["who"]["signing_key"]}\n')
    assert plain(repo, checked)[0] != 0
    (skill,) = found["skills"]
    assert [one["version"] for one in skill["versions"]] == [1, 2]
    for one in skill["versions"]:
        path = f"skills/{skill['id'][0]}/{skill['id']}/skill.age"
        shown = subprocess.run(
            ["git", "-C", str(repo), "show", f"{one['sealed']['commit']}:{path}"],
            check=True,
            capture_output=True,
        ).stdout
        assert f"sha256:{sha256(shown).hexdigest()}" == one["file"]
        words = f"git show -s --format=%B {one['sealed']['commit']}"
        entry = json.loads(plain(repo, words)[1].splitlines()[2])
        assert entry["seq"] == one["sealed"]["seq"]
        assert entry["changes"][path] == one["file"]
        assert one["sealed_to"] == found["who"]["id"]


def test_a_receipt_harms_no_file_and_is_of_nobody_who_is_there(ada: Person) -> None:
    (ada.home / "mine.txt").write_text("mine")
    head = ok(ada.run("status", "--json"))
    done = ada.run("member", "remove", "Bob", "--yes", "--receipt", "mine.txt")
    assert done.returncode == Exit.USAGE
    assert (ada.home / "mine.txt").read_text() == "mine"
    assert ada.run("member", "remove", "Bob", "--yes", "--receipt", "no/x").returncode == Exit.USAGE
    assert ok(ada.run("status", "--json")) == head
    done = ada.run("exposure", "Bob", "--receipt", "bob.txt")
    assert done.returncode == Exit.USAGE
    assert "still a member" in done.stderr
    ok(ada.run("member", "remove", "Bob", "--yes"))
    ok(ada.run("exposure", "Bob", "--receipt", "bob.txt"))
    assert (ada.home / "bob.txt").read_text().startswith("Bob was removed from acme\n")
    assert (ada.home / "bob.txt").stat().st_mode & 0o777 == 0o600


def test_a_replacement_is_told_typed_and_ends_with_the_line_to_send(
    ada: Person, tmp_path: Path, check_json: CheckJson
) -> None:
    new = Person.at(tmp_path / "eve-new")
    ok(new.run("keygen", "--name", "Eve Stone"))
    ok(new.run("id", "-o", str(ada.home / "eve.card")))
    words = ("member", "replace", "eve stone", "eve.card")
    asked = ada.run(*words)
    assert asked.returncode == Exit.USAGE
    assert "Eve Stone goes on in acme with another identity" in asked.stderr
    assert "  gets       code-review" in asked.stderr
    assert "Eve Stone (" in asked.stderr
    assert "compare the 8 words with Eve Stone" in asked.stderr
    code, seen = ada.type(*words, keys="yes\n")
    assert code == Exit.CHECK
    assert "type Eve Stone to replace:" in seen
    found = check_json("member-replace", ok(ada.run(*words, "--yes", "--json")))
    assert [one["name"] for one in found["skills"]] == ["code-review"]
    assert found["removal"]["exposure"]["who"]["id"] == found["replaced"]["id"]
    assert found["member"]["admitted"] is True
    ok(new.run(*found["clone"].split()[1:], "acme"))
    assert "Another text" in ok(new.run("show", "code-review"))
    again = ada.run("member", "replace", "Eve Stone", "eve.card", "--yes")
    assert again.returncode == 0, again.stderr
    assert ada.run(*words, "--stolen", "--keep", "--yes").returncode == Exit.USAGE


def shown(text: str, pattern: str) -> str:
    """The one thing that a pattern finds first."""
    found = re.search(pattern, text)
    assert found is not None, pattern
    return found[1]


def plain(repo: Path, command: str) -> tuple[int, str]:
    """What a command line says in a copy of the repository, to somebody without skillvault."""
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(repo), "GIT_PAGER": "cat"}
    done = subprocess.run(["sh", "-c", command], cwd=repo, env=env, capture_output=True, text=True)
    return done.returncode, done.stdout.strip()
