"""A person of one's own at the command line: real processes, folders of their own."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import pytest

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "json"

_KEPT = ("PATH", "LANG", "TMPDIR", "SKILLVAULT_SHARED", "COVERAGE_PROCESS_CONFIG")


# The terminal becomes the controlling one, for whoever opens /dev/tty.
LAUNCH = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""

Terminal = Callable[..., tuple[int, str]]
CheckJson = Callable[[str, str], dict[str, Any]]


@dataclass
class Person:
    """Somebody with a home folder, who types `skillvault ...`."""

    home: Path
    extra: dict[str, str] = field(default_factory=dict)

    def environment(self, more: Mapping[str, str] = {}) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return {**kept, "HOME": str(self.home), "TERM": "xterm-256color", **self.extra, **more}

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
            timeout=120,
        )

    def type(
        self, *words: str, keys: str = "", env: Mapping[str, str] = {}, cwd: Path | None = None
    ) -> tuple[int, str]:
        """Run the command at a real terminal of 80 columns; its exit code and what one sees.

        `keys` are typed once the program has printed something.
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
    waiting = keys.encode()
    while select.select([master], [], [], 60)[0]:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the terminal's other end has closed
            break
        if not piece:
            break
        seen += piece
        if waiting:
            os.write(master, waiting)
            waiting = b""
    os.close(master)
    return process.wait(60), seen.decode("utf-8", "replace")


@pytest.fixture
def person(tmp_path: Path) -> Callable[[str], Person]:
    """`person("ada")`: a keyholder with an empty home folder."""

    def make(name: str) -> Person:
        home = tmp_path / name
        home.mkdir()
        return Person(home)

    return make


@pytest.fixture
def ada(person: Callable[[str], Person]) -> Person:
    return person("ada")


@pytest.fixture(scope="session")
def check_json() -> CheckJson:
    """`check_json("list", output)`: the one object of it, held to docs/json/list.schema.json."""

    def check(name: str, output: str) -> dict[str, Any]:
        lines = output.splitlines()
        assert len(lines) == 1, output
        assert output.isascii()
        found: dict[str, Any] = json.loads(lines[0])
        schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
        jsonschema.Draft202012Validator(schema).validate(found)
        return found

    return check


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """`terminal(["-c", CODE], keys, {"PAGER": ...})`: Python at a terminal."""

    def run(words: list[str], keys: str = "", env: Mapping[str, str] = {}) -> tuple[int, str]:
        kept = {name: value for name, value in os.environ.items() if name in _KEPT}
        return at_terminal(words, keys, {**kept, "TERM": "xterm", **env}, tmp_path)

    return run
