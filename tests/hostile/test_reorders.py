"""A host that serves two new entries in another order."""

from __future__ import annotations

from tests.hostile.host import Scene, skill


def test_as_they_were_signed(scene: Scene) -> None:
    ada, base = scene.who("Ada"), str(scene.made.commit)
    scene.made.put(ada, scene.ids["deploy"], "deploy", skill("deploy", "One.\n"))
    scene.made.put(ada, scene.ids["runbook"], "runbook", skill("runbook", "Two.\n"))
    first, second = scene.commits()[-2:]
    scene.serve(scene.raw(second).replace(first.encode(), base.encode()))
    scene.refused(f"entry {scene.next - 2}", "the signature does not fit what it signs")


def test_by_who_signed_them(scene: Scene) -> None:
    """Signed anew for the other order, the first of them claims to be the second."""
    made = scene.forger()
    made.write(scene.who("Ada"), {}, seq=scene.next + 1)
    made.write(scene.who("Ada"), {}, seq=scene.next)
    scene.refused(f"entry {scene.next}$", "its seq")


def test_with_a_gap(scene: Scene) -> None:
    made = scene.forger()
    made.write(scene.who("Ada"), {}, previous="sha256:" + "0" * 64)
    scene.refused(f"entry {scene.next}$", "its previous")
