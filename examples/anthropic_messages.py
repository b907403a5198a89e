"""A skill in an Anthropic conversation: `python anthropic_messages.py code-review "Right?"`.

The address and the key are those that the SDK reads, ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY.
The skill stands in `system=`; `vault.inject(..., format="anthropic")` puts it into the first turn.
"""

from __future__ import annotations

import os
import sys

import anthropic

import skillvault


def main(skill: str, question: str) -> str:
    """Ask with the skill in front; the answer."""
    with skillvault.open_vault() as vault:
        system = vault.prompt([skill], budget=8000)
    answer = anthropic.Anthropic().messages.create(
        model=os.environ.get("MODEL", "claude-sonnet-4-5"),
        max_tokens=1000,
        system=system,
        messages=[{"role": "user", "content": question}],
    )
    return "".join(block.text for block in answer.content if block.type == "text")


if __name__ == "__main__":
    sys.stdout.write(main(*sys.argv[1:3]) + "\n")
