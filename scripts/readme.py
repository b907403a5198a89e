"""Make the output that README.md and docs/walkthroughs.md quote anew, from their own commands.

`python -m scripts.readme` runs each line `ada$ ...`, `bob$ ...` and `host$ ...` of the `console`
blocks, in order, in one scene a document (`scripts/scene.py`), and puts what it printed behind it.
Lines that begin with `>` belong to the command above them, as a shell shows a text for `<<`.
The service at `SERVICE` is llama.cpp's own server with the small model, at a port that is free.
Without it `eval` takes a minute or two, so what it printed stays as it is without `--eval`.
`--check` writes nothing, and fails (1) where the output differs in more than keys, ids, hashes,
sizes and times, or where README.md's table of what works lacks a command.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import difflib
import re
import sys
from importlib.resources import files
from itertools import takewhile
from typing import Final

from scripts.scene import ROOT, Scene, scene
from skillvault.cli import table
from skillvault.models.local import LocalModel
from skillvault.models.registry import DEFAULT, open_model
from skillvault.paths import Paths

README: Final = ROOT / "README.md"
DOCUMENTS: Final = (README, ROOT / "docs/walkthroughs.md")
COLUMNS: Final = 88
SERVICE: Final = "http://127.0.0.1:8080"
_SLOW: Final = "skillvault eval "
_BLOCK: Final = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROMPT: Final = re.compile(r"^(ada|bob|host)\$ (.+)$")
_VAULT_ID: Final = re.compile(r"sha256:[0-9a-f]{64}")
_WORD: Final = "|".join(files("skillvault.data").joinpath("bip39-english.txt").read_text().split())
# What is another in every run: hashes, fingerprints, ids, names of commits, padded sizes.
_VARIES: Final = (
    _VAULT_ID,
    re.compile(rf"\b(?:{_WORD})(?: (?:{_WORD})\b){{7}}"),
    re.compile(r"\b(?:[a-z2-7]/)?[a-z2-7]{16}\b"),
    re.compile(r"^[0-9a-f]{7}\b"),
    re.compile(r"^ *\d+(?= \S+\.age$)"),
    re.compile(r"\b\d+(?:\.\d+)? m?s\b"),
    re.compile(r"\([\d,]+ reused\)"),
    re.compile(r"^run [a-z2-7]{8}, \S+|^[a-z2-7]{8}(?=  (?:just now|\d))"),
    re.compile(r"\bjust now\b|\b\d+ minutes? ago\b"),
    # What a model says where nothing tells it: with other processors another near tie wins.
    re.compile(r"^  answered: .*|[\d,]+ answered|^@1: \d+ truncated"),
    re.compile(r"Ada Lovelace, Bob Barker|Bob Barker, Ada Lovelace"),  # in the order of their ids
)


class Runner:
    """Plays the blocks of a text in one scene."""

    def __init__(self, stage: Scene, *, evaluate: bool) -> None:
        self.stage = stage
        self.evaluate = evaluate
        self.vault_id = ""
        self.service = ""
        self.ending = contextlib.ExitStack()

    def block(self, old: re.Match[str]) -> str:
        """A block as it should be. SystemExit where a line stands before the first command."""
        lines: list[str] = []
        running = False
        told = old[1].splitlines()
        for number, line in enumerate(told):
            if prompt := _PROMPT.match(line):
                who, command = prompt[1], _VAULT_ID.sub(lambda _: self.vault_id, prompt[2])
                given = list(takewhile(lambda more: more.startswith(">"), told[number + 1 :]))
                lines += [f"{who}$ {command}", *given]
                running = self.evaluate or SERVICE in command or not command.startswith(_SLOW)
                if running:
                    lines += self.output(who, "\n".join([command, *(g[2:] for g in given)]))
            elif not lines:
                raise SystemExit(f"output without a command: {line}")
            elif not running and not line.startswith(">"):
                lines.append(line)
        return "```console\n" + "".join(f"{line}\n" for line in lines) + "```"

    def output(self, who: str, command: str) -> list[str]:
        """The lines that a command prints. The id that `share` tells is the one to clone."""
        if SERVICE in command and not self.service:
            self.serve()
        printed = self.stage.run(who, command.replace(SERVICE, self.service or SERVICE))
        if "--id" in printed and (found := _VAULT_ID.search(printed)):
            self.vault_id = found[0]
        if self.service:
            printed = printed.replace(self.service, SERVICE)
        return printed.splitlines()

    def serve(self) -> None:
        """Start the service, whose key is in everybody's environment from here on."""
        model = open_model(DEFAULT, Paths.from_environment().models)
        assert isinstance(model, LocalModel)
        self.ending.callback(lambda: asyncio.run(model.close()))
        self.service = asyncio.run(model.listening_address())
        self.stage.variables["OPENAI_API_KEY"] = model._key  # noqa: SLF001 (no user may have it)


def remade(text: str, *, evaluate: bool) -> str:
    """The text with what its commands print today."""
    with scene(COLUMNS) as stage:
        runner = Runner(stage, evaluate=evaluate)
        with runner.ending:
            return _BLOCK.sub(runner.block, text)


def faults(old: str, new: str) -> list[str]:
    """The lines that differ, as a diff, but for what differs in every run."""
    before, after = ([_masked(line) for line in text.splitlines()] for text in (old, new))
    return list(difflib.unified_diff(before, after, "written", "today", n=0, lineterm=""))


def unnamed(text: str) -> list[str]:
    """Commands that are built and not under "What works today", or said not to be built."""
    works, _, rest = text.partition("## What works today")[2].partition("Not built yet:")
    promised = rest.partition("\n\n")[0]
    built = [row.name for row in table.ROWS if row.alone or not table.inside(row.name)]
    return [
        *(
            f"README.md: `{name}` works, and is not named"
            for name in built
            if f"`{name}`" not in works
        ),
        *(f"README.md: `{name}` is built" for name in built if f"`{name}`" in promised),
    ]


def _masked(line: str) -> str:
    for pattern in _VARIES:
        line = pattern.sub("*", line)
    return re.sub("  +", "  ", line)  # columns are as wide as what differs


def main() -> int:
    """Write or check; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scripts.readme")
    parser.add_argument("--check", action="store_true", help="change nothing, fail if stale")
    parser.add_argument("--eval", action="store_true", help="measure anew too")
    asked = parser.parse_args()
    lacking = unnamed(README.read_text(encoding="utf-8"))
    if asked.check and lacking:
        print("\n".join(lacking))
    stale = asked.check and bool(lacking)
    for document in DOCUMENTS:
        old = document.read_text(encoding="utf-8")
        new = remade(old, evaluate=asked.eval)
        if not asked.check:
            document.write_text(new, encoding="utf-8")
        elif found := faults(old, new):
            stale = True
            print("\n".join([*found, f"{document.name}: stale: python -m scripts.readme"]))
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
