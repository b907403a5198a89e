"""What a client says that others changed: readers, owners, members, groups, names; then versions."""

from __future__ import annotations

import pytest

from skillvault.errors import ConflictError
from skillvault.services import (
    checking,
    grouping,
    members,
    owning,
    put,
    removing,
    sharing,
    ungrouping,
)
from skillvault.services.checking import SyncReport
from skillvault.services.news import News
from skillvault.services.references import parse
from skillvault.vault import operations
from skillvault.vault.card import make
from skillvault.vault.draft import Draft
from skillvault.vault.identity import generate
from tests.crew import Crew, agree


@pytest.fixture
def crew(tmp_path_factory: pytest.TempPathFactory) -> Crew:
    """Bob is up to date, and reads `refund`."""
    crew = Crew.of(tmp_path_factory.mktemp("news"), remote=True, bob="admin", cyd="member")
    ada = crew["ada"]
    put.put(ada.ctx, [ada.skill("refund")])
    ada.share("refund", with_="Bob")
    grouping.new(ada.ctx, "legal", ["Bob", "Cyd"], approve=agree)
    crew.vault("bob")
    return crew


def told(crew: Crew) -> News:
    return checking.sync(crew["bob"].ctx).news


def yes(_preview: object) -> bool:
    return True


def test_what_becomes_of_members(crew: Crew) -> None:
    ctx = crew["ada"].ctx
    members.set_role(ctx, "Cyd", "admin", approve=yes)
    members.rename(ctx, "Ada", "Ada Lovelace", approve=yes)
    crew.admit("ci", "machine")
    members.set_expiry(ctx, "Ci", "90d", approve=yes)
    news = told(crew)
    assert set(news.trust[:2]) | {news.trust[2]} == set(news.trust)
    assert "Cyd: admin, was member" in news.trust
    assert "Ada is called Ada Lovelace now" in news.trust
    assert "Ci joined as machine" in news.trust
    members.set_expiry(ctx, "Ci", "never", approve=yes)
    assert told(crew).trust == ("Ci: expires never",)
    assert told(crew) == News((), ())


def test_what_becomes_of_groups(crew: Crew) -> None:
    ctx = crew["ada"].ctx
    grouping.new(ctx, "payments", ["Cyd"], approve=agree)
    assert told(crew).trust == ("group payments was made: Ada, Cyd",)
    grouping.add(ctx, "payments", ["Bob"], approve=agree)
    grouping.rename(ctx, "legal", "law", approve=agree)
    assert set(told(crew).trust) == {
        "group legal is called law now",
        "group payments: Bob came in",
    }
    grouping.rotate(ctx, "payments", approve=agree)
    assert told(crew).trust == ("group payments has a new key",)
    ungrouping.remove(ctx, "payments", ["Bob"], approve=agree)
    assert told(crew).trust == ("group payments: Bob left", "group payments has a new key")
    ungrouping.remove(ctx, "payments", ["Ada"], approve=agree)
    left, closed = told(crew).trust
    assert left == "group payments: Ada left"
    assert closed.startswith("group payments closed: Cyd opens it at their next sync")
    ungrouping.remove(ctx, "payments", approve=agree)
    assert told(crew).trust == ("group payments was deleted",)


def test_what_becomes_of_access_and_versions(crew: Crew) -> None:
    ada = crew["ada"]
    sharing.share(ada.ctx, [parse("refund")], ["Bob"], approve=yes, write=True)
    assert told(crew).trust == ("refund: written by Bob too",)
    ada.share("refund", with_="legal")
    owning.own(ada.ctx, [parse("refund")], "Bob", approve=yes)
    put.put(ada.ctx, [ada.skill("refund", "Two.\n")])
    checking.sync(ada.ctx)
    news = told(crew)
    assert news.trust == ("refund: owned by Bob now; shared with legal",)
    assert news.skills == ("refund@2 by Ada",)


def test_two_of_one_name_are_told_apart(crew: Crew) -> None:
    vault = crew.vault()
    draft = Draft()
    second = operations.admit(draft, vault.reader, make(generate("x25519"), "CYD"), "member")
    vault.commit(draft, 1_790_009_999.0)
    crew.vault()
    assert told(crew).trust == (f"CYD~{second[:8]} joined as member",)


def test_a_change_of_trust_tells_what_it_fetched(crew: Crew) -> None:
    bob = crew["bob"]
    members.rename(crew["ada"].ctx, "Ada", "Ada Lovelace", approve=yes)
    bob.warnings.clear()
    grouping.add(bob.ctx, "legal", ["Cyd"], approve=agree)
    assert bob.warnings == ["others changed: Ada is called Ada Lovelace now"]


def test_what_became_of_a_skill_that_i_removed_here(crew: Crew) -> None:
    ada, bob = crew["ada"], crew["bob"]
    removing.remove(bob.ctx, parse("refund"), approve=yes)
    ada.share("refund", with_="Cyd")
    bob.warnings.clear()
    grouping.rotate(bob.ctx, "legal", approve=agree)
    (line,) = (line for line in bob.warnings if "shared with Cyd" in line)
    assert line.startswith("others changed: ~")


def test_a_group_of_somebody_new_while_a_conflict_holds_up_what_is_here(crew: Crew) -> None:
    ada, bob = crew["ada"], crew["bob"]
    ada.share("refund", with_="Bob", write=True)
    checking.sync(bob.ctx)
    put.put(bob.ctx, [bob.skill("refund", "Bob's way.\n")], onto=1)
    put.put(ada.ctx, [ada.skill("refund", "Ada's way.\n")])
    crew.admit("dan", "member")
    grouping.new(ada.ctx, "board", ["Dan"], approve=agree, without_me=True)
    checking.sync(ada.ctx)
    seen: list[SyncReport] = []
    with pytest.raises(ConflictError, match="both changed it"):
        checking.sync(bob.ctx, tell=seen.append)
    assert any("closed: " in line for report in seen for line in report.news.trust)
