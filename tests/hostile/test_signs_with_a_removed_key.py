"""Who was removed works with the host."""

from __future__ import annotations

import pytest

from tests.hostile.host import Scene, skill


def test_a_new_version(scene: Scene) -> None:
    scene.forger().put(scene.who("Eve"), scene.ids["review"], "review", skill("review", "Eve's\n"))
    scene.refused(f"entry {scene.next}", "by a removed member")


def test_an_acknowledgement(scene: Scene) -> None:
    scene.forger().write(scene.who("Eve"), {})
    scene.refused(f"entry {scene.next}", "by a removed member")


@pytest.mark.parametrize("name", ["Ada", "Cyd"])
def test_in_the_name_of_another(scene: Scene, name: str) -> None:
    eve = scene.who("Eve").identity.signing_key
    scene.forger().write(scene.who(name), {}, key=eve)
    scene.refused(f"entry {scene.next}", "signed by another key")


def test_a_skill_of_their_own(scene: Scene) -> None:
    made, eve, new = scene.forger(), scene.who("Eve"), "e" * 16
    access = made.access(new, eve.id, [eve.id, scene.ids["everyone"]], [eve.id])
    made.put(eve, new, "mine", skill("mine", "x\n"), access)
    scene.refused(f"entry {scene.next}", "by a removed member")
