"""Members of bad will who keep to the rules, and seal nothing of use: the client says so and lives.

Entries at random that `apply` lets through, by everybody but the victim, in which whatever is sealed
is junk, of another place, or to somebody else. No command ends with a defect of ours.
"""

from __future__ import annotations

import random

import pytest

from skillvault.errors import Exit, VerificationError
from skillvault.vault import identity, names, sealed
from skillvault.vault.ids import new_id, sha256
from tests.hostile.host import REVIEW, Forger, Scene, skill
from tests.vault_maker import Files, Person

COMMANDS = (
    ["sync"], ["status"], ["list"], ["member", "list"], ["group", "list"], ["access", "REVIEW"], ["log", "REVIEW"],
    ["exposure", "Dan"], ["search", "twice"], ["show", "REVIEW"], ["show", "RUNBOOK"], ["put", "skills/review"],
    ["sync"],
)  # fmt: skip


class Vandal:
    """One after another, by whom the rules let."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene, self.made, self.chance = scene, scene.forger(), random.Random(seed)

    def junk(self, data: bytes) -> bytes:
        """In place of something sealed."""
        victim = self.scene.who("Cyd").identity.recipient
        return self.chance.choice(
            [
                b"",
                b"junk",
                data,
                data[:-3],
                sealed.seal(b"junk\n", [victim]),
                sealed.seal(b"\xff\n" * 3, [victim, victim]),
                sealed.seal(f"{identity.generate('x25519').line}\n".encode(), [victim]),
                sealed.seal_json(names.group_record("g" * 16, "board").line, [victim]),
            ]
        )

    def spoilt(self, files: Files) -> Files:
        """With each sealed file spoilt, or not."""
        return {
            path: data
            if data is None or not path.endswith(".age") or self.chance.random() < 0.3
            else self.junk(data)
            for path, data in files.items()
        }

    def act(self) -> bool:
        """Try something; whether the rules let it."""
        made, chance, scene = self.made, self.chance, self.scene
        who = scene.who(chance.choice(["Ada", "Ada", "Ben", "Dan"]))
        try:
            files, content = self.choose(made, who)
            made.lawful(who, self.spoilt(files), content)
        except (VerificationError, KeyError, ValueError):
            return False
        return True

    def choose(self, made: Forger, who: Person) -> tuple[Files, dict[str, str]]:
        scene, chance = self.scene, self.chance
        name = chance.choice(["review", "deploy", "runbook"])
        group = chance.choice([scene.ids[n] for n in ("board", "crew", "everyone")])
        members = [p for p in made.people.values() if p.id in made.state.groups[group].members]
        match chance.randrange(9):
            case 0:
                return made.resealed(scene.ids[name]), {}
            case 1:
                content = sha256(chance.randbytes(8))
                return {scene.path(name): b"junk"}, {scene.ids[name]: content}
            case 2:
                return made.anew(group, members, [1]), {}
            case 3:
                return dict(made.slots(group, made.state.groups[group].epoch, members)), {}
            case 4:
                return dict(made.record(group, epoch=made.state.groups[group].epoch + 1, recipient=None)), {}  # fmt: skip
            case 5:
                twin = Person(chance.choice(["Cyd", "Zed"]), identity.generate("x25519"), new_id())
                made.people[f"{twin.name}{twin.id}"] = twin
                everyone = scene.ids["everyone"]
                return made.member(twin, "member") | made.grow(everyone, [twin]), {}
            case 6:
                return {scene.path(name, f"evidence/{new_id()}.age"): b"junk"}, {}
            case 7:
                new, everyone = new_id(), scene.ids["everyone"]
                access = made.access(new, who.id, [who.id, everyone], [who.id])
                bundle = made.bundle(who, new, "review", skill("review", "x\n"))
                text = sealed.seal_bundle(bundle.compressed, made.lines([who.id, everyone]))
                path = f"skills/{new[0]}/{new}/skill.age"
                return {**access, path: text}, {new: bundle.content}
            case _:
                return made.member(who, made.state.members[who.id].role), {}


def vandalise(scene: Scene, seed: int) -> None:
    vandal = Vandal(scene, seed)
    assert sum(vandal.act() for _ in range(14)) > 2
    named = {n.upper(): f"{n}~{scene.ids[n][:8]}" for n in ("review", "runbook")}
    truth = {named["REVIEW"]: REVIEW, named["RUNBOOK"]: "Step by step.\n"}
    for command in COMMANDS:
        words = [named.get(word, word) for word in command]
        ended = scene.victim.run(*words)
        # Behind a version that does not open, hers is no next one of itself.
        fine = {Exit.OK, Exit.CONFLICT} if words[0] == "put" else {Exit.OK}
        assert ended.code in fine, (seed, words, ended)
        if words[0] == "show":
            assert ended.out.decode().endswith(truth[words[1]]), (seed, words, ended)


@pytest.mark.parametrize("seed", range(3))
def test_a_few(scene: Scene, seed: int) -> None:
    vandalise(scene, seed)


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(3, 40))
def test_many(scene: Scene, seed: int) -> None:
    vandalise(scene, seed)
