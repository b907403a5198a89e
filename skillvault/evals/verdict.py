"""What may be said about a skill: `improves`, `harms`, `negligible` or `inconclusive`.

The rules are tried in a fixed order and the first that matches decides. The margin is fixed
before the run. Sources: intersection-union test (Berger 1982), two one-sided tests (Schuirmann
1987), Holm 1979.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from operator import attrgetter

from skillvault.evals.statistics import ALPHA, Estimate, estimate, holm
from skillvault.evals.uplift import BASELINE, SHAM, SKILL, Contrast, TaskScores, contrast

MARGIN = 0.10
"""The smallest uplift that matters, unless another one was fixed before the run."""

MIN_TASKS = 6
"""With fewer, no result whatever reaches p <= 0.05."""

_MISSING_ONE_IN = 10


class Verdict(StrEnum):
    """What a comparison ends with."""

    IMPROVES = "improves"
    HARMS = "harms"
    NEGLIGIBLE = "negligible"
    INCONCLUSIVE = "inconclusive"


class Reason(StrEnum):
    """Why a verdict is `inconclusive`."""

    TOO_FEW_TASKS = "too few tasks"
    MISSING_RESULTS = "missing results"
    NOT_SEPARATED_FROM_SHAM = "not separated from sham"
    SEVERAL_CLAIMS = "several claims at once"  # separated alone, but not after Holm
    INTERVAL_TOO_WIDE = "interval too wide"


@dataclass(frozen=True, slots=True)
class Claim:
    """One skill on one model: its contrasts with the baseline and, where one ran, with the sham.

    `tasks` and `missing` count tasks (not groups), graded ones only.
    """

    uplift: Contrast
    over_sham: Contrast | None
    tasks: int
    missing: int

    @classmethod
    def of(cls, tasks: Sequence[TaskScores], *, arm: str = SKILL, against: str = BASELINE) -> Claim:
        """Compare two arms, and `arm` with the sham where one ran. KeyError: an arm is absent."""
        sham_ran = any(SHAM in task.scores for task in tasks)
        return cls(
            uplift=contrast(tasks, arm, against),
            over_sham=contrast(tasks, arm, SHAM) if sham_ran else None,
            tasks=len(tasks),
            missing=sum(not task.complete for task in tasks),
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict with everything that must stand beside it.

    `reason` is None unless the verdict is `inconclusive`. The estimates rest on complete tasks and
    are None where there are none; `over_sham` also where no sham ran. `q` is the claim's p-value
    against every other verdict, `adjusted` the same after Holm over the claims judged together.
    """

    verdict: Verdict
    reason: Reason | None
    margin: float
    uplift: Estimate | None
    over_sham: Estimate | None
    tasks: int
    missing: int
    q: float
    adjusted: float

    @property
    def why(self) -> str:
        """The reason in words; empty for `improves` and `harms`, the margin for `negligible`."""
        if self.verdict is Verdict.NEGLIGIBLE:
            return f"within {self.margin:g}"
        return self.reason or ""


def judge(claim: Claim, *, margin: float = MARGIN) -> Finding:
    """Judge one claim alone. ValueError: the margin is not in (0, 1]."""
    return judge_together([claim], margin=margin)[0]


def judge_together(claims: Sequence[Claim], *, margin: float = MARGIN) -> tuple[Finding, ...]:
    """Judge all claims of one report, Holm over them; findings in the same order.

    All are judged again with every missing score of the report at its worst, and at its best; a
    claim whose verdict that changes (Holm: also through its neighbours) is `inconclusive`.
    """
    if not 0 < margin <= 1:
        raise ValueError("a margin lies in (0, 1]")
    missing = any(claim.missing for claim in claims)
    readings = [
        [_Sides.of(claim, attrgetter(reading)) for claim in claims]
        for reading in ("observed", *(("least", "greatest") if missing else ()))
    ]
    observed = readings[0]
    adjusted = holm([sides.q for sides in observed])
    outcomes = [_first_matches(sides, margin) for sides in readings]
    findings = []
    for i, (claim, sides) in enumerate(zip(claims, observed, strict=True)):
        verdict, reason = outcomes[0][i]
        fixed = all(outcome[i][0] is verdict for outcome in outcomes)
        if sides.n < MIN_TASKS:
            verdict, reason = Verdict.INCONCLUSIVE, Reason.TOO_FEW_TASKS
        elif claim.missing * _MISSING_ONE_IN > claim.tasks or not fixed:
            verdict, reason = Verdict.INCONCLUSIVE, Reason.MISSING_RESULTS
        findings.append(
            Finding(
                verdict=verdict,
                reason=reason,
                margin=margin,
                uplift=sides.uplift,
                over_sham=sides.over_sham,
                tasks=claim.tasks,
                missing=claim.missing,
                q=sides.q,
                adjusted=adjusted[i],
            )
        )
    return tuple(findings)


@dataclass(frozen=True, slots=True)
class _Sides:
    """One reading of a claim: its missing scores left out, or filled in one way."""

    uplift: Estimate | None
    over_sham: Estimate | None
    sham_ran: bool

    @classmethod
    def of(cls, claim: Claim, pick: Callable[[Contrast], tuple[Fraction, ...]]) -> _Sides:
        sham = claim.over_sham
        return cls(
            uplift=estimate(pick(claim.uplift)),
            over_sham=None if sham is None else estimate(pick(sham)),
            sham_ran=sham is not None,
        )

    @property
    def n(self) -> int:
        return 0 if self.uplift is None else self.uplift.n

    @property
    def p_sham(self) -> float:
        """One-sided p of "no better than the sham"; 0 where none ran: it then decides nothing."""
        if not self.sham_ran:
            return 0.0
        return 1.0 if self.over_sham is None else self.over_sham.p.greater

    @property
    def q(self) -> float:
        if self.uplift is None:
            return 1.0
        p = self.uplift.p
        return min(1.0, 2 * max(p.greater, self.p_sham), 2 * p.less)


def _first_matches(
    readings: Sequence[_Sides], margin: float
) -> list[tuple[Verdict, Reason | None]]:
    """The verdicts of all claims read in one way, before the rules on too few and missing."""
    adjusted = holm([sides.q for sides in readings])
    return [_first_match(*pair, margin) for pair in zip(readings, adjusted, strict=True)]


def _first_match(sides: _Sides, adjusted: float, margin: float) -> tuple[Verdict, Reason | None]:
    if sides.uplift is None:
        return Verdict.INCONCLUSIVE, Reason.TOO_FEW_TASKS
    p, interval = sides.uplift.p, sides.uplift.interval
    better, worse = p.greater <= ALPHA / 2, p.less <= ALPHA / 2
    if better and sides.p_sham > ALPHA / 2:
        return Verdict.INCONCLUSIVE, Reason.NOT_SEPARATED_FROM_SHAM
    if better and adjusted <= ALPHA:
        return Verdict.IMPROVES, None
    if worse and adjusted <= ALPHA:
        return Verdict.HARMS, None
    if -margin < interval.low and interval.high < margin:
        return Verdict.NEGLIGIBLE, None
    if better or worse:
        return Verdict.INCONCLUSIVE, Reason.SEVERAL_CLAIMS
    return Verdict.INCONCLUSIVE, Reason.INTERVAL_TOO_WIDE
