"""A host that serves an old `skill.age` again."""

from __future__ import annotations

from tests.hostile.host import REVIEW, Scene


def test_without_a_word(scene: Scene) -> None:
    scene.forger().write(scene.who("Ada"), {}, also=scene.old("review"))
    scene.refused(f"entry {scene.next}", "its tree holds something else than its changes")


def test_in_place_of_the_one_that_the_entry_names(scene: Scene) -> None:
    """What is sealed is hashed by whoever uses it; so the line holds, and the file does not."""
    made = scene.forger()
    new = made.resealed(scene.ids["review"])
    made.write(scene.who("Ada"), new, tree=made.with_files(scene.old("review")))
    told = f"entry {scene.next} spoiled it: its bytes are not those that the line names"
    scene.never_used(told=told, reads={"review": REVIEW})
    scene.mended("review")


def test_with_the_key_of_a_reader(scene: Scene) -> None:
    """As if it sealed the current version anew. It is sealed to one more, who was removed."""
    scene.forger().lawful(scene.who("Dan"), scene.old("review"))
    told = f"entry {scene.next} spoiled it: sealed with 4 stanzas where the line has 3"
    scene.never_used(told=told, reads={"review": REVIEW})
    scene.mended("review")


def test_the_file_that_is_there(scene: Scene) -> None:
    made = scene.forger()
    made.write(scene.who("Dan"), {scene.path("review"): scene.now(scene.path("review"))})
    scene.refused(f"entry {scene.next}: skills/", "listed, but unchanged")
