"""Bars and axes: what one sees at a glance is what the numbers say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from skillvault.skill.text import cell_width
from skillvault.tui.scale import axis, bar

unit = st.floats(-1, 1)


@given(st.integers(0, 5000), st.integers(1, 5000), st.integers(1, 60))
def test_a_bar_is_full_at_the_end_only_and_empty_at_the_beginning_only(
    done: int, total: int, width: int
) -> None:
    done = min(done, total)
    drawn = bar(done, total, width)
    assert len(drawn) == width
    assert ("░" not in drawn) == (done == total) or width == 1
    assert ("█" in drawn) == (done > 0)


@given(st.lists(unit, min_size=3, max_size=3), st.integers(0, 120))
def test_an_axis_fits_and_shows_its_mean(numbers: list[float], width: int) -> None:
    low, mean, high = sorted(numbers)
    drawn = axis(low, mean, high, width)
    assert cell_width(drawn) <= width
    assert not drawn or drawn.count("●") == 1


def test_an_interval_that_holds_zero_is_seen_to() -> None:
    assert axis(-0.2, 0.1, 0.4, 40).count("┼") == 1
    assert "┼" not in axis(0.2, 0.3, 0.4, 40)
    assert axis(0.2, 0.3, 0.4, 40).startswith("-0.2 ")


def test_where_there_is_no_room_there_is_no_axis() -> None:
    assert axis(-0.2, 0.1, 0.4, 20) == ""
