"""What was answered before: the seam to whatever keeps answers between runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, Protocol

from skillvault.evals.checks import Answer
from skillvault.models.base import Completion, ModelInfo, Request


@dataclass(frozen=True, slots=True)
class Question:
    """All that an answer follows from. `scored`: the options whose likelihoods were asked for."""

    model: ModelInfo
    request: Request
    sample: int
    scored: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The request, as JSON can say it."""
        return asdict(self.request) | {"scored": self.scored}


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer with what it cost when it was given."""

    completion: Completion
    answer: Answer

    def as_json(self) -> dict[str, Any]:
        """Everything but what a scorer said token by token."""
        said = self.completion
        return {
            "text": said.text,
            "finish": said.finish,
            "prompt_tokens": said.prompt_tokens,
            "cached_tokens": said.cached_tokens,
            "completion_tokens": said.completion_tokens,
            "hidden_tokens": said.hidden_tokens,
            "seconds": said.seconds,
            "served": said.served,
            "answer": self.answer.text,
            "likelihoods": {option: str(p) for option, p in self.answer.likelihoods.items()},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Kept | None:
        """Undo `as_json`; None for what another version wrote in another way."""
        try:
            likelihoods = {o: Fraction(p) for o, p in value["likelihoods"].items()}
            completion = Completion(
                text=value["text"],
                finish=value["finish"],
                prompt_tokens=value["prompt_tokens"],
                cached_tokens=value["cached_tokens"],
                completion_tokens=value["completion_tokens"],
                hidden_tokens=value["hidden_tokens"],
                seconds=value["seconds"],
                served=value["served"],
            )
            return cls(completion, Answer(value["answer"], likelihoods))
        except (KeyError, TypeError, ValueError, AttributeError):
            return None


class Memory(Protocol):
    """Keeps answers. It fails nothing: what cannot be kept is asked again next time."""

    def find(self, question: Question) -> Kept | None:
        """The answer to this very question, if it is kept."""
        ...

    def keep(self, question: Question, kept: Kept) -> None:
        """Keep an answer, safely before this returns."""
        ...


class NoMemory:
    """Keeps nothing."""

    def find(self, _question: Question) -> Kept | None:
        """Nothing."""
        return None

    def keep(self, _question: Question, _kept: Kept) -> None:
        """Nothing."""
