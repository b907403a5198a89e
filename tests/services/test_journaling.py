"""The journal: what went where and when, sealed, and never in the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from skillvault.services import identities, injecting, journaling, put
from skillvault.services.journaling import Version
from skillvault.services.references import parse
from skillvault.vault import spool
from tests.people import Person


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    return Person("Ada Lovelace", tmp_path / "ada")


def version(name: str = "review", number: int = 1) -> Version:
    return Version(
        vault="sha256:" + "0" * 64,
        vault_name="acme",
        skill="a" * 16,
        name=name,
        version=number,
        content="sha256:" + "1" * 64,
    )


def test_an_injection_is_noted_with_what_and_where_to(ada: Person) -> None:
    vault = ada.init()
    put.put(ada.ctx, [ada.skill("review"), ada.skill("refunds")])
    put.put(ada.ctx, [ada.skill("review", "Better.\n")])
    injecting.inject(ada.ctx, [parse("review"), parse("refunds")])
    injecting.inject(ada.ctx, [parse("review@1")], into=ada.home / "prompt.txt")
    last, first = journaling.read(ada.ctx)
    assert (first.action, first.agent, first.target) == ("inject", None, None)
    assert [(s.name, s.version) for s in first.skills] == [("review", 2), ("refunds", 1)]
    assert last.target == str(ada.home / "prompt.txt")
    (skill,) = last.skills
    assert (skill.vault, skill.vault_name) == (vault.state.vault_id, "acme")
    assert (skill.name, skill.version) == ("review", 1)
    assert first.time < last.time


def test_what_was_not_injected_is_not_noted(ada: Person) -> None:
    ada.init()
    put.put(ada.ctx, [ada.skill("review")])
    for references, budget in ((["nothing"], None), (["review"], 1)):
        with pytest.raises(Exception, match=r"no such|token"):
            injecting.inject(ada.ctx, [parse(name) for name in references], budget=budget)
    assert journaling.read(ada.ctx) == []


def test_every_identity_has_its_journal_and_one_reads_them_together(ada: Person) -> None:
    ada.keygen()
    identities.make(ada.ctx, "Work", suite="x25519", file="work")
    first, second = (held.identity for held in identities.load(ada.ctx))
    mine, theirs = version("mine"), replace(version("theirs", 2), identity=second)
    journaling.note(ada.ctx, "install", [mine, theirs], agent="claude", target="/home/x")
    journaling.note(ada.ctx, "uninstall", [mine], agent="claude", target="/home/x")
    assert spool.waiting(ada.paths.state, first) == 2
    assert spool.waiting(ada.paths.state, second) == 1
    events = journaling.read(ada.ctx)
    assert [(e.action, [s.name for s in e.skills]) for e in events] == [
        ("uninstall", ["mine"]),
        ("install", ["theirs"]),
        ("install", ["mine"]),
    ]
    assert [e.action for e in journaling.about(events, "MINE")] == ["uninstall", "install"]
    assert journaling.about(events, "others") == []


def test_names_that_are_no_text_are_kept_as_they_are(ada: Person) -> None:
    ada.keygen()
    journaling.note(ada.ctx, "run", [version("\u202e\ud800")], target="/home/\udcff")
    (event,) = journaling.read(ada.ctx)
    assert (event.target, event.skills[0].name) == ("/home/\udcff", "\u202e\ud800")


def test_where_nothing_can_be_written_one_is_told_and_nothing_fails(ada: Person) -> None:
    ada.init()
    put.put(ada.ctx, [ada.skill("review")])
    (ada.paths.state / "catalog").write_text("a file where the folder should be")
    assert injecting.inject(ada.ctx, [parse("review")]).wrapped.text
    assert ada.warnings == ["journal: not written: Not a directory"]
    assert journaling.read(ada.ctx) == []


def test_without_an_identity_there_is_nothing_to_note_or_read(ada: Person) -> None:
    journaling.note(ada.ctx, "wipe", [version()])
    assert journaling.read(ada.ctx) == []
    assert not (ada.paths.state / "catalog").exists()


def test_nothing_of_it_is_readable_on_disk(ada: Person) -> None:
    ada.keygen()
    for number in range(40):
        journaling.note(ada.ctx, "install", [version("quagga", number + 1)], target="/home/zebra")
    assert len(journaling.read(ada.ctx)) == 40
    everything = [p.read_bytes() for p in ada.paths.state.rglob("*") if p.is_file()]
    assert everything
    assert not any(word in data for data in everything for word in (b"quagga", b"zebra"))
