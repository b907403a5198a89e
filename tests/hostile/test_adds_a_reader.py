"""A host that adds a reader to a skill."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.hostile.host import Scene


@pytest.mark.parametrize(
    ("by", "problem"),
    [
        ("Ben", "an admin only strikes names"),
        ("Dan", "changed by somebody who is neither its owner nor an admin"),
        ("Ada", "an admin only strikes names"),
    ],
)
def test_with_the_key_of_a_member(scene: Scene, by: str, problem: str) -> None:
    files = scene.access("review", "Cyd", ["Cyd", "Dan", "board", "Ben"], ["Cyd", "board"])
    scene.forger().write(scene.who(by), files)
    scene.refused(rf"entry {scene.next}: skills/.*/access\.json", problem)


def test_in_the_name_of_its_owner(scene: Scene) -> None:
    files = scene.access("review", "Cyd", ["Cyd", "Dan", "board", "Ben"], ["Cyd", "board"])
    scene.forger().write(scene.who("Cyd"), files, key=Ed25519PrivateKey.generate())
    scene.refused(f"entry {scene.next}", "it was signed by another key")


def test_in_an_entry_about_something_else(scene: Scene) -> None:
    files = scene.access("review", "Cyd", ["Cyd", "Dan", "board", "Ben"], ["Cyd", "board"])
    scene.forger().write(scene.who("Ada"), {}, also=files)
    scene.refused(f"entry {scene.next}", "its tree holds something else than its changes")
