"""The lines above the tasks of an evaluation: the plan, each arm, and what there is so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skillvault.services.wording import count
from skillvault.tui.rows import verdict_look
from skillvault.tui.scale import axis, bar, width_for
from skillvault.tui.widgets.board import Piece, Row

if TYPE_CHECKING:
    from skillvault.evals.so_far import ArmSoFar
    from skillvault.evals.statistics import Estimate
    from skillvault.tui.evaluation import Evaluation

_NARROW = 100
LABEL = 10


def rows(now: Evaluation, width: int) -> list[Row]:
    """All of them, for a line of so many columns."""
    return [_plan(now, width), *_arms(now, width), *_estimate(now, width)]


def _plan(now: Evaluation, width: int) -> Row:
    made = now.prepared
    cost = "" if made.model.capabilities.remote else ", free: on this machine"
    said = f"{count(made.calls, 'call')}{cost}, fixed beforehand"
    if width < _NARROW:
        said = f"{count(made.calls, 'call')}, fixed beforehand"
    if not made.is_enough:
        end = Piece(f" · {count(made.units, 'task')} can only be inconclusive", "warn")
    elif made.detects is None:
        end = Piece("")
    else:
        end = Piece(f" · can detect a difference of {made.detects:.2f} or more")
    return [Piece(f"{'plan':<{LABEL}}", "quiet"), Piece(said), end]


def _arms(now: Evaluation, width: int) -> list[Row]:
    plan = now.prepared.plan
    first = [plan.reference, plan.subject]
    order = [*first, *(arm for arm in plan.arms if arm not in first)]
    known = {arm.name: arm for arm in now.counted.arms} if now.counted is not None else {}
    each = now.prepared.calls // len(order)
    most = max(len(name) for name in order)
    label = max(LABEL, min(most + 2, 24))
    return [_arm(known.get(name), name, each, label, width) for name in order]


def _arm(arm: ArmSoFar | None, name: str, each: int, label: int, width: int) -> Row:
    done, total = (arm.done, arm.total) if arm is not None else (0, each)
    said = f"  {done:>{len(str(total))}} of {total}"
    mean = "" if arm is None or arm.mean is None else f"   mean {float(arm.mean):.2f}"
    more = ""
    if arm is not None:
        more = f"   {arm.cached} cached"
        more += f"   {count(arm.retries, 'retry', 'retries')}" if arm.retries else ""
    row = [
        Piece(f"{name:<{label}}"),
        Piece(bar(done, total, width_for(width)), "good" if done == total else "strong"),
        Piece(said),
        Piece(mean),
        Piece(more, "quiet"),
    ]
    if arm is not None and arm.missing:
        row.append(Piece(f"   {arm.missing} missing", "bad"))
    return row


def _estimate(now: Evaluation, width: int) -> list[Row]:
    found = now.counted.estimate if now.counted is not None else None
    match now.state:
        case "done" if now.done is not None:
            result = now.done.result.finding
            word = f"{result.verdict}"
            why = f"  {result.why}" if result.why else ""
            head = Piece(f"{word}  ", verdict_look(word) or "strong")
            return [
                [
                    head,
                    *_interval(result.uplift, width - len(why), len(head.text)),
                    Piece(why, "quiet"),
                ]
            ]
        case "halted":
            return [
                [
                    Piece("paused  ", "bad"),
                    Piece(_problem(now)),
                    Piece("   r try again   x stop", "warn"),
                ]
            ]
        case "failed":
            return [
                [Piece("failed  ", "bad"), Piece(_problem(now)), Piece("   r try again", "warn")]
            ]
        case "stopped":
            said = f"stopped after {len(now.samples)} of {now.prepared.calls}: no verdict"
            kept = "   what was answered is kept"
            return [[Piece("incomplete  ", "warn"), Piece(said), Piece(kept, "quiet")]]
        case "stopping":
            return [[Piece("stopping ...", "warn")]]
    end = Piece(f"   no verdict before {now.prepared.calls}", "quiet")
    if found is None:
        return [
            [Piece(f"{'so far':<{LABEL}}", "quiet"), Piece("nothing to compare yet", "quiet"), end]
        ]
    return [
        [
            Piece(f"{'so far':<{LABEL}}", "quiet"),
            *_interval(found, width - len(end.text), LABEL),
            end,
        ]
    ]


def _problem(now: Evaluation) -> str:
    return now.error.problem if now.error is not None else ""


def _interval(found: Estimate | None, width: int, used: int) -> Row:
    """On an axis where there is room, and in numbers."""
    if found is None:
        return [Piece("nothing to compare", "quiet")]
    low, high, mean = found.interval.low, found.interval.high, float(found.mean)
    numbers = f"{mean:+.2f} [{low:+.2f}, {high:+.2f}]"
    drawn = axis(low, mean, high, min(60, width - used - len(numbers) - 4))
    return [Piece(f"{drawn}   " if drawn else "", "quiet"), Piece(numbers)]
