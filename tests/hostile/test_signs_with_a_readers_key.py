"""Somebody who only reads a skill works with the host."""

from __future__ import annotations

from tests.hostile.host import Scene, skill
from tests.vault_maker import Files


def test_a_new_version(scene: Scene) -> None:
    scene.forger().put(scene.who("Dan"), scene.ids["review"], "review", skill("review", "Dan's\n"))
    scene.refused(rf"entry {scene.next}: skills/.*/skill\.age", "by somebody who is no writer")


def test_access(scene: Scene) -> None:
    files = scene.access("review", "Cyd", ["Cyd", "Dan", "board"], ["Cyd", "Dan", "board"])
    scene.forger().write(scene.who("Dan"), files)
    scene.refused(f"entry {scene.next}: skills/", "neither its owner nor an admin")


def test_its_removal(scene: Scene) -> None:
    files: Files = {scene.path("review"): None, scene.path("review", "access.json"): None}
    scene.forger().write(scene.who("Dan"), files)
    scene.refused(f"entry {scene.next}: skills/", "removed by neither its owner nor an admin")


def test_a_new_version_that_a_writer_signed(scene: Scene) -> None:
    """The manifest is Cyd's own, the entry is Dan's: the line says who may, not the manifest."""
    made = scene.forger()
    bundle = made.bundle(scene.who("Cyd"), scene.ids["review"], "review", skill("review", "x\n"))
    files = made.resealed(scene.ids["review"])
    made.write(scene.who("Dan"), files, {scene.ids["review"]: bundle.content})
    scene.refused(f"entry {scene.next}: skills/", "by somebody who is no writer")
