"""`exposure`: what somebody could ever have read, as it is told."""

from __future__ import annotations

from skillvault.errors import Exit
from tests.cli.story import CheckJson, World, ok


def test_it_tells_skills_versions_and_what_is_not_ours(world: World, check_json: CheckJson) -> None:
    seen = ok(world.ada.run("exposure", "bob barker"))
    assert seen.startswith("who        Bob Barker, member   ")
    rows = [line.split("\t") for line in seen.splitlines() if "\t" in line]
    assert [row[:3] for row in rows] == [["code-review", "@1", "directly"]]
    assert rows[0][4] == "now"
    assert f"their access to {world.url}: remove it there too" in seen
    found = check_json("exposure", ok(world.ada.run("exposure", "Bob Barker", "--json")))
    assert found["removed"] is None
    (skill,) = found["skills"]
    assert (skill["name"], skill["until"], skill["through"][0]["group"]) == (
        "code-review",
        None,
        None,
    )
    assert len(skill["versions"]) == 1


def test_who_cannot_read_a_skill_is_told_its_id(world: World, check_json: CheckJson) -> None:
    found = check_json("exposure", ok(world.bob.run("exposure", "Ada Lovelace", "--json")))
    assert [skill["name"] for skill in found["skills"]] == ["code-review", None]
    assert found["unnamed"] == 1
    seen = ok(world.bob.run("exposure", "Ada Lovelace"))
    assert "1 skill that you cannot read" in seen
    assert f"~{found['skills'][1]['id'][:8]}\t@1\t" in seen


def test_who_is_meant(world: World) -> None:
    nobody = world.ada.run("exposure", "Eve")
    assert nobody.returncode == Exit.NOT_FOUND
    group = world.ada.run("exposure", "everyone")
    assert group.returncode == Exit.USAGE
    assert "Ada Lovelace, Bob Barker" in group.stderr
