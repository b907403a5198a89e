"""Questions to a person at a terminal; a script gets an error that says what to pass instead."""

from __future__ import annotations

import sys
from collections.abc import Mapping
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


def new_passphrase(environ: Mapping[str, str]) -> str:
    """A passphrase to seal with: `SKILLVAULT_PASSPHRASE`, else typed twice. UsageError without."""
    from getpass import getpass

    if said := environ.get("SKILLVAULT_PASSPHRASE"):
        return said
    if not at_terminal():
        hint = "export SKILLVAULT_PASSPHRASE=..., or run this at a terminal"
        raise UsageError("passphrase", "is asked for, and there is no terminal", hint)
    first = getpass("new passphrase: ", sys.stderr)
    if not first:
        raise UsageError("passphrase", "is empty, nothing made")
    if getpass("once more: ", sys.stderr) != first:
        raise UsageError("passphrase", "the two differ, nothing made")
    return first


def own_name(given: str | None) -> str:
    """The user's name: `--name`, else git's `user.name`, else asked for (UsageError without)."""
    import subprocess

    if given is not None:
        return given
    words = ["git", "config", "--get", "user.name"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
    except OSError:
        done = None
    if done is not None and done.stdout.strip():
        return done.stdout.strip()
    return line("your name, as others will see it:", "name", "`--name NAME`")


def consent(run: Run, question: str) -> bool:
    """Whether a person says yes to a question that the service words; `--yes` does, but says it."""
    if run.yes:
        run.out.warning(question)
        return True
    return answer(run, question)


def answer(run: Run, question: str) -> bool:
    """Whether a person says yes at a terminal; under `--yes` nobody is asked, and it is no."""
    if run.yes or not at_terminal():
        return False
    run.out.progress.clear()
    sys.stderr.write(f"{visible(question)} [yes/no] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in {"y", "yes"}


def typed(run: Run, question: str, expect: str) -> bool:
    """Whether the person at the terminal types `expect`; anything else is no, and no error."""
    run.out.progress.clear()
    sys.stderr.write(f"{visible(question)}: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() == expect.casefold()


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
