"""A host whose repository brings hooks, replace refs, a shallow line or a `config` of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from skillvault.errors import Exit
from skillvault.vault import git
from skillvault.vault.repository import check_repository
from tests.hostile.host import Scene, skill
from tests.vault.traps import set_traps


def test_traps(scene: Scene, tmp_path: Path) -> None:
    """Whatever git can be made to run by who fetches: nothing of it runs, and all goes on.

    (Who pushes to a folder runs its hooks, as with plain git: docs/threat-model.md.)
    """
    scene.whole = False
    witness = set_traps(scene.host, tmp_path)
    scene.made.write(scene.who("Ada"), {})
    scene.victim.ok("sync")
    scene.victim.ok("verify", str(scene.host))
    scene.goes_on()
    check_repository(scene.victim.vault)
    assert not witness.exists()


def test_replace_refs(scene: Scene) -> None:
    """They are not fetched, and would not be followed."""
    old, new = scene.commits()[-2:]
    git.run(scene.host, ["update-ref", f"refs/replace/{new}", old])
    git.run(scene.host, ["update-ref", "refs/tags/v1", old])
    git.run(scene.host, ["update-ref", "refs/heads/other", old])
    scene.goes_on()
    refs = git.run(scene.victim.vault, ["for-each-ref", "--format=%(refname)"]).decode().split()
    assert set(refs) <= {git.BRANCH, "refs/skillvault/remote", "refs/skillvault/fetched"}
    check_repository(scene.victim.vault)


def test_a_line_that_it_calls_shallow(scene: Scene) -> None:
    """Who has all of it misses nothing; who clones would get a line without a beginning."""
    scene.made.put(scene.who("Ada"), scene.ids["deploy"], "deploy", skill("deploy", "News.\n"))
    (scene.host / "shallow").write_text(f"{scene.commits()[-2]}\n")
    scene.victim.ok("sync")
    assert scene.victim.shows("deploy") == "News.\n"
    check_repository(scene.victim.vault)
    scene.clones(exit=Exit.SERVICE)
    (scene.host / "shallow").unlink()
    scene.honest_again()


def test_grafts_and_alternates(scene: Scene, tmp_path: Path) -> None:
    """They are the host's own affair: nothing of them comes over."""
    other = tmp_path / "other.git"
    subprocess.run(["git", "init", "-q", "--bare", str(other)], check=True)
    (scene.host / "objects/info").mkdir(exist_ok=True)
    (scene.host / "objects/info/alternates").write_text(f"{other}/objects\n")
    (scene.host / "info").mkdir(exist_ok=True)
    (scene.host / "info/grafts").write_text(" ".join(scene.commits()[-1:]) + "\n")
    scene.made.write(scene.who("Ada"), {})
    done = scene.victim.run("sync")
    assert done.code in {Exit.OK, Exit.SERVICE, Exit.VERIFICATION}, done.err
    check_repository(scene.victim.vault)
    (scene.host / "info/grafts").unlink()
    scene.goes_on()


def test_a_hook_that_speaks_to_the_terminal(scene: Scene) -> None:
    """What it says is told as plain text; what was to be pushed waits."""
    hook = scene.host / "hooks/pre-receive"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nprintf '\\033[2Jnot\\007 today\\r' >&2\nexit 1\n")
    hook.chmod(0o755)
    folder = scene.victim.home / "skills/review/SKILL.md"
    folder.write_bytes(folder.read_bytes() + b"Mine.\n")
    scene.victim.ok("put", "skills/review")
    scene.told(scene.victim.fails("sync", exit=Exit.SERVICE), "host.git", "declined")
    for _ in range(2):
        with scene.victim.untouched():
            scene.told(scene.victim.fails("sync", exit=Exit.SERVICE), "host.git", "declined")
    hook.unlink()
    scene.goes_on()
