"""A result in words, for a terminal or a log: plain lines, the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from skillvault.evals.result import ArmTotals, EvalResult
from skillvault.evals.statistics import Estimate
from skillvault.evals.uplift import SHAM
from skillvault.evals.verdict import Verdict


def lines(result: EvalResult) -> list[str]:
    """The report: tasks that scored lower, scores, verdict, what it cost, what to know."""
    return [*_lower(result), *_scores(result), _verdict(result), _cost(result), *_remarks(result)]


def estimate(value: Estimate | None) -> str:
    """`+0.41 [+0.22, +0.57]`, with its p; `-` where there is none."""
    if value is None:
        return "-"
    low, high = value.interval.low, value.interval.high
    p = value.p.two_sided
    shown = f"p {p:.3f}" if p >= 0.001 else "p < 0.001"  # noqa: PLR2004 - the last shown digit
    return f"{float(value.mean):+.2f} [{low:+.2f}, {high:+.2f}]   {shown}"


def share(value: Fraction | None) -> str:
    """A mean score with two decimals, `-` where there is none."""
    return "-" if value is None else f"{float(value):.2f}"


def _lower(result: EvalResult) -> list[str]:
    if not result.lower.tasks:
        return []
    names = ", ".join(f"{name} {float(d):+.2f}" for name, d in result.lower.tasks)
    return [f"scored lower: {names} ({float(result.lower.by_chance):g} expected by chance)"]


def _scores(result: EvalResult) -> list[str]:
    means = "   ".join(f"{totals.arm.name} {share(totals.mean)}" for totals in result.arms)
    finding = result.finding
    n = f"{finding.tasks} tasks x {result.samples}"
    sides = [(f"{result.subject} - {result.reference}", finding.uplift, f"   {n}")]
    if any(totals.arm.name == SHAM for totals in result.arms):
        sides.append((f"{result.subject} - {SHAM}", finding.over_sham, ""))
    width = max(len(name) for name, _, _ in sides)
    return [means, *(f"{name:<{width}}  {estimate(e)}{rest}" for name, e, rest in sides)]


def _verdict(result: EvalResult) -> str:
    finding = result.finding
    if finding.verdict is Verdict.NEGLIGIBLE:
        return f"negligible: no difference of {finding.margin:g} or more"
    return f"{finding.verdict}: {finding.why}" if finding.why else str(finding.verdict)


def _cost(result: EvalResult) -> str:
    calls = sum(totals.calls for totals in result.arms)
    prompt = sum(totals.prompt_tokens for totals in result.arms)
    cached = sum(totals.cached_tokens for totals in result.arms)
    answered = sum(totals.completion_tokens for totals in result.arms)
    return (
        f"{calls} calls ({result.cached} cached), {prompt:,} prompt tokens ({cached:,} reused), "
        f"{answered:,} answered, {result.seconds:.0f} s on {result.model.name}"
    )


def _remarks(result: EvalResult) -> list[str]:
    found = []
    if result.ungraded:
        found.append(f"{_tasks(len(result.ungraded))} not scored: only written expectations")
    if result.finding.missing:
        found.append(f"{result.finding.missing} of {_tasks(result.finding.tasks)} missing")
    found += [_notes(totals) for totals in result.arms if totals.notes]
    if thought := sum(totals.thought for totals in result.arms):
        found.append(
            f"{_answers(thought)} cut while the model was thinking: `--thinking 4096` gives it room"
        )
    if len(result.served) > 1:
        found.append(f"answered by {len(result.served)} models: {', '.join(result.served)}")
    elif result.served and result.served[0] != _asked_for(result):
        found.append(f"answered by {result.served[0]}")
    if result.constant is not None:
        found.append(f"the best constant answer would score {share(result.constant)}")
    if result.model.demo:
        found.append(
            f"{result.model.name} is a demo model: it shows recall of stated facts, little else"
        )
    return found


def _asked_for(result: EvalResult) -> str:
    """The model, as its service calls it."""
    return result.model.name.partition(":")[2]


def _answers(count: int) -> str:
    return "1 answer was" if count == 1 else f"{count} answers were"


def _tasks(count: int) -> str:
    return f"{count} task" if count == 1 else f"{count} tasks"


def _notes(totals: ArmTotals) -> str:
    counts = ", ".join(f"{count} {note}" for note, count in sorted(totals.notes.items()))
    return f"{totals.arm.name}: {counts}"


def per_task(result: EvalResult) -> Sequence[tuple[str, ...]]:
    """A row for each task: its id and its score in every arm."""
    names = [totals.arm.name for totals in result.arms]
    return [(task.task, *(share(task.scores[name]) for name in names)) for task in result.tasks]
