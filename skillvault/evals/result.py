"""What a run leaves behind: every question, every answer, what each was worth, what follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from skillvault.evals.uplift import BASELINE, SKILL, ScoredLower, TaskScores
from skillvault.evals.verdict import Finding
from skillvault.models.base import Completion, ModelInfo, Request


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of a comparison: the text that joins the system prompt, empty for the baseline.

    `digest` is the SHA-256 of the text; `tokens` are counted by the model.
    """

    name: str
    text: str
    digest: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One call. `score` is None where the result is missing, for the reason in `note`.

    `note` also says why an answer scored 0 unread: `refused`, `truncated`, `context overflow`.
    """

    arm: str
    task: str
    index: int
    request: Request
    completion: Completion
    score: Fraction | None
    note: str = ""
    retries: int = 0


@dataclass(frozen=True, slots=True)
class ArmTotals:
    """What an arm did and cost. `mean` is over complete tasks, None where there are none."""

    arm: Arm
    mean: Fraction | None
    calls: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    seconds: float
    notes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class EvalResult:
    """A comparison of one skill's arms on one model.

    `finding` judges the skill against the baseline, and against the sham where one ran; `lower`
    are the tasks that the skill scored lower. `p_no_effect` is the sign-flip test of "it changes
    nothing on any task"; it decides nothing. `constant` is what the best constant answer would
    score where every task is a choice, else None: a baseline below it is no sign of anything.
    `ungraded` are the tasks that nothing could score. `seconds` are wall time.
    """

    skill: str
    suite: str
    model: ModelInfo
    samples: int
    temperature: float
    seed: int
    arms: tuple[ArmTotals, ...]
    tasks: tuple[TaskScores, ...]
    finding: Finding
    lower: ScoredLower
    p_no_effect: float | None
    constant: Fraction | None
    ungraded: tuple[str, ...]
    calls: tuple[Sample, ...]
    seconds: float

    def arm(self, name: str) -> ArmTotals:
        """The totals of an arm. KeyError: it did not run."""
        for totals in self.arms:
            if totals.arm.name == name:
                return totals
        raise KeyError(name)

    @property
    def baseline(self) -> ArmTotals:
        """The arm without a skill."""
        return self.arm(BASELINE)

    @property
    def skill_arm(self) -> ArmTotals:
        """The arm with the skill."""
        return self.arm(SKILL)


def totals(arm: Arm, mean: Fraction | None, calls: tuple[Sample, ...]) -> ArmTotals:
    """Add up the calls of one arm."""
    mine = [call for call in calls if call.arm == arm.name]
    return ArmTotals(
        arm=arm,
        mean=mean,
        calls=len(mine),
        prompt_tokens=sum(call.completion.prompt_tokens for call in mine),
        cached_tokens=sum(call.completion.cached_tokens for call in mine),
        completion_tokens=sum(call.completion.completion_tokens for call in mine),
        seconds=sum(call.completion.seconds for call in mine),
        notes=dict(Counter(call.note for call in mine if call.note)),
    )
