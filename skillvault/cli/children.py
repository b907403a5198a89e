"""`--debug` shows every program that is started, git's calls above all."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence


def show(secrets: frozenset[str]) -> None:
    """From now on print each command line on stderr, secrets left out.

    By an audit hook of Python's own, which no way of starting a process gets around, GitPython's
    included; there is no taking it away again.
    """

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "subprocess.Popen":
            words = arguments[1]
            line = shlex.join(map(_text, words)) if isinstance(words, Sequence) else _text(words)
            from skillvault.cli.failure import safe

            sys.stderr.write(f"+ {safe(line, secrets)}\n")

    sys.addaudithook(hook)


def _text(word: object) -> str:
    return os.fsdecode(word) if isinstance(word, bytes | str | os.PathLike) else str(word)
