"""The OpenAI SDK against llama.cpp's own server on loopback, which asks for its key."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from skillvault.errors import ServiceError
from skillvault.models.base import Completion, Request
from skillvault.models.local import LocalModel
from skillvault.models.reach import Reach
from skillvault.models.registry import open_model
from tests.models.ask import FACTS
from tests.weights import model, weights

__all__ = ["model", "weights"]

ASK = Request(FACTS, "What is the colour of the pilot flag?", max_tokens=12)


def asked(local: LocalModel, *requests: Request, key: str | None = None) -> list[Completion]:
    url = asyncio.run(local.listening_address()) + "/v1"
    reach = Reach({"OPENAI_API_KEY": key or local._key}, url)
    remote = open_model("openai:smollm2", Path(), reach=reach)

    async def all_of_them() -> list[Completion]:
        try:
            return [found async for found in remote.generate(requests)]
        finally:
            await remote.close()

    return asyncio.run(all_of_them())


def test_it_answers_and_counts(model: LocalModel) -> None:
    (found,) = asked(model, ASK)
    assert found.finish in {"stop", "length"}
    assert found.text.strip()
    assert found.prompt_tokens > 40
    assert 0 < found.completion_tokens <= 12
    assert found.served


def test_at_temperature_0_it_says_the_same_as_the_model_in_the_process(model: LocalModel) -> None:
    async def here() -> Completion:
        (found,) = [found async for found in model.generate([ASK])]
        return found

    model.forget()
    local = asyncio.run(here())
    (remote,) = asked(model, ASK)
    assert (remote.text, remote.finish) == (local.text, local.finish)


def test_a_limit_cuts_the_answer(model: LocalModel) -> None:
    (found,) = asked(model, Request(FACTS, "Tell me a long story.", max_tokens=3))
    assert (found.finish, found.completion_tokens) == ("length", 3)


def test_another_key_is_not_accepted(model: LocalModel) -> None:
    wrong = "sk-wrong-0123456789"
    with pytest.raises(ServiceError, match="the key is not accepted") as caught:
        asked(model, ASK, key=wrong)
    assert wrong not in str(caught.value)
    assert model._key not in str(caught.value)


def test_a_prompt_that_does_not_fit_is_an_overflow(model: LocalModel) -> None:
    (found,) = asked(model, Request(FACTS, "x " * 9000))
    assert (found.text, found.finish) == ("", "overflow")


def test_several_at_once_wait_for_each_other(model: LocalModel) -> None:
    url = asyncio.run(model.listening_address()) + "/v1"
    remote = open_model("openai:smollm2", Path(), reach=Reach({"OPENAI_API_KEY": model._key}, url))

    async def one() -> Completion:
        (found,) = [found async for found in remote.generate([ASK])]
        return found

    async def many() -> list[Completion]:
        try:
            return await asyncio.gather(*(one() for _ in range(8)))
        finally:
            await remote.close()

    found = asyncio.run(many())
    assert len(found) == 8
    assert all(completion.text.strip() for completion in found)
