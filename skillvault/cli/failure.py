"""How a command ends when it does not end well: one place for words, JSON and exit codes."""

from __future__ import annotations

import errno
import json
import re
import sys
import traceback
from typing import TYPE_CHECKING

import click

from skillvault.cli.redact import redact
from skillvault.errors import ServiceError, SkillvaultError, UsageError

if TYPE_CHECKING:
    from skillvault.cli.run import Run

REPORT = "this is a defect of skillvault: run it again with `--debug` and report what that prints"


class InternalError(SkillvaultError):
    """A defect of ours. It leaves with 1, as an uncaught exception of Python does.

    No other frozen code fits, and a caller that gates on 1 is right not to go on.
    """


def from_click(error: click.ClickException) -> SkillvaultError:
    """Say click's usage errors in our voice."""
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    command = ctx.command_path if ctx else "skillvault"
    subject = command.partition(" ")[2] or "skillvault"
    hint = f"`{command} --help`"
    if isinstance(error, click.NoSuchOption):
        if error.possibilities:
            hint = f"did you mean `{error.possibilities[0]}`?"
        return UsageError(subject, f"no such option `{error.option_name}`", hint)
    # Click quotes names of options and values; ours stand in backticks.
    problem = re.sub(r"'([^']*)'", r"`\1`", error.format_message())
    return UsageError(subject, _lower(problem), hint)


def from_os(error: OSError) -> SkillvaultError:
    """What the operating system refused, where no service had a better word for it."""
    subject = str(error.filename) if error.filename is not None else "system"
    hint = _HINTS.get(error.errno or 0)
    return ServiceError(subject, _lower(error.strerror or str(error) or type(error).__name__), hint)


_HINTS = {
    errno.ENOSPC: "make room there and do it again: what was there before is still whole",
    errno.EDQUOT: "make room there and do it again: what was there before is still whole",
    errno.EROFS: "`skillvault doctor` says which folders must be writable",
    errno.EACCES: "`skillvault doctor` says which folders must be writable",
}


def report(error: BaseException, run: Run, secrets: frozenset[str]) -> int:
    """Print what went wrong on stderr and give the exit code."""
    if isinstance(error, SkillvaultError):
        told = error
    elif isinstance(error, click.ClickException):
        told = from_click(error)
    elif isinstance(error, OSError):
        told = from_os(error)
    else:
        told = InternalError("internal error", _summary(error), REPORT)
    if run.debug:
        # Never with locals: they hold identities and plaintext.
        text = "".join(traceback.format_exception(error))
        _write("".join(f"{safe(line, secrets)}\n" for line in text.splitlines()))
    subject, problem = safe(told.subject, secrets), safe(told.problem, secrets)
    hint = None if told.hint is None else safe(told.hint, secrets)
    if run.json:
        fields = {"code": told.code, "exit": int(told.exit), "subject": subject}
        _write(json.dumps({"error": {**fields, "problem": problem, "hint": hint}}) + "\n")
    else:
        _write(f"skillvault: error: {subject}: {problem}\n")
        if hint is not None:
            _write(f"hint: {hint}\n")
    return int(told.exit)


def _summary(error: BaseException) -> str:
    text = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def safe(text: str, secrets: frozenset[str]) -> str:
    """`text` on one line, without secrets and without anything that steers a terminal."""
    from skillvault.skill.text import visible

    return visible(redact(" ".join(text.splitlines()), secrets), lines=False)


def _lower(text: str) -> str:
    """Click's and the system's sentences without capital and full stop."""
    text = text.strip().removesuffix(".")
    return text[:1].lower() + text[1:]


def _write(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):
        # Nobody reads stderr any more; the exit code still tells.
        return
