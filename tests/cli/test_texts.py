"""The words that a person reads: where several vaults, roles and forms of a file meet."""

from __future__ import annotations

import re

import pytest

from skillvault.errors import Exit
from tests.cli.story import Person, World, host, ok, write_skill


def test_access_is_told_by_skill_by_person_and_for_all(world: World) -> None:
    rows = [line.split("\t") for line in ok(world.ada.run("access", "code-review")).splitlines()]
    day = rows[0][4]
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", day)
    assert rows == [
        ["Ada Lovelace", "owner", "owns", "@1 and later", day, ""],
        ["Bob Barker", "member", "reads", "@1 and later", rows[1][4], ""],
    ]
    rows = [
        line.split("\t") for line in ok(world.ada.run("access", "--of", "bob barker")).splitlines()
    ]
    assert rows == [["code-review", "reads", "@1 and later", rows[0][3], "by name"]]
    assert rows[0][3] >= day
    assert "acme/incident\tAda Lovelace\tAda Lovelace" in ok(world.ada.run("access")).splitlines()
    done = world.bob.run("access", "--of", "everyone")
    assert (done.returncode, done.stdout) == (0, "")
    assert "everyone reads none of the skills" in done.stderr


def test_a_reader_sees_what_is_shared_and_nothing_else(world: World) -> None:
    assert [line.split("\t")[0] for line in ok(world.bob.run("list")).splitlines()] == [
        "code-review"
    ]
    done = world.bob.run("show", "incident")
    assert done.returncode == Exit.NOT_FOUND
    assert "no such skill among the 1 you can read" in done.stderr
    assert "names are sealed" in done.stderr
    assert world.bob.run("put", "x").returncode == Exit.NOT_FOUND


def test_two_vaults_and_a_name_in_both(ada: Person) -> None:
    ok(ada.run("init", "one", "--name", "Ada"))
    ok(ada.run("init", "two"))
    folder = write_skill(ada.home / "code-review")
    refused = ada.run("put", str(folder))
    assert refused.returncode == Exit.USAGE
    assert "2 on this machine: one, two" in refused.stderr
    ok(ada.run("put", "--vault", "one", str(folder)))
    assert ok(ada.run("show", "code-review")) == (folder / "SKILL.md").read_text()
    ok(ada.run("put", "--vault", "two", str(folder)))
    ambiguous = ada.run("show", "code-review")
    assert ambiguous.returncode == Exit.USAGE
    assert "one/code-review, two/code-review" in ambiguous.stderr
    assert ok(ada.run("show", "two/code-review")) == (folder / "SKILL.md").read_text()
    names = [line.split("\t")[0] for line in ok(ada.run("list")).splitlines()]
    assert names == ["one/code-review", "two/code-review"]
    ok(ada.run("vaults", "use", "two"))
    write_skill(folder, "Another. Use when asked to.")
    assert ok(ada.run("put", str(folder))).startswith("two/code-review@2\tchanged\t")


def test_two_skills_of_one_name_are_told_apart_by_id(ada: Person) -> None:
    ok(ada.run("init", "--name", "Ada"))
    folder = write_skill(ada.home / "code-review")
    ok(ada.run("put", str(folder)))
    twin = write_skill(ada.home / "other" / "code-review", "The other one. Use when asked to.")
    ok(ada.run("put", "--new", str(twin)))
    names = [line.split("\t")[0] for line in ok(ada.run("list")).splitlines()]
    assert len(set(names)) == 2
    assert all(name.startswith("code-review~") for name in names)
    done = ada.run("show", "code-review")
    assert done.returncode == Exit.NOT_FOUND
    assert all(name in done.stderr for name in names)
    shown = {ok(ada.run("show", name)) for name in names}
    assert shown == {(f / "SKILL.md").read_text() for f in (folder, twin)}


def test_a_remote_is_set_and_told(ada: Person) -> None:
    ok(ada.run("init", "acme", "--name", "Ada"))
    none = ada.run("remote")
    assert (none.returncode, none.stdout) == (0, "")
    assert "acme has no remote" in none.stderr
    refused = ada.run("sync")
    assert refused.returncode == Exit.USAGE
    url = host(ada.home / "host.git")
    assert ok(ada.run("remote", url)) == f"remote    acme: {url}\n"
    assert ok(ada.run("remote")) == f"{url}\n"
    assert ok(ada.run("sync")) == "acme: 1 entry of yours pushed\n"
    assert ok(ada.run("sync")) == "acme: nothing new\n"


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("\n", "passphrase: is empty, nothing made"),
        ("one\nother\n", "the two differ, nothing made"),
    ],
)
def test_a_passphrase_that_is_not_typed_well_makes_nothing(
    ada: Person, typed: str, problem: str
) -> None:
    code, seen = ada.type("keygen", "--name", "Ada", "--passphrase", keys=typed)
    assert code == Exit.USAGE
    assert problem in seen
    assert not list((ada.home / ".config").rglob("*.key"))


def test_what_is_no_text_is_not_shown_at_a_terminal_but_piped_as_it_is(ada: Person) -> None:
    ok(ada.run("init", "--name", "Ada"))
    folder = write_skill(ada.home / "code-review")
    (folder / "logo.png").write_bytes(b"\x89PNG\xff\xfe\x1b[2J")
    (folder / "sneaky.md").write_text("# Title\n\nhere \u202egnihton\u202c and \x1b[2J there\n")
    ok(ada.run("put", str(folder)))
    code, seen = ada.type("show", "code-review", "logo.png", env={"PAGER": "cat"})
    assert code == 0
    assert "10 B that are no text" in seen
    assert "\x1b[2J" not in seen
    code, seen = ada.type("show", "code-review", "sneaky.md", env={"PAGER": "cat"})
    assert "<U+202E>" in seen
    assert "\x1b[2J" not in seen
    code, seen = ada.type("show", "--raw", "code-review", "sneaky.md", env={"PAGER": "cat"})
    assert "# Title" in seen
    assert "<U+202E>" in seen
    code, seen = ada.type("inject", "code-review")
    assert '\n<skill_content name="code-review">\n' in seen.replace("\r\n", "\n")
    assert "SC004" in seen


def test_status_says_who_i_am_and_what_waits(world: World) -> None:
    said = dict(line.split(maxsplit=1) for line in ok(world.bob.run("status")).splitlines())
    assert said["you"] == "Bob Barker, member"
    assert said["remote"] == world.url
    assert len(said["vault"].split()) == 9
