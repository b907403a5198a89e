"""Who opens an epoch leaves a link to the epochs before it that leads nowhere, or astray."""

from __future__ import annotations

import pytest

from skillvault.vault import identity, sealed
from tests.hostile.host import REVIEW, Scene


def nothing(_scene: Scene) -> bytes:
    return b""


def junk(_scene: Scene) -> bytes:
    return b"\xff no identity at all\n" * 20


def a_foreign_key(_scene: Scene) -> bytes:
    return b"".join(f"{identity.generate('x25519').line}\n".encode() for _ in range(50))


def another_group(scene: Scene) -> bytes:
    return f"{scene.made.keys[scene.ids['crew'], 1].line}\n".encode()


def her_own_identity(scene: Scene) -> bytes:
    """Sealed to everyone: it would be readable by all, but it is nobody's epoch."""
    return f"{scene.who('Ada').identity.line}\n".encode()


@pytest.mark.parametrize("make", [nothing, junk, a_foreign_key, another_group, her_own_identity])
def test_what_she_could_read_she_reads(scene: Scene, make: object) -> None:
    assert callable(make)
    made, everyone = scene.forger(), scene.ids["everyone"]
    files = made.anew(everyone, [scene.who(n) for n in ("Ada", "Ben", "Cyd", "Dan")])
    key = made.keys[everyone, 3].recipient
    files[f"groups/{everyone}/3/previous.age"] = sealed.seal(make(scene), [key])
    made.lawful(scene.who("Ada"), files)
    scene.never_used(told="", reads={"review": REVIEW, "runbook": "Step by step.\n"})
    rows = scene.victim.ok("member", "list").out.decode()
    assert all(name in rows for name in ("Ada", "Ben", "Cyd", "Dan"))
    scene.goes_on()


def test_sealed_to_somebody_else(scene: Scene) -> None:
    made, everyone = scene.forger(), scene.ids["everyone"]
    files = made.anew(everyone, [scene.who(n) for n in ("Ada", "Ben", "Cyd", "Dan")])
    line = f"{made.keys[everyone, 2].line}\n".encode()
    files[f"groups/{everyone}/3/previous.age"] = sealed.seal(
        line, [scene.who("Ada").identity.recipient]
    )
    made.lawful(scene.who("Ada"), files)
    scene.never_used(told="", reads={"review": REVIEW, "runbook": "Step by step.\n"})


def test_by_who_is_not_in_the_group(scene: Scene) -> None:
    made, board = scene.forger(), scene.ids["board"]
    made.lawful(scene.who("Ada"), made.anew(board, [scene.who("Ada"), scene.who("Cyd")], []))
    scene.victim.ok("sync")
    scene.follow()
    made = scene.forger()
    made.write(scene.who("Ben"), {f"groups/{board}/2/previous.age": b"age"})
    scene.refused(f"entry {scene.next}: groups/", "not in the group, or was not in the epoch")
