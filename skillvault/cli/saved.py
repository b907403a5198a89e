"""The question behind the editor: `edit again / keep / discard`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skillvault.cli import ask
from skillvault.errors import RefusedError

if TYPE_CHECKING:
    from skillvault.cli.run import Run
    from skillvault.services.editing import Choice, Saved


def decide(run: Run, subject: str, saved: Saved) -> Choice:
    """Tell what lint found and ask. Without a terminal warnings are kept, errors refused (8)."""
    from skillvault.services.linting import told

    for finding in saved.faults:
        run.out.preview(f"{finding.severity}: {told(finding)}")
        if finding.hint:
            run.out.preview(f"  {finding.hint}")
    if saved.problem is not None:
        run.out.preview(f"error: {saved.problem}")
    bad = saved.problem is not None or bool(saved.report.errors)
    if run.yes or not ask.at_terminal():
        if bad:
            problem = saved.problem or told(saved.report.errors[0])
            raise RefusedError(subject, problem, "nothing changed")
        return "keep"
    choices: dict[str, Choice] = {"e": "again", "k": "keep", "d": "discard"}
    if saved.problem is not None:
        del choices["k"]
    question = "edit again / keep / discard" if "k" in choices else "edit again / discard"
    while True:
        answer = ask.line(f"{question} [{'/'.join(choices)}]:", subject, "answer with one letter")
        chosen = choices.get(answer[:1].casefold())
        if chosen is not None:
            return chosen
