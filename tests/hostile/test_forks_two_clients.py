"""A host that shows two clients two histories, and later each the other's."""

from __future__ import annotations

from skillvault.errors import Exit
from tests.hostile.host import Client, Scene, skill


def test_each_refuses_the_others_history(scene: Scene) -> None:
    dan = Client.of(scene.root / "dan", scene.who("Dan"))
    dan.ok("clone", str(scene.host), "acme", "--id", scene.made.state.vault_id)
    other = scene.forger()
    scene.made.put(scene.who("Ada"), scene.ids["deploy"], "deploy", skill("deploy", "One.\n"))
    scene.victim.ok("sync")
    scene.show_branch(other.commit)
    other.lawful(scene.who("Ben"), {})
    other.lawful(scene.who("Ben"), {})
    dan.ok("sync")
    scene.show_branch(other.commit)
    problem = rf"serves another history: its entry {scene.next - 1} is not the one"
    scene.refused("acme", problem, clone=None)
    with dan.untouched():
        scene.told(dan.fails("sync", exit=Exit.VERIFICATION), "acme", "history")
    scene.show_branch(other.commit)
    dan.ok("sync")
