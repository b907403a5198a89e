"""A host that puts junk behind good entries: the good ones count, and the client goes on."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skillvault.errors import Exit
from tests.hostile.host import Scene, skill


@pytest.mark.parametrize("waiting", [False, True], ids=["", "with a change of hers waiting"])
def test_what_is_good_is_read_and_pinned(scene: Scene, waiting: bool) -> None:
    if waiting:
        folder = scene.victim.home / "skills/review/SKILL.md"
        folder.write_bytes(folder.read_bytes() + b"Mine.\n")
        scene.victim.ok("put", "skills/review")
    ada = scene.who("Ada")
    scene.made.put(ada, scene.ids["deploy"], "deploy", skill("deploy", "News.\n"))
    good = scene.made.state.seq
    scene.forger().write(ada, {}, key=Ed25519PrivateKey.generate())
    for _ in range(2):
        error = scene.victim.fails("sync", exit=Exit.VERIFICATION)
        scene.told(error, f"entry {good + 1}", "signed by another key")
        assert scene.victim.shows("deploy") == "News.\n"
    with scene.victim.untouched():
        scene.victim.fails("sync", exit=Exit.VERIFICATION)
    assert scene.pinned() == good
    assert scene.victim.shows("review").endswith("Mine.\n") is waiting
    scene.honest_again()


def test_a_commit_of_stock_git(scene: Scene) -> None:
    tree = scene.made.tree.root_oid()
    scene.serve(
        f"tree {tree}\nparent {scene.made.commit}\nauthor x <x> 0 +0000\n"
        "committer x <x> 0 +0000\n\nhello\n".encode()
    )
    scene.refused(f"entry {scene.next}", "its message is not an entry's")


def test_a_merge(scene: Scene) -> None:
    made = scene.forger()
    parent = f"parent {scene.made.commit}\n".encode()
    other = f"parent {scene.commits()[3]}\n".encode()
    made.write(scene.who("Ada"), {}, bend=lambda raw: raw.replace(parent, parent + other))
    scene.refused(f"entry {scene.next}", "joins two lines")
