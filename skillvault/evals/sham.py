"""The sham: an inert text as long as the skill, which tells knowledge from mere length."""

from __future__ import annotations

from importlib.resources import files

from skillvault.models.base import Model

TOLERANCE = 0.02


def source() -> str:
    """The shipped text: neutral prose on a walk, which states nothing that a task asks for."""
    return files("skillvault").joinpath("data", "sham.txt").read_text(encoding="utf-8")


async def fit(model: Model, tokens: int) -> str:
    """The shipped text, repeated and cut to within 2% of `tokens`, or one token if that is more.

    It is cut between words, unless that misses and a cut inside a word does not. The same model
    and number always give the same text.
    """
    if tokens <= 0:
        return ""
    text = source()
    base = text
    while await model.count_tokens(text) < tokens:
        text += "\n" + base
    allowed = max(1, int(tokens * TOLERANCE))
    words = [index for index, character in enumerate(text) if character.isspace()]
    for cuts in (words, list(range(1, len(text) + 1))):
        cut = cuts[await _last_below(model, text, cuts, tokens)]
        if abs(await model.count_tokens(text[:cut]) - tokens) <= allowed:
            break
    return text[:cut]


async def _last_below(model: Model, text: str, cuts: list[int], tokens: int) -> int:
    """The index of the last cut that gives at most `tokens`, as far as counts grow with length."""
    low, high = 0, len(cuts) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if await model.count_tokens(text[: cuts[middle]]) <= tokens:
            low = middle
        else:
            high = middle - 1
    return low
