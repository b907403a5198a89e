"""Whatever bytes come from outside, nothing but an error of ours comes out, and always something.

A few hundred seeded mutations of each format here, thousands in `make test-all`.
"""

from __future__ import annotations

import contextlib
import random
import signal
from collections.abc import Iterator
from types import FrameType

import pytest

from skillvault.errors import SkillvaultError
from tests.hostile.formats import targets

SEED = 20261124
FEW, MANY = 200, 3000
PATIENCE = 300


@contextlib.contextmanager
def not_for_ever() -> Iterator[None]:
    """What hangs is an error, and not the end of the whole run."""

    def give_up(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def fuzz(name: str, count: int) -> None:
    """Read so many mutations: an answer or an error of ours, else say which bytes did it."""
    target = targets()[name]
    chance = random.Random(f"{SEED} {name}")
    refused = 0
    with not_for_ever():
        for number in range(count):
            data = chance.choice(target.ways)(chance, chance.choice(target.samples))
            try:
                target.read(data)
            except SkillvaultError:
                refused += 1
            except BaseException as error:
                error.add_note(f"{name}, mutation {number}: {data[:2000]!r}")
                raise
    assert refused > 0 or name in LENIENT, "mutations that nothing refuses test nothing"


# Caches and notes of our own, which are made anew where they are damaged.
LENIENT = {"pinned state", "attempts", "bases", "placements", "notebook", "a record that waits", "work laid aside"}  # fmt: skip
# What says nothing new, and what always ends with an error here.
REFUSED = {"entry", "vault.json", "member", "group", "access", "SKILL.md", "words of git"}
NAMES = (
    "card", "entry", "commit", "an entry that is signed", "manifest", "tar", "skill.age", "age file",
    "name of a person", "name of a group", "vault.json", "member", "group", "access", "signature", "armor",
    "signing key", "evidence", "identity file", "SKILL.md", "tasks", "post-quantum age file", "armored age file", "zip", "words of git", "cached state", "pin", "pinned state",
    "notes of a vault", "attempts", "configuration", "bases", "placements", "notebook", "a record that waits",
    "work laid aside",
)  # fmt: skip


def test_every_target_is_fuzzed() -> None:
    assert set(NAMES) == set(targets())


@pytest.mark.parametrize("name", sorted({*NAMES} - REFUSED))
def test_a_good_one_is_read(name: str) -> None:
    """So that what is refused is refused for what was done to it."""
    for sample in targets()[name].samples:
        targets()[name].read(sample)


@pytest.mark.parametrize("name", NAMES)
def test_a_few_mutations(name: str) -> None:
    fuzz(name, FEW)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", NAMES)
def test_many_mutations(name: str) -> None:
    fuzz(name, MANY)
