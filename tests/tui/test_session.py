"""One session in a real terminal: keys are typed, the screen is read, the user's editor opens."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from skillvault.services import opening, reading
from skillvault.services.references import parse
from tests.cli.story import base_environment
from tests.tui.stage import Machine

PATIENCE = 30.0

# Stands for the user's editor: it shows the file, waits for a key, and writes a line.
EDITOR = """\
import sys, termios, tty
path = sys.argv[-1]
print("EDITOR HAS", path, flush=True)
before = termios.tcgetattr(0)
tty.setcbreak(0)
key = sys.stdin.read(1)
termios.tcsetattr(0, termios.TCSADRAIN, before)
with open(path, "a") as file:
    file.write("Edited with " + key + ".\\n")
"""


class Tmux:
    """A terminal of 100 columns and 30 lines, with a shell in it."""

    def __init__(self, program: str, folder: Path, env: dict[str, str]) -> None:
        self.program = program
        self.socket = folder / "tmux.sock"
        self.env = env
        words = ["-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", "sh"]
        self.run(*words)
        self.type("PS1='prompt''> '")
        self.press("Enter")

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [self.program, "-S", str(self.socket), *words],
            env=self.env,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def type(self, text: str) -> None:
        self.run("send-keys", "-l", text)

    def press(self, key: str) -> None:
        self.run("send-keys", key)

    def see(self) -> str:
        return self.run("capture-pane", "-p")

    def until(self, holds: Callable[[str], bool]) -> str:
        """What stands on the screen once that holds."""
        ends = time.monotonic() + PATIENCE
        seen = ""
        while time.monotonic() < ends:
            seen = self.see()
            if holds(seen):
                return seen
            time.sleep(0.05)
        raise AssertionError(seen)

    def wait_for_prompt(self) -> str:
        # What was typed before the shell was there stands in front of its first prompt.
        return self.until(lambda seen: seen.rstrip().endswith("prompt>"))

    def wait_for(self, text: str) -> str:
        return self.until(lambda seen: text in seen)


@pytest.fixture
def tmux(own: Machine, require_tool: Callable[[str], str]) -> Iterator[Tmux]:
    """A shell at a terminal on Ada's machine."""
    editor = own.folder / "editor.py"
    editor.write_text(EDITOR)
    env = {
        **base_environment(),
        "HOME": str(own.folder),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "EDITOR": f"{sys.executable} {editor}",
    }
    for kind in ("config", "data", "state"):
        # The product's folder of each kind lies one deeper than the tests' machines have it.
        (own.folder / f"xdg-{kind}").mkdir()
        (own.folder / f"xdg-{kind}" / "skillvault").symlink_to(own.folder / kind)
        env[f"XDG_{kind.upper()}_HOME"] = str(own.folder / f"xdg-{kind}")
    made = Tmux(require_tool("tmux"), own.folder, env)
    yield made
    made.run("kill-server")


def test_a_session_at_a_terminal(tmux: Tmux, own: Machine) -> None:
    """The user opens the UI, filters, edits a skill in their editor, and leaves."""
    tmux.wait_for_prompt()
    tmux.type("stty -a | md5sum; " + shlex.join([sys.executable, "-m", "skillvault"]))
    tmux.press("Enter")
    seen = tmux.wait_for("7 of 7")
    assert "acme · 7 skills" in seen
    tmux.type("/sql")
    tmux.wait_for("1 of 7")
    tmux.press("Enter")
    tmux.type("e")
    seen = tmux.wait_for("EDITOR HAS SKILL.md")
    assert "acme" not in seen, "the editor has the terminal for itself"
    tmux.type("x")
    seen = tmux.wait_for("sql-style@2, entry 15")
    assert "1 not pushed" in tmux.wait_for("1 not pushed")
    tmux.wait_for("Edited with x.")
    tmux.press("Escape")
    tmux.wait_for("7 of 7")
    tmux.type("q")
    tmux.wait_for_prompt()
    tmux.type("stty -a | md5sum")
    tmux.press("Enter")
    seen = tmux.until(lambda seen: seen.count("  -\n") == 2)
    sums = [line.split()[0] for line in seen.splitlines() if line.endswith("  -")]
    assert sums[0] == sums[1], "the terminal is as it was"
    _, bundle = reading.open_reference(own.context, parse("acme/sql-style"))
    assert b"Edited with x." in bundle.files[0].data


def test_an_editor_that_fails_changes_nothing_and_gives_the_terminal_back(
    tmux: Tmux, own: Machine
) -> None:
    """The user's editor ends with an error."""
    (own.folder / "editor.py").write_text("import sys; sys.exit(3)")
    tmux.wait_for_prompt()
    tmux.type(shlex.join([sys.executable, "-m", "skillvault"]))
    tmux.press("Enter")
    tmux.wait_for("7 of 7")
    tmux.type("e")
    tmux.wait_for("it ended with 3, nothing changed")
    tmux.type("q")
    tmux.wait_for_prompt()
    vault = opening.open_named(own.context, "acme")
    assert vault.state.seq == 14


def test_killed_it_leaves_a_vault_that_opens(tmux: Tmux, own: Machine) -> None:
    """The user's terminal is killed in the middle."""
    tmux.wait_for_prompt()
    tmux.type("exec " + shlex.join([sys.executable, "-m", "skillvault"]))
    tmux.press("Enter")
    tmux.wait_for("7 of 7")
    pid = int(tmux.run("list-panes", "-F", "#{pane_pid}"))
    os.kill(pid, 9)
    tmux.run("new-session", "-d", "sh")
    assert opening.open_named(own.context, "acme").state.seq == 14
