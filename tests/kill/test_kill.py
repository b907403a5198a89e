"""A real SIGKILL at any moment of an operation: vaults open, verify and go on, nothing leaks."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.kill.scenery import ALL
from tests.kill.walk import Walk

SEED = 3
CLASSIC, HYBRID = "x25519", "mlkem768x25519"
# These are killed at every place; of the others, every third is enough.
WHOLE = ("init", "put", "put-many", "remove-member", "replay", "resolve", "share", "sync")
# A sample in `make test`: so many of skillvault's own calls, so many of its gits'.
SAMPLED = ("init", "put", "remove-member", "replay", "resolve", "share")
OWN, GITS = 2, 2
PARTS = 4
# All places take two hours on two cores; CI sets this, and walks every so-manieth.
EVERY = int(os.environ.get("SKILLVAULT_KILL_EVERY", "1"))


@pytest.fixture
def strace() -> None:
    """strace that may trace here: in some containers it is there and may not."""
    try:
        done = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True)
    except FileNotFoundError:
        missing("strace")
    else:
        if done.returncode != 0:
            missing("the right to trace with strace")


@pytest.mark.slow
@pytest.mark.parametrize("scene", SAMPLED)
def test_a_kill_somewhere(scene: str, tmp_path: Path, strace: None) -> None:
    walk = Walk(scene, CLASSIC, tmp_path)
    places = walk.places()
    chance = random.Random(f"{SEED} {scene}")
    own = [p for p in places if p.process == "main"]
    gits = [p for p in places if p.process != "main"]
    chosen = chance.sample(own, OWN) + chance.sample(gits, GITS)
    assert walk.kill_all(chosen) == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("scene", ALL)
def test_a_kill_everywhere(scene: str, part: int, tmp_path: Path, strace: None) -> None:
    walk = Walk(scene, CLASSIC, tmp_path)
    places = walk.places()[part :: PARTS if scene in WHOLE else PARTS * 3][::EVERY]
    assert walk.kill_all(places) == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("scene", ALL)
def test_a_kill_here_and_there_in_the_hybrid_suite(
    scene: str, tmp_path: Path, strace: None
) -> None:
    walk = Walk(scene, HYBRID, tmp_path)
    assert walk.kill_all(walk.places()[:: 7 * EVERY]) == []
