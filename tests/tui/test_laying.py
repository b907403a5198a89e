"""Texts on lines as wide as a pane: nothing lost, nothing wider, differences by words."""

from __future__ import annotations

from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from skillvault.services.comparing import Difference
from skillvault.skill.files import SkillFile
from skillvault.skill.layout import Line, Span, width_of
from skillvault.skill.text import visible
from skillvault.tui.laying import Row, beside, columns, fold, inline, plain

SPANS = st.lists(
    st.builds(Span, st.text(st.characters(min_codepoint=32, max_codepoint=0x4FFF)), st.just("1"))
)


def text_of(lines: list[Line]) -> str:
    return "".join(span.text for line in lines for span in line)


@given(SPANS, st.integers(2, 40))
def test_folding_loses_nothing_and_is_never_too_wide(spans: list[Span], width: int) -> None:
    line = [span._replace(text=visible(span.text, lines=False)) for span in spans]
    made = fold(line, width)
    assert text_of(made) == text_of([line])
    assert all(width_of(one) <= width for one in made)


@given(st.text(), st.integers(2, 40))
def test_a_text_as_it_stands_is_whole(text: str, width: int) -> None:
    made = plain(text, width)
    assert text_of(made) == visible(text).expandtabs(4).replace("\n", "")
    assert all(width_of(one) <= width for one in made)


def test_folding_breaks_behind_a_space_that_is_near() -> None:
    assert [text_of([part]) for part in fold([Span("one two three")], 8)] == ["one two ", "three"]
    assert [text_of([part]) for part in fold([Span("a" * 9)], 4)] == ["aaaa", "aaaa", "a"]


def test_what_is_folded_hangs() -> None:
    made = fold([Span("  12 + "), Span("one two three four")], 16, 7)
    assert ["".join(span.text for span in line) for line in made] == [
        "  12 + one two ",
        "       three ",
        "       four",
    ]


@given(SPANS, st.integers(2, 40), st.integers(0, 12))
def test_hanging_loses_nothing_either(spans: list[Span], width: int, hang: int) -> None:
    line = [span._replace(text=visible(span.text, lines=False)) for span in spans]
    made = fold(line, width, hang)
    assert text_of(made).replace(" ", "") == text_of([line]).replace(" ", "")
    assert all(width_of(one) <= width for one in made)


def test_cells_are_folded_within_their_columns() -> None:
    made = columns([[Span("head")], Row(([Span("left side")], [Span("r")]))], 15)
    assert ["".join(span.text for span in line) for line in made] == [
        "head",
        "left   │ r",
        "side   │ ",
    ]


def difference(
    old: str | bytes | None, new: str | bytes | None, mode: Literal["644", "755"] = "644"
) -> Difference:
    def side(data: str | bytes | None, mode: Literal["644", "755"]) -> SkillFile | None:
        if data is None:
            return None
        return SkillFile("a.md", data.encode() if isinstance(data, str) else data, mode)

    return Difference("a.md", side(old, "644"), side(new, mode))


def shown(lines: list[Line]) -> list[str]:
    return ["".join(span.text for span in line) for line in lines]


def test_inline_has_the_old_line_above_the_new_one_with_its_words_marked() -> None:
    made = list(inline([difference("one two three\n", "one two four\n")]))
    assert shown(made) == ["a.md", "@@ -1 +1 @@", "- one two three", "+ one two four", ""]
    assert [span.text for line in made for span in line if "7" in span.style.split(";")] == [
        "three",
        "four",
    ]


def test_side_by_side_pairs_old_and_new_lines() -> None:
    rows = [
        row for row in beside([difference("a\nb\nc\n", "a\nB\nx\nc\n")]) if isinstance(row, Row)
    ]
    assert [tuple(shown([*row.cells])) for row in rows] == [
        ("    1   a", "    1   a"),
        ("    2 - b", "    2 + B"),
        ("", "    3 + x"),
        ("    3   c", "    4   c"),
    ]


def test_what_has_no_lines_is_said() -> None:
    assert shown(list(inline([difference(None, b"\0")]))) == ["a.md  added, binary", ""]
    assert shown(list(inline([difference("a", None)])))[0] == "a.md  removed"
    assert shown(list(inline([difference("a", "a", "755")]))) == ["a.md  only its mode differs", ""]


def test_what_is_hidden_is_shown_in_what_differs() -> None:
    made = shown(list(inline([difference("a\n", "a\u202e\x1b[31m\r\n")])))
    assert made[-2] == "+ a<U+202E><U+001B>[31m<U+000D>"
    assert "no newline at the end" in shown(list(inline([difference("a\n", "a")])))[-2]
