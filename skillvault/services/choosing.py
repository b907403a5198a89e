"""Which skills a task needs: ranked by the search index, as many as fit a budget of tokens."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from skillvault.errors import NotFoundError, RefusedError
from skillvault.services import finding, linting, reading, searching
from skillvault.services.context import Context
from skillvault.services.finding import Located
from skillvault.services.references import Reference
from skillvault.services.searching import Hit
from skillvault.vault.bundle import Bundle
from skillvault.vault.client import Vault
from skillvault.vault.sealed import DOES_NOT_OPEN

MOST = 5
"""Skills that are taken for one task: more of them distract a model."""

LEAST_SHARE = 1 / 3
"""Of the best skill's score that a skill needs."""

_ALL = 1_000_000

Opened = tuple[Located, Bundle]


@dataclass(frozen=True, slots=True)
class Choice:
    """A candidate that has words of the task.

    `words`: those it has; `reason`: why it was left out, None for one that was taken.
    """

    label: str
    score: float
    words: tuple[str, ...]
    reason: str | None

    @property
    def is_taken(self) -> bool:
        """Whether it goes to the model."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The skills that were taken, the best first, and all candidates with their reasons."""

    opened: tuple[Opened, ...]
    choices: tuple[Choice, ...]


def choose(
    ctx: Context,
    task: str,
    *,
    among: Sequence[Reference] = (),
    vault: str | None = None,
    allow: Collection[str] = (),
    cost: Callable[[Sequence[Opened]], int],
    budget: int | None = None,
) -> Chosen:
    """Choose `among` these skills, or all that I can read on this machine. See `choose_in`."""
    vaults = reading.open_for_list(ctx, vault)
    named = [finding.locate(ctx, reference, vault=vault) for reference in among]
    return choose_in(ctx, vaults, task, among=named, allow=allow, cost=cost, budget=budget)


def choose_in(
    ctx: Context,
    vaults: Sequence[Vault],
    task: str,
    *,
    among: Sequence[Located] = (),
    allow: Collection[str] = (),
    cost: Callable[[Sequence[Opened]], int],
    budget: int | None = None,
) -> Chosen:
    """Rank the skills of open vaults, or `among` these, by the words of `task`; take the best.

    At most `MOST`, each with at least `LEAST_SHARE` of the best one's score and so that the `cost`
    of all stays within `budget`; one that is too large leaves room for the next. The same vault
    and task give the same choice. One that `lint` refuses is left out.

    NotFoundError: no candidate has a word of the task. UsageError: it has no word to search for.
    """
    named = {_key(one): one for one in among}
    searched = searching.search_in(ctx, vaults, [task], limit=_ALL, match="any")
    hits = [hit for hit in searched.hits if not named or _hit_key(hit) in named]
    hits.sort(key=lambda hit: (not hit.exact, -hit.score, hit.label))
    if not hits:
        problem = f"none of the {len(named) or searched.readable} skills has a word of it"
        raise NotFoundError(task, problem, "say it in other words, or name the skills")
    taken: list[Opened] = []
    choices = []
    least = hits[0].score * LEAST_SHARE
    for hit in hits:
        located = named.get(_hit_key(hit)) or Located(hit.vault, hit.found, None)
        reason: str | None
        if len(taken) == MOST:
            reason = f"{MOST} fit better"
        elif hit.score < least:
            reason = "fits much less than the best"
        else:
            reason = _take(ctx, located, taken, allow=allow, cost=cost, budget=budget)
        choices.append(Choice(hit.label, hit.score, hit.words, reason))
    return Chosen(tuple(taken), tuple(choices))


def _take(
    ctx: Context,
    located: Located,
    taken: list[Opened],
    *,
    allow: Collection[str],
    cost: Callable[[Sequence[Opened]], int],
    budget: int | None,
) -> str | None:
    """Add a skill to those `taken`, or say why it is left out."""
    try:
        bundle = reading.open_located(ctx, located)
    except DOES_NOT_OPEN as error:
        return error.problem
    tokens = cost([*taken, (located, bundle)])
    if budget is not None and tokens > budget:
        return f"about {tokens:,} tokens with it, over the budget of {budget:,}"
    try:
        linting.guard(ctx, located.label, bundle.files, allow=allow)
    except RefusedError as error:
        return f"refused: {error.problem}"
    taken.append((located, bundle))
    return None


def _key(located: Located) -> tuple[str, str]:
    return located.vault.notes.vault, located.found.skill


def _hit_key(hit: Hit) -> tuple[str, str]:
    return hit.vault.notes.vault, hit.found.skill
