"""A skill in an OpenAI chat: `python openai_messages.py code-review "Right?"`.

The address and the key are those that the SDK reads, OPENAI_BASE_URL and OPENAI_API_KEY.
"""

from __future__ import annotations

import os
import sys
from typing import cast

import openai
from openai.types.chat import ChatCompletionMessageParam

import skillvault


def main(skill: str, question: str) -> str:
    """Ask with the skill in front; the answer."""
    with skillvault.open_vault() as vault:
        messages = vault.inject([{"role": "user", "content": question}], [skill], budget=8000)
    answer = openai.OpenAI().chat.completions.create(
        model=os.environ.get("MODEL", "gpt-4o-mini"),
        messages=cast("list[ChatCompletionMessageParam]", messages),
    )
    return answer.choices[0].message.content or ""


if __name__ == "__main__":
    sys.stdout.write(main(*sys.argv[1:3]) + "\n")
