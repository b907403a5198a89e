"""Before a share: who gains what, and who has it already."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.services import put, sharing
from skillvault.services.references import parse
from skillvault.services.sharing import Preview
from tests.people import Person, bare


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    ada, bob = Person("Ada", tmp_path / "ada"), Person("Bob", tmp_path / "bob")
    ada.init(remote=bare(tmp_path / "host.git"))
    put.put(ada.ctx, [ada.skill("one"), ada.skill("two")])
    ada.share("one", with_=str(bob.card_file()))
    return ada


def _seen(ada: Person, *names: str, with_: str, write: bool = False) -> Preview:
    """The preview of a share that is then not approved."""
    seen: list[Preview] = []

    def no(preview: Preview) -> bool:
        seen.append(preview)
        return False

    assert (
        sharing.share(ada.ctx, [parse(n) for n in names], [with_], approve=no, write=write) is None
    )
    return seen[0]


def test_who_reads_a_skill_already_gains_nothing(ada: Person) -> None:
    assert _seen(ada, "one", with_="everyone").people == ()
    assert _seen(ada, "two", with_="everyone").people == ("Bob",)
    assert _seen(ada, "one", "two", with_="everyone").people == ("Bob",)


def test_who_may_write_from_now_on_gains_that(ada: Person) -> None:
    assert _seen(ada, "one", with_="Bob", write=True).people == ("Bob",)


def test_who_still_reads_through_another_name_loses_nothing(ada: Person) -> None:
    ada.share("one", with_="everyone")
    seen: list[Preview] = []

    def no(preview: Preview) -> bool:
        seen.append(preview)
        return False

    assert sharing.unshare(ada.ctx, [parse("one")], ["Bob"], approve=no) is None
    assert seen[0].people == ()


def test_a_preview_that_is_not_approved_changes_nothing(ada: Person) -> None:
    before = _seen(ada, "two", with_="Bob").vault.state.head
    assert _seen(ada, "two", with_="Bob").vault.state.head == before
