from __future__ import annotations

import asyncio

import pytest

from skillvault.evals import sham
from skillvault.models.base import Model
from skillvault.models.echo import EchoModel
from skillvault.models.local import LocalModel
from tests.weights import model, weights

__all__ = ["model", "weights"]


def off_by(backend: Model, tokens: int) -> int:
    async def measure() -> int:
        return await backend.count_tokens(await sham.fit(backend, tokens)) - tokens

    return abs(asyncio.run(measure()))


@pytest.mark.parametrize("tokens", [0, 1, 2, 7, 50, 130, 400, 1000, 5000])
def test_it_is_as_long_as_asked_within_two_percent(tokens: int) -> None:
    assert off_by(EchoModel(), tokens) <= max(1, int(0.02 * tokens))


@pytest.mark.parametrize("tokens", [1, 50, 970, 3000])
def test_so_it_is_by_the_tokenizer_of_a_real_model(model: LocalModel, tokens: int) -> None:
    assert off_by(model, tokens) <= max(1, int(0.02 * tokens))


def test_it_is_the_same_every_time_and_cut_between_words() -> None:
    one = asyncio.run(sham.fit(EchoModel(), 100))
    assert one == asyncio.run(sham.fit(EchoModel(), 100))
    assert sham.source().startswith(one)
    assert sham.source()[len(one)].isspace()


def test_the_text_says_nothing_about_this_tool() -> None:
    words = set(sham.source().casefold().split())
    assert not words & {"skill", "vault", "skillvault", "key", "secret", "command", "exit", "code"}
