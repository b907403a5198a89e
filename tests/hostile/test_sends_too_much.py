"""A host or a member of bad will that sends more than a client should hold."""

from __future__ import annotations

import json
import zlib

import pytest

from skillvault.vault import sealed
from skillvault.vault.bundle import GZIP_HEADER, HEADER_LIMIT, INFLATED_LIMIT
from skillvault.vault.ids import sha256
from tests.hostile.host import Scene


@pytest.mark.parametrize(
    ("path", "size", "limit"),
    [
        ("members/{Dan}.json", 5_000, 4_096),
        ("groups/{board}/group.json", 300_000, 262_144),
        ("names/{board}.age", 20_000, 9_792),
        ("groups/{board}/1/{Cyd}.age", 10_000, 5_696),
    ],
)
def test_a_file_beyond_the_limit_of_its_kind(
    scene: Scene, path: str, size: int, limit: int
) -> None:
    ids = {**scene.ids, **{name: person.id for name, person in scene.made.people.items()}}
    where = path.format(**ids)
    scene.forger().write(scene.who("Ada"), {where: b"x" * size})
    scene.refused(f"entry {scene.next}: {where}", f"no file of at most {limit} bytes|name")


def test_a_control_file_that_nests_without_an_end(scene: Scene) -> None:
    path = f"members/{scene.who('Dan').id}.json"
    scene.forger().write(scene.who("Ada"), {path: b"[" * 4000})
    scene.refused(f"entry {scene.next}: {path}", "")


def test_a_number_without_an_end(scene: Scene) -> None:
    path = f"groups/{scene.ids['board']}/group.json"
    text = json.dumps({"epoch": 1}).replace("1", "9" * 5000).encode()
    scene.forger().write(scene.who("Ada"), {path: text})
    scene.refused(f"entry {scene.next}: {path}", "")


def test_a_text_that_inflates_without_an_end(scene: Scene) -> None:
    """By a writer. It is stopped at the format's limit; the version before is read."""
    deflate = zlib.compressobj(1, zlib.DEFLATED, -15)
    piece = b"\0" * 2**20
    body = b"".join(
        deflate.compress(piece) for _ in range((INFLATED_LIMIT + HEADER_LIMIT >> 20) + 2)
    )
    bomb = GZIP_HEADER + body + deflate.flush() + b"\0" * 8
    ada, deploy = scene.who("Ada"), scene.ids["deploy"]
    text = sealed.seal_bundle(bomb, scene.lines("deploy"))
    scene.forger().lawful(ada, {scene.path("deploy"): text}, {deploy: sha256(b"bomb")})
    scene.victim.ok("sync")
    done = scene.victim.ok("show", "deploy")
    assert done.out.endswith(b"At night.\n")
    assert "larger than the format allows" in done.err
