"""Sharing: whom one chooses, what is shown first, and what is done then."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from skillvault.services import accessing, identities, sharing
from skillvault.services.references import parse
from skillvault.tui.dialogs.share import Share
from tests.tui.conftest import Snapshot
from tests.tui.stage import Machine, Ui, playing


def readers(machine: Machine, name: str = "code-review") -> set[str]:
    """Who reads a skill, as the command line says it."""
    _, grants = accessing.access(machine.context, parse(name), vault="acme")
    return {grant.name for grant in grants}


def card(folder: Path, name: str = "Zoe") -> str:
    """The card of somebody new."""
    made = identities.make(Machine(folder).context, name, suite="x25519")
    return identities.make_card(made.held).to_text()


def dialog(ui: Ui) -> Share:
    """The dialog, which must be open."""
    assert isinstance(ui.app.screen, Share)
    return ui.app.screen


async def test_share_as_pictures(library: Machine, snapshot: Snapshot) -> None:
    """The user marks two skills and chooses a person."""
    async with playing(library) as ui:
        await ui.press("space", "space", "s")
        await ui.type("cy")
        await ui.press("space")
        await snapshot(ui, "share", dialog=True)


async def test_a_skill_is_shared_with_a_person_once_the_preview_is_there(own: Machine) -> None:
    """The user presses s, types `eve`, space, reads what will change, and presses enter."""
    async with playing(own, size=(120, 40)) as ui:
        await ui.press("s")
        await ui.type("eve")
        await ui.press("space")
        seen = ui.see()
        assert "1 keyholder gains   code-review @2 and later" in seen
        assert "not earlier versions: those stay sealed" in seen
        assert "$ skillvault share code-review --with Eve" in seen
        assert "Eve" not in readers(own)
        await ui.press("enter")
        assert "Eve" in readers(own)
        assert (
            ui.log == "$ skillvault share code-review --with Eve  shared, entry 15, pushed · u undo"
        )
        assert "payments 5 +1" in ui.see()


async def test_enter_does_nothing_until_somebody_is_chosen(own: Machine) -> None:
    """The user presses s and at once enter, as a finger does that repeats."""
    before = readers(own)
    async with playing(own) as ui:
        await ui.press("s", "enter", "enter")
        assert dialog(ui).preview is None
        await ui.press("escape")
    assert readers(own) == before


async def test_enter_before_the_preview_is_computed_does_nothing(own: Machine) -> None:
    """The user is faster than the disk."""
    before = readers(own)
    async with playing(own) as ui:
        await ui.press("s")
        box = dialog(ui)
        box._toggle("Eve")
        box.action_go()
        assert not box.busy
        await ui.settle()
        assert "$ skillvault share code-review --with Eve" in ui.see()
        await ui.press("escape")
    assert readers(own) == before


async def test_esc_changes_nothing(own: Machine) -> None:
    """The user reads the preview and thinks better of it."""
    before = readers(own)
    async with playing(own) as ui:
        await ui.press("s", "down", "space", "escape")
        assert ui.log.startswith("$ skillvault list")
    assert readers(own) == before


async def test_two_marked_skills_go_in_one_entry_and_may_be_written(own: Machine) -> None:
    """The user marks two skills, chooses Eve, and lets her write."""
    async with playing(own, size=(120, 40)) as ui:
        await ui.press("space", "space", "s")
        await ui.type("eve")
        await ui.press("space", "tab", "right")
        assert "and may write new versions" in ui.see()
        await ui.press("enter")
        assert "--with Eve --write" in ui.log
    assert {"Eve"} <= readers(own, "code-review") & readers(own, "contract-review")
    _, grants = accessing.access(own.context, parse("code-review"), vault="acme")
    assert next(grant for grant in grants if grant.name == "Eve").write


async def test_a_card_that_is_pasted_admits_its_holder(own: Machine, tmp_path: Path) -> None:
    """The user pastes a card from a chat, compares the words, and shares."""
    text = card(tmp_path / "zoe")
    async with playing(own, size=(120, 40)) as ui:
        await ui.press("s")
        await ui.paste(text)
        assert "new member: Zoe" in ui.see()
        await ui.press("enter")
        assert any("skillvault clone" in toast for toast in ui.toasts())
    assert "Zoe" in readers(own)


async def test_a_card_by_its_path(own: Machine, tmp_path: Path) -> None:
    """The user types the path of a card file."""
    file = tmp_path / "zoe.card"
    file.write_text(card(tmp_path / "zoe"))
    async with playing(own, size=(120, 40)) as ui:
        await ui.press("s")
        await ui.paste(str(file))
        await ui.press("enter")
        assert "new member: Zoe" in ui.see()
        await ui.press("enter")
    assert "Zoe" in readers(own)


@pytest.mark.parametrize("text", ["-----BEGIN SKILLVAULT CARD-----\nAAAA\n", "nobody.card"])
async def test_what_is_no_card_says_so_and_cannot_be_entered(own: Machine, text: str) -> None:
    """The user pastes half a card, or types a path where nothing is."""
    before = readers(own)
    async with playing(own, size=(120, 40)) as ui:
        await ui.press("s")
        await ui.paste(text)
        await ui.press("enter")
        assert dialog(ui).preview is None
        await ui.press("enter")
        assert dialog(ui).preview is None
    assert readers(own) == before


async def test_who_does_not_own_a_skill_may_not_share_it(library: Machine) -> None:
    """The user tries to share somebody else's skill."""
    async with playing(library, size=(120, 40)) as ui:
        await ui.press("slash")
        await ui.type("on-call")
        await ui.press("enter", "s")
        assert "on-call: only its owner may share it" in ui.see()
        await ui.press("down", "space")
        assert "only its owner may share it" in ui.see()
        assert dialog(ui).preview is None


async def test_a_push_that_fails_keeps_the_dialog_and_can_be_tried_again(own: Machine) -> None:
    """The host is away; the user tries again when it is back."""
    host, away = own.folder / "host.git", own.folder / "away"
    async with playing(own, size=(120, 40)) as ui:
        await ui.press("s")
        await ui.type("eve")
        await ui.press("space")
        host.rename(away)
        await ui.press("enter")
        dialog(ui)
        assert "enter try again" in ui.see()
        assert ui.app.session.log.bad
        shutil.move(away, host)
        await ui.press("enter")
        assert len(ui.app.screen_stack) == 2
    assert "Eve" in readers(own)


async def test_what_others_did_meanwhile_is_shown_before_anything_is_done(
    own: Machine, tmp_path: Path
) -> None:
    """Another window shares the skill while the user reads the preview."""
    other = own.copied(tmp_path / "other")
    async with playing(own, size=(120, 40)) as ui:
        await ui.press("s")
        await ui.type("eve")
        await ui.press("space")
        sharing.share(
            own.context, [parse("code-review")], ["Eve"], approve=lambda _: True, vault="acme"
        )
        await ui.press("enter")
        assert "they read all of it already" in ui.see()
        assert any("look again" in toast for toast in ui.toasts())
    del other


async def test_the_command_can_be_copied_and_the_route_is_named(library: Machine) -> None:
    """The user takes the command line to a script."""
    async with playing(library, size=(120, 40)) as ui:
        await ui.press("s")
        await ui.type("eve")
        await ui.press("space", "ctrl+y")
        assert ui.app.clipboard == "skillvault share code-review --with Eve"
        assert ui.toasts()[-1].startswith("sent to the terminal (OSC 52)")
        assert "copied" not in ui.toasts()[-1]
