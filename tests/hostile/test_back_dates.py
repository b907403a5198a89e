"""A removed member's change, dated before the removal."""

from __future__ import annotations

from tests.hostile.host import Scene


def test_behind_the_removal(scene: Scene) -> None:
    made = scene.forger()
    made.write(scene.who("Eve"), {}, time=made.time.replace(made.time[:4], "2020"))
    scene.refused(f"entry {scene.next}", "by a removed member")


def test_before_the_removal(scene: Scene) -> None:
    """In a line of its own that branches off before it: a fork for whoever saw the removal."""
    made = scene.forger_at(scene.removal - 1)
    made.lawful(scene.who("Eve"), {})
    for _ in range(5):
        made.lawful(scene.who("Eve"), {})
    scene.refused("acme", "serves another history: its entry", clone=None)


def test_slipped_in_where_it_would_belong(scene: Scene) -> None:
    """And what came after it is put behind it again, as it was signed."""
    made = scene.forger_at(scene.removal - 1)
    made.lawful(scene.who("Eve"), {})
    good = scene.raw(scene.commits()[scene.removal])
    parent = scene.commits()[scene.removal - 1].encode()
    made.send(good.replace(parent, str(made.commit).encode()), {}, scene.made.tree)
    scene.refused("entry|history", "does not continue|signed by another key", clone=None)
