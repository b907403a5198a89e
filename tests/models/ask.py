"""Ask a backend from a test that is not async."""

from __future__ import annotations

import asyncio

from skillvault.models.base import Completion, Model, Request

FACTS = """\
You are the assistant of the harbour office.
The colour of the pilot flag is orange.
The colour of the customs flag is purple.
The night berth for ferries is pier nine."""


def answers(model: Model, *requests: Request) -> list[Completion]:
    async def collect() -> list[Completion]:
        return [completion async for completion in model.generate(requests)]

    return asyncio.run(collect())


def answer(model: Model, request: Request) -> Completion:
    return answers(model, request)[0]
