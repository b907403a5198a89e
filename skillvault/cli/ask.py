"""Questions to a person at a terminal; a script gets an error that says what to pass instead."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from skillvault.errors import AccessError, CheckError, UsageError
from skillvault.skill.text import visible

if TYPE_CHECKING:
    from skillvault.cli.run import Run


def at_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def line(question: str, subject: str, instead: str) -> str:
    """The answer to `question`, without blanks around it.

    Without a terminal, or without an answer: UsageError about `subject`, with `instead` as hint.
    """
    if not at_terminal():
        raise UsageError(subject, "asks a question, and there is no terminal", instead)
    sys.stderr.write(f"{visible(question)} ")
    sys.stderr.flush()
    answer = sys.stdin.readline().strip()
    if not answer:
        raise UsageError(subject, "no answer", instead)
    return answer


def passphrase(subject: str) -> str:
    """Ask, unseen, for the passphrase of the identity file `subject`; AccessError without one."""
    from getpass import getpass

    hint = "export SKILLVAULT_PASSPHRASE=..., or run this at a terminal"
    if not at_terminal():
        raise AccessError(subject, "the identity is under a passphrase", hint)
    answer = getpass(f"passphrase of {visible(subject, lines=False)}: ", sys.stderr)
    if not answer:
        raise AccessError(subject, "no passphrase was given", hint)
    return answer


def confirm(run: Run, subject: str, question: str, expect: str = "yes") -> None:
    """Go on only if the person types `expect` (a name, where something is removed), or `--yes`.

    The text that says what will happen is printed by the caller, before, whatever `--yes` says.
    CheckError where the answer is another one; nothing has been changed then.
    """
    if run.yes:
        return
    answer = line(f"{question}:", subject, "`--yes` answers it, once you have read what it tells")
    if answer.casefold() != expect.casefold():
        raise CheckError(subject, "not confirmed, nothing changed")
