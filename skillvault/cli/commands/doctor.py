"""`skillvault doctor`: what is wrong here, and the command that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skillvault.cli import words
from skillvault.cli.frame import command
from skillvault.cli.run import Run
from skillvault.errors import CheckError

if TYPE_CHECKING:
    from skillvault.services.doctoring import Check


@command(
    "doctor",
    """
    git, post-quantum keys, identities and their backup, settings, folders that other programs copy
    elsewhere, each vault with its pin and its remote, plaintext that was left. Each line is ok,
    warn or fail, with the command that mends it; one fail ends it with 1. It changes nothing.
    """,
    examples=["skillvault doctor"],
    vault=False,
)
def main(run: Run) -> None:
    from skillvault.services.doctoring import examine

    found = []
    for check in examine(run.context):
        found.append(check)
        if not run.json:
            _print(run, check)
    if run.json:
        run.out.emit_json(None, checks=[_json(check) for check in found])
    failed = sum(check.level == "fail" for check in found)
    if failed:
        raise CheckError("doctor", f"{words.count(failed, 'check')} failed")


def _print(run: Run, check: Check) -> None:
    style = {"ok": "green", "warn": "yellow", "fail": "red"}[check.level]
    text = f"{check.subject}: {check.text}"
    if check.command is not None:
        text += f"   -> {check.command}"
    run.out.marked(f"{check.level:<5}", style, text)


def _json(check: Check) -> words.Json:
    return {
        "level": check.level,
        "subject": check.subject,
        "text": check.text,
        "command": check.command,
    }
