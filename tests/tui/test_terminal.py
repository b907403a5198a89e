"""The UI at a real terminal: it opens, it leaves, and the terminal is as it was."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.story import LAUNCH, base_environment

LEFT = b"\x1b[?1049l"


def _run(
    home: Path, words: list[str], until: bytes, keys: bytes | signal.Signals
) -> tuple[int, bytes]:
    """Start `skillvault WORDS` on a terminal; once `until` is seen, type `keys` or send a signal.

    Its exit code, and its output.
    """
    master, slave = pty.openpty()
    env = {**base_environment(), "HOME": str(home), "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCH, "-m", "skillvault", *words],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**env, "COLUMNS": "80", "LINES": "24"},
        cwd=home,
        start_new_session=True,
    )
    os.close(slave)
    seen, typed, ends = b"", False, time.monotonic() + 60
    while time.monotonic() < ends and select.select([master], [], [], 60)[0]:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        seen += piece
        if not typed and until in seen:
            typed = True
            if isinstance(keys, bytes):
                os.write(master, keys)
            else:
                process.send_signal(keys)
    os.close(master)
    return process.wait(60), seen


@pytest.mark.parametrize("words", [[], ["tui"]], ids=["skillvault", "skillvault tui"])
def test_it_opens_at_a_terminal_and_leaves_it_as_it_was(tmp_path: Path, words: list[str]) -> None:
    """A newcomer types `skillvault`, reads, and presses q."""
    code, seen = _run(tmp_path, words, b"no vault on this machine yet", b"q")
    assert code == 0
    assert seen.rstrip().endswith(LEFT) or LEFT in seen[-400:]
    assert b"\x1b[?25h" in seen[-400:], "the cursor is shown again"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_whoever_ends_it_gets_the_terminal_back(tmp_path: Path, number: signal.Signals) -> None:
    """A supervisor, or a window that closes, ends it."""
    code, seen = _run(tmp_path, ["tui"], b"no vault on this machine yet", number)
    assert code == 128 + number
    assert LEFT in seen[-400:]
    assert b"\x1b[?25h" in seen[-400:], "the cursor is shown again"


def test_it_leaves_nothing_behind_for_who_only_looked(tmp_path: Path) -> None:
    """A newcomer looks and leaves: not one file is written."""
    _run(tmp_path, [], b"no vault on this machine yet", b"q")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("words", [["tui"], ["tui", "--json"]])
def test_without_a_terminal_it_is_an_error(tmp_path: Path, words: list[str]) -> None:
    """A script starts the UI into a pipe."""
    done = subprocess.run(
        [sys.executable, "-m", "skillvault", *words],
        env={**base_environment(), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 2
    assert not done.stdout
    assert "tui" in done.stderr
