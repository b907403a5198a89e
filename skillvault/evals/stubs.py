"""Six tasks to begin a suite with, and what tells them from tasks that somebody wrote.

Each shows another check. A stub is a task in which any text still begins with `STUB:`.
"""

from __future__ import annotations

import json

MARK = "STUB:"
COUNT = 6

_ABOUT = (
    "Six tasks to replace: what people ask whom the skill helps, as they would ask it without "
    "having read it. At least six count; delete what you do not need. Checks and keys: "
    "docs/suites.md. While a text begins with STUB: nothing is measured."
)


def template(skill: str) -> bytes:
    """The file `evals/evals.json` with six stubs, for people to write over."""
    checks: list[list[dict[str, object]]] = [
        [{"type": "contains", "value": f"{MARK} words that only a right answer has"}],
        [
            {"type": "contains", "value": f"{MARK} words that it has"},
            {"type": "not_contains", "value": f"{MARK} words that a wrong one has"},
        ],
        [{"type": "number", "value": 0}],
        [{"type": "regex", "value": f"{MARK} a pattern of Python's re"}],
        [
            {
                "type": "choice",
                "value": f"{MARK} the right one",
                "options": [f"{MARK} another one", f"{MARK} the right one", f"{MARK} a third one"],
            }
        ],
        [{"type": "json_fields", "value": {"field": f"{MARK} its value"}}],
    ]
    evals = [
        {
            "id": f"task-{number}",
            "prompt": f"{MARK} what somebody asks",
            "expected_output": f"{MARK} the answer, for readers",
            "checks": wanted,
        }
        for number, wanted in enumerate(checks, 1)
    ]
    whole = {"about": _ABOUT, "skill_name": skill, "evals": evals}
    return (json.dumps(whole, indent=2, ensure_ascii=False) + "\n").encode()


def is_stub(raw: object) -> bool:
    """Whether any text of a task, as its file has it, is still the template's."""
    if isinstance(raw, str):
        return raw.startswith(MARK)
    if isinstance(raw, dict):
        return any(map(is_stub, raw.values()))
    return isinstance(raw, list) and any(map(is_stub, raw))
