"""A host, or whoever hands out its address, that answers with an address that does harm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from skillvault.errors import Exit
from skillvault.vault import settings
from tests.hostile.host import Scene
from tests.vault.tls import serving


@pytest.fixture
def https(scene: Scene) -> Iterator[str]:
    with serving(scene.victim.home) as url:
        yield url


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("moved", r"it has moved to https://new\.example/here"),
        ("evil", "it redirects to another address"),
        ("option", "it redirects to another address"),
        ("plain", "it redirects to another address"),
        ("private", "does not let you in"),
        ("none", "no repository there"),
    ],
)
def test_of_a_host_that_she_uses(scene: Scene, https: str, path: str, problem: str) -> None:
    notes = settings.load(scene.victim.paths, "acme")
    settings.save(scene.victim.paths, "acme", replace(notes, remote=f"{https}/{path}"))
    with scene.victim.untouched():
        error = scene.victim.fails("sync", exit=Exit.SERVICE)
        scene.told(error, "https://127.0.0.1", problem)
        scene.victim.fails("clone", f"{https}/{path}", "other", "--yes", exit=Exit.SERVICE)
    assert not (scene.victim.home / "evil").exists()
    settings.save(scene.victim.paths, "acme", notes)
    scene.honest_again()


def test_a_page_that_wants_a_login(scene: Scene, https: str) -> None:
    """It names no branch, so it is taken for an empty repository: which is less than was seen."""
    notes = settings.load(scene.victim.paths, "acme")
    settings.save(scene.victim.paths, "acme", replace(notes, remote=f"{https}/page"))
    with scene.victim.untouched():
        error = scene.victim.fails("sync", exit=Exit.VERIFICATION)
        scene.told(error, "acme", "serves an empty repository, and you have seen entry")
        scene.victim.fails("clone", f"{https}/page", "other", "--yes", exit=Exit.SERVICE)


EVIL = [
    "ext::sh -c touch% evil",
    "--upload-pack=touch evil",
    "-oProxyCommand=touch evil:x",
    "ssh://-oProxyCommand=touch%20evil/x",
    "git@-oProxyCommand=evil:x",
    "fd::17",
    "http://127.0.0.1/x",
    "git://127.0.0.1/x",
    "ftp://127.0.0.1/x",
    "https://ada:secret@127.0.0.1/x",
    "https://127.0.0.1/\x1b[2J",
    "file://host/x",
]


@pytest.mark.parametrize("url", EVIL)
def test_of_one_that_she_is_told(scene: Scene, url: str) -> None:
    with scene.victim.untouched():
        for words in (
            ["clone", "--yes", "--", url, "other"],
            ["remote", "--", url],
            ["verify", "--", url],
            ["init", "other", "--name", "x", f"--remote={url}"],
        ):
            scene.victim.fails(*words, exit=Exit.REFUSED)
    assert not (scene.victim.home / "evil").exists()
