"""What somebody could ever have read, held against trying to open every file there ever was."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from skillvault.errors import NotFoundError, VerificationError
from skillvault.vault import sealed
from skillvault.vault.exposure import Exposure, exposure
from skillvault.vault.history import walk
from skillvault.vault.ids import new_id
from skillvault.vault.repository import create_bare
from skillvault.vault.state import EMPTY, skill_path
from tests.opens import Line, Opened
from tests.vault_maker import Files, Maker, Person
from tests.vault_story import skill_files, tell


def found(made: Maker, who: Person) -> Exposure:
    assert made.commit is not None
    return exposure(walk(made.repo, made.commit), who.id)


def said(report: Exposure) -> Opened:
    return {(one.skill, version.number) for one in report.skills for version in one.versions}


def tried(made: Maker, who: Person) -> Opened:
    """What really opens of all files of the line, with every key that they can reach."""
    return Line(made.repo, made.commit).opens(who.identity)


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    """Every kind of entry there is."""
    return tell(tmp_path_factory.mktemp("life") / "repo", "x25519").made


@pytest.mark.parametrize("name", ["Ada", "Ben Stone", "Cyd Ray", "\u00c8ve", "Fay", "ci"])
def test_it_says_what_opens_and_nothing_else(life: Maker, name: str) -> None:
    who = life.people[name]
    assert said(found(life, who)) == tried(life, who)


def test_from_when_through_what_until_when(life: Maker) -> None:
    report = found(life, life.people["\u00c8ve"])
    assert report.removed is not None
    assert report.remover == life.people["Ada"].id
    assert all(group.until == report.removed for group in report.groups)
    by_count = {len(one.versions): one for one in report.skills if len(one.ways) == 1}
    review = by_count[2]  # through the group alone, old epochs too
    assert review.until == report.removed
    assert review.ways[0].epoch == 1
    assert review.since > report.admitted
    assert review.newest == 3
    own = next(one for one in report.skills if one.gone and one.ways[0].name == report.member)
    assert (own.since, own.until) == (own.versions[0].sealed, report.removed)


def test_results_count_where_a_key_of_theirs_opens_one(life: Maker) -> None:
    counts = {
        name: sum(one.results for one in found(life, who).skills)
        for name, who in life.people.items()
    }
    # One of code-review, one of refund, which `everyone` reads; both were removed since.
    assert counts == {"Ada": 2, "Ben Stone": 2, "Cyd Ray": 2, "\u00c8ve": 2, "Fay": 2, "ci": 1}


@pytest.fixture
def small(tmp_path: Path) -> tuple[Maker, Person, Person, str]:
    """Ada owns a skill; Bob was admitted, and reads nothing yet."""
    create_bare(tmp_path / "repo")
    made = Maker(tmp_path / "repo", "x25519")
    ada, bob, skill = made.person("Ada"), made.person("Bob"), new_id()
    made.found(ada)
    made.admit(ada, bob, "member")
    put(made, ada, skill, "one", access(made, skill, ada))
    return made, ada, bob, skill


def put(made: Maker, who: Person, skill: str, text: str, files: Files | None = None) -> None:
    made.put(who, skill, "x", skill_files(text)[:1], files)


def access(made: Maker, skill: str, owner: Person, *readers: str) -> Files:
    return made.access(skill, owner.id, [owner.id, *readers], [owner.id])


def test_who_never_read_anything(small: tuple[Maker, Person, Person, str]) -> None:
    made, _, bob, _ = small
    report = found(made, bob)
    assert report.skills == ()
    assert (report.removed, report.remover) == (None, None)
    assert [group.name for group in report.groups] == [made.state.everyone]


def test_a_strike_ends_it_and_coming_back_begins_it_again(
    small: tuple[Maker, Person, Person, str],
) -> None:
    made, ada, bob, skill = small
    shared = made.write(
        ada, access(made, skill, ada, bob.id) | made.resealed(skill, [ada.id, bob.id])
    )
    put(made, ada, skill, "two")
    struck = made.write(ada, access(made, skill, ada) | made.resealed(skill, [ada.id]))
    put(made, ada, skill, "three")
    (one,) = found(made, bob).skills
    assert [version.number for version in one.versions] == [1, 2]
    assert one.until is not None
    assert (one.since.seq, one.until.seq, one.until.hash) == (shared.seq, struck.seq, struck.hash)
    made.write(ada, access(made, skill, ada, bob.id) | made.resealed(skill, [ada.id, bob.id]))
    (one,) = found(made, bob).skills
    assert [version.number for version in one.versions] == [1, 2, 3]
    assert one.until is None
    assert one.since.seq == shared.seq


def test_shared_and_not_sealed_yet_is_not_read(small: tuple[Maker, Person, Person, str]) -> None:
    made, ada, bob, skill = small
    made.write(ada, access(made, skill, ada, bob.id))
    assert found(made, bob).skills == ()


def test_an_older_epoch_leads_to_what_the_group_read_before(
    small: tuple[Maker, Person, Person, str],
) -> None:
    made, ada, bob, skill = small
    group = new_id()
    made.write(ada, made.group([ada], group, "team"))
    made.write(ada, access(made, skill, ada, group) | made.resealed(skill, [ada.id, group]))
    made.write(ada, access(made, skill, ada) | made.resealed(skill, [ada.id]))
    put(made, ada, skill, "two")
    made.write(ada, made.anew(group, [ada], [1]))
    joined = made.write(ada, made.grow(group, [bob]))
    (one,) = found(made, bob).skills
    assert said(found(made, bob)) == tried(made, bob) == {(skill, 1)}
    assert (one.ways[0].name, one.ways[0].epoch) == (group, 1)
    assert one.since.seq == joined.seq
    assert one.until is not None


def test_an_epoch_without_a_link_leads_nowhere(small: tuple[Maker, Person, Person, str]) -> None:
    made, ada, bob, skill = small
    group = new_id()
    made.write(ada, made.group([ada], group, "team"))
    made.write(ada, access(made, skill, ada, group) | made.resealed(skill, [ada.id, group]))
    made.write(ada, made.anew(group, [ada, bob]))
    assert said(found(made, bob)) == tried(made, bob) == set()
    made.write(ada, made.resealed(skill))
    assert said(found(made, bob)) == tried(made, bob) == {(skill, 1)}


def test_a_stranger_is_not_found(small: tuple[Maker, Person, Person, str]) -> None:
    made, *_ = small
    with pytest.raises(NotFoundError):
        found(made, made.person("Eve"))


def test_a_walk_judges_each_entry(small: tuple[Maker, Person, Person, str]) -> None:
    made, *_ = small
    assert made.commit is not None
    walked = list(walk(made.repo, made.commit))
    assert walked[0].before is EMPTY
    assert walked[-1].after.head == made.state.head
    assert [moment.entry.seq for moment in walked] == [0, 1, 2]
    tree = f"{made.commit}^{{tree}}"
    words = ["commit-tree", tree, "-p", made.commit, "-m", "skillvault"]
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    forged = subprocess.run(
        ["git", "-C", str(made.repo), *who, *words], check=True, capture_output=True, text=True
    ).stdout.strip()
    with pytest.raises(VerificationError):
        list(walk(made.repo, forged))


def test_what_opens_is_what_can_be_unsealed(small: tuple[Maker, Person, Person, str]) -> None:
    """The check of this file itself: a key that was never a recipient opens nothing."""
    made, _, bob, skill = small
    assert tried(made, bob) == set()
    path = skill_path(skill)
    data = Line(made.repo, made.commit).blobs(path, made.state.files[path])
    with pytest.raises(sealed.DOES_NOT_OPEN):
        sealed.open_sealed(data, [bob.identity.key], suite="x25519", stanzas=1, subject="x")
