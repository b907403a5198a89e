"""Ada's machine once more, where `code-review` was measured: files of every kind, runs, versions."""

from __future__ import annotations

import json
from dataclasses import replace

from skillvault.services import evaluating, identities, put, sharing, vaults
from skillvault.services.evaluating import How
from skillvault.services.references import parse
from tests.tui.stage import NOW, REVIEW, Machine

FACTS = {
    "null-deref": "A pointer that may be nil is a blocker.",
    "sql-join": "A join without an index is a comment.",
    "dead-code": "Code that nobody calls is removed.",
    "long-name": "A name of five words is renamed.",
    "magic-number": "A number without a name gets one constant.",
    "no-test": "A change without a test is sent back.",
    "typo": "A typo in a comment is ignored.",
    "secret": "A key in the code stops the release.",
}
QUESTIONS = {
    "null-deref": ("What is a pointer that may be nil?", "blocker"),
    "sql-join": ("What is a join without an index?", "comment"),
    "dead-code": ("What of code that nobody calls?", "removed"),
    "long-name": ("What of a name of five words?", "renamed"),
    "magic-number": ("What does a number without a name get?", "constant"),
    "no-test": ("What of a change without a test?", "sent back"),
    "typo": ("What of a typo in a comment?", "ignored"),
    "secret": ("What does a key in the code stop?", "release"),
}


def tell_results(machine: Machine) -> None:
    """Two more versions with a suite, each measured: @3 knows three answers, @4 all but one."""
    folder = machine.folder / "code-review"
    (folder / "evals").mkdir(parents=True)
    (folder / "references").mkdir()
    (folder / "scripts").mkdir()
    suite = [
        {"id": task, "prompt": asked, "checks": [{"type": "contains", "value": answer}]}
        for task, (asked, answer) in QUESTIONS.items()
    ]
    (folder / "evals" / "evals.json").write_text(json.dumps({"evals": suite}, indent=1))
    (folder / "references" / "layers.md").write_text("# Layers\n\nImports point down.\n")
    (folder / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00" + bytes(range(256)) * 40)
    script = folder / "scripts" / "run.sh"
    script.write_text("#!/bin/sh\nexec ruff check .\n")
    script.chmod(0o755)
    names = list(FACTS)
    _put(machine, names[:3], "tasks to measure it by", NOW - 7200)
    evaluating.evaluate(
        replace(machine, now=NOW - 7000).context, parse("code-review"), How(model="echo:")
    )
    _put(machine, names[1:], "tighter wording", NOW - 3600)
    evaluating.evaluate(
        replace(machine, now=NOW - 3500).context,
        parse("code-review"),
        How(model="echo:", against="@3", samples=2),
    )


def _put(machine: Machine, names: list[str], message: str, now: float) -> None:
    folder = machine.folder / "code-review"
    facts = "\n\n".join(FACTS[name] for name in names)
    (folder / "SKILL.md").write_text(f"{REVIEW}\n## What is what\n\n{facts}\n")
    put.put(replace(machine, now=now).context, [folder], vault="acme", message=message)


def newcomer(machine: Machine) -> Machine:
    """The machine of Frank, with whom Ada shares `code-review` as it is now."""
    frank = Machine(machine.folder / "frank")
    identities.make(frank.context, "Frank", suite="x25519")
    (held,) = identities.load(frank.context)
    card = identities.make_card(held).to_text().encode()
    done = sharing.share(
        machine.context, [parse("code-review")], ["-"], approve=lambda _: True, stdin=card
    )
    assert done is not None
    vaults.clone(frank.context, str(machine.folder / "host.git"), "acme", approve=lambda *_: True)
    return frank
