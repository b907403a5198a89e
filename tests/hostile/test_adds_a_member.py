"""A host that adds a member."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.hostile.host import Scene
from tests.vault_maker import Files, Person


def admission(scene: Scene) -> tuple[Person, Files]:
    """A new member with name and slot: all that an admission needs but the right to it."""
    zed, everyone = scene.made.person("Zed"), scene.ids["everyone"]
    return zed, scene.made.member(zed, "member") | scene.made.grow(everyone, [zed])


def test_who_admits_themselves(scene: Scene) -> None:
    zed, files = admission(scene)
    scene.forger().write(zed, files)
    scene.refused(f"entry {scene.next}", "by somebody who is no member")


def test_in_the_name_of_an_admin(scene: Scene) -> None:
    _, files = admission(scene)
    scene.forger().write(scene.who("Ben"), files, key=Ed25519PrivateKey.generate())
    scene.refused(f"entry {scene.next}", "signed by another key")


def test_with_the_key_of_a_member_who_is_no_admin(scene: Scene) -> None:
    _, files = admission(scene)
    scene.forger().write(scene.who("Dan"), files)
    scene.refused(f"entry {scene.next}", "only admins change members")


def test_in_an_acknowledgement(scene: Scene) -> None:
    _, files = admission(scene)
    scene.forger().write(scene.who("Ben"), {}, also=files)
    scene.refused(f"entry {scene.next}", "its tree holds something else than its changes")


def test_as_an_owner_by_an_admin(scene: Scene) -> None:
    zed, files = admission(scene)
    scene.forger().write(scene.who("Ben"), files | scene.made.member(zed, "owner"))
    scene.refused(f"entry {scene.next}: members/", "only an owner admits with the role owner")


def test_who_was_removed(scene: Scene) -> None:
    """Under a new pseudonym, with the keys that everybody knows."""
    eve, everyone = scene.who("Eve"), scene.ids["everyone"]
    again = Person("Eve", eve.identity, "eve" + "a" * 13)
    files = scene.made.member(again, "member") | scene.made.grow(everyone, [again])
    scene.forger().write(scene.who("Ben"), files)
    scene.refused(f"entry {scene.next}: members/", "one of its keys is used already")
