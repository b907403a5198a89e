"""People: who is there, who comes, who goes; each change shown before it is done."""

from __future__ import annotations

from pathlib import Path

from skillvault.services import groups, identities, opening, people
from skillvault.tui.dialogs.asking import Typed
from skillvault.tui.screens.people import People
from tests.tui.conftest import Snapshot
from tests.tui.stage import Machine, playing

WIDE = (120, 40)


def roles(machine: Machine) -> dict[str, str]:
    """Who is a member, as what."""
    vault = opening.open_named(machine.context, "acme")
    return {line.label: line.role for line in people.list_members(vault)}


def inside(machine: Machine) -> dict[str, tuple[str, ...]]:
    """Who is in which group."""
    vault = opening.open_named(machine.context, "acme")
    return {line.label: line.members for line in groups.list_groups(vault)}


def card(folder: Path, name: str = "Zoe") -> str:
    """The card of somebody new."""
    made = identities.make(Machine(folder).context, name, suite="x25519")
    return identities.make_card(made.held).to_text()


async def test_people_as_pictures(library: Machine, snapshot: Snapshot) -> None:
    """The user presses P and goes to somebody."""
    async with playing(library) as ui:
        await ui.press("P", "j")
        await snapshot(ui, "people")


async def test_who_is_there_and_what_one_may(library: Machine) -> None:
    """The user presses P, looks at somebody, what they could read, at a group, and goes back."""
    async with playing(library, size=(200, 60)) as ui:
        await ui.press("P", "j")
        seen = ui.see()
        assert "People of acme · you are owner" in seen
        assert "MEMBERS 6" in seen
        assert "since      2025-11-2" in seen
        vault = opening.open_named(library.context, "acme")
        bob = next(line for line in people.list_members(vault) if line.label == "Bob Barker")
        assert " ".join(bob.fingerprint.split(" ")[:4]) in seen
        await ui.press("enter")
        assert "could ever have read" in ui.see()
        assert "contract-review  @1" in ui.see()
        await ui.press("tab", "X", "x")  # nobody deletes `everyone`
        assert isinstance(ui.app.screen, People)
        assert "X remove" not in ui.see()
        await ui.press("j")
        seen = ui.see()
        assert "in it      Ada, Bob Barker, Cyd, Dora, Paul Yates" in seen
        assert "x take out" in seen
        await ui.press("escape")
        assert "NAME" in ui.see()
        assert not isinstance(ui.app.screen, People)


async def test_a_pasted_card_is_shown_with_its_words_before_it_is_admitted(
    own: Machine, tmp_path: Path
) -> None:
    """The user presses a, pastes a card from a chat, compares the words, presses enter."""
    text = card(tmp_path / "zoe")
    async with playing(own, size=WIDE) as ui:
        await ui.press("P", "a", "enter")
        assert "their card comes from them" in ui.see()
        await ui.paste(text)
        seen = ui.see()
        assert "Zoe joins acme as member" in seen
        assert "8 words: compare them with Zoe" in seen
        assert "Zoe" not in roles(own)
        await ui.press("enter")
        assert ui.log.startswith("$ skillvault member add -  admitted Zoe, entry 15, pushed")
        assert any("skillvault clone" in toast for toast in ui.toasts())
        assert "Zoe" in ui.see()
    assert roles(own)["Zoe"] == "member"


async def test_a_card_by_its_path_and_one_that_is_none(own: Machine, tmp_path: Path) -> None:
    """The user types a wrong path, then the right one, and leaves without admitting."""
    file = own.folder / "zoe.card"
    file.write_text(card(tmp_path / "zoe"))
    async with playing(own, size=WIDE) as ui:
        await ui.press("P", "a")
        await ui.paste(str(own.folder / "nobody.card"))
        await ui.press("enter")
        assert "no such card" in ui.see()
        await ui.press("end", "ctrl+u")
        await ui.paste(str(file))
        await ui.press("enter")
        assert "Zoe joins acme as member" in ui.see()
        await ui.press("escape")
    assert "Zoe" not in roles(own)


async def test_a_role_is_given_once_its_meaning_was_shown(own: Machine) -> None:
    """The user makes Bob an admin."""
    async with playing(own, size=WIDE) as ui:
        await ui.press("P", "j", "r")
        assert "Bob Barker is member now" in ui.see()
        await ui.press("right", "enter")
        assert "admins admit and remove members and machines" in ui.see()
        assert roles(own)["Bob Barker"] == "member"
        await ui.press("enter")
        assert "Bob Barker is admin, entry 15, pushed" in ui.log
    assert roles(own)["Bob Barker"] == "admin"


async def test_a_group_is_made_grown_and_shrunk(own: Machine) -> None:
    """The user makes a group with Eve, lets Cyd in, and takes Eve out again."""
    async with playing(own, size=WIDE) as ui:
        await ui.press("P", "n")
        await ui.paste("legal")
        await ui.press("tab")
        await ui.type("eve")
        await ui.press("space", "enter")
        assert "$ skillvault group new legal --with Eve" in ui.see()
        assert "in it      Ada, Eve" in ui.see()
        await ui.press("enter")
        assert inside(own)["legal"] == ("Ada", "Eve")
        await ui.press("tab", "j", "a")
        await ui.type("cyd")
        await ui.press("space", "enter", "enter")
        assert inside(own)["legal"] == ("Ada", "Cyd", "Eve")
        await ui.press("x")
        await ui.type("eve")
        await ui.press("space", "enter", "enter")
        assert "Eve" in inside(own)["legal"]  # enter takes nothing away
        await ui.press("enter", "y")
    assert inside(own)["legal"] == ("Ada", "Cyd")


async def test_a_group_is_deleted_by_its_name(own: Machine) -> None:
    """The user presses X on a group, reads who loses what, and types its name."""
    async with playing(own, size=WIDE) as ui:
        await ui.press("P", "tab", "j", "X")
        assert isinstance(ui.app.screen, Typed)
        assert "lose" in ui.see()
        await ui.press("enter")
        assert "payments" in inside(own)
        await ui.paste("payments")
        await ui.press("enter")
        assert "deleted, entry" in ui.log
    assert "payments" not in inside(own)


async def test_somebody_is_removed_after_the_report_and_by_their_name(own: Machine) -> None:
    """The user presses X, reads what they read and what goes, and types the full name."""
    async with playing(own, size=WIDE) as ui:
        await ui.press("P", "j", "X")
        seen = ui.see()
        assert "Remove Bob Barker for good" in seen
        assert "has read" in seen
        assert "code-review @1-@2" in seen
        assert "not ours" in seen
        await ui.paste("Bob")
        await ui.press("enter")
        assert "Bob Barker" in roles(own)
        await ui.paste(" Barker")
        await ui.press("enter")
        assert "removed, entry" in ui.log
        assert "sealed anew" in ui.log
    assert "Bob Barker" not in roles(own)


async def test_a_machine_gets_a_file_and_a_day(own: Machine, tmp_path: Path) -> None:
    """The user makes an identity for a job, then has it expire later."""
    file = tmp_path / "nightly.key"
    async with playing(own, size=WIDE) as ui:
        await ui.press("P", "m", "enter")
        assert "still to be filled in: name and file" in ui.see()
        await ui.paste("nightly")
        await ui.press("tab")
        await ui.paste(str(file))
        await ui.press("tab")
        await ui.paste("90d")
        await ui.press("enter")
        assert "nightly joins acme as machine" in ui.see()
        assert not file.exists()
        await ui.press("enter")
        assert "made nightly, entry 15" in ui.log
        assert "AGE-SECRET-KEY" in file.read_text()
        assert "MEMBERS 6 · 1 machine" in ui.see()
        await ui.press("G", "E")
        await ui.paste("never")
        await ui.press("enter")
        assert "nightly expires never" in ui.see()
        await ui.press("enter")
        assert "never expires" in ui.see()
    assert roles(own)["nightly"] == "machine"
