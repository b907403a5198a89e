"""A person at a terminal who types keys, not lines: for editors."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.story import LAUNCH


@dataclass
class Typist:
    """A program at a terminal of its own. `seen`: all that it printed."""

    words: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    seen: bytes = b""
    process: subprocess.Popen[bytes] = field(init=False)
    master: int = field(init=False)

    def __post_init__(self) -> None:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, *self.words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=dict(self.env),
            cwd=self.cwd,
            start_new_session=True,
        )
        os.close(slave)

    def until(self, text: bytes, seconds: float = 60) -> None:
        """Read till `text` was printed, and a little longer: an editor draws in pieces."""
        start, end = len(self.seen), time.monotonic() + seconds
        while text not in self.seen[start:]:
            assert time.monotonic() < end, self.seen
            assert self._read(1) or self.process.poll() is None, self.seen
        while self._read(0.5):
            pass

    def type(self, keys: bytes) -> None:
        """Press keys, one after another as hands do."""
        for position in range(len(keys)):
            os.write(self.master, keys[position : position + 1])
            time.sleep(0.01)

    def end(self) -> int:
        """Read till the end; the exit code."""
        while self._read(60):
            pass
        code = self.process.wait(60)
        os.close(self.master)
        return code

    def kill(self, number: signal.Signals) -> int:
        """Send a signal to the command alone, not to what it started."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def _read(self, seconds: float) -> bool:
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            piece = os.read(self.master, 65536)
        except OSError:
            return False
        self.seen += piece
        return bool(piece)
