"""The system's clipboard, by whatever program this machine has for it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from typing import NamedTuple

from skillvault.services.context import Context

_PATIENCE = 3.0


class Tool(NamedTuple):
    """A program that takes text from its standard input, and its twin that gives it back."""

    name: str
    copy: tuple[str, ...]
    paste: tuple[str, ...]


_WAYLAND = Tool("wl-copy", ("wl-copy",), ("wl-paste", "--no-newline"))
_X11 = (
    Tool("xclip", ("xclip", "-selection", "clipboard"), ("xclip", "-o", "-selection", "clipboard")),
    Tool("xsel", ("xsel", "--clipboard", "--input"), ("xsel", "--clipboard", "--output")),
)
_MAC = Tool("pbcopy", ("pbcopy",), ("pbpaste",))


def tool(environ: Mapping[str, str]) -> Tool | None:
    """The program that reaches the clipboard of this screen, or None (over ssh there is none)."""
    candidates: list[Tool] = [_MAC]
    if environ.get("WAYLAND_DISPLAY"):
        candidates.append(_WAYLAND)
    if environ.get("DISPLAY"):
        candidates += _X11
    path = environ.get("PATH")
    return next((t for t in candidates if shutil.which(t.copy[0], path=path)), None)


def copy(ctx: Context, text: str) -> str | None:
    """Hand text to the system's clipboard; the name of the program that took it, or None.

    The text goes through standard input, never into a command line.
    """
    found = tool(ctx.environ)
    if found is None or _run(ctx, found.copy, text.encode()) is None:
        return None
    return found.name


def clear(ctx: Context, text: str) -> bool:
    """Empty the clipboard if this text is still in it; whether that was so."""
    found = tool(ctx.environ)
    if found is None:
        return False
    held = _run(ctx, found.paste, b"", wants_output=True)
    if held is None or held.rstrip(b"\n") != text.encode().rstrip(b"\n"):
        return False
    return _run(ctx, found.copy, b"") is not None


def _run(
    ctx: Context, words: tuple[str, ...], data: bytes, *, wants_output: bool = False
) -> bytes | None:
    """What it printed; None where it failed or took too long.

    Those that hold the selection stay behind as daemons, with our pipes: only where output is
    wanted is there one for it.
    """
    try:
        done = subprocess.run(
            words,
            input=data,
            stdout=subprocess.PIPE if wants_output else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(ctx.environ),
            timeout=_PATIENCE,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return (done.stdout or b"") if done.returncode == 0 else None
