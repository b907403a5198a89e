"""A result as JSON says it: for `--json`, and as a run is kept."""

from __future__ import annotations

from typing import Any

from skillvault.evals.result import ArmTotals, EvalResult
from skillvault.evals.statistics import Estimate

Json = dict[str, Any]


def as_json(result: EvalResult) -> Json:
    """Everything but the calls. Documented in `docs/json/eval.schema.json`."""
    finding, model = result.finding, result.model
    return {
        "suite": result.suite,
        "model": {
            "name": model.name,
            "digest": model.digest,
            "demo": model.demo,
            "parameters": dict(model.parameters),
            "served": list(result.served),
        },
        "samples": result.samples,
        "temperature": result.temperature,
        "seed": result.seed,
        "subject": result.subject,
        "reference": result.reference,
        "verdict": str(finding.verdict),
        "reason": None if finding.reason is None else str(finding.reason),
        "margin": finding.margin,
        "uplift": _estimate(finding.uplift),
        "over_sham": _estimate(finding.over_sham),
        "p_no_effect": result.p_no_effect,
        "missing": finding.missing,
        "ungraded": list(result.ungraded),
        "lower": {
            "tasks": [{"task": task, "difference": float(d)} for task, d in result.lower.tasks],
            "by_chance": float(result.lower.by_chance),
        },
        "constant": None if result.constant is None else float(result.constant),
        "arms": [_arm(totals) for totals in result.arms],
        "tasks": _tasks(result),
        "cached": result.cached,
        # Known for sure only where nobody sends a bill: prices change, and nobody tells us.
        "cost_usd": None if model.capabilities.remote else 0,
        "seconds": round(result.seconds, 3),
    }


def _estimate(value: Estimate | None) -> Json | None:
    if value is None:
        return None
    return {
        "n": value.n,
        "mean": float(value.mean),
        "low": value.interval.low,
        "high": value.interval.high,
        "p": value.p.two_sided,
    }


def _arm(totals: ArmTotals) -> Json:
    return {
        "name": totals.arm.name,
        "digest": totals.arm.digest,
        "tokens": totals.arm.tokens,
        "mean": None if totals.mean is None else float(totals.mean),
        "calls": totals.calls,
        "cached": totals.cached,
        "prompt_tokens": totals.prompt_tokens,
        "cached_tokens": totals.cached_tokens,
        "completion_tokens": totals.completion_tokens,
        "seconds": round(totals.seconds, 3),
        "notes": dict(totals.notes),
    }


def _tasks(result: EvalResult) -> list[Json]:
    return [
        {
            "task": task.task,
            "group": task.group,
            "scores": {
                arm: None if score is None else float(score) for arm, score in task.scores.items()
            },
        }
        for task in result.tasks
    ]
