"""A real SIGKILL at any moment of an operation: vaults open, verify and go on, nothing leaks."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.kill.harness import MAIN, Place
from tests.kill.scenery import ALL
from tests.kill.walk import Walk

SEED = 1300
CLASSIC, HYBRID = "x25519", "mlkem768x25519"
# These are killed at every place; of the others, every third is enough.
WHOLE = ("init", "put", "put-many", "remove-member", "replay", "resolve", "share", "sync")
# For the sample in `make test`: how many files each operation puts into place at least, so that it
# can be killed before one of them without running it first to see where. (`compact` puts none.)
FILES = {
    "ahead": 18, "clone": 5, "group-new": 17, "group-remove": 30, "init": 24, "mend": 20,
    "put": 12, "put-many": 4, "put-merged": 11, "remove-member": 36, "replace-member": 45,
    "replay": 36, "resolve": 14, "resolve-abort": 8, "share": 18, "sync": 16, "undo": 8,
    "undo-unsent": 2, "unshare": 8, "unshare-first": 14,
}  # fmt: skip
# In these the host's git is killed, among the objects that a push brought.
PUSHING = ("ahead", "group-new", "group-remove", "mend", "remove-member", "replay", "share", "sync")
SAMPLE = 5
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


def sampled() -> list[tuple[str, Place]]:
    """A few scenes, and a place in each."""
    chance = random.Random(SEED)
    own = [
        (name, Place(MAIN, "rename", chance.randint(1, FILES[name]), together=False, call=""))
        for name in chance.sample(sorted(FILES), SAMPLE)
    ]
    pushed = Place("unpack-objects.1", "link", chance.randint(1, 6), together=True, call="")
    return [*own, (chance.choice(PUSHING), pushed)]


@pytest.mark.slow
@pytest.mark.parametrize(("scene", "place"), sampled(), ids=str)
def test_a_kill_somewhere(scene: str, place: Place, tmp_path: Path, strace: None) -> None:
    walk = Walk(scene, CLASSIC, tmp_path)
    walk.prepare()
    assert walk.kill(place) is None
    assert walk.missed == 0


def test_every_scene_can_be_sampled() -> None:
    assert FILES.keys() == ALL.keys() - {"compact"}
    assert set(PUSHING) < set(FILES)


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
