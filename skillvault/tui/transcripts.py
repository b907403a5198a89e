"""What was measured, as lines: the report of a run, and what each arm answered, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING, NamedTuple

from skillvault.skill.layout import Line, Span
from skillvault.tui.laying import BOLD, COME, GONE, QUIET, TITLE, Row, columns, lines_of, words

if TYPE_CHECKING:
    from fractions import Fraction

    from skillvault.catalog.runs import Call, Check, Run

_ARM = 34
"""Columns under which an answer is not worth reading."""


class Task(NamedTuple):
    """A task of a run: its score in each arm, and how much the subject is above the reference."""

    id: str
    scores: tuple[Fraction | None, ...]
    difference: Fraction | None


def compared(run: Run) -> tuple[str, str]:
    """The two arms that are compared: what the skill is held against, and the skill."""
    names = [arm.name for arm in run.arms]
    reference = str(run.report.get("reference") or names[0])
    return reference, str(run.report.get("subject") or names[-1])


def arms(run: Run) -> list[str]:
    """The arms, the two that are compared first."""
    first = [name for name in compared(run) if name in {arm.name for arm in run.arms}]
    return [*first, *(arm.name for arm in run.arms if arm.name not in first)]


def tasks(run: Run) -> list[Task]:
    """The tasks, those first in which the subject fell most."""
    reference, subject = compared(run)
    found = []
    for task in run.tasks:
        old, new = task.scores.get(reference), task.scores.get(subject)
        difference = None if old is None or new is None else new - old
        found.append(Task(task.id, tuple(task.scores.get(arm) for arm in arms(run)), difference))
    return sorted(found, key=lambda t: (t.difference is None, t.difference or 0, t.id))


def score(value: Fraction | None) -> str:
    """Two decimals, or why there are none."""
    return "missing" if value is None else f"{float(value):.2f}"


def report(run: Run) -> list[Line]:
    """The report in words, its verdict first."""
    reference, subject = compared(run)
    head = words(Span(f"{run.verdict}", BOLD), f"  {subject} against {reference} on {run.model}")
    facts = words(Span(f"run {run.id}, {run.time}, suite {run.suite[:12]}", QUIET))
    return [head, facts, [], *(line for text in run.lines for line in lines_of(text))]


def transcript(run: Run, width: int) -> list[Line]:
    """What was asked, then each sample: the answers side by side, under each what checks saw."""
    return beside(arms(run), run.calls, run.samples, width)


def beside(names: Sequence[str], found: Sequence[Call], samples: int, width: int) -> list[Line]:
    """The calls of one task, of so many samples in the arms of those names."""
    names = list(names)
    while len(names) > 2 and width < _ARM * len(names):  # noqa: PLR2004 - the two that count
        names.pop()
    rows: list[Row | Line] = []
    calls = sorted(found, key=lambda call: call.index)
    asked = ""
    for index, group in groupby(calls, key=lambda call: call.index):
        by_arm = {call.arm: call for call in group}
        here = [by_arm.get(name) for name in names]
        prompt = next((call.prompt for call in here if call is not None), "")
        if prompt != asked:
            asked = prompt
            rows += [words(Span("asked", QUIET)), *lines_of(prompt), []]
        if samples > 1:
            rows.append(words(Span(f"sample {index + 1} of {samples}", BOLD)))
        rows += _sample(names, here)
    return columns(rows, width)


def _sample(names: Sequence[str], calls: Sequence[Call | None]) -> Iterator[Row | Line]:
    yield Row(tuple(map(_head, names, calls)))
    answers = [lines_of(c.answer or "nothing") if c is not None else [] for c in calls]
    yield from _beside(answers)
    yield from _beside([_judged(call) for call in calls])
    yield []


def _beside(parts: Sequence[Sequence[Line]]) -> Iterator[Row]:
    for cells in zip_longest(*parts, fillvalue=[]):
        yield Row(tuple(cells))


def _head(name: str, call: Call | None) -> Line:
    if call is None:
        return words(Span(name, TITLE), Span("  not asked", QUIET))
    more = f"  {call.note}" if call.note else ""
    more += "  kept from before" if call.cached else ""
    return words(Span(name, TITLE), f"  {score(call.score)}", Span(more, QUIET))


def _judged(call: Call | None) -> list[Line]:
    return [line for check in (call.checks if call is not None else ()) for line in _check(check)]


def _check(check: Check) -> Iterator[Line]:
    if check.score == 1:
        word = Span("pass ", COME)
    elif check.score == 0:
        word = Span("FAIL ", GONE)
    else:
        word = Span(f"{float(check.score):.2f} ", BOLD)
    yield words(word, check.check)
    yield words(Span(f"     {check.saw}", QUIET))
