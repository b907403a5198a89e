"""A host that keeps a push which it reported as failed, and shows it after the undo."""

from __future__ import annotations

from skillvault.errors import Exit
from skillvault.vault import git
from tests.hostile.host import REVIEW, Client, Scene


def declines(scene: Scene) -> None:
    """The host takes what comes and says that it did not."""
    hook = scene.host / "hooks/pre-receive"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)


def keeps(scene: Scene) -> str:
    """What was pushed lies at the host, under no name that anybody sees; its commit."""
    words = ["fetch", "--quiet", str(scene.victim.vault), f"+{git.BRANCH}:refs/kept/x"]
    git.run(scene.host, words)
    return git.run(scene.host, ["rev-parse", "refs/kept/x"]).decode().strip()


def shows(scene: Scene, kept: str) -> None:
    (scene.host / "hooks/pre-receive").unlink()
    scene.show_branch(kept)


def edits(scene: Scene) -> None:
    folder = scene.victim.home / "skills/review/SKILL.md"
    folder.write_bytes(folder.read_bytes() + b"A secret that was not meant.\n")
    scene.victim.ok("put", "skills/review")


def test_of_a_version(scene: Scene) -> None:
    """What may have been sent is not forgotten: its inverse stands behind it, whoever shows it."""
    declines(scene)
    edits(scene)
    scene.told(scene.victim.fails("sync", exit=Exit.SERVICE), "host.git", "declined")
    kept = keeps(scene)
    assert "undo entry" in scene.victim.ok("undo", "--yes").err
    assert scene.victim.shows("review") == REVIEW
    shows(scene, kept)
    scene.victim.ok("sync")
    assert scene.victim.shows("review") == REVIEW
    assert scene.branch() == scene.victim.tip() != kept
    dan = Client.of(scene.root / "dan", scene.who("Dan"))
    dan.ok("clone", str(scene.host), "acme", "--id", scene.made.state.vault_id)
    assert dan.shows("review") == REVIEW
    scene.whole = False
    scene.goes_on()


def test_of_a_share(scene: Scene) -> None:
    """Ben was let in, perhaps; then he is put out again, and it is said that he may have read."""
    declines(scene)
    words = ["share", "review", "--with", "Ben", "--yes"]
    scene.told(scene.victim.fails(*words, exit=Exit.SERVICE), "", "")
    kept = keeps(scene)
    done = scene.victim.run("undo", "--yes")
    assert done.code == Exit.SERVICE, done.err
    assert "may have been read" in done.err
    shows(scene, kept)
    scene.victim.ok("sync")
    assert "Ben" not in scene.victim.ok("access", "review").out.decode()
    assert scene.branch() == scene.victim.tip() != kept
    ben = Client.of(scene.root / "ben", scene.who("Ben"))
    ben.ok("clone", str(scene.host), "acme", "--id", scene.made.state.vault_id)
    edits(scene)
    scene.victim.ok("sync")
    ben.ok("sync")
    ben.fails("show", "review@3", exit=Exit.NOT_FOUND)


def test_what_was_never_sent_vanishes(scene: Scene) -> None:
    before = scene.victim.tip()
    edits(scene)
    scene.victim.ok("undo", "--yes")
    assert scene.victim.tip() == before
    assert scene.victim.shows("review") == REVIEW
    scene.victim.ok("sync")
    assert scene.branch() == before
