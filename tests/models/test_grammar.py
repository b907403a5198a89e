from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.models import grammar


def unquoted(literal: str) -> str:
    """Read a GBNF string as llama.cpp does (`parse_char` of its grammar parser)."""
    assert literal[0] == literal[-1] == '"'
    escapes = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}

    def read(match: re.Match[str]) -> str:
        return chr(int(match[1], 16)) if match[1] else escapes[match[2]]

    return re.sub(r"\\(?:x([0-9A-F]{2})|(.))", read, literal[1:-1])


@given(st.text())
def test_any_text_survives_quoting(text: str) -> None:
    literal = grammar.literal(text)
    assert unquoted(literal) == text
    assert "\n" not in literal
    assert not re.search(r'(?<!\\)(?:\\\\)*"', literal[1:-1])


@pytest.mark.parametrize(
    ("prefill", "joint"),
    [
        ("The queue is", " "),
        ("exit code 4", " "),
        ("Answer:", " "),
        ("done.", " "),
        ("", ""),
        ("The queue is ", ""),
        ("The command is `", ""),
        ('{"queue": "', ""),
        ("key=", ""),
    ],
)
def test_a_space_follows_a_word_and_nothing_else(prefill: str, joint: str) -> None:
    assert grammar.joint(prefill) == joint


def test_a_choice_is_its_options_and_no_other_text() -> None:
    assert grammar.choice(["b", 'a"'], "It is") == r'root ::= " " ("b" | "a\"")'
