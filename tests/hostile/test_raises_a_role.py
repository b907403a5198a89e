"""A host that raises somebody's role."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.hostile.host import Scene


@pytest.mark.parametrize(
    ("by", "whose", "role", "problem"),
    [
        ("Dan", "Dan", "admin", "only admins change members"),
        ("Ben", "Ben", "owner", "nobody raises their own role"),
        ("Ben", "Dan", "admin", "only an owner sets roles"),
    ],
)
def test_with_the_key_of_who_may_not(
    scene: Scene, by: str, whose: str, role: str, problem: str
) -> None:
    scene.forger().write(scene.who(by), scene.made.edit(scene.who(whose).id, role=role))
    scene.refused(f"entry {scene.next}", problem)


def test_in_the_name_of_the_owner(scene: Scene) -> None:
    files = scene.made.edit(scene.who("Dan").id, role="owner")
    scene.forger().write(scene.who("Ada"), files, key=Ed25519PrivateKey.generate())
    scene.refused(f"entry {scene.next}", "signed by another key")


def test_of_who_was_removed(scene: Scene) -> None:
    files = scene.made.edit(scene.who("Eve").id, state="active", role="admin")
    scene.forger().write(scene.who("Ada"), files)
    scene.refused(f"entry {scene.next}: members/", "a removal is final")
