"""What a run leaves behind: every question, every answer, what each was worth, what follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from skillvault.evals.explain import Checked
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
    `cached`: the answer was kept from an earlier run; what its completion says of tokens and time
    was spent then. `checks` is what each check saw, empty for an answer that was not read.
    """

    arm: str
    task: str
    index: int
    request: Request
    completion: Completion
    score: Fraction | None
    note: str = ""
    retries: int = 0
    cached: bool = False
    checks: tuple[Checked, ...] = ()


@dataclass(frozen=True, slots=True)
class ArmTotals:
    """What an arm did and cost. `mean` is over complete tasks, None where there are none.

    `cached` of the `calls` had their answers from earlier runs; tokens and seconds are those of
    the others. `thought`: answers that were cut while the model was thinking.
    """

    arm: Arm
    mean: Fraction | None
    calls: int
    cached: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    seconds: float
    notes: Mapping[str, int]
    thought: int = 0


@dataclass(frozen=True, slots=True)
class EvalResult:
    """A comparison of one skill's arms on one model.

    `subject` and `reference` are the arms that are compared: the skill and the baseline, or two
    versions. `finding` judges the one against the other, and against the sham where one ran;
    `lower` are the tasks that the subject scored lower. `p_no_effect` is the sign-flip test of "it
    changes nothing on any task"; it decides nothing. `constant` is what the best constant answer
    would score where every task is a choice, else None: a baseline below it is no sign of anything.
    `ungraded` are the tasks that nothing could score. `seconds` are wall time. `served` is what a
    service said of the models that answered, mostly one.
    """

    skill: str
    suite: str
    model: ModelInfo
    samples: int
    temperature: float | None
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
    subject: str = SKILL
    reference: str = BASELINE
    served: tuple[str, ...] = ()

    def arm(self, name: str) -> ArmTotals:
        """The totals of an arm. KeyError: it did not run."""
        for totals in self.arms:
            if totals.arm.name == name:
                return totals
        raise KeyError(name)

    @property
    def baseline(self) -> ArmTotals:
        """The arm that the skill is held against: the one without a skill, or another version."""
        return self.arm(self.reference)

    @property
    def skill_arm(self) -> ArmTotals:
        """The arm with the skill."""
        return self.arm(self.subject)

    @property
    def cached(self) -> int:
        """How many answers were kept from earlier runs."""
        return sum(totals.cached for totals in self.arms)


def totals(arm: Arm, mean: Fraction | None, calls: tuple[Sample, ...]) -> ArmTotals:
    """Add up the calls of one arm."""
    mine = [call for call in calls if call.arm == arm.name]
    made = [call.completion for call in mine if not call.cached]
    return ArmTotals(
        arm=arm,
        mean=mean,
        calls=len(mine),
        cached=len(mine) - len(made),
        prompt_tokens=sum(completion.prompt_tokens for completion in made),
        cached_tokens=sum(completion.cached_tokens for completion in made),
        completion_tokens=sum(completion.completion_tokens for completion in made),
        seconds=sum(completion.seconds for completion in made),
        notes=dict(Counter(call.note for call in mine if call.note)),
        thought=sum(
            call.completion.finish == "length" and call.completion.hidden_tokens > 0
            for call in mine
        ),
    )
