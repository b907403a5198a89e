"""Names, texts and paths that would steer a terminal, by members of bad will.

That nothing but plain text is printed is looked at in every command of every scenario (`Client.run`).
"""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from skillvault.skill.files import SkillFile
from skillvault.vault import canonical, names, sealed, sshsig
from skillvault.vault.bundle import describe, pack
from skillvault.vault.ids import new_salt
from tests.hostile.host import REVIEW, Scene
from tests.vault_maker import Files

EVIL = ["\x1b[2Jgone", "two\nlines", "\u202eevil", "\x9b31m", "bell\x07", "zero\u200bwidth"]
COMMANDS = (["list"], ["status"], ["log", "review"], ["member", "list"], ["access", "review"])


def looks_at_everything(scene: Scene) -> None:
    scene.victim.ok("sync")
    for words in COMMANDS:
        out = scene.victim.ok(*words).out.decode()
        assert out.replace("\n", "").replace("\t", "").isprintable()


@pytest.mark.parametrize("name", EVIL)
def test_as_the_name_of_a_person(scene: Scene, name: str) -> None:
    """Signed with their own key, as a card would be; it is told by the last good name."""
    made, dan = scene.forger(), scene.who("Dan")
    record = scene.made.state.members[dan.id]
    card = {"card": 1, "name": name, "recipient": record.recipient}
    line = canonical.dumps({**card, "signing_key": record.signing_key, "suite": "x25519"})
    blob = sshsig.sign(dan.identity.signing_key, line, "skillvault-card")
    made.lawful(scene.who("Ada"), named(scene, dan.id, name, base64.b64encode(blob).decode()))
    looks_at_everything(scene)
    assert "\nDan\t" in scene.victim.ok("member", "list").out.decode()


def named(scene: Scene, member: str, name: str, signature: str) -> Files:
    fields = {"name": name, "salt": new_salt(), "signature": signature}
    record = names.NameRecord(canonical.dumps(fields))
    key = scene.made.keys[scene.ids["everyone"], 2].recipient
    files = scene.made.edit(member, name=record.hash)
    return files | {f"names/{member}.age": sealed.seal_json(record.line, [key])}


@pytest.mark.parametrize("name", EVIL[:3])
def test_as_the_name_of_a_group(scene: Scene, name: str) -> None:
    made, board = scene.forger(), scene.ids["board"]
    record = names.NameRecord(canonical.dumps({"group": board, "name": name, "salt": new_salt()}))
    key = made.keys[scene.ids["everyone"], 2].recipient
    files = {**made.record(board, name=record.hash)}
    made.lawful(
        scene.who("Ada"), {**files, f"names/{board}.age": sealed.seal_json(record.line, [key])}
    )
    looks_at_everything(scene)
    assert "board" in scene.victim.ok("access", "review").out.decode()


@pytest.mark.parametrize("field", ["message", "name"])
def test_in_a_manifest(scene: Scene, field: str) -> None:
    made, ada, review = scene.forger(), scene.who("Ada"), scene.ids["review"]
    now = made.bundles[review][-1].manifest
    text = (SkillFile("SKILL.md", b"---\nname: review\ndescription: \x1b[31mred\n---\nx\n", "644"),)
    manifest = replace(
        now,
        author=ada.id,
        files=describe(text),
        parent=made.bundles[review][-1].content,
        salt=new_salt(),
        version=3,
        name=EVIL[0] if field == "name" else "review",
        message=EVIL[2] if field == "message" else "",
    )
    new = pack(manifest, text, ada.identity.signing_key)
    blob = sealed.seal_bundle(new.compressed, scene.lines("review"))
    made.lawful(ada, {scene.path("review"): blob}, {review: new.content})
    scene.victim.ok("sync")
    for words in (["list"], ["status"], ["member", "list"], ["log", f"~{review}"]):
        out = scene.victim.run(*words).out.decode()
        assert out.replace("\n", "").replace("\t", "").isprintable()


@pytest.mark.parametrize(
    "path", ["a\x1b[2J.md", "../up", ".git/config", "a/../../b", "/etc/x", "con\nrol"]
)
def test_as_the_path_of_a_file(scene: Scene, path: str) -> None:
    """By a writer of the skill: the version is not used, the one before is."""
    made, ada, review = scene.forger(), scene.who("Ada"), scene.ids["review"]
    files = [SkillFile("SKILL.md", b"x", "644"), SkillFile(path, b"y", "644")]
    new = made.bundle(ada, review, "review", sorted(files, key=lambda f: f.path.encode()))
    blob = sealed.seal_bundle(new.compressed, scene.lines("review"))
    made.lawful(ada, {scene.path("review"): blob}, {review: new.content})
    looks_at_everything(scene)
    assert scene.victim.shows("review") == REVIEW
    scene.victim.ok("get", "review", "taken")
    taken = sorted(p.name for p in (scene.victim.home / "taken").rglob("*"))
    assert taken == ["SKILL.md", "review"]
