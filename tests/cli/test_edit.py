"""`edit` with real editors at real terminals, and what is left of it afterwards: nothing."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from skillvault.errors import Exit
from skillvault.services.workspace import SHARED_MEMORY
from tests.cli.story import CheckJson, Person, ok, write_skill
from tests.cli.typing import Typist

SECRET = "quaggazebra"
VIMRC = """\
set swapfile directory={home}/left undofile undodir={home}/left updatecount=1
set backup writebackup backupdir={home}/left viminfo='100,n{home}/left/info
autocmd BufReadPost * setlocal undofile
"""


@pytest.fixture
def prepared(ada: Person) -> Person:
    """Ada with a skill, and settings of editors that would keep copies of everything."""
    ok(ada.run("init", "--name", "Ada"))
    ok(ada.run("put", str(write_skill(ada.home / "skills" / "code-review"))))
    (ada.home / "left").mkdir()
    (ada.home / "tmp").mkdir()
    rc = VIMRC.format(home=ada.home)
    (ada.home / ".vimrc").write_text(rc)
    (ada.home / ".config" / "nvim").mkdir(parents=True)
    (ada.home / ".config" / "nvim" / "init.vim").write_text(
        rc.replace("viminfo='100,n", "shada='100,n")
    )
    (ada.home / ".nanorc").write_text(
        f"set backup\nset backupdir {ada.home}/left\nset historylog\nset positionlog\n"
    )
    return ada


def environment(person: Person, editor: str) -> dict[str, str]:
    more = {"EDITOR": editor, "COLUMNS": "80", "LINES": "24", "TMPDIR": str(person.home / "tmp")}
    return person.environment(more)


def edit(person: Person, editor: str, *words: str) -> Typist:
    command = ["-m", "skillvault", "edit", "code-review", *words]
    return Typist(command, environment(person, editor), person.home)


def assert_nothing_left(person: Person) -> None:
    """Neither the text nor a workspace, wherever this user's programs write."""
    for root in (person.home, SHARED_MEMORY):
        for folder, _, names in os.walk(root):
            for name in names:
                path = Path(folder) / name
                if path.is_file() and not path.is_symlink():
                    assert SECRET.encode() not in path.read_bytes(), path
    assert list((person.home / "left").iterdir()) == []
    assert list((person.home / "tmp").iterdir()) == []
    assert_no_workspace()


def workspaces() -> list[Path]:
    return list(SHARED_MEMORY.glob("skillvault-*"))


def assert_no_workspace() -> None:
    assert [path for path in workspaces() if mine(path)] == []


def mine(path: Path) -> bool:
    """Whether it holds what these tests edit: other tests may run beside."""
    return (path / "code-review").exists()


KEYS = {
    "vim": (b"description", b"Go" + SECRET.encode() + b"\x1byy:w\r", b"written", b"ddpo\x1bu:wq\r"),
    "nvim": (b"description", b"Go" + SECRET.encode() + b"\x1byy:w\r", b"written", b":wq\r"),
    "nano": (b"description", b"\x1b/" + SECRET.encode() + b"\r\x0f", b"Write", b"\r\x18"),
    "ed": (b"\n", b"$a\n" + SECRET.encode() + b"\n.\nw\n", b".\r\nw\r\n", b"q\n"),
}


@pytest.mark.parametrize("editor", list(KEYS))
def test_editors_write_the_next_version_and_leave_nothing(
    prepared: Person, editor: str, require_tool: Callable[[str], str]
) -> None:
    require_tool(editor)
    first, keys, then, last = KEYS[editor]
    typist = edit(prepared, editor)
    typist.until(first)
    typist.type(keys)
    typist.until(then)
    typist.type(last)
    assert typist.end() == 0, typist.seen
    assert b"default/code-review@2" in typist.seen
    assert SECRET in ok(prepared.run("show", "code-review"))
    assert SECRET not in ok(prepared.run("show", "code-review@1"))
    assert_nothing_left(prepared)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_kill_leaves_nothing_either(prepared: Person, number: signal.Signals) -> None:
    script = prepared.home / "slow"
    script.write_text(f"#!/bin/sh\necho {'quagga'}{'zebra'} >> $1\necho ready\nexec sleep 60\n")
    script.chmod(0o755)
    typist = edit(prepared, str(script))
    typist.until(b"ready")
    (place,) = [path for path in workspaces() if mine(path)]
    assert place.stat().st_mode & 0o777 == 0o700
    child = int(
        next(Path(f"/proc/{typist.process.pid}/task").iterdir())
        .joinpath("children")
        .read_text()
        .split()[0]
    )
    assert typist.kill(number) == -number
    if number == signal.SIGKILL:
        assert place.exists()
        os.kill(child, signal.SIGKILL)
        ok(prepared.run("list"))
    script.unlink()
    assert not place.exists()
    assert_nothing_left(prepared)
    assert ok(prepared.run("log", "code-review")).count("\n") == 1


def test_a_workspace_in_use_is_not_swept(prepared: Person) -> None:
    script = prepared.home / "slow"
    script.write_text("#!/bin/sh\necho ready\nread line\necho $line >> $1\n")
    script.chmod(0o755)
    typist = edit(prepared, str(script))
    typist.until(b"ready")
    ok(prepared.run("list"))
    typist.type(b"kept\n")
    assert typist.end() == 0
    assert ok(prepared.run("show", "code-review")).endswith("kept\n")


BREAK = "sed -i s/^description:.*/description:/"


def test_lint_on_save_asks_edit_again_keep_or_discard(prepared: Person) -> None:
    typist = edit(prepared, BREAK)
    typist.until(b"[e/k/d]: ")
    assert b"SK013" in typist.seen
    typist.type(b"e\n")
    typist.until(b"[e/k/d]: ")
    typist.type(b"d\n")
    assert typist.end() == Exit.CHECK
    assert b"discarded, nothing changed" in typist.seen
    assert ok(prepared.run("log", "code-review")).count("\n") == 1
    typist = edit(prepared, BREAK)
    typist.until(b"[e/k/d]: ")
    typist.type(b"k\n")
    assert typist.end() == 0
    assert "description:\n" in ok(prepared.run("show", "code-review"))
    assert_nothing_left(prepared)


@pytest.mark.parametrize(
    ("editor", "code", "told"),
    [
        (BREAK, Exit.REFUSED, "SK013"),
        ("rm", Exit.REFUSED, "no SKILL.md any more"),
        ("ln -sf /etc/passwd", Exit.REFUSED, "links are never in a skill"),
        ("false", Exit.CHECK, "nothing changed"),
        ("no-such-editor-here", Exit.USAGE, "no such editor"),
        ("'", Exit.USAGE, "a quote is open"),
    ],
)
def test_without_a_terminal_what_is_wrong_is_refused(
    prepared: Person, editor: str, code: Exit, told: str
) -> None:
    done = prepared.run("edit", "code-review", "--yes", env={"EDITOR": editor})
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert ok(prepared.run("log", "code-review")).count("\n") == 1
    assert_no_workspace()


def test_a_script_as_editor_another_file_and_json(prepared: Person, check_json: CheckJson) -> None:
    env = {"VISUAL": "sed -i s/down/up/", "EDITOR": "false", "SKILLVAULT_PASSPHRASE": "x"}
    words = ["edit", "code-review", "references/layers.md", "-m", "turned", "--json"]
    found = check_json("edit", ok(prepared.run(*words, env=env)))
    assert found["skill"]["version"] == 2
    assert ok(prepared.run("show", "code-review", "references/layers.md")).startswith("up only")
    same = check_json("edit", ok(prepared.run(*words[:2], "--json", env={"EDITOR": "true"})))
    assert same["entry"] is None
    script = prepared.home / "new"
    script.write_text("#!/bin/sh\nenv | grep SKILLVAULT_\necho more > $1\ntouch $1~ .x.md.swp\n")
    script.chmod(0o755)
    done = prepared.run("edit", "code-review", "notes/more.md", env={**env, "VISUAL": str(script)})
    assert ok(done).startswith("default/code-review@3\tedited\t4 files\t")
    assert done.stderr.count("left out") == 2
    assert ok(prepared.run("show", "code-review", "notes/more.md")) == "more\n"
    assert prepared.run("edit", "code-review@1", env=env).returncode == Exit.USAGE
    assert prepared.run("edit", "code-review", "../x", env=env).returncode == Exit.REFUSED
    renamed = prepared.run(
        "edit", "code-review", env={"EDITOR": "sed -i s/^name:.*/name:\\ other/"}
    )
    assert ok(renamed).startswith("default/other@4\t")


def test_what_others_wrote_meanwhile_stays(prepared: Person) -> None:
    other = f"{sys.executable} -m skillvault edit code-review"
    script = prepared.home / "both"
    script.write_text(
        "#!/bin/sh\n"
        f"EDITOR='sed -i s/down/theirs/' {other} references/layers.md >/dev/null\n"
        f"EDITOR='sed -i s/Read/Theirs/' {other} >/dev/null\n"
        "sed -i s/Read/Mine/ $1\n"
    )
    script.chmod(0o755)
    done = prepared.run("edit", "code-review", env={"EDITOR": str(script)})
    assert ok(done).startswith("default/code-review@4\t")
    assert "wrote @3 meanwhile, yours stands on it; both changed SKILL.md" in done.stderr
    assert "**Mine**" in ok(prepared.run("show", "code-review"))
    assert "**Theirs**" in ok(prepared.run("show", "code-review@3"))
    assert ok(prepared.run("show", "code-review", "references/layers.md")).startswith("theirs")


def test_time_of_sweeping_is_small() -> None:
    from skillvault.paths import Paths
    from skillvault.services.workspace import sweep

    began = time.process_time()
    for _ in range(100):
        sweep(Paths(Path("/nowhere"), Path("/nowhere"), Path("/nowhere")), {})
    assert time.process_time() - began < 1
