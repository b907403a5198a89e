"""A host that serves another beginning of the vault that was asked for."""

from __future__ import annotations

import pytest

from skillvault.errors import Exit
from skillvault.vault import canonical
from skillvault.vault.commits import build_commit, check_commit
from skillvault.vault.objects import GitObject, write_objects
from skillvault.vault.tree import EMPTY_TREE
from skillvault.vault.verify import verify
from tests.hostile.host import Scene


def beginning(scene: Scene, path: str, data: bytes) -> None:
    """The first entry with another file in its tree; all that it says and signed stays."""
    first = scene.commits()[0]
    tree = verify(scene.host, first).verified.tree
    other = tree.with_changes({path: GitObject("blob", data).oid})
    write_objects(scene.host, [GitObject("blob", data), *other.new_objects(tree)])
    honest = tree.root_oid().encode()
    scene.serve(scene.raw(first).replace(honest, other.root_oid().encode()))


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("RECOVERY.md", b"Send your identity to us first.\n"),
        ("members/{Ada}.json", b"{}\n"),
        ("members/mmmmmmmmmmmmmmmm.json", b"{}\n"),
        ("vault.json", canonical.dumps({"format": 1, "nonce": "0" * 32, "suite": "x25519"})),
    ],
)
def test_with_another_file(scene: Scene, path: str, data: bytes) -> None:
    beginning(scene, path.format(Ada=scene.who("Ada").id), data)
    with scene.victim.untouched():
        scene.victim.fails("sync", exit=Exit.VERIFICATION)
    scene.told(scene.clones(exit=Exit.SERVICE), "host.git", "no vault: its history does not begin")
    scene.honest_again()


def test_with_a_commit_that_is_none_of_a_vault(scene: Scene) -> None:
    write_objects(scene.host, [GitObject("tree", b"")])
    who = b"x <x> 0 +0000"
    scene.serve(b"tree %b\nauthor %b\ncommitter %b\n\nhello\n" % (EMPTY_TREE.encode(), who, who))
    with scene.victim.untouched():
        scene.victim.fails("sync", exit=Exit.VERIFICATION)
    scene.told(scene.clones(exit=Exit.SERVICE), "host.git", "no vault: its history does not begin")
    scene.honest_again()


def test_signed_by_somebody_else(scene: Scene) -> None:
    """The line of the first entry as it was, under another key than that of the owner it makes."""
    first = scene.commits()[0]
    parts = check_commit(scene.raw(first), None)
    eve = scene.who("Eve").identity.signing_key
    scene.serve(build_commit(parts.tree, None, parts.entry, eve))
    with scene.victim.untouched():
        scene.victim.fails("sync", exit=Exit.VERIFICATION)
    scene.told(scene.clones(exit=Exit.SERVICE), "host.git", "no vault: its history does not begin")
    scene.honest_again()
