"""Access both ways: who can read this, what can this one read; since when, through what."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.errors import NotFoundError, UsageError
from skillvault.services import accessing, grouping, put, reach, sharing, ungrouping
from skillvault.services.accessing import Grant, Readable
from skillvault.services.references import parse
from skillvault.services.sharing import Preview
from skillvault.vault.history import moments, times
from tests.crew import Crew, agree
from tests.people import Person


@pytest.fixture
def crew(tmp_path: Path) -> Crew:
    """Ada's skill is shared with a group of Bob and ci; Cyd comes into it at @2."""
    crew = Crew.of(tmp_path, bob="admin", cyd="member", ci="machine")
    ada = crew["ada"]
    grouping.new(ada.ctx, "payments", ["Bob", "Ci"], approve=agree)
    put.put(ada.ctx, [ada.skill("refund"), ada.skill("own")])
    ada.share("refund", with_="payments", write=True)
    put.put(ada.ctx, [ada.skill("refund", "Two.\n")])
    grouping.add(ada.ctx, "payments", ["Cyd"], approve=agree)
    return crew


def grants(crew: Crew, name: str) -> dict[str, Grant]:
    _, found = accessing.access(crew["ada"].ctx, parse(name))
    return {grant.label: grant for grant in found}


def reads(crew: Crew, who: str) -> dict[str, Readable]:
    _, _, lines = accessing.access_of(crew["ada"].ctx, who)
    return {line.name: line for line in lines}


def test_who_can_read_a_skill(crew: Crew) -> None:
    found = grants(crew, "refund")
    assert list(found) == ["Ada", "payments"]
    group = found["payments"]
    assert (group.kind, group.write, group.owner, group.versions) == ("group", True, False, (1, 2))
    assert group.people == ("Ada", "Bob", "Ci", "Cyd")
    assert group.closed is None
    when = times(crew.vault())
    record = next(s for s in crew.vault().state.skills.values() if len(s.readers) > 1)
    first, second, *_ = record.files
    assert (found["Ada"].time, group.time) == (when[first.seq], when[second.seq])
    assert first.seq < second.seq


def test_the_times_are_those_of_the_entries(crew: Crew) -> None:
    vault = crew.vault()
    assert times(vault) == [moment.entry.time for moment in moments(vault)]


def test_what_a_member_can_read_since_they_came_into_a_group(crew: Crew) -> None:
    early, late = reads(crew, "Bob")["refund"], reads(crew, "Cyd")["refund"]
    assert early.through == late.through == ("payments",)
    assert early.versions == late.versions == (1, 2)
    assert early.time is not None
    assert late.time is not None
    assert early.time < late.time
    assert (early.write, early.owner) == (True, False)
    assert reads(crew, "Ci")["refund"].write is False  # a machine writes where it is named itself
    crew["ada"].share("refund", with_="Cyd")
    assert reads(crew, "Cyd")["refund"].through == ("", "payments")
    assert list(reads(crew, "Ada")) == ["own", "refund"]


def test_what_a_group_can_read(crew: Crew) -> None:
    (line,) = reads(crew, "payments").values()
    assert (line.name, line.versions, line.write, line.closed) == ("refund", (1, 2), True, False)


def test_through_a_closed_group_nothing_new_comes(crew: Crew) -> None:
    ada = crew["ada"]
    ungrouping.remove(ada.ctx, "payments", ["Ada", "Ci"], approve=agree)
    put.put(ada.ctx, [ada.skill("refund", "Three.\n")])
    group = grants(crew, "refund")["payments"]
    assert group.versions == (1, 2)
    assert "opens it" in (group.closed or "")
    line = reads(crew, "Bob")["refund"]
    assert (line.versions, line.newest, line.closed) == ((1, 2), 3, True)
    assert reads(crew, "Ci") == {}


def test_a_reader_to_whom_nothing_is_sealed_yet(crew: Crew) -> None:
    ada = crew["ada"]
    grouping.new(ada.ctx, "legal", ["Cyd"], approve=agree, without_me=True)
    ada.share("own", with_="legal")
    grant = grants(crew, "own")["legal"]
    assert (grant.since, grant.versions, grant.time) == (None, (), None)
    line = reads(crew, "Cyd")["own"]
    assert (line.since, line.versions, line.time, line.closed) == (None, (), None, True)


@pytest.mark.parametrize("who", ["nobody", "ref"])
def test_of_nobody_there_is_nothing_to_say(crew: Crew, who: str) -> None:
    with pytest.raises(NotFoundError):
        accessing.access_of(crew["ada"].ctx, who)


def test_of_a_card_neither(crew: Crew, tmp_path: Path) -> None:
    card = str(Person("Eve", tmp_path / "eve").card_file())
    with pytest.raises(UsageError, match="no member of acme"):
        accessing.access_of(crew["ada"].ctx, card)


def seen(crew: Crew, name: str, with_: str) -> Preview:
    found: list[Preview] = []

    def no(preview: Preview) -> bool:
        found.append(preview)
        return False

    assert sharing.share(crew["ada"].ctx, [parse(name)], [with_], approve=no) is None
    return found[0]


def test_a_share_says_which_versions_a_new_reader_gains(crew: Crew) -> None:
    (change,) = seen(crew, "refund", "Bob").skills
    assert (change.from_version, change.sealed) == (2, ())
    crew["ada"].unshare("refund", from_="payments")
    put.put(crew["ada"].ctx, [crew["ada"].skill("refund", "Three.\n")])
    (change,) = seen(crew, "refund", "payments").skills
    assert (change.from_version, change.sealed) == (3, (1, 2))


def test_a_share_with_a_closed_group_says_what_it_waits_for(crew: Crew) -> None:
    grouping.new(crew["ada"].ctx, "legal", ["Cyd"], approve=agree, without_me=True)
    (note,) = seen(crew, "own", "legal").notes
    assert note.startswith("legal  closed: Cyd opens it at their next sync")


@pytest.mark.parametrize(
    ("versions", "later", "said"),
    [
        ((), False, ""),
        ((), True, "later versions"),
        ((1,), False, "@1"),
        ((1,), True, "@1 and later"),
        ((3, 1, 2), False, "@1-@3"),
        ((1, 3), True, "@1, @3 and later"),
        ((1, 2, 4, 6, 7), False, "@1-@2, @4, @6-@7"),
        ((1, 2, 4, 5), True, "@1-@2, @4 and later"),
    ],
)
def test_versions_as_ranges(versions: tuple[int, ...], later: bool, said: str) -> None:
    assert reach.span(versions, later=later) == said
