"""Two keyholders and a git host in a scratch folder, whose commands run for real at a terminal.

For documents that quote what commands print: `scripts/picture.py` and `scripts/readme.py`.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from skillvault.paths import Paths

ROOT: Final = Path(__file__).resolve().parent.parent
ADDRESS: Final = "git@host:acme/skills.git"
PEOPLE: Final = {"ada": "Ada Lovelace", "bob": "Bob Barker", "host": "host"}
_KEPT: Final = {"PATH", "LANG", "LC_ALL", "TMPDIR"}
_QUESTION: Final = re.compile(r"type (\S+) to [a-z ]+: \Z")


class Scene:
    """Each person has a home of their own; all work in one folder, which has `skills/` in it.

    The host is a bare repository in that folder. Git's `insteadOf` gives it the address that the
    commands name. Weights are those of whoever runs this: they are public and large.
    """

    def __init__(self, root: Path, columns: int, *, color: bool) -> None:
        self.root = root
        self.desk = root / "desk"
        self.columns = columns
        self.color = color
        self.variables: dict[str, str] = {}  # of whatever runs here, beside its own
        shutil.copytree(ROOT / "skills", self.desk / "skills")
        host = self.desk / "skills.git"
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", host], check=True)
        for who, name in PEOPLE.items():
            data = root / who / ".local/share/skillvault"
            data.mkdir(parents=True)
            (data / "models").symlink_to(Paths.from_environment().models)
            (root / who / ".gitconfig").write_text(
                f'[user]\n\tname = {name}\n[url "{host}"]\n\tinsteadOf = {ADDRESS}\n'
            )

    def run(self, who: str, command: str) -> str:
        """What `command` prints at the terminal of `who`: stdout and stderr as they come.

        A question of the form `type WORD to ...:` is answered with its word. SystemExit if the
        command fails.
        """
        main, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 500, self.columns, 0, 0))
        process = subprocess.Popen(
            ["sh", "-c", command],
            cwd=self.desk,
            env=self._environment(who),
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)
        output = b""
        with contextlib.suppress(OSError):  # a terminal whose last process has gone is an error
            while piece := os.read(main, 65536):
                output += piece
                if asked := _QUESTION.search(output.decode("utf-8", "replace")):
                    os.write(main, f"{asked[1]}\n".encode())
        os.close(main)
        text = _settled(output.decode())
        if process.wait():
            raise SystemExit(f"{who}$ {command}\n{text}\nended with {process.returncode}")
        return text

    def _environment(self, who: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k in _KEPT}
        return kept | {
            "HOME": str(self.root / who),
            "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}",
            "TERM": "xterm-256color",
            "PAGER": "cat",
            "GIT_PAGER": "cat",
            **({} if self.color else {"NO_COLOR": "1"}),
            **self.variables,
        }


def _settled(output: str) -> str:
    """What stays on the screen: progress bars are drawn over."""
    lines = output.replace("\r\n", "\n").split("\n")
    return "\n".join(re.split(r"\r\x1b\[K", line)[-1].rstrip() for line in lines).rstrip("\n")


@contextlib.contextmanager
def scene(columns: int, *, color: bool = False) -> Iterator[Scene]:
    """A scene that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="skillvault-scene-") as root:
        yield Scene(Path(root).resolve(), columns, color=color)
