"""Search follows the vaults by itself: what one reads is found, what one does not is not."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from skillvault.catalog import image, search
from skillvault.errors import AccessError, UsageError
from skillvault.services import checking, opening, put, searching, vaults
from skillvault.services.searching import Searched
from tests.people import Person, bare


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    return Person("Ada Lovelace", tmp_path / "ada")


@pytest.fixture
def bob(tmp_path: Path) -> Person:
    return Person("Bob Barker", tmp_path / "bob")


def labels(found: Searched) -> list[str]:
    return [hit.label for hit in found.hits]


def find(person: Person, *words: str) -> list[str]:
    return labels(searching.search(person.ctx, words))


def indexed(person: Person) -> set[str]:
    """The skills in the index of this person, by id."""
    identity = opening.open_vault(person.ctx).identity
    assert identity is not None
    with closing(image.load(person.paths.state, identity)) as db:
        return {skill for _, skill in search.indexed(db)}


def test_new_and_changed_skills_are_found_without_being_asked_for(ada: Person) -> None:
    ada.init()
    put.put(ada.ctx, [ada.skill("review", "Look for a null pointer.\n")])
    assert find(ada, "null", "pointers") == ["review"]
    put.put(ada.ctx, [ada.skill("refunds", "Never without a receipt.\n")])
    assert find(ada, "receipt") == ["refunds"]
    put.put(ada.ctx, [ada.skill("review", "Look for a data race.\n")])
    assert find(ada, "null") == []
    assert find(ada, "race") == ["review"]
    (hit,) = searching.search(ada.ctx, ["race"]).hits
    assert hit.found.summary.version == 2
    assert [piece.text for piece in hit.snippet if piece.hit] == ["race"]
    assert not ada.warnings


def test_only_what_is_new_is_opened(ada: Person) -> None:
    ada.init()
    put.put(ada.ctx, [ada.skill(f"skill-{number}", "common words\n") for number in range(5)])
    told: list[tuple[str, int, int]] = []

    def count() -> int:
        told.clear()
        ctx = replace(ada.ctx, progress=lambda what, done, of: told.append((what, done, of)))
        assert len(searching.search(ctx, ["common"]).hits) == 5
        return sum(what == "index" for what, _, _ in told)

    assert count() == 5
    assert count() == 0
    put.put(ada.ctx, [ada.skill("skill-3", "common and other words\n")])
    assert count() == 1
    assert told[-1] == ("index", 1, 1)


def test_what_is_not_shared_is_not_found_and_what_was_taken_away_is_forgotten(
    ada: Person, bob: Person, tmp_path: Path
) -> None:
    host = bare(tmp_path / "host.git")
    vault = ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("review", "quagga\n"), ada.skill("private", "quagga\n")])
    ada.share("review", with_=str(bob.card_file()))
    bob.clone(host, vault.state.vault_id)
    assert sorted(find(ada, "quagga")) == ["private", "review"]
    assert find(bob, "quagga") == ["review"]
    assert len(indexed(bob)) == 1
    ada.unshare("review", from_="Bob Barker")
    checking.sync(bob.ctx)
    assert find(bob, "quagga") == []
    assert indexed(bob) == set()


def test_a_name_counts_most_and_a_skill_with_all_words_stands_alone(ada: Person) -> None:
    ada.init()
    put.put(
        ada.ctx,
        [
            ada.skill("refund", "Money back.\n"),
            ada.skill("shop", "A refund is money back, a refund.\n"),
            ada.skill("invoice", "Money owed.\n"),
        ],
    )
    assert find(ada, "refund") == ["refund", "shop"]
    found = searching.search(ada.ctx, ["money owed"])
    assert (labels(found), found.partly, found.readable) == (["invoice"], False, 3)
    some = searching.search(ada.ctx, ["refund", "unicorn"])
    assert some.partly
    assert (some.hits[0].label, some.hits[0].words) == ("refund", ("refund",))
    task = "Please write to the customer that we have received the refund"
    ranked = searching.search(ada.ctx, [task], match="any")
    assert labels(ranked)[0] == "refund"
    assert not ranked.partly
    assert not searching.search(ada.ctx, ["unicorn"]).hits
    assert len(searching.search(ada.ctx, ["money"], limit=2).hits) == 2


def test_several_vaults_are_searched_together_and_named(ada: Person) -> None:
    ada.init("work")
    put.put(ada.ctx, [ada.skill("review", "quagga at work\n")], vault="work")
    ada.init("home")
    put.put(ada.ctx, [ada.skill("review", "quagga at home\n")], vault="home")
    assert sorted(find(ada, "quagga")) == ["home/review", "work/review"]
    found = searching.search(ada.ctx, ["quagga"], vault="home")
    assert labels(found) == ["review"]
    assert sorted(find(ada, "quagga")) == ["home/review", "work/review"]
    vaults.forget(ada.ctx, "work", force=True)
    assert find(ada, "quagga") == ["review"]
    assert len(indexed(ada)) == 1


def test_two_skills_of_one_name_are_told_apart(ada: Person) -> None:
    ada.init()
    put.put(ada.ctx, [ada.skill("review", "quagga\n")])
    put.put(ada.ctx, [ada.skill("review", "quagga too\n")], new=True)
    found = searching.search(ada.ctx, ["quagga"])
    assert len(set(labels(found))) == 2
    assert all(hit.label == f"review~{hit.found.skill[:8]}" for hit in found.hits)


def test_nothing_to_search_for_is_said(ada: Person) -> None:
    ada.init()
    for query in ([], [""], ["--", "..."]):
        with pytest.raises(UsageError, match="no word"):
            searching.search(ada.ctx, query)
    assert not searching.search(ada.ctx, ["quagga"]).hits, "an empty vault is no error"


def test_who_is_no_member_is_told_so(ada: Person, bob: Person, tmp_path: Path) -> None:
    host = bare(tmp_path / "host.git")
    vault = ada.init(remote=host)
    bob.keygen()
    bob.clone(host, vault.state.vault_id)
    with pytest.raises(AccessError, match="not a member"):
        searching.search(bob.ctx, ["quagga"])
    bob.init("own")
    put.put(bob.ctx, [bob.skill("review", "quagga\n")], vault="own")
    assert find(bob, "quagga") == ["review"], "the others are searched"


def test_a_disk_that_takes_nothing_costs_time_alone(ada: Person) -> None:
    ada.init()
    put.put(ada.ctx, [ada.skill("review", "quagga\n")])
    (ada.paths.state / "catalog").write_text("a file where the folder should be")
    assert find(ada, "quagga") == ["review"]
    assert find(ada, "quagga") == ["review"]


def test_a_damaged_index_is_made_anew_and_the_old_one_kept(ada: Person) -> None:
    ada.init()
    put.put(ada.ctx, [ada.skill("review", "quagga\n")])
    assert find(ada, "quagga") == ["review"]
    (path,) = (ada.paths.state / "catalog").glob("*.age")
    path.write_bytes(b"rubbish")
    assert find(ada, "quagga") == ["review"]
    assert len(ada.warnings) == 1
    assert "kept as" in ada.warnings[0]
    assert [p.read_bytes() for p in path.parent.glob("*.aside")] == [b"rubbish"]
    assert find(ada, "quagga") == ["review"]
    assert len(ada.warnings) == 1
