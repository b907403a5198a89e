"""A host that adds to the tree what git, or whoever checks it out, would act on."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from skillvault.errors import Exit
from skillvault.vault import git
from skillvault.vault.commits import build_commit
from skillvault.vault.objects import GitObject, write_objects
from tests.hostile.host import Scene

FILES = {
    ".gitattributes": b"* filter=evil\n",
    ".gitignore": b"members\n",
    "hooks/post-checkout": b"#!/bin/sh\ntouch ran\n",
    "config": b'[core]\n\tsshCommand = "touch ran"\n',
    "info/attributes": b"* diff=evil\n",
    "members/readme.txt": b"hello\n",
    "skills/x/readme.age": b"hello\n",
}


@pytest.mark.parametrize("path", FILES)
def test_a_file_without_a_word(scene: Scene, path: str) -> None:
    scene.forger().write(scene.who("Ada"), {}, also={path: FILES[path]})
    scene.refused(f"entry {scene.next}", "its tree holds something else than its changes")


@pytest.mark.parametrize(
    "path", [*FILES, "../up", "/etc/passwd", "members/../x", "members/x\x1b[2J.json", "a" * 5000]
)
def test_a_file_that_an_entry_names(scene: Scene, path: str) -> None:
    made = scene.forger()
    made.write(scene.who("Ada"), {path: b"x"}, tree=made.tree)
    scene.refused(f"entry {scene.next}", "not a path of format 1")


def test_what_git_itself_would_act_on(scene: Scene) -> None:
    """Our git refuses it on its way, before anything of ours looks at it."""
    tree = scene.made.tree
    blob = GitObject("blob", b'[core]\n\tsshCommand = "touch ran"\n')
    inner = GitObject("tree", b"100644 config\0" + bytes.fromhex(blob.oid))
    root = tree.new_objects(type(tree)())[-1].data
    outer = GitObject("tree", b"40000 .git\0" + bytes.fromhex(inner.oid) + root)
    ada = scene.who("Ada")
    entry = scene.made.entry(ada, {}, {})
    key = ada.identity.signing_key
    raw = build_commit(outer.oid, scene.made.commit, entry, key)
    scene.plant([blob, inner, outer])
    scene.serve(raw)
    scene.refused("host.git", "malformed objects", exit=Exit.REFUSED, clone=Exit.REFUSED)


@pytest.mark.parametrize("mode", ["120000", "160000", "100755"])
def test_a_link_a_submodule_or_a_program_in_place_of_a_file(scene: Scene, mode: str) -> None:
    """Named by the entry and signed: it is no plain file, and so not the tree that it must be."""
    ada, path, link = scene.who("Ada"), scene.path("deploy"), b"/etc/passwd"
    blob = GitObject("blob", link)
    write_objects(scene.host, [blob])
    oid = str(scene.made.commit) if mode == "160000" else blob.oid
    tree = with_entry(scene, mode, oid, path)
    entry = scene.made.entry(ada, {path: link}, {})
    key = ada.identity.signing_key
    scene.serve(build_commit(tree, scene.made.commit, entry, key))
    scene.refused(f"entry {scene.next}", "it is no file of at most|its tree holds something else")


def test_a_submodule_with_an_address_that_runs_a_program(scene: Scene, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    text = f'[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch {ran}"\n'.encode()
    scene.forger().write(scene.who("Ada"), {}, also={".gitmodules": text})
    scene.refused(f"entry {scene.next}", "its tree holds something else")
    assert not ran.exists()


def with_entry(scene: Scene, mode: str, oid: str, path: str) -> str:
    """The honest tree with one entry that no tree of ours has; its id."""
    env = {**git.environment(), "GIT_INDEX_FILE": str(scene.root / "index")}
    words = [
        ["read-tree", scene.made.tree.root_oid()],
        ["update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}"],
        ["write-tree", "--missing-ok"],
    ]
    for command in words:
        done = subprocess.run(
            ["git", f"--git-dir={scene.host}", *command], env=env, check=True, capture_output=True
        )
    (scene.root / "index").unlink()
    return done.stdout.decode().strip()


def test_a_tree_that_unfolds_without_an_end(scene: Scene) -> None:
    """Ten folders of ten folders of ten..., each of which is one object."""
    objects = [GitObject("blob", b"x")]
    entries = b"".join(b"100644 %d\0" % n + bytes.fromhex(objects[0].oid) for n in range(10))
    for _ in range(12):
        objects.append(GitObject("tree", entries))
        oid = bytes.fromhex(objects[-1].oid)
        entries = b"".join(b"40000 %d\0" % n + oid for n in range(10))
    write_objects(scene.host, objects)
    ada = scene.who("Ada")
    entry = scene.made.entry(ada, {}, {})
    raw = build_commit(objects[-1].oid, scene.made.commit, entry, ada.identity.signing_key)
    scene.serve(raw)
    scene.refused(f"entry {scene.next}", "its tree holds something else than its changes")
