"""A reader of bad will adds evaluation results that are none."""

from __future__ import annotations

import pytest

from skillvault.vault import sealed
from tests.hostile.host import REVIEW, Scene


@pytest.mark.parametrize("kind", ["unsealed", "junk", "of another name"])
def test_it_is_named_and_stops_nothing(scene: Scene, kind: str) -> None:
    made, dan, review = scene.forger(), scene.who("Dan"), scene.ids["review"]
    blob = b"junk"
    if kind == "junk":
        blob = sealed.seal(b"no result", scene.lines("review"))
    elif kind == "of another name":
        blob = sealed.seal(made.evidence(dan, review)[1], scene.lines("review"))
    made.lawful(dan, {scene.path("review", f"evidence/{'e' * 16}.age"): blob})
    told = f"result eeeeeeee: entry {scene.next} spoiled it"
    scene.never_used(told=told, reads={"review": REVIEW})
    scene.victim.ok("unshare", "review", "--from", "Dan", "--yes")
    scene.victim.ok("sync")
    scene.goes_on()
