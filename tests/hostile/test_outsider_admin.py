"""An admin works with the host, to get at what was not shared with him."""

from __future__ import annotations

import pytest

from tests.hostile.host import Scene
from tests.vault_maker import Files

GROUP = "g" * 16


def closed(scene: Scene) -> None:
    """A group of Ada's and Dan's, which Ben closed, as any admin may."""
    made = scene.made
    made.write(scene.who("Ada"), made.group([scene.who("Ada"), scene.who("Dan")], GROUP, "pair"))
    made.write(scene.who("Ben"), made.record(GROUP, epoch=2, recipient=None))
    scene.victim.ok("sync")


@pytest.mark.parametrize("members", [["Ada", "Dan"], ["Ada", "Ben", "Dan"], ["Ben"]])
def test_opens_a_group(scene: Scene, members: list[str]) -> None:
    closed(scene)
    made = scene.forger()
    made.write(scene.who("Ben"), made.anew(GROUP, [scene.who(name) for name in members]))
    problem = "opened by somebody who is not in it"
    scene.refused(rf"entry {scene.next}: groups/.*/group\.json", problem)


@pytest.mark.parametrize("whom", ["Ben", "Dan"])
def test_enlarges_a_group(scene: Scene, whom: str) -> None:
    made = scene.forger()
    made.write(scene.who("Ben"), made.grow(scene.ids["board"], [scene.who(whom)]))
    scene.refused(rf"entry {scene.next}: groups/", "grown by an admin who was not in it")


def test_enlarges_a_closed_group(scene: Scene) -> None:
    closed(scene)
    made = scene.forger()
    members = tuple(sorted(scene.who(n).id for n in ("Ada", "Ben", "Dan")))
    made.write(scene.who("Ben"), made.record(GROUP, members=members))
    scene.refused(rf"entry {scene.next}: groups/", "a closed group takes nobody in")


def test_starts_a_group_anew(scene: Scene) -> None:
    made = scene.forger()
    people = [scene.who(name) for name in ("Ada", "Ben", "Cyd")]
    made.write(scene.who("Ben"), made.anew(scene.ids["board"], people, []))
    scene.refused(rf"entry {scene.next}: groups/", "started anew by no admin who is in it")


@pytest.mark.parametrize(
    ("owner", "readers", "writers", "problem"),
    [
        ("Cyd", ["Ben", "Cyd", "Dan", "board"], ["Cyd", "board"], "an admin only strikes names"),
        ("Cyd", ["Cyd", "Dan", "board", "crew"], ["Cyd", "board"], "an admin only strikes names"),
        ("Cyd", ["Cyd", "Dan", "board"], ["Cyd", "Dan", "board"], "an admin only strikes names"),
        ("Ben", ["Ben", "Cyd", "Dan", "board"], ["Ben", "Cyd", "board"], "names no other owner"),
        ("board", ["Cyd", "Dan", "board"], ["Cyd", "board"], "names no other owner"),
    ],
)
def test_adds_a_reader_or_names_an_owner(
    scene: Scene, owner: str, readers: list[str], writers: list[str], problem: str
) -> None:
    scene.forger().write(scene.who("Ben"), scene.access("review", owner, readers, writers))
    scene.refused(rf"entry {scene.next}: skills/.*/access\.json", problem)


def test_removes_its_owner_and_names_himself(scene: Scene) -> None:
    made, cyd = scene.forger(), scene.who("Cyd")
    gone: Files = made.edit(cyd.id, state="removed")
    gone |= scene.access("review", "Ben", ["Ben", "Dan", "board"], ["Ben", "board"])
    gone |= made.anew(scene.ids["everyone"], [scene.who(n) for n in ("Ada", "Ben", "Dan")], [2])
    gone |= made.record(scene.ids["board"], epoch=2, members=(scene.who("Ada").id,), recipient=None)
    made.write(scene.who("Ben"), gone)
    scene.refused(
        rf"entry {scene.next}: skills/.*/access\.json",
        "its new owner is not one of those who may follow|an admin only strikes names",
    )


def test_hands_his_own_key_to_the_group(scene: Scene) -> None:
    """A slot for himself in the epoch of the board."""
    made, board = scene.forger(), scene.ids["board"]
    made.write(scene.who("Ben"), made.slots(board, 1, [scene.who("Ben")]))
    scene.refused(f"entry {scene.next}: groups/", "a slot for somebody who is not in the group")
