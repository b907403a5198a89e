"""Who seals a skill anew puts another plaintext into it.

Any reader may seal anew, and without a key nobody can see what is inside. So the line holds; every
reader refuses the file by the `content` of the line, and the next one who syncs mends it.
"""

from __future__ import annotations

import pytest

from skillvault.vault import sealed
from skillvault.vault.bundle import pack
from tests.hostile.host import REVIEW, Scene, skill

OTHER = "its manifest is not the one that the line names"


def altered(scene: Scene) -> bytes:
    """Another text by the same author, as far as its manifest says; signed by who altered it."""
    now = scene.made.bundles[scene.ids["review"]][-1]
    return pack(
        now.manifest, skill("review", "Look away.\n"), scene.who("Ada").identity.signing_key
    ).compressed


def altered_and_described(scene: Scene) -> bytes:
    """Another text that its manifest describes."""
    made = scene.forger()
    made.bundles = {}
    new = made.bundle(scene.who("Ada"), scene.ids["review"], "review", skill("review", "x\n"))
    return new.compressed


def older(scene: Scene) -> bytes:
    return scene.made.bundles[scene.ids["review"]][0].compressed


def another_skill(scene: Scene) -> bytes:
    return scene.made.bundles[scene.ids["deploy"]][-1].compressed


def junk(_scene: Scene) -> bytes:
    return b"no gzip at all"


def cut_off(scene: Scene) -> bytes:
    return scene.made.bundles[scene.ids["review"]][-1].compressed[:-30]


def followed(scene: Scene) -> bytes:
    return scene.made.bundles[scene.ids["review"]][-1].compressed + b"\0" * 20 + b"more"


CASES = [
    (altered, "a file that its manifest does not describe"),
    (altered_and_described, OTHER),
    (older, OTHER),
    (another_skill, OTHER),
    (junk, "not one gzip member"),
    (cut_off, "larger than the format allows, or cut off|damaged"),
    (followed, "something other than zeros behind"),
]


@pytest.mark.parametrize(("make", "problem"), CASES)
def test_as_a_reader(scene: Scene, make: object, problem: str) -> None:
    assert callable(make)
    blob = sealed.seal_bundle(make(scene), scene.lines("review"))
    scene.forger().lawful(scene.who("Ada"), {scene.path("review"): blob})
    told = f"entry {scene.next} spoiled it: .*{problem}"
    scene.never_used(told=told, reads={"review": REVIEW})
    scene.mended("review")


@pytest.mark.parametrize("blob", [b"", b"junk", b"age-encryption.org/v1\n-> X25519 x\n"])
def test_with_what_is_not_sealed(scene: Scene, blob: bytes) -> None:
    scene.forger().lawful(scene.who("Ada"), {scene.path("review"): blob})
    told = f"entry {scene.next} spoiled it: (this is not an age file|it ends in the header)"
    scene.never_used(told=told, reads={"review": REVIEW})
    scene.mended("review")


def test_as_an_admin_who_reads_it_not(scene: Scene) -> None:
    blob = sealed.seal_bundle(altered(scene), scene.lines("review"))
    scene.forger().write(scene.who("Ben"), {scene.path("review"): blob})
    scene.refused(f"entry {scene.next}: skills/", "re-sealed by somebody who is no reader")


def test_with_the_sealed_bytes_of_another_skill(scene: Scene) -> None:
    """Sealed to two, where the line has three."""
    scene.forger().lawful(scene.who("Ada"), {scene.path("review"): scene.now(scene.path("deploy"))})
    told = f"entry {scene.next} spoiled it: sealed with 2 stanzas where the line has 3"
    scene.never_used(told=told, reads={"review": REVIEW})
    scene.mended("review")


def test_to_nobody_but_oneself(scene: Scene) -> None:
    """As many stanzas as the line has, all to Ada: only they whom it leaves out can tell."""
    mine = [scene.who("Ada").identity.recipient] * 3
    good = scene.made.bundles[scene.ids["review"]][-1].compressed
    scene.forger().lawful(scene.who("Ada"), {scene.path("review"): sealed.seal_bundle(good, mine)})
    told = f"entry {scene.next} spoiled it: no key of yours opens it"
    scene.never_used(told=told, reads={"review": REVIEW})
    scene.mended("review")
