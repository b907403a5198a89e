"""Long text at a terminal, through the user's pager: by a pipe, never by a file on disk."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping

_OURS = ("SKILLVAULT_KEY", "SKILLVAULT_PASSPHRASE")


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What a pager gets: none of our secrets, and a `less` that runs and saves nothing.

    `LESSSECURE` switches off shell commands, the editor, log files and input preprocessors;
    without `LESS` of the user's own, text shorter than the screen is printed at once.
    """
    env = {name: value for name, value in environ.items() if name not in _OURS}
    env.update(LESSSECURE="1", LESSHISTFILE="-")
    env.setdefault("LESS", "FRX")
    env.setdefault("LV", "-c")
    return env


def page(text: str) -> None:
    """Show `text`, through `PAGER` (else `less`) where stdin and stdout are a terminal.

    An empty PAGER, or `cat`, means none. A pager that cannot be started is no reason to fail.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        sys.stdout.write(text)
        return
    try:
        words = shlex.split(os.environ.get("PAGER", "less"))
    except ValueError:
        words = []
    program = shutil.which(words[0]) if words and words != ["cat"] else None
    if program is None:
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    process = subprocess.Popen(
        [program, *words[1:]],
        stdin=subprocess.PIPE,
        env=environment(os.environ),
        text=True,
        encoding="utf-8",
        errors="backslashreplace",
    )
    _feed(process, text)


def _feed(process: subprocess.Popen[str], text: str) -> None:
    """Hand over the text and wait; leaving the pager early is no error, nor is ^C within it."""
    stdin = process.stdin
    if stdin is None:
        return
    try:
        stdin.write(text)
        stdin.close()
    except (BrokenPipeError, KeyboardInterrupt):
        pass
    while True:
        try:
            process.wait()
        except KeyboardInterrupt:
            continue
        return
