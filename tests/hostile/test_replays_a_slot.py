"""A host that serves an old slot, which holds the key of an epoch that is over."""

from __future__ import annotations

from tests.hostile.host import Scene, skill
from tests.vault_maker import Files


def old(scene: Scene) -> Files:
    """What was in Cyd's slot of the first epoch, in her slot of the second."""
    everyone, cyd = scene.ids["everyone"], scene.who("Cyd").id
    return {f"groups/{everyone}/2/{cyd}.age": scene.now(f"groups/{everyone}/1/{cyd}.age")}


def test_without_a_word(scene: Scene) -> None:
    scene.forger().write(scene.who("Ben"), {}, also=old(scene))
    scene.refused(f"entry {scene.next}", "its tree holds something else than its changes")


def test_with_the_key_of_a_member(scene: Scene) -> None:
    scene.forger().write(scene.who("Dan"), old(scene))
    scene.refused(f"entry {scene.next}: groups/", "a slot replaced by no admin in the group")


def test_into_the_slot_of_the_epoch_that_is_over(scene: Scene) -> None:
    everyone, cyd = scene.ids["everyone"], scene.who("Cyd").id
    scene.forger().write(scene.who("Ben"), {f"groups/{everyone}/1/{cyd}.age": b"age"})
    scene.refused(f"entry {scene.next}: groups/", "a slot of an epoch that the group is not at")


def test_with_the_key_of_an_admin_in_the_group(scene: Scene) -> None:
    """He may replace it. Of all files ever there the newest that opens to this epoch counts."""
    scene.forger().lawful(scene.who("Ben"), old(scene))
    scene.never_used(told="", reads={"runbook": "Step by step.\n"})
    told = scene.victim.ok("status")
    assert "holds another key than this epoch's" in told.out.decode() + told.err
    scene.follow()
    scene.made.put(scene.who("Ada"), scene.ids["runbook"], "runbook", skill("runbook", "New.\n"))
    scene.victim.ok("sync")
    assert scene.victim.shows("runbook") == "New.\n"
