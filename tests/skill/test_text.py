"""Text from strangers: nothing hidden, nothing that steers a terminal."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.skill.text import cell_width, cut, estimate_tokens, one_line, visible

ANY = st.text(st.characters(codec=None, exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb", "a\nb"),
        ("safe\rover", "safe<U+000D>over"),
        ("\x1b[31mred", "<U+001B>[31mred"),
        ("\x9b31mred", "<U+009B>31mred"),
        ("\x1b]8;;http://x\x07y", "<U+001B>]8;;http://x<U+0007>y"),
        ("\x00\x7f", "<U+0000><U+007F>"),
        ("pay\u202eeert", "pay<U+202E>eert"),
        ("zero\u200bwidth", "zero<U+200B>width"),
        ("\ufeffbom", "<U+FEFF>bom"),
        ("soft\xadhyphen", "soft<U+00AD>hyphen"),
        ("tag\U000e0041", "tag<U+E0041>"),
        ("fill\u3164er", "fill<U+3164>er"),
        ("line\u2028para\u2029", "line<U+2028>para<U+2029>"),
        ("lone\ud800", "lone<U+D800>"),
        ("\ufdd0\uffff", "<U+FDD0><U+FFFF>"),
        ("h\ufe0f", "h<U+FE0F>"),
        ("a\u200db", "a<U+200D>b"),
        ("é 漢字 Ωμέγα עברית", "é 漢字 Ωμέγα עברית"),
        ("\u0600 number sign", "\u0600 number sign"),
    ],
)
def test_hidden_characters_are_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("text", ["❤\ufe0f", "1\ufe0f\u20e3", "👩\u200d👧", "❤\ufe0f\u200d🔥"])
def test_an_emoji_keeps_the_joiners_that_make_it(text: str) -> None:
    assert visible(text) == text


def test_a_second_selector_behind_an_emoji_is_shown_since_it_can_carry_bytes() -> None:
    assert visible("❤\ufe0f\ufe0f") == "❤\ufe0f<U+FE0F>"
    assert visible("❤\ufe01") == "❤<U+FE01>"
    assert visible("❤\U000e0101") == "❤<U+E0101>"


def test_a_name_shows_its_line_feed() -> None:
    assert visible("a\nb\tc", lines=False) == "a<U+000A>b<U+0009>c"


@given(ANY)
def test_no_control_or_format_character_is_left(text: str) -> None:
    shown = visible(text)
    for character in shown:
        if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}:
            assert character in "\n\t"
        assert character not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    assert visible(shown) == shown
    shown.encode()


@given(ANY, st.integers(-2, 40))
def test_one_line_is_one_line_that_fits(text: str, width: int) -> None:
    line = one_line(text, width)
    assert "\n" not in line
    assert "\t" not in line
    assert cell_width(line) <= max(width, 0)


def test_one_line_says_that_it_cut() -> None:
    assert one_line("one two  three\nfour", 100) == "one two three four"
    assert one_line("one two three four", 10) == "one two..."
    assert one_line("漢字漢字漢字", 8) == "漢字..."
    assert one_line("abc", 3) == "abc"
    assert one_line("abcd", 2) == ".."


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("漢字", 4), ("e\u0301", 1), ("", 0)])
def test_the_width_is_what_a_terminal_needs(text: str, width: int) -> None:
    assert cell_width(text) == width


@given(st.text(), st.integers(0, 20))
def test_cut_is_a_beginning_that_fits(text: str, width: int) -> None:
    line = visible(text, lines=False)
    assert line.startswith(cut(line, width))
    assert cell_width(cut(line, width)) <= width


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("", 0, 0),
        ("a", 1, 1),
        # counted with o200k and with Claude's published tokenizer: 16 and 16, 18 and 22, 6 and 10
        ("Read the description first, then ask what would break if it were wrong.", 13, 18),
        ("```python\nfor i in range(10):\n    print(i)\n```\n", 15, 26),
        ("数据库查询优化指南", 5, 11),
    ],
)
def test_tokens_are_estimated(text: str, low: int, high: int) -> None:
    assert low <= estimate_tokens(text) <= high


@given(ANY)
def test_any_text_has_an_estimate(text: str) -> None:
    assert 0 <= estimate_tokens(text) <= 4 * len(text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("line", ["plain text, with a line\n", "漢字 \u202e é ❤\ufe0f\n"])
def test_a_megabyte_is_quick(line: str) -> None:
    text = line * (1_000_000 // len(line))
    start = time.process_time()
    visible(text)
    one_line(text, 80)
    estimate_tokens(text)
    assert time.process_time() - start < 2
