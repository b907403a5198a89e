"""A progress bar on stderr, at a terminal, for what takes longer than half a second."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TextIO

from skillvault.skill.text import visible

_PATIENCE = 0.5
_PAUSE = 0.1
_BAR = 24


class Progress:
    """Called by services as `progress(what, done, total)`; draws on one line of its own.

    Whoever prints calls `clear` first, and so does whoever ends the command.
    """

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.active = self.stream.isatty() and not quiet
        self.began = self._drawn = time.monotonic()
        self._shown = False

    def __call__(self, what: str, done: int, total: int) -> None:
        """`done` of `total` (0: nobody knows how many); `what` names the work."""
        now = time.monotonic()
        if not self.active or now - self.began < _PATIENCE:
            return
        if self._shown and now - self._drawn < _PAUSE:
            return
        self._drawn, self._shown = now, True
        text = _line(visible(what, lines=False), done, total)[
            : shutil.get_terminal_size().columns - 1
        ]
        self.stream.write(f"\r\x1b[K{text}")
        self.stream.flush()

    def clear(self) -> None:
        """Take the bar away, so that a line of text can be printed."""
        if self._shown:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
            self._shown = False


def _line(what: str, done: int, total: int) -> str:
    if total <= 0:
        return f"{what} {done}".strip()
    filled = min(_BAR, _BAR * done // total)
    return f"{what} [{'#' * filled}{'.' * (_BAR - filled)}] {done}/{total}".strip()
