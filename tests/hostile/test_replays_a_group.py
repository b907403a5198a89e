"""A host that serves an old `group.json`: the one that still held who was removed."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.hostile.host import Scene
from tests.vault_maker import Files


def old(scene: Scene) -> Files:
    path = f"groups/{scene.ids['everyone']}/group.json"
    return {path: scene.before_removal(path)}


def test_without_a_word(scene: Scene) -> None:
    scene.forger().write(scene.who("Ben"), {}, also=old(scene))
    scene.refused(f"entry {scene.next}", "its tree holds something else than its changes")


@pytest.mark.parametrize(
    ("by", "problem"),
    [
        ("Ada", "its epoch does not follow 2"),
        ("Ben", "its epoch does not follow 2"),
        ("Dan", "its epoch does not follow 2"),
    ],
)
def test_with_the_key_of_a_member(scene: Scene, by: str, problem: str) -> None:
    scene.forger().write(scene.who(by), old(scene))
    scene.refused(rf"entry {scene.next}: groups/.*/group\.json", problem)


def test_in_the_name_of_an_admin(scene: Scene) -> None:
    scene.forger().write(scene.who("Ben"), old(scene), key=Ed25519PrivateKey.generate())
    scene.refused(f"entry {scene.next}", "signed by another key")
