"""What only reads: text, JSON held to its schema, and what goes wrong."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from skillvault.cli import table
from skillvault.errors import Exit
from tests.cli.story import CheckJson, Person, World, ok, write_skill


@pytest.mark.parametrize(
    "words",
    [
        ["help"],
        ["id"],
        ["vaults"],
        ["models"],
        ["list"],
        ["list", "--vault", "acme"],
        ["show", "code-review"],
        ["show", "code-review", "run.sh"],
        ["log", "code-review"],
        ["access"],
        ["access", "code-review"],
        ["access", "--of", "Bob Barker"],
        ["member", "list"],
        ["status"],
        ["inject", "code-review", "incident"],
        ["inject", "code-review", "--into", "prompt.txt"],
        ["inject", "code-review", "--format", "openai"],
        ["inject", "--for", "review some code"],
        ["eval", "code-review", "--model", "echo:"],
        ["verify"],
        ["remote"],
        ["sync"],
        ["vaults", "use", "acme"],
    ],
    ids=" ".join,
)
def test_reading_commands_print_what_their_schema_says(
    world: World, check_json: CheckJson, words: list[str]
) -> None:
    done = world.ada.run(*words, "--json")
    assert done.returncode == 0, done.stderr
    row = next(
        row for row in reversed(table.ROWS) if words[: len(row.name.split())] == row.name.split()
    )
    found = check_json(row.name.replace(" ", "-"), done.stdout)
    assert found["skillvault"] == 1
    if found["vault"] is not None:
        assert found["vault"]["id"] == world.vault_id


def test_put_get_show_log_bring_back_every_byte(ada: Person, check_json: CheckJson) -> None:
    ok(ada.run("init", "--name", "Ada"))
    folder = write_skill(ada.home / "a b" / "code-review")
    first = check_json("put", ok(ada.run("put", str(folder), "--json")))
    assert [s["change"] for s in first["skills"]] == ["new"]
    same = check_json("put", ok(ada.run("put", str(folder), "--json")))
    assert same["entry"] is None
    assert [s["change"] for s in same["skills"]] == ["unchanged"]
    write_skill(folder, "Review code well. Use when asked to.")
    text = ok(ada.run("put", str(folder), "-m", "better"))
    assert text.splitlines()[0].startswith("default/code-review@2\tchanged\t3 files\t")

    assert ok(ada.run("show", "code-review")) == (folder / "SKILL.md").read_text()
    assert "Review code. Use" in ok(ada.run("show", "code-review@1"))
    log = ok(ada.run("log", "code-review")).splitlines()
    assert [line.split("\t")[0] for line in log] == ["code-review@2", "code-review@1"]
    assert log[0].endswith("\tbetter")

    (ada.home / "out dir").mkdir()
    got = check_json("get", ok(ada.run("get", "code-review", "out dir", "--json")))
    copy = ada.home / "out dir" / "code-review"
    assert got["folder"] == str(copy)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        twin = copy / path.relative_to(folder)
        assert twin.read_bytes() == path.read_bytes()
        assert twin.stat().st_mode & 0o111 == path.stat().st_mode & 0o111


def test_get_leaves_local_edits_alone(ada: Person) -> None:
    ok(ada.run("init", "--name", "Ada"))
    ok(ada.run("put", str(write_skill(ada.home / "s" / "code-review"))))
    ok(ada.run("get", "code-review"))
    (ada.home / "code-review" / "SKILL.md").write_text("mine")
    done = ada.run("get", "code-review")
    assert done.returncode == Exit.CONFLICT
    assert (ada.home / "code-review" / "SKILL.md").read_text() == "mine"
    ok(ada.run("get", "code-review", "--force"))
    assert (ada.home / "code-review" / "SKILL.md").read_text() != "mine"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["show", "nosuch"], Exit.NOT_FOUND),
        (["show", "code-review@9"], Exit.NOT_FOUND),
        (["show", "code-review", "nosuch.md"], Exit.NOT_FOUND),
        (["show", "a//b"], Exit.USAGE),
        (["show", "code-review@0"], Exit.USAGE),
        (["show", "code-review~ID"], Exit.USAGE),
        (["show", "--vault", "nosuch", "code-review"], Exit.NOT_FOUND),
        (["get", "code-review", "skills/code-review/SKILL.md"], Exit.REFUSED),
        (["put", "skills"], Exit.REFUSED),
        (["put", "nosuch"], Exit.NOT_FOUND),
        (["put", "skills/code-review", "skills/incident", "--onto", "@1"], Exit.USAGE),
        (["put", "skills/code-review", "--onto", "x"], Exit.USAGE),
        (["log"], Exit.USAGE),
        (["share", "code-review"], Exit.USAGE),
        (["share", "code-review", "--with", "Nobody"], Exit.NOT_FOUND),
        (["share", "code-review", "--with", "./no.card"], Exit.NOT_FOUND),
        (["share", "code-review", "--with", "Bob Barker"], Exit.USAGE),
        (["unshare", "code-review", "--from", "Ada Lovelace", "--yes"], Exit.USAGE),
        (["access", "code-review", "--of", "Bob Barker"], Exit.USAGE),
        (["member", "add", "skills/code-review/SKILL.md", "--yes"], Exit.REFUSED),
        (["member", "nosuch"], Exit.USAGE),
        (["verify", "nosuch-path"], Exit.SERVICE),
        (["vaults", "use", "nosuch"], Exit.NOT_FOUND),
        (["vaults", "forget", "nosuch", "--yes"], Exit.NOT_FOUND),
        (["vaults", "forget", "acme"], Exit.USAGE),
        (["remote", "ext::sh -c id"], Exit.REFUSED),
        (["models", "pull", "nosuch"], Exit.NOT_FOUND),
        (["inject", "code-review", "--budget", "3"], Exit.CHECK),
        (["inject"], Exit.USAGE),
        (["inject", "--for", "xylophone"], Exit.NOT_FOUND),
        (["inject", "code-review", "--into", "skills/code-review/SKILL.md/x"], Exit.REFUSED),
        (["eval", "incident", "--model", "echo:"], Exit.CHECK),
        (["eval", "code-review", "--model", "nosuch:x"], Exit.USAGE),
        (["eval", "code-review", "--model", "local:nosuch.gguf"], Exit.NOT_FOUND),
        (["eval", "code-review", "--model", "echo:", "--samples", "0"], Exit.USAGE),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_goes_wrong_is_told_once_and_changes_nothing(
    world: World, check_json: CheckJson, words: list[str], code: Exit
) -> None:
    before = world.heads()
    done = world.ada.run(*words, "--json")
    assert done.returncode == code, done.stderr
    assert not done.stdout
    *told, last = done.stderr.splitlines()
    error = check_json("error", last)["error"]
    assert error["exit"] == code
    assert error["code"] != "internal"
    assert not any("error" in line for line in told)
    assert world.heads() == before


def test_one_line_of_list_is_tab_separated(world: World) -> None:
    lines = [line.split("\t") for line in ok(world.ada.run("list")).splitlines()]
    assert [line[0] for line in lines] == ["code-review", "incident"]
    assert lines[0][1:3] == ["1", "Ada Lovelace"]
    assert set(lines[0][3].split(", ")) == {"Ada Lovelace", "Bob Barker"}
    assert lines[1][3] == "only me"


def test_at_a_terminal_markdown_is_rendered_and_tables_are_aligned(world: World) -> None:
    code, seen = world.ada.type("show", "code-review", env={"PAGER": "cat"})
    assert code == 0
    assert "**Read**" not in seen
    assert "Read" in seen
    code, seen = world.ada.type("list", env={"NO_COLOR": "1"})
    assert seen.splitlines()[0].split() == ["NAME", "@", "OWNER", "READERS", "STATE", "FOR"]
    assert "\t" not in seen


def test_the_vault_is_named_on_either_side_of_the_command(world: World) -> None:
    before = ok(world.ada.run("--vault", "acme", "list"))
    assert ok(world.ada.run("list", "--vault", "acme")) == before
    assert world.ada.run("--vault", "nosuch", "list").returncode == Exit.NOT_FOUND
    assert ok(world.ada.run("list", env={"SKILLVAULT_VAULT": "acme"})) == before
    assert world.ada.run("list", env={"SKILLVAULT_VAULT": "x"}).returncode == Exit.NOT_FOUND


def test_the_choice_for_a_task_is_explained_on_stderr(world: World) -> None:
    done = world.ada.run("inject", "--for", "please review some code", "--format", "anthropic")
    assert json.loads(ok(done))["system"][0]["text"].startswith('<skill_content name="code-review"')
    assert "code-review: taken: has review, code" in done.stderr


def test_injected_text_is_piped_as_it_is_and_written_for_me_alone(world: World) -> None:
    piped = ok(world.ada.run("inject", "code-review"))
    assert piped.startswith('<skill_content name="code-review">\n')
    said = ok(world.ada.run("inject", "code-review", "--into", "here.txt"))
    assert said.startswith("here.txt: code-review, about ")
    file = world.ada.home / "here.txt"
    assert file.read_text() == piped
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = ok(world.ada.run("inject", "code-review", "--into", str(file)))
    assert said.startswith("~/here.txt: code-review, about ")


def test_eval_says_what_it_will_do_and_what_follows(world: World) -> None:
    done = world.ada.run("eval", "code-review", "--model", "echo:", "--tasks")
    assert done.returncode == 0
    assert done.stderr.startswith("3 calls: 1 task")
    assert done.stdout.startswith("first\t")
    assert "\ninconclusive: too few tasks\n" in done.stdout


def test_weights_are_pulled_once_and_only_as_known(
    ada: Person, weights: Path, check_json: CheckJson
) -> None:
    data = ada.home / ".local/share/skillvault"
    data.mkdir(parents=True)
    (data / "models").symlink_to(weights)
    found = check_json("models-pull", ok(ada.run("models", "pull", "smollm2-135m", "--json")))
    assert found["fetched"] is False
    assert Path(found["path"]).stat().st_size == 98_362_432
    states = {
        m["name"]: m["state"]
        for m in check_json("models", ok(ada.run("models", "--json")))["models"]
    }
    assert states["smollm2-135m"] == "ready"


@pytest.mark.slow
def test_the_demo_plays_without_touching_what_is_mine(ada: Person, check_json: CheckJson) -> None:
    shown = check_json("demo", ok(ada.run("demo", "--no-eval", "--json")))
    commands = [c["command"] for act in shown["acts"] for c in act["commands"]]
    assert any(c.startswith("skillvault share ") for c in commands)
    assert not (ada.home / ".config").exists()


def test_debug_shows_the_calls_of_git_and_no_secret(world: World) -> None:
    key = world.ada.home / ".config/skillvault/identities/default.key"
    line = key.read_text().splitlines()[-1]
    done = world.ada.run("verify", world.url, "--debug", env={"SKILLVAULT_KEY": line})
    assert done.returncode == 0
    assert "+ git --git-dir=" in done.stderr
    assert line not in done.stderr
