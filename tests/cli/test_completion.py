"""Tab in three real shells, and what never happens: an error, a question, a stranger's command."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from skillvault.cli.completing import unquoted
from tests.cli.story import CheckJson, Person, World, ok, write_skill


def offered(person: Person, *words: str, env: Mapping[str, str] = {}) -> list[str]:
    done = person.run("completion", "--words", "--", *words, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


@pytest.fixture(scope="session")
def listed(world: World) -> World:
    """The world, after `list`: what completion knows is what was listed before."""
    ok(world.ada.run("list"))
    ok(world.ada.run("member", "list"))
    return world


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["ver"], ["verify"]),
        (
            ["member", ""],
            ["list", "add", "new", "role", "rename", "expires", "remove", "replace"],
        ),
        (["compl"], ["completion"]),
        (["--col"], ["--color"]),
        (["--color", "a"], ["auto", "always"]),
        (["list", "--color", "n"], ["never"]),
        (["list", "--js"], ["--json"]),
        (["show", ""], ["code-review", "incident"]),
        (["show", "COD"], ["code-review"]),
        (["-q", "--vault", "acme", "show", "i"], ["incident"]),
        (["show", "acme/i"], ["acme/incident"]),
        (["show", "none/"], []),
        (["restore", "code-review@"], ["code-review@1"]),
        (["show", "code-review", ""], []),
        (["rename", "code-review", ""], []),
        (["share", "code-review", "i"], ["incident"]),
        (["share", "code-review", "--with", ""], ["Ada Lovelace", "Bob Barker", "everyone"]),
        (["share", "--with", "'bob b"], ["Bob Barker"]),
        (["share", "--with", "Bob\\ B"], ["Bob Barker"]),
        (["share", "--with", "./"], [":files"]),
        (["diff", "code-review", "inc"], ["incident"]),
        (["diff", "./"], [":files"]),
        (["put", ""], [":files"]),
        (["vaults", "use", ""], ["acme"]),
        (["list", "--vault", ""], ["acme"]),
        (["config", "stale"], ["stale-age", "stale"]),
        (["config", "model", ""], []),
        (["help", "exit"], ["exit-codes"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["models", "pull", "smoll"], ["smollm2-135m", "smollm2-360m", "smollm2-1.7b"]),
        (["new", ""], []),
        (["nonsense", ""], []),
        (["show", "\udcff"], []),
        (["'sho"], ["show"]),
    ],
    ids=str,
)
def test_what_may_stand_there(listed: World, words: list[str], expected: list[str]) -> None:
    found = offered(listed.ada, *words)
    if words[-1].startswith("smoll"):
        assert expected[0] in found
    else:
        assert found == expected


def test_whatever_fails_is_silent(ada: Person) -> None:
    assert offered(ada, "show", "") == []
    ok(ada.run("init", "mine", "--name", "Ada"))
    ok(ada.run("put", str(write_skill(ada.home / "code-review"))))
    assert offered(ada, "show", "") == ["code-review"]
    key = ada.home / ".config/skillvault/identities/default.key"
    kept = key.read_bytes()
    key.write_text("garbage")
    assert offered(ada, "show", "") == []
    key.write_bytes(kept)
    refs = ada.home / ".local/share/skillvault/mine.vault/refs/heads/main"
    refs.write_text("0" * 40 + "\n")
    assert offered(ada, "show", "") == []
    assert offered(ada, "share", "x", "--with", "") == []
    (ada.home / ".config/skillvault/config.toml").write_text("= broken")
    assert offered(ada, "sho") == ["show"]


def test_a_key_under_a_passphrase_is_neither_asked_for_nor_opened(ada: Person) -> None:
    env = {"SKILLVAULT_PASSPHRASE": "zebra"}
    ok(ada.run("keygen", "--name", "Ada", "--passphrase", env=env))
    ok(ada.run("init", "mine", env=env))
    assert offered(ada, "show", "", env=env) == []
    code, seen = ada.type("completion", "--words", "--", "show", "")
    assert (code, seen.strip()) == (0, "")


SHELLS = {
    "bash": """
source <(skillvault completion bash)
COMP_WORDS=(skillvault share code-review --with "$1"); COMP_CWORD=4
_skillvault
printf '%s\\n' "${COMPREPLY[@]}"
""",
    "zsh": """
compadd() { shift 4; print -l -- "${(@P)1}" }
compdef() { }
_files() { print FILES }
source <(skillvault completion zsh)
words=(skillvault share code-review --with "$1"); CURRENT=5
_skillvault
""",
    "fish": """
skillvault completion fish | source
complete -C "skillvault share code-review --with $argv[1]"
""",
}


@pytest.mark.parametrize("shell", list(SHELLS))
def test_real_shells_take_it(
    listed: World, tmp_path: Path, shell: str, require_tool: Callable[[str], str]
) -> None:
    program = require_tool(shell)
    (tmp_path / "skillvault").write_text(f'#!/bin/sh\nexec {sys.executable} -m skillvault "$@"\n')
    (tmp_path / "skillvault").chmod(0o755)
    env = listed.ada.environment({"PATH": f"{tmp_path}:/usr/bin:/bin"})
    script = tmp_path / "script"
    script.write_text(SHELLS[shell])

    def tab(word: str) -> list[str]:
        done = subprocess.run(
            [program, str(script), word], capture_output=True, text=True, env=env, timeout=120
        )
        assert done.stderr == ""
        return [line.split("\t")[0] for line in done.stdout.splitlines() if line]

    bob = {"bash": "Bob\\ Barker", "zsh": "Bob Barker", "fish": "Bob\\ Barker"}[shell]
    assert tab("Bo") in ([bob], ["Bob Barker"])
    assert len(tab("")) == 3
    assert tab("x") == []


def test_what_a_stranger_called_themselves_is_not_run(tmp_path: Path) -> None:
    eve = Person.at(tmp_path / "eve")
    name = "e$(touch${IFS}pwned)`touch pwned`;touch pwned"
    ok(eve.run("init", "mine", "--name", name))
    assert offered(eve, "share", "x", "--with", "e") == [name, "everyone"]
    (tmp_path / "skillvault").write_text(f'#!/bin/sh\nexec {sys.executable} -m skillvault "$@"\n')
    (tmp_path / "skillvault").chmod(0o755)
    env = eve.environment({"PATH": f"{tmp_path}:/usr/bin:/bin"})
    code = SHELLS["bash"] + '\neval "words=(${COMPREPLY[0]})"; printf %s "${words[0]}"'
    for word in ("e", "'e"):
        done = subprocess.run(
            ["/bin/bash", "-c", code, "bash", word],
            capture_output=True,
            text=True,
            env=env,
            cwd=eve.home,
        )
        assert not (eve.home / "pwned").exists()
        assert (name in done.stdout.splitlines()) == (word == "e")


@pytest.mark.parametrize(
    ("word", "plain"),
    [("a", "a"), ("'a b", "a b"), ('"a b', "a b"), ("a\\ b", "a b"), ("", ""), ("'", "")],
)
def test_words_as_the_shell_would_read_them(word: str, plain: str) -> None:
    assert unquoted(word) == plain


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_in_json(ada: Person, check_json: CheckJson, shell: str) -> None:
    found = check_json("completion", ok(ada.run("completion", shell, "--json")))
    assert found["script"] == ok(ada.run("completion", shell))
    assert ada.run("completion", "tcsh").returncode == 2


def test_names_at_a_thousand_skills(ada: Person) -> None:
    ok(ada.run("init", "mine", "--name", "Ada"))
    folders = []
    for number in range(1000):
        folder = ada.home / "many" / f"skill-{number}"
        folder.mkdir(parents=True)
        text = f"---\nname: {folder.name}\ndescription: Number {number}.\n---\nDo it.\n"
        (folder / "SKILL.md").write_text(text)
        folders.append(str(folder))
    ok(ada.run("put", *folders))
    ok(ada.run("list"))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert len(offered(ada, "show", "skill-1")) == 111
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # The budget is 0.25 s on a quiet machine; the benchmark holds it to that.
    assert used < 0.6, used
