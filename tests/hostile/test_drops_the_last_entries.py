"""A host that drops the last entries: somebody else's, and those that the victim pushed."""

from __future__ import annotations

from skillvault.errors import Exit
from tests.hostile.host import Scene, skill


def test_of_somebody_else(scene: Scene) -> None:
    scene.made.put(scene.who("Ada"), scene.ids["deploy"], "deploy", skill("deploy", "x\n"))
    scene.victim.ok("sync")
    scene.show_branch(scene.commits()[-2])
    scene.refused("acme", "serves an older history", clone=None)


def test_of_the_victim(scene: Scene) -> None:
    """What the host has taken is not sent a second time as if it were new."""
    before = scene.made.commit
    folder = scene.victim.home / "skills/review/SKILL.md"
    folder.write_bytes(folder.read_bytes() + b"Mine.\n")
    scene.victim.ok("put", "skills/review")
    scene.victim.ok("sync")
    pushed = scene.victim.tip()
    assert pushed != before
    scene.show_branch(before)
    with scene.victim.untouched():
        scene.told(scene.victim.fails("sync", exit=Exit.VERIFICATION), "acme", "older history")
    assert scene.branch() == before, "nothing was pushed"
    scene.show_branch(pushed)
    scene.victim.ok("sync")
