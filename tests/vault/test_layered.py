"""A mapping that shares what did not change: always what a dictionary would be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.vault.layered import Layered

KEYS = st.integers(0, 120).map(str)
MAPS = st.dictionaries(KEYS, st.integers())
# Few keys at a time and many, so that layers are merged too.
CHANGES = st.lists(st.dictionaries(KEYS, st.none() | st.integers(), max_size=90), max_size=6)


def same(found: Layered[int], wanted: dict[str, int]) -> None:
    assert found == wanted
    assert list(found) == list(found.plain())
    assert (len(found), found.plain()) == (len(wanted), wanted)
    for key in map(str, range(122)):
        assert (key in found, found.get(key)) == (key in wanted, wanted.get(key))


@given(MAPS, CHANGES)
def test_it_is_what_a_dictionary_would_be(
    start: dict[str, int], changes: list[dict[str, int | None]]
) -> None:
    found, wanted = Layered(dict(start)), dict(start)
    for change in changes:
        possible = {k: v for k, v in change.items() if v is not None or k in wanted}
        before, copy = found, dict(wanted)
        found = found.changed(possible)
        wanted = {k: v for k, v in {**wanted, **possible}.items() if v is not None}
        same(found, wanted)
        same(before, copy)  # nothing of it changed


def test_what_is_not_there_cannot_be_taken_out() -> None:
    found = Layered({"a": 1}).changed({"a": None})
    for key in ("a", "b"):
        with pytest.raises(KeyError):
            found.changed({key: None})
        with pytest.raises(KeyError):
            found[key]
    assert Layered.of(found) is found
    assert found == {}
