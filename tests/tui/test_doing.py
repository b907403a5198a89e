"""What is done with skills: injecting, installing, putting, syncing, removing; each shown first."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from skillvault.services import journaling, opening, put, reading
from skillvault.tui.dialogs.asking import Typed
from skillvault.tui.dialogs.inject import Inject
from skillvault.tui.dialogs.install import Install
from skillvault.tui.dialogs.put import New, Put
from tests.tui.conftest import Snapshot
from tests.tui.stage import Machine, playing


def names(machine: Machine) -> list[str]:
    """The skills that Ada can read."""
    vault = opening.open_named(machine.context, "acme")
    return [row.found.summary.name for row in reading.list_skills(machine.context, vault)]


def folder_of(top: Path, name: str, body: str = "Do it well.\n") -> Path:
    """A skill's folder on the user's disk."""
    folder = top / name
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text(
        f"---\nname: {name}\ndescription: How we do {name}. Use when asked to.\n---\n{body}"
    )
    return folder


# Injecting


async def test_inject_as_pictures(library: Machine, snapshot: Snapshot) -> None:
    """The user marks two skills and looks at what a prompt would take."""
    async with playing(library) as ui:
        await ui.press("j", "space", "space", "i")
        await snapshot(ui, "inject", dialog=True)


async def test_inject_goes_to_the_clipboard_and_names_the_route(own: Machine) -> None:
    """The user presses i and enter: the text goes to the terminal, and the journal knows."""
    async with playing(own, size=(120, 40)) as ui:
        await ui.press("j", "i")
        seen = ui.see()
        assert "contract-review   about " in seen
        assert "other programs can read the clipboard" in seen
        assert ui.app.clipboard == ""
        await ui.press("enter")
        assert "# contract-review" in ui.app.clipboard
        assert any(toast.startswith("sent to the terminal (OSC 52)") for toast in ui.toasts())
        assert ui.log.startswith("$ skillvault inject contract-review | (your clipboard)  copied")
    assert [event.action for event in journaling.read(own.context)] == ["inject"]


async def test_looking_at_what_would_be_taken_takes_nothing(own: Machine) -> None:
    """The user opens the dialog, chooses another form, and leaves with esc."""
    async with playing(own) as ui:
        await ui.press("j", "i")
        assert isinstance(ui.app.screen, Inject)
        await ui.press("tab", "right", "escape")
        assert ui.app.clipboard == ""
    assert journaling.read(own.context) == []


async def test_inject_into_a_file_that_nobody_else_reads(own: Machine) -> None:
    """The user chooses a file instead of the clipboard."""
    target = own.folder / "prompt.xml"
    async with playing(own, size=(120, 40)) as ui:
        await ui.press("j", "i", "right", "tab", "ctrl+a", "ctrl+k")
        await ui.paste(str(target))
        await ui.press("tab", "right")
        assert "readable by you alone" in ui.see()
        await ui.press("enter")
        assert f"--format xml --into {target}" in ui.log
    assert "contract-review" in target.read_text()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


async def test_over_the_budget_nothing_is_taken(own: Machine) -> None:
    """The user says how many tokens there is room for, and it is too few."""
    async with playing(own, size=(120, 40)) as ui:
        await ui.press("j", "i", "shift+tab")
        await ui.type("3")
        assert "over the budget of 3" in ui.see()
        await ui.press("enter")
        assert ui.app.clipboard == ""
        assert ui.app.session.log.bad


async def test_what_lint_finds_stands_beside_the_decision(library: Machine) -> None:
    """The user is about to inject a skill with hidden characters."""
    async with playing(library, size=(120, 50)) as ui:
        await ui.press("i")
        seen = ui.see()
        assert "SC004" in seen
        assert "<U+202E>" in seen


# Installing


async def test_install_shows_the_folders_and_writes_them(own: Machine) -> None:
    """The user installs a skill for both agents."""
    async with playing(own, size=(140, 40)) as ui:
        await ui.press("j", "I", "left")
        assert isinstance(ui.app.screen, Install)
        place = own.folder / ".claude" / "skills" / "contract-review"
        assert str(place) in ui.see()
        assert not place.exists()
        await ui.press("enter")
        assert (place / "SKILL.md").is_file()
        assert "--agent claude --agent agents  installed: 2 copies" in ui.log
        row = next(line for line in ui.see().splitlines() if "▌ contract-review" in line)
        assert "installed" in row


async def test_a_folder_in_the_way_is_said_and_stays(own: Machine) -> None:
    """Another folder of that name lies where the agent reads."""
    other = folder_of(own.folder / ".claude" / "skills", "contract-review", "mine\n")
    async with playing(own, size=(140, 40)) as ui:
        await ui.press("j", "I")
        assert "is there already" in ui.see()
        await ui.press("enter")
        assert isinstance(ui.app.screen, Install)
        assert ui.app.session.log.bad
    assert (other / "SKILL.md").read_text().endswith("mine\n")


# Putting


async def test_a_folder_becomes_a_skill_after_its_preview(own: Machine) -> None:
    """The user presses p, types a folder, reads what is in it, and presses enter."""
    folder = folder_of(own.folder / "work", "naming")
    async with playing(own, size=(160, 40)) as ui:
        await ui.press("p")
        await ui.paste(str(folder))
        seen = ui.see()
        assert "naming   1 file" in seen
        assert f"$ skillvault put {folder}" in seen
        assert "naming" not in names(own)
        await ui.press("enter")
        assert "naming@1 new, entry 15" in ui.log
        assert "1 not pushed" in ui.see()
    assert "naming" in names(own)


async def test_a_folder_without_a_skill_cannot_be_put(own: Machine) -> None:
    """The user mistypes the folder."""
    async with playing(own, size=(120, 40)) as ui:
        await ui.press("p")
        await ui.paste(str(own.folder / "nowhere"))
        assert "not a folder" in ui.see() or "no such" in ui.see()
        await ui.press("enter")
        assert isinstance(ui.app.screen, Put)
    assert len(names(own)) == 7


async def test_a_folder_nearby_is_offered(own: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user works in a folder with skills and takes one with tab."""
    folder_of(own.folder / "work" / "skills", "naming")
    monkeypatch.chdir(own.folder / "work")
    async with playing(own, size=(120, 40)) as ui:
        await ui.press("p", "tab")
        assert "naming   1 file" in ui.see()


async def test_a_new_skill_is_a_folder_with_a_template(
    own: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user presses n and types a name."""
    monkeypatch.chdir(own.folder)
    async with playing(own, size=(120, 40)) as ui:
        await ui.press("n")
        await ui.type("Bad Name")
        await ui.press("enter")
        assert isinstance(ui.app.screen, New)
        await ui.press("ctrl+a", "ctrl+k")
        await ui.type("naming")
        await ui.press("enter")
        assert (own.folder / "naming" / "SKILL.md").is_file()


# Syncing


async def test_sync_says_what_it_will_do_and_does_it_on_enter(own: Machine) -> None:
    """The user put something elsewhere and presses S, then enter."""
    put.put(own.context, [folder_of(own.folder / "work", "naming")], vault="acme")
    async with playing(own, size=(120, 40)) as ui:
        assert "1 not pushed" in ui.see()
        await ui.press("S")
        assert "pushes 1 change" in ui.see()
        await ui.press("enter")
        assert ui.log == "$ skillvault sync  1 entry of yours pushed"
        assert "not pushed" not in ui.see()


async def test_a_host_that_is_away_is_told_and_nothing_is_lost(own: Machine) -> None:
    """The network is down when the user syncs."""
    put.put(own.context, [folder_of(own.folder / "work", "naming")], vault="acme")
    (own.folder / "host.git").rename(own.folder / "away")
    async with playing(own, size=(120, 40)) as ui:
        await ui.press("S", "enter")
        assert ui.app.session.log.bad
        assert "1 not pushed" in ui.see()


# Removing


async def test_a_skill_goes_only_when_its_name_is_typed(own: Machine) -> None:
    """The user presses X, enter, enter, a wrong name, and at last the right one."""
    async with playing(own, size=(120, 40)) as ui:
        await ui.press("X", "enter", "enter")
        assert isinstance(ui.app.screen, Typed)
        assert "5 keyholders lose it" in ui.see()
        await ui.type("code-revie")
        await ui.press("enter")
        assert "code-review" in names(own)
        await ui.type("w")
        await ui.press("enter")
        assert ui.log == "$ skillvault remove code-review  removed, entry 15 · u undo"
        assert "6 of 6" in ui.see()
    assert "code-review" not in names(own)


async def test_several_marked_skills_are_not_removed_at_once(own: Machine) -> None:
    """The user marks two skills and presses X."""
    async with playing(own) as ui:
        await ui.press("space", "space", "X")
        assert "skills are removed one at a time" in ui.toasts()
    assert len(names(own)) == 7


# Editing, and the sample


async def test_a_terminal_that_cannot_be_given_away_says_so(own: Machine) -> None:
    """The UI runs in a browser, where no editor can open."""
    own.environ["EDITOR"] = "true"
    own.environ["PATH"] = os.environ["PATH"]
    async with playing(own) as ui:
        await ui.press("e")
        assert any("cannot be handed to an editor" in toast for toast in ui.toasts())
        assert ui.app.session.log.bad


async def test_the_sample_is_real_and_thrown_away(empty: Machine) -> None:
    """A newcomer types `: demo`, looks around, and leaves."""
    async with playing(empty, size=(120, 40)) as ui:
        await ui.press("colon")
        await ui.type("demo")
        await ui.press("enter")
        seen = ui.see()
        assert "sample · 3 skills" in seen
        assert "thrown away when you leave" in seen
        assert "using-skillvault" in seen
        place = ui.app.session.context.paths.config.parent
        vault = opening.open_named(ui.app.session.context, "sample")
        assert vault.state.seq == 2
    assert not place.exists()
    assert not empty.paths.data.exists()


# Taking back


async def test_undo_shows_what_it_takes_back_and_enter_keeps_it(own: Machine) -> None:
    """The user shares a skill, presses u, enter (which keeps it), then u and y."""
    async with playing(own, size=(120, 40)) as ui:
        await ui.press("s")
        await ui.type("eve")
        await ui.press("space", "enter", "u")
        seen = ui.see()
        assert "Undo entry 15 of acme" in seen
        assert "pushed at once" in seen
        assert "$ skillvault undo 15" in seen
        await ui.press("enter")
        assert "payments 5 +1" in ui.see()
        await ui.press("u", "y")
        assert ui.log == "$ skillvault undo 15  undone, entry 16"
        assert "payments 5 +1" not in ui.see()


async def test_what_was_never_pushed_vanishes(own: Machine) -> None:
    """The user puts a folder by mistake and takes it back before a sync."""
    put.put(own.context, [folder_of(own.folder / "work", "naming")], vault="acme")
    async with playing(own, size=(120, 40)) as ui:
        await ui.press("u")
        assert "it never left this machine" in ui.see()
        await ui.press("y")
        assert ui.log == "$ skillvault undo 15  undone, it is gone"
    assert "naming" not in names(own)


async def test_who_changed_nothing_has_nothing_to_undo(empty: Machine) -> None:
    """A newcomer presses u in the sample, whose first entry is its beginning."""
    async with playing(empty, size=(120, 40)) as ui:
        await ui.press("u")
        assert ui.toasts() == []
