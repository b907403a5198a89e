"""Skills to measure on: the same N folders from the same seed, on every machine.

Sizes are log-normal, median 6 KB, sigma 0.75, clipped to 1..60 KB: 1,000 skills have 7.5 MB. Words
are drawn by rank, so that the text compresses as prose does.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SEED: Final = 20240501

_SYLLABLES: Final = re.findall(
    "[a-z]+", "ka lo mi ren tas vor del sin pra tum ora eli gan ser nov pel dus cor mar tin bel"
)
_SMALLEST, _MEDIAN, _LARGEST = 1_000, 6_000, 60_000


def write(dest: Path, count: int) -> list[Path]:
    """Make `count` skill folders below `dest`, and give their paths."""
    folders = []
    for name, text in generate(count):
        folder = dest / name
        folder.mkdir(parents=True)
        (folder / "SKILL.md").write_text(text, encoding="utf-8")
        folders.append(folder)
    return folders


def generate(count: int, seed: int = SEED) -> Iterator[tuple[str, str]]:
    """(name, text of SKILL.md) of each skill."""
    rng = random.Random(seed)
    prose = _Prose(rng)
    for number in range(count):
        name = f"{prose.word()}-{prose.word()}-{number:04d}"
        size = int(min(_LARGEST, max(_SMALLEST, _MEDIAN * math.exp(rng.gauss(0, 0.75)))))
        head = f"---\nname: {name}\ndescription: {prose.sentence()}\nlicense: MIT\n---\n\n"
        text = f"{head}# {name.replace('-', ' ')}\n"
        while len(text) < size:
            text += prose.block()
        yield name, f"{text[: size - 1]}\n"


class _Prose:
    """Sentences of made-up words, some of them far more frequent than others."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        made = {"".join(rng.choices(_SYLLABLES, k=rng.randint(1, 4))) for _ in range(6_000)}
        self.words = sorted(made)
        rng.shuffle(self.words)
        by_rank = [1 / (rank + 3) for rank in range(len(self.words))]
        self.stream = rng.choices(self.words, by_rank, k=400_000)

    def word(self) -> str:
        return self.rng.choice(self.words)

    def sentence(self) -> str:
        at = self.rng.randrange(len(self.stream) - 30)
        words = self.stream[at : at + self.rng.randint(6, 22)]
        return f"{' '.join(words).capitalize()}."

    def block(self) -> str:
        """A heading, a list, a piece of shell, or a paragraph."""
        kind, rng = self.rng.random(), self.rng
        if kind < 0.15:
            return f"\n## {self.sentence()[:-1]}\n"
        if kind < 0.45:
            items = (f"- **{self.word()}**: {self.sentence()}\n" for _ in range(rng.randint(2, 7)))
            return "\n" + "".join(items)
        if kind < 0.6:
            lines = (
                f"{self.word()} --{self.word()}={rng.randint(1, 9999)} ./{self.word()}.py\n"
                for _ in range(rng.randint(2, 8))
            )
            return f"\n```bash\n{''.join(lines)}```\n"
        return "\n" + " ".join(self.sentence() for _ in range(rng.randint(2, 6))) + "\n"
