"""Fuzzy matching of names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.skill.fuzzy import match


@pytest.mark.parametrize(
    ("query", "text", "positions"),
    [
        ("", "code-review", ()),
        ("rev", "code-review", (5, 6, 7)),
        ("REV", "code-review", (5, 6, 7)),
        ("cr", "code-review", (0, 5)),
        ("view code", "code-review", (0, 1, 2, 3, 7, 8, 9, 10)),
        ("e", "code-review", (3,)),
        ("ss", "Stra\u00dfe", (0, 4)),
        ("x", "code-review", None),
        ("weiv", "code-review", None),
        ("rev x", "code-review", None),
        ("code-review-2", "code-review", None),
    ],
)
def test_which_letters_match(query: str, text: str, positions: tuple[int, ...] | None) -> None:
    found = match(query, text)
    assert (None if found is None else found.positions) == positions


def test_the_best_comes_first() -> None:
    names = ["preview", "r-e-v", "incident-review", "review", "code-review", "xrxexv"]
    found = {name: score.score for name in names if (score := match("rev", name))}
    assert min(found, key=lambda name: -found[name]) == "review"
    assert found["code-review"] > found["preview"] > found["xrxexv"]
    assert found["code-review"] > found["incident-review"]


def test_many_letters_that_almost_match_take_no_time() -> None:
    assert match("a" * 30 + "b", "a" * 400) is None
    assert match("ab" * 30 + "c", "a-b-" * 400) is None


@given(st.text(max_size=12), st.text(max_size=60))
def test_whatever_is_typed_the_letters_that_match_are_those_of_the_text(
    query: str, text: str
) -> None:
    found = match(query, text)
    if found is not None:
        assert all(0 <= place < len(text) for place in found.positions)
        assert list(found.positions) == sorted(set(found.positions))
        assert bool(found.positions) == bool(query.split())


@given(st.text(st.characters(codec="ascii"), min_size=1, max_size=40), st.data())
def test_any_letters_in_their_order_are_found(text: str, data: st.DataObject) -> None:
    places = data.draw(st.sets(st.integers(0, len(text) - 1)))
    query = "".join(text[place] for place in sorted(places))
    assert match("".join(query.split()), text) is not None
