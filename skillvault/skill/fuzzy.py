"""Fuzzy matching of short names, as one types them: which match, how well, at which letters."""

from __future__ import annotations

from typing import NamedTuple

_STARTS = frozenset(" -_/.@~")


class Match(NamedTuple):
    """How well a name matches (the higher, the better) and the positions of the letters that do."""

    score: float
    positions: tuple[int, ...]


def match(query: str, text: str) -> Match | None:
    """The best reading of `query` in `text`, without case; None where its letters are not there.

    Words of the query may stand anywhere, in any order; the letters of each stand in order.
    A run of letters counts more than scattered ones, and the start of a word most.
    """
    words = query.casefold().split()
    if not words:
        return Match(0.0, ())
    folded = _fold(text)
    score = 0.0
    positions: set[int] = set()
    for word in words:
        found = _word(word, folded)
        if found is None:
            return None
        score += found.score
        positions.update(found.positions)
    return Match(score - len(text) / 1000, tuple(sorted(positions)))


def _fold(text: str) -> str:
    """Without case, letter by letter, so that positions stay those of `text`."""
    lower = text.casefold()
    return lower if len(lower) == len(text) else "".join(c.casefold()[:1] or c for c in text)


def _word(word: str, text: str) -> Match | None:
    at = _best_run(word, text)
    if at is not None:
        begins = at == 0 or text[at - 1] in _STARTS
        score = len(word) * (3.0 if begins else 2.0) + (1.0 if at == 0 else 0.0)
        return Match(score, tuple(range(at, at + len(word))))
    places = _scattered(word, text)
    if places is None:
        return None
    starts = sum(1 for at in places if at == 0 or text[at - 1] in _STARTS)
    return Match(len(word) / (places[-1] - places[0] + 1) + starts, places)


def _best_run(word: str, text: str) -> int | None:
    """Where the word stands as it is: at the start of a word of the text, if it does anywhere."""
    first = at = text.find(word)
    while at >= 0:
        if at == 0 or text[at - 1] in _STARTS:
            return at
        at = text.find(word, at + 1)
    return first if first >= 0 else None


def _scattered(word: str, text: str) -> tuple[int, ...] | None:
    """Where the letters stand one after the other, each as early as can be; time is linear."""
    places = []
    at = -1
    for letter in word:
        at = text.find(letter, at + 1)
        if at < 0:
            return None
        places.append(at)
    return tuple(places)
