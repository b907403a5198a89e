"""What a command prints: data on stdout, everything else on stderr.

Rules of the voice: lower case, no full stop, names and commands in backticks; nothing is told by
colour alone; a table is aligned at a terminal and tab-separated when piped; whatever came from
outside passes `visible`, so that it cannot steer the terminal. With `--json` the one object is all
that stdout gets. `-q` leaves the data and the errors.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TextIO

from skillvault.cli.progress import Progress
from skillvault.skill.text import cell_width, cut, visible

_STYLES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "gone": "31;7",
    "come": "32;7",
}


class Output:
    """The two streams of one run."""

    def __init__(
        self,
        *,
        quiet: bool = False,
        json: bool = False,
        color: str = "auto",
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
    ) -> None:
        self.quiet = quiet
        self.json = json
        self.stdout: TextIO = stdout or sys.stdout
        self.stderr = stderr or sys.stderr
        self.terminal = self.stdout.isatty()
        self.progress = Progress(quiet=quiet, stream=self.stderr)
        self._color = color

    def data(self, text: str) -> None:
        """A line that was asked for: printed under `-q` too."""
        if not self.json:
            self._print(visible(text))

    def heading(self, text: str) -> None:
        """A line above what was asked for, bold where there is colour."""
        if not self.json:
            self._print(self.style(visible(text), "bold"))

    def passage(self, pieces: Sequence[tuple[str, bool]], indent: int = 0) -> None:
        """Text that was asked for, on lines that fit the terminal; pieces that are True are bold.

        Line ends within it count as spaces.
        """
        if self.json:
            return
        room = shutil.get_terminal_size().columns - indent
        words: list[str] = [""]
        lines, used = [words], 0
        for text, bold in pieces:
            parts = re.split(r"(\s+)", visible(text))
            for part in filter(None, parts):
                if part.isspace():
                    words.append("")
                    used += 1
                    continue
                if used + cell_width(part) > room and words[-1] == "":
                    words = [""]
                    lines.append(words)
                    used = 0
                words[-1] += self.style(part, "bold") if bold else part
                used += cell_width(part)
        for line in lines:
            self._print(" " * indent + " ".join(line).rstrip())

    def marked(self, mark: str, style: str, text: str) -> None:
        """A line that was asked for behind a word in a colour."""
        if not self.json:
            self._print(f"{self.style(mark, style)} {visible(text, lines=False)}")

    def styled(self, text: str) -> None:
        """A line that was asked for, made visible and styled by the caller."""
        if not self.json:
            self._print(text)

    def said(self, text: str) -> None:
        """A line that tells what was done; a name with a line feed in it adds none."""
        if not (self.quiet or self.json):
            self._print(visible(text, lines=False))

    def raw(self, data: bytes) -> None:
        """Bytes as they are, for a file or a pipe: never for a terminal."""
        self.progress.clear()
        self.stdout.flush()
        self.stdout.buffer.write(data)
        self.stdout.buffer.flush()

    def note(self, text: str) -> None:
        """A remark on stderr, for people."""
        if not (self.quiet or self.json):
            self._aside(visible(text, lines=False))

    def warning(self, text: str) -> None:
        """What somebody should know even under `-q`."""
        warning = self.style("warning:", "yellow", self.stderr)
        self._aside(f"{warning} {visible(text, lines=False)}")

    def preview(self, text: str) -> None:
        """One line of what a change will do, before it is done: told whatever the options.

        A name with a line feed in it adds no line of its own.
        """
        self._aside(visible(text, lines=False))

    def hint(self, text: str) -> None:
        """What to do next."""
        self.note(f"hint: {text}")

    def table(
        self, rows: Sequence[Sequence[str]], heads: Sequence[str] = (), right: Sequence[str] = ()
    ) -> None:
        """Rows of equally many cells: aligned and cut to its width at a terminal; else with tabs.

        `heads` show at a terminal only; `right` holds the heads of columns that align right.
        """
        if self.json:
            return
        clean = [[visible(cell, lines=False) for cell in row] for row in rows]
        if not self.terminal:
            for row in clean:
                self._print("\t".join(row))
            return
        lines = [list(heads), *clean] if heads else clean
        widths = (
            [max(cell_width(row[i]) for row in lines) for i in range(len(lines[0]))]
            if lines
            else []
        )
        room = shutil.get_terminal_size().columns
        for number, cells in enumerate(lines):
            text = _aligned(cells, widths, {i for i, head in enumerate(heads) if head in right})
            if cell_width(text) > room:
                text = f"{cut(text, room - 3)}..."
            head = bool(heads) and number == 0
            self._print(self.style(text, "bold") if head else text)

    def emit_json(self, vault: Mapping[str, object] | None = None, **fields: object) -> None:
        """The one object of `--json`: ASCII, so nothing in it can steer a terminal."""
        text = json.dumps({"skillvault": 1, "vault": vault, **fields}, ensure_ascii=True)
        self._print(text.replace("\x7f", "\\u007f"))

    @contextmanager
    def paged(self) -> Iterator[None]:
        """What is printed within goes through the pager, where stdout is a terminal."""
        if not self.terminal:
            yield
            return
        from skillvault.cli.pager import page

        real, buffer = self.stdout, io.StringIO()
        self.stdout = buffer
        try:
            yield
        finally:
            self.stdout = real
        self.progress.clear()
        page(buffer.getvalue())

    def style(self, text: str, style: str, stream: TextIO | None = None) -> str:
        """`text` in a style where colour is wanted; it must say the same without."""
        if not self.colored(stream or self.stdout):
            return text
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"

    def colored(self, stream: TextIO) -> bool:
        """`--color`, then NO_COLOR, then CLICOLOR_FORCE, then whether it is a terminal."""
        if self._color != "auto":
            return self._color == "always"
        if os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("CLICOLOR_FORCE", "0") not in {"", "0"}:
            return True
        terminal = self.terminal if stream is self.stdout else stream.isatty()
        return terminal and os.environ.get("TERM") != "dumb"

    def _print(self, line: str) -> None:
        self.progress.clear()
        self.stdout.write(f"{line}\n")

    def _aside(self, text: str) -> None:
        self.progress.clear()
        self.stdout.flush()
        self.stderr.write(f"{text}\n")
        self.stderr.flush()


def _aligned(cells: Sequence[str], widths: Sequence[int], to_right: set[int]) -> str:
    padded = []
    for i, cell in enumerate(cells):
        gap = " " * (widths[i] - cell_width(cell))
        padded.append(gap + cell if i in to_right else cell + gap)
    return "  ".join(padded).rstrip()
