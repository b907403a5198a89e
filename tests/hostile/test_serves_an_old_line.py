"""A host that serves the past, nothing at all, or another vault."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import Exit
from skillvault.vault import git
from tests.hostile import host
from tests.hostile.host import Scene


@pytest.mark.parametrize("seq", [0, 5])
def test_an_old_line(scene: Scene, seq: int) -> None:
    """Whoever clones now cannot know better; so the words of the head are to be compared."""
    scene.show_branch(scene.commits()[seq])
    seen = scene.made.state.seq
    scene.refused(
        "acme", rf"older history \(entry {seq}\) than you have seen \({seen}\)", clone=None
    )


def test_an_empty_repository(scene: Scene) -> None:
    git.run(scene.host, ["update-ref", "-d", git.BRANCH])
    scene.refused("acme", "serves an empty repository, and you have seen entry", clone=None)


def test_another_vault(scene: Scene, tmp_path: Path) -> None:
    other = host.build(tmp_path / "other")
    words = ["fetch", "--quiet", str(other.host), f"+{git.BRANCH}:refs/heads/other"]
    git.run(scene.host, words)
    scene.show_branch(other.made.commit)
    with scene.victim.untouched():
        error = scene.victim.fails("sync", exit=Exit.VERIFICATION)
        scene.told(error, "acme", "the host serves another vault")
    scene.told(
        scene.clones(exit=Exit.VERIFICATION), "host.git", "another vault than the one you asked"
    )
    scene.honest_again()
