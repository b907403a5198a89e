"""A host that lets one group pass for another."""

from __future__ import annotations

import json

from skillvault.vault import names, sealed
from tests.hostile.host import Scene
from tests.vault_maker import Files


def swapped(scene: Scene) -> Files:
    """Each has the record and the hash of the other."""
    made, (board, crew) = scene.made, (scene.ids["board"], scene.ids["crew"])
    of_board, of_crew = made.state.groups[board].name, made.state.groups[crew].name
    return {
        **made.record(board, name=of_crew),
        **made.record(crew, name=of_board),
        f"names/{board}.age": scene.now(f"names/{crew}.age"),
        f"names/{crew}.age": scene.now(f"names/{board}.age"),
    }


def test_without_a_word(scene: Scene) -> None:
    files = {p: data for p, data in swapped(scene).items() if p.startswith("names/")}
    scene.forger().write(scene.who("Ben"), {}, also=files)
    scene.refused(f"entry {scene.next}", "its tree holds something else than its changes")


def test_by_an_admin_who_is_in_one_of_them(scene: Scene) -> None:
    scene.forger().write(scene.who("Ben"), swapped(scene))
    scene.refused(rf"entry {scene.next}: groups/", "renamed by somebody who is no admin in it")


def test_by_an_admin_who_is_in_both(scene: Scene) -> None:
    """The line holds. A record says which group it is of: each is called as it was before."""
    scene.forger().lawful(scene.who("Ada"), swapped(scene))
    scene.victim.ok("sync")
    owners = scene.victim.ok("access", "review", "--json").out.decode()
    assert "crew" not in json.dumps(json.loads(owners))
    assert '"board"' in owners, "by the last name that opened"


def test_the_record_of_one_made_anew_for_the_other(scene: Scene) -> None:
    """By who is in both: that is a rename, and every client says so."""
    made, board = scene.forger(), scene.ids["board"]
    record = names.group_record(board, "crew")
    key = made.keys[scene.ids["everyone"], 2].recipient
    files = made.record(board, name=record.hash)
    made.lawful(
        scene.who("Ada"), {**files, f"names/{board}.age": sealed.seal_json(record.line, [key])}
    )
    told = scene.victim.ok("sync")
    assert "group board is called crew~" in told.out.decode()
