"""A host that wants a post-quantum vault to be sealed with less."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from skillvault.vault import canonical, identity, sealed
from tests.hostile import host
from tests.hostile.host import REVIEW, Scene
from tests.vault_maker import Person


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return host.build(tmp_path_factory.mktemp("quantum") / "scene", "mlkem768x25519")


@pytest.fixture
def scene(built: Scene, tmp_path: Path) -> Scene:
    return host.copy(built, tmp_path / "scene")


def test_of_the_vault(scene: Scene) -> None:
    nonce = scene.made.state.nonce
    fields = {"format": 1, "nonce": nonce, "suite": "x25519"}
    scene.forger().write(scene.who("Ada"), {"vault.json": canonical.dumps(fields)})
    scene.refused(rf"entry {scene.next}: vault\.json", "its format is not a later one")


def test_of_a_new_member(scene: Scene) -> None:
    zed, everyone = Person("Zed", identity.generate("x25519"), "z" * 16), scene.ids["everyone"]
    files = scene.made.member(zed, "member") | scene.made.grow(everyone, [zed])
    scene.forger().write(scene.who("Ben"), files)
    scene.refused(f"entry {scene.next}: members/", "its recipient is not of the vault's suite")


def test_of_an_epoch(scene: Scene) -> None:
    made = replace(scene.forger(), suite="x25519")
    made.write(
        scene.who("Ada"), made.anew(scene.ids["board"], [scene.who("Ada"), scene.who("Cyd")], [])
    )
    scene.refused(f"entry {scene.next}: groups/", "its recipient is not of the vault's suite")


def test_of_a_sealed_file(scene: Scene) -> None:
    """To keys that whoever wrote it has: the line cannot show it, its readers refuse it."""
    good = scene.made.bundles[scene.ids["review"]][-1].compressed
    keys = [identity.generate("x25519").recipient for _ in range(3)]
    scene.forger().lawful(scene.who("Ada"), {scene.path("review"): sealed.seal_bundle(good, keys)})
    told = f"entry {scene.next} spoiled it: .* where the line has 3 of mlkem768x25519"
    scene.never_used(told=told, reads={"review": REVIEW})
    scene.mended("review")
