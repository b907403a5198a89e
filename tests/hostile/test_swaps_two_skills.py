"""A host that puts one skill's text in the place of another's, both for as many readers."""

from __future__ import annotations

from skillvault.errors import Exit
from tests.hostile.host import REVIEW, Scene


def test_in_the_tree_of_a_new_entry(scene: Scene) -> None:
    """The signature covers the tree."""
    made = scene.forger()
    swapped, honest = made.with_files(scene.swapped()), made.tree
    ours, theirs = honest.root_oid().encode(), swapped.root_oid().encode()
    made.write(scene.who("Ada"), {}, also=scene.swapped(), bend=lambda b: b.replace(theirs, ours))
    assert made.commit == scene.branch()
    scene.refused(f"entry {scene.next}", "the signature does not fit what it signs|history")


def test_without_a_word(scene: Scene) -> None:
    scene.forger().write(scene.who("Ada"), {}, also=scene.swapped())
    scene.refused(f"entry {scene.next}", "its tree holds something else than its changes")


def test_in_its_store(scene: Scene) -> None:
    """Under the id that it had: what arrives is not what was asked for, and is not taken."""
    scene.made.write(scene.who("Ada"), scene.made.resealed(scene.ids["review"]))
    scene.victim.ok("sync")
    scene.made.write(scene.who("Ada"), scene.made.resealed(scene.ids["runbook"]))
    first, second = (
        scene.stored(scene.made.tree.get(scene.path(name))) for name in ("review", "runbook")
    )
    was = second.read_bytes()
    second.chmod(0o644)
    second.write_bytes(first.read_bytes())
    with scene.victim.untouched():
        scene.told(scene.victim.fails("sync", exit=Exit.SERVICE), "host.git", "")
    second.write_bytes(was)
    scene.honest_again()


def test_with_the_key_of_who_reads_both(scene: Scene) -> None:
    """An entry that re-seals both: nobody without a key can see that it swaps them."""
    scene.forger().lawful(scene.who("Ada"), scene.swapped())
    number = scene.next
    told = f"~{scene.ids['review'][:8]}: entry {number} spoiled it: no key of yours opens it"
    scene.never_used(told=told, reads={"review": REVIEW, "runbook": "Step by step.\n"})
    scene.mended("review", "runbook")
