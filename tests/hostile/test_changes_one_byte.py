"""A host that changes one byte: of any object, and of what lies on its disk.

A tenth of all bytes here, chosen by a seed; every one of them in `make test-all`.
"""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from skillvault.errors import Exit
from skillvault.vault import git
from tests.hostile import flips
from tests.hostile.flips import Vault, judge, opened
from tests.hostile.host import Scene, skill

SEED = 20261124


@cache
def vault() -> Vault:
    with TemporaryDirectory() as folder:
        return Vault.make(Path(folder) / "v")


def check(made: Vault, oid: str, number: int, mask: int) -> None:
    """It is seen; what was good before it counts; and nothing else than the truth is ever read."""
    where = (made.objects[oid].kind, oid, number, mask)
    store, tip = made.flip(oid, number, mask)
    line, error = judge(store, tip)
    assert error is not None, where
    assert line.state.seq < made.line.state.seq, where
    for person in made.people:
        if person.id not in line.state.members:
            continue
        truth = _truth(person.name)
        for key, value in opened(store, line, person).items():
            assert value == truth[key], where


@cache
def _truth(name: str) -> dict[str, object]:
    made = vault()
    person = next(p for p in made.people if p.name == name)
    return opened(flips.Store(made.objects), made.line, person)


def masks(positions: list[tuple[str, int]]) -> list[tuple[str, int, int]]:
    chance = random.Random(SEED)
    return [(oid, number, chance.randrange(1, 256)) for oid, number in positions]


def test_the_vault_itself_is_good() -> None:
    made = vault()
    line, error = judge(flips.Store(made.objects), made.tip)
    assert error is None
    assert (line.state, line.commit) == (made.line.state, made.tip)
    assert len(_truth("Ada")) == len(_truth("Ben")) == 5


def test_a_tenth_of_all_bytes() -> None:
    made = vault()
    chosen = random.Random(SEED).sample(made.positions, len(made.positions) // 10)
    for oid, number, mask in masks(chosen):
        check(made, oid, number, mask)


def test_of_what_a_client_fetches(scene: Scene) -> None:
    """The whole client, and real git in between: of each object of a new entry a byte or two."""
    base = scene.made.commit
    scene.made.put(scene.who("Ada"), scene.ids["deploy"], "deploy", skill("deploy", "Slowly.\n"))
    tip = str(scene.made.commit)
    objects = flips.objects_of(scene.host, tip, f"^{base}")
    new = replace(vault(), objects=objects, tip=tip)
    chance = random.Random(SEED)
    for oid, number, mask in masks(
        [(o, chance.randrange(len(i.data))) for o, i in objects.items()]
    ):
        store, other = new.flip(oid, number, mask)
        scene.plant([i for o, i in store.objects.items() if o not in objects])
        (scene.host / git.BRANCH).write_text(f"{other}\n")
        with scene.victim.untouched():
            done = scene.victim.run("sync")
        assert done.code in {Exit.VERIFICATION, Exit.SERVICE, Exit.REFUSED}, (oid, number, mask)
    (scene.host / git.BRANCH).write_text(f"{tip}\n")
    scene.honest_again()


def test_of_what_lies_on_its_disk(scene: Scene) -> None:
    """Then git sends something else than what it promised, or nothing."""
    base = scene.made.commit
    scene.made.put(scene.who("Ada"), scene.ids["deploy"], "deploy", skill("deploy", "Slowly.\n"))
    chance = random.Random(SEED)
    for oid in flips.objects_of(scene.host, str(scene.made.commit), f"^{base}"):
        file = scene.stored(oid)
        good = file.read_bytes()
        bad = bytearray(good)
        bad[chance.randrange(len(bad))] ^= chance.randrange(1, 256)
        file.chmod(0o644)
        file.write_bytes(bad)
        with scene.victim.untouched():
            done = scene.victim.run("sync")
        assert done.code in {Exit.SERVICE, Exit.REFUSED}, oid
        file.write_bytes(good)
    scene.honest_again()


@pytest.mark.exhaustive
def test_every_byte() -> None:
    made = vault()
    for oid, number, mask in masks(made.positions):
        check(made, oid, number, mask)
