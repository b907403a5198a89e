"""What a removal says before the question, case by case, and what a hostile name cannot add to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillvault.services import checking, leaving, opening, put, receipts
from skillvault.services import farewell as told
from skillvault.services.leaving import Leaving
from skillvault.skill.files import SkillFile
from skillvault.vault import operations
from skillvault.vault.draft import Draft
from skillvault.vault.ids import new_id
from tests.leavers import group, join, push, result, skill_id
from tests.people import Person, bare


@pytest.fixture
def host(tmp_path: Path) -> Path:
    return bare(tmp_path / "host.git")


@pytest.fixture
def ada(tmp_path: Path, host: Path) -> Person:
    ada = Person("Ada", tmp_path / "ada")
    ada.init(remote=host)
    put.put(ada.ctx, [ada.skill("one")])
    checking.sync(ada.ctx)
    return ada


def lines(who: Person, name: str, *, lazy: bool = False) -> dict[str, str]:
    seen: list[Leaving] = []

    def no(removal: Leaving) -> bool:
        seen.append(removal)
        return False

    assert leaving.remove(who.ctx, name, approve=no, lazy=lazy) is None
    return dict(told.lines(seen[0]))


def test_whoever_read_nothing(ada: Person, host: Path) -> None:
    join(ada, host, "Eve")
    said = lines(ada, "Eve")
    assert said == {
        "re-key": "everyone",
        "writes": "1 entry: removal, pushed at once",
        "has read": "nothing: no skill was ever sealed to them",
        "final": "to come back they need a new identity",
        "not ours": f"what they copied; their access to {host}: remove it there too",
    }


def test_all_that_there_is_to_say(ada: Person, host: Path) -> None:
    eve, bob = join(ada, host, "Eve", "admin"), join(ada, host, "Bob")
    group(ada, "team", eve)
    group(eve, "theirs", bob)
    group(eve, "solo")
    put.put(eve.ctx, [eve.skill("alone"), eve.skill("passed")])
    checking.sync(eve.ctx)
    eve.share("passed", with_="Bob")
    eve.share("alone", with_="everyone")
    eve.unshare("alone", from_="everyone")
    ada.share("one", with_="Eve")
    push(ada, result(ada, skill_id(ada, "one")))
    put.put(ada.ctx, [ada.skill("new")])
    said = lines(ada, "Eve")
    assert list(said)[:3] == ["goes", "passes on", "re-key"]
    assert set(list(said)[3:6]) == {"deleted", "closed", "no admin"}
    assert list(said)[6:] == ["writes", "has read", "final", "not ours"]
    assert said["goes"] == "alone: nobody is left to own it; `skillvault get` before keeps a copy"
    assert said["passes on"].startswith("~")
    assert said["passes on"].endswith(" to Bob")
    assert said["re-key"] == "everyone, team"
    assert said["closed"] == "theirs: nothing is sealed to it until one of its members syncs"
    assert said["deleted"] == "solo: nobody is left in it"
    assert said["no admin"].startswith("is left in theirs: ")
    assert said["writes"] == (
        "2 entries: removal, pushed at once and ahead of 1 change not pushed; "
        "then re-sealing of 1 skill, 1 result; 1 skill by others who read it"
    )
    assert said["has read"].startswith(
        "alone @1, one @1 and 1 skill that you cannot read      since"
    )
    lazy = lines(ada, "Eve", lazy=True)
    assert "1 entry: removal" in lazy["writes"]
    assert "re-sealing of 1 skill, 1 result is left to a later `sync`" in lazy["writes"]


def test_a_skills_name_forges_no_line(ada: Person, host: Path) -> None:
    """A client of somebody's own making can sign any name of a skill."""
    eve = join(ada, host, "Eve")
    vault = opening.open_vault(ada.ctx)
    name = "x\nremoved    nobody\x1b[2J\u202e"
    with vault.changing():
        draft, skill = Draft(), new_id()
        made = operations.make_bundle(
            vault.state,
            vault.signer(),
            skill,
            name=name,
            files=(SkillFile("SKILL.md", b"---\nname: x\n---\n", "644"),),
            message="",
            now=ada.ctx.now(),
            before=None,
        )
        operations.put_owned(draft, vault.state, skill, made, vault.require_me())
        vault.commit(draft, ada.ctx.now())
    push(
        ada,
        lambda d, reader: operations.change_access(
            d, reader, skill, add_readers=[next(i for i in reader.state.members if i != reader.me)]
        ),
    )
    shown = "x<U+000A>removed    nobody<U+001B>[2J<U+202E>"
    assert lines(ada, eve.name)["has read"].startswith(f"{shown} @1")
    done = leaving.remove(ada.ctx, "Eve", approve=lambda _: True)
    assert done is not None
    text = receipts.text(done.report)
    assert f"  {shown} ~{skill}  @1\n" in text
    assert "\nremoved    nobody" not in text
    assert "\x1b" not in text
