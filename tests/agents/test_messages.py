"""Skills in message lists: where each dialect has them, and nothing of the caller's is touched."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillvault.agents.messages import DIALECTS, Dialect, place
from skillvault.errors import UsageError

USER = {"role": "user", "content": "Hello"}
SYSTEM = {"role": "system", "content": "Be brief."}
DEVELOPER = {"role": "developer", "content": "Be brief."}
ROLES = st.sampled_from(["user", "assistant", "tool"])
LISTS = st.lists(st.fixed_dictionaries({"role": ROLES, "content": st.text()}))


def test_openai_has_skills_after_the_system_messages_that_stand_first() -> None:
    text = {"role": "system", "content": "SKILL"}
    assert place([USER], "SKILL", "openai") == [text, USER]
    assert place([SYSTEM, USER], "SKILL", "openai") == [SYSTEM, text, USER]
    assert place([], "SKILL", "openai") == [text]
    assert place([USER, SYSTEM], "SKILL", "openai") == [text, USER, SYSTEM]


def test_openai_keeps_the_role_developer() -> None:
    text = {"role": "developer", "content": "SKILL"}
    assert place([DEVELOPER, USER], "SKILL", "openai") == [DEVELOPER, text, USER]


def test_anthropic_has_skills_at_the_head_of_the_first_user_turn() -> None:
    block = {"type": "text", "text": "SKILL"}
    hello = {"type": "text", "text": "Hello"}
    assert place([USER], "SKILL", "anthropic") == [{"role": "user", "content": [block, hello]}]
    image = {"type": "image", "source": {}}
    told = place([{"role": "user", "content": [image]}], "SKILL", "anthropic")
    assert told == [{"role": "user", "content": [block, image]}]
    assert place([], "SKILL", "anthropic") == [{"role": "user", "content": [block]}]
    answer = {"role": "assistant", "content": "Hi"}
    assert place([answer], "SKILL", "anthropic") == [{"role": "user", "content": [block]}, answer]


def test_anthropic_keeps_results_of_tools_before_any_text() -> None:
    result = {"type": "tool_result", "tool_use_id": "1", "content": "4"}
    more = {"type": "text", "text": "go on"}
    told = place([{"role": "user", "content": [result, more]}], "SKILL", "anthropic")
    assert told[0]["content"] == [result, {"type": "text", "text": "SKILL"}, more]


@pytest.mark.parametrize("leading", [SYSTEM, DEVELOPER])
@pytest.mark.parametrize("text", ["", "SKILL"])
def test_anthropic_refuses_a_system_message(leading: dict[str, Any], text: str) -> None:
    with pytest.raises(UsageError, match="message 2: Anthropic's lists have no") as raised:
        place([USER, leading], text, "anthropic")
    assert raised.value.hint == "give its text as `system=`"


@pytest.mark.parametrize("wrong", ["user", None, {}, {"role": 1}, [("role", "user")]])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_no_message_is_refused(wrong: object, dialect: Dialect) -> None:
    messages: list[Any] = [USER, wrong]
    with pytest.raises(UsageError, match="message 2: not a mapping with a `role`"):
        place(messages, "SKILL", dialect)


def test_content_that_is_neither_text_nor_blocks_is_refused() -> None:
    with pytest.raises(UsageError, match="neither text nor a list"):
        place([{"role": "user", "content": 3}], "SKILL", "anthropic")


def test_a_dialect_that_does_not_exist_is_refused() -> None:
    wrong: Any = "gemini"
    with pytest.raises(UsageError, match="none of openai, anthropic"):
        place([USER], "SKILL", wrong)


@given(LISTS, st.text(), st.sampled_from(DIALECTS))
def test_the_list_of_the_caller_is_never_changed(
    messages: list[dict[str, str]], text: str, dialect: Dialect
) -> None:
    before = copy.deepcopy(messages)
    told = place(messages, text, dialect)
    told.append({"role": "user"})
    told[0]["role"] = "changed"
    assert messages == before
