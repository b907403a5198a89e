"""An admin works with the host: whom he admits calls themselves as somebody else does."""

from __future__ import annotations

import pytest

from skillvault.errors import Exit
from skillvault.vault import identity
from tests.hostile.host import Scene
from tests.vault_maker import Person


def admitted(scene: Scene, name: str) -> Person:
    """A member who has this name too: the line has no rule against it."""
    made, twin = scene.forger(), Person(name, identity.generate("x25519"), "z" * 16)
    files = made.member(twin, "member") | made.grow(scene.ids["everyone"], [twin])
    made.lawful(scene.who("Ben"), files)
    scene.follow()
    return twin


@pytest.mark.parametrize("name", ["Ada", "ADA"])
def test_neither_is_meant_by_the_name_alone(scene: Scene, name: str) -> None:
    twin = admitted(scene, name)
    told = scene.victim.ok("sync").out.decode() + scene.victim.ok("member", "list").out.decode()
    assert f"{name}~{twin.id[:8]}" in told
    with scene.victim.untouched():
        for words in (["share", "review", "--with", "Ada"], ["unshare", "review", "--from", "Ada"]):
            error = scene.victim.fails(*words, "--yes", exit=Exit.NOT_FOUND)
            scene.told(error, "Ada", f"2 have this name: .*~{twin.id[:8]}")
    ada = scene.who("Ada").id[:8]
    scene.victim.ok("share", "review", "--with", f"Ada~{ada}", "--yes")
    assert twin.id not in scene.victim.ok("access", "review", "--json").out.decode()


def test_a_group_is_not_taken_for_a_person(scene: Scene) -> None:
    """Nor can anybody but the group of all be called `everyone`."""
    made, group = scene.forger(), "g" * 16
    made.lawful(scene.who("Ben"), made.group([scene.who("Ben")], group, "Ada"))
    scene.victim.ok("sync")
    error = scene.victim.fails("share", "review", "--with", "Ada", "--yes", exit=Exit.NOT_FOUND)
    scene.told(error, "Ada", "2 have this name")
    scene.follow()
    made = scene.forger()
    made.lawful(scene.who("Ben"), made.group([scene.who("Ben")], "h" * 16, "everyone"))
    scene.victim.ok("sync")
    assert "h" * 16 in scene.victim.ok("group", "list", "--json").out.decode()
    scene.victim.ok("share", "review", "--with", "everyone", "--yes")
    scene.follow()
    readers = scene.made.state.skills[scene.ids["review"]].readers
    assert scene.ids["everyone"] in readers
    assert "h" * 16 not in readers
