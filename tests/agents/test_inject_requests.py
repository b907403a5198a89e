"""`openai` and `anthropic`: the part of a request's body that these APIs take."""

from __future__ import annotations

import json

import pytest

from skillvault.agents.inject import Format, Skill, wrap

SKILL = Skill("review", "How we review.", "Look \u202etwice.\n", "acme/review@2", ("SKILL.md",))


def test_openai_is_a_system_message_with_the_text() -> None:
    told = json.loads(wrap([SKILL], "openai").text)
    assert told == {"messages": [{"role": "system", "content": wrap([SKILL]).text}]}


def test_anthropic_is_a_system_parameter_with_the_text() -> None:
    told = json.loads(wrap([SKILL], "anthropic").text)
    assert told == {"system": [{"type": "text", "text": wrap([SKILL]).text}]}


@pytest.mark.parametrize("format", ["openai", "anthropic"])
def test_hidden_characters_can_be_seen_and_no_skill_is_an_empty_list(format: Format) -> None:  # noqa: A002 - as the option is called
    text = wrap([SKILL], format).text
    assert "\\u202e" in text
    assert "\u202e" not in text
    assert list(json.loads(wrap([], format).text).values()) == [[]]
    index = wrap([SKILL], format, index_only=True).text
    assert "How we review." in index
    assert "twice" not in index
