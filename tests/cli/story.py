"""What tests of the command line are written with: people, a host, a terminal, a small world."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import coverage

Terminal = Callable[..., tuple[int, str]]
CheckJson = Callable[[str, str], dict[str, Any]]
NamePerson = Callable[[str], "Person"]

ROOT = Path(__file__).resolve().parents[2]
_KEPT = ("PATH", "LANG", "TMPDIR")


def base_environment() -> dict[str, str]:
    """What every process of ours gets of this one's environment; coverage too, where it is on."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    if coverage.Coverage.current() is not None:
        kept["COVERAGE_PROCESS_START"] = str(ROOT / "pyproject.toml")
        kept["COVERAGE_FILE"] = str(ROOT / ".coverage")
    return kept


# The terminal becomes the controlling one, for whoever opens /dev/tty.
LAUNCH = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""

SKILL = """\
---
name: {name}
description: {description}
---

# {name}

**Read** the description first, then [layers](references/layers.md).
"""

SUITE = """\
{"skill_name": "code-review", "evals": [
 {"id": "first", "prompt": "What comes first?", "expected_output": "the description",
  "checks": [{"type": "contains", "value": "description"}]}
]}
"""


def write_skill(folder: Path, description: str = "Review code. Use when asked to.") -> Path:
    (folder / "references").mkdir(parents=True, exist_ok=True)
    text = SKILL.format(name=folder.name, description=description)
    (folder / "SKILL.md").write_text(text)
    (folder / "references" / "layers.md").write_bytes(b"down only\r\n")
    script = folder / "run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    return folder


def host(path: Path) -> str:
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(path)], check=True)
    return str(path)


def git(repo: str | Path, *words: str) -> str:
    """What git prints in `repo`, for somebody without a configuration."""
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    done = subprocess.run(
        ["git", "-C", str(repo), *who, *words], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def ok(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass
class Person:
    """Somebody with a home folder, who types `skillvault ...`."""

    home: Path

    @classmethod
    def at(cls, home: Path) -> Person:
        """Somebody new, whose home is that folder, made empty."""
        home.mkdir(parents=True)
        return cls(home)

    def environment(self, more: Mapping[str, str] = {}) -> dict[str, str]:
        return {**base_environment(), "HOME": str(self.home), "TERM": "xterm-256color", **more}

    def run(
        self, *words: str, stdin: str = "", env: Mapping[str, str] = {}, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command with pipes for all three streams."""
        return subprocess.run(
            [sys.executable, "-m", "skillvault", *words],
            input=stdin,
            capture_output=True,
            text=True,
            env=self.environment(env),
            cwd=cwd or self.home,
            timeout=300,
        )

    def type(
        self, *words: str, keys: str = "", env: Mapping[str, str] = {}, cwd: Path | None = None
    ) -> tuple[int, str]:
        """Run the command at a real terminal of 80 columns; its exit code and what one sees.

        A line of `keys` is typed whenever the program asks, which it does with a blank at the end.
        """
        full = self.environment({"COLUMNS": "80", "LINES": "24", **env})
        return at_terminal(["-m", "skillvault", *words], keys, full, cwd or self.home)


def at_terminal(words: list[str], keys: str, env: Mapping[str, str], cwd: Path) -> tuple[int, str]:
    """Run Python with `words` on a terminal of its own; its exit code and what one sees.

    Not by `pty.fork`: pytest-xdist has threads, and forking is for processes without.
    """
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCH, *words],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=env,
        cwd=cwd,
        start_new_session=True,
    )
    os.close(slave)
    seen = b""
    # One line at each question: what is typed ahead of an unseen one is thrown away.
    waiting = keys.encode().splitlines(keepends=True)
    while select.select([master], [], [], 60)[0]:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the terminal's other end has closed
            break
        if not piece:
            break
        seen += piece
        if waiting and seen.endswith(b" "):
            os.write(master, waiting.pop(0))
    os.close(master)
    return process.wait(60), seen.decode("utf-8", "replace")


@dataclass
class World:
    """Ada's vault `acme` on a host, with two skills; Bob cloned it and reads one of them."""

    ada: Person
    bob: Person
    url: str
    vault_id: str

    def heads(self) -> list[str]:
        """The newest commits of Ada's copy and of the host."""
        mine = self.ada.home / ".local/share/skillvault/acme.vault"
        return [git(repo, "rev-parse", "main") for repo in (mine, self.url)]

    @classmethod
    def build(cls, root: Path) -> World:
        """Make it below the folder `root`, by the commands of its people."""
        ada, bob = Person.at(root / "ada"), Person.at(root / "bob")
        url = host(root / "host.git")
        ok(ada.run("init", "acme", "--remote", url, "--name", "Ada Lovelace"))
        write_skill(ada.home / "skills" / "code-review")
        write_skill(ada.home / "skills" / "incident")
        (ada.home / "skills" / "code-review" / "evals").mkdir()
        (ada.home / "skills" / "code-review" / "evals" / "evals.json").write_text(SUITE)
        ok(ada.run("put", "skills/code-review", "skills/incident", "-m", "first"))
        ok(bob.run("keygen", "--name", "Bob Barker"))
        card = ok(bob.run("id", "-o", "-"))
        shared = json.loads(
            ok(ada.run("share", "code-review", "--with", "-", "--yes", "--json", stdin=card))
        )
        ok(bob.run(*shared["clone"].split()[1:], "--yes"))
        return cls(ada, bob, url, shared["vault"]["id"])
